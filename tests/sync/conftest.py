"""Mappings for panels that offer more commands."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.servers import ROOT


@pytest.fixture
def extended_mappings(tmp_path: Path) -> Path:
    folder = tmp_path / "mappings"
    shutil.copytree(ROOT / "mappings", folder)
    shutil.copy(ROOT / "docs" / "commands-extension.example.yaml", folder / "commands.yaml")
    return folder
