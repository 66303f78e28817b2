"""What the tests of this folder share: one panel a file, one copy of the mappings."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.town import T0
from tests.faults.stage import mappings_for_every_push
from tests.servers import MariaDB, Sandbox, start_sandbox


@pytest.fixture(scope="module")
def mappings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return mappings_for_every_push(tmp_path_factory.mktemp("mappings"))


@pytest.fixture(scope="module")
def panel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    where = tmp_path_factory.mktemp("panel") / "panel.db"
    with start_sandbox(where, now=T0.isoformat(), options=("--timezone", "America/Mexico_City")) as running:
        yield running


@pytest.fixture(scope="module")
def mariadb_panel(mariadb: MariaDB) -> Iterator[Sandbox]:
    where = mariadb.create_database("faults")
    with start_sandbox(where, now=T0.isoformat(), options=("--timezone", "America/Mexico_City")) as running:
        yield running
    mariadb.drop_database("faults")
