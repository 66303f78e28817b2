"""A panel that the tests of a file share, and mappings for panels that offer more commands."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.town import T0
from tests.servers import ROOT, Sandbox, start_sandbox


@pytest.fixture(scope="module")
def panel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    folder = tmp_path_factory.mktemp("panel")
    with start_sandbox(
        folder / "panel.db", now=T0.isoformat(), options=("--timezone", "America/Mexico_City")
    ) as running:
        yield running


@pytest.fixture
def extended_mappings(tmp_path: Path) -> Path:
    folder = tmp_path / "mappings"
    shutil.copytree(ROOT / "mappings", folder)
    shutil.copy(ROOT / "docs" / "commands-extension.example.yaml", folder / "commands.yaml")
    return folder
