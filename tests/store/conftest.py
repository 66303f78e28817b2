from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bridge.store.store import Store


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "var" / "bridge.db"


@pytest.fixture
def url(path: Path) -> str:
    return f"sqlite:///{path}"


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    with Store.open(url) as opened:
        yield opened
