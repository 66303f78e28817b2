"""Stores for the tests: SQLite in a temporary folder, or the PostgreSQL database that the shell names.

`BRIDGE_TEST_POSTGRESQL_URL=postgresql+psycopg://… pytest tests/store` empties it before every test.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine
from sqlalchemy.schema import CreateSchema, DropSchema

from bridge.store.store import Store

POSTGRESQL = os.environ.get("BRIDGE_TEST_POSTGRESQL_URL", "")


@pytest.fixture
def on_sqlite() -> None:
    """For tests about files and their locks."""
    if POSTGRESQL:
        pytest.skip("about SQLite; the store is on PostgreSQL")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "var" / "bridge.db"


@pytest.fixture
def url(path: Path) -> str:
    if not POSTGRESQL:
        return f"sqlite:///{path}"
    engine = create_engine(POSTGRESQL)
    with engine.begin() as connection:
        connection.execute(DropSchema("public", cascade=True))
        connection.execute(CreateSchema("public"))
    engine.dispose()
    return POSTGRESQL


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store that was made by the migrations once, to be copied: making one takes 50 ms."""
    path = tmp_path_factory.mktemp("empty") / "bridge.db"
    Store.open(f"sqlite:///{path}").close()
    return path


@pytest.fixture
def store(path: Path, url: str, empty_store: Path) -> Iterator[Store]:
    if not POSTGRESQL:
        path.parent.mkdir(mode=0o700)
        shutil.copy(empty_store, path)
    with Store.open(url) as opened:
        yield opened
