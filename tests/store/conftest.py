from __future__ import annotations

import shutil
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


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store that was made by the migrations once, to be copied: making one takes 50 ms."""
    path = tmp_path_factory.mktemp("empty") / "bridge.db"
    Store.open(f"sqlite:///{path}").close()
    return path


@pytest.fixture
def store(path: Path, url: str, empty_store: Path) -> Iterator[Store]:
    path.parent.mkdir(mode=0o700)
    shutil.copy(empty_store, path)
    with Store.open(url) as opened:
        yield opened
