"""kill -9 at every step, by every route, on SQLite and on MariaDB (`make chaos`)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.killing import die_everywhere, missing
from tests.faults.mortal import Nursery, nursery
from tests.faults.stage import MIXED, OVER_DATABASE, OVER_HTTP, stage


@pytest.fixture(scope="module")
def mortals(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nursery]:
    with nursery(tmp_path_factory.mktemp("mortals")) as running:
        yield running


@pytest.mark.parametrize("routes", [OVER_DATABASE, OVER_HTTP, MIXED], ids=["database", "http", "mixed"])
@pytest.mark.parametrize(
    "on", ["panel", pytest.param("mariadb_panel", marks=pytest.mark.mariadb)], ids=["sqlite", "mariadb"]
)
def test_killed_at_any_step(tmp_path: Path, request: pytest.FixtureRequest, on: str, routes: str) -> None:
    panel, mappings, mortals = map(request.getfixturevalue, (on, "mappings", "mortals"))
    with stage(tmp_path, panel, mappings, routes=routes) as scene:
        steps, broken = die_everywhere(scene, tmp_path, mortals)

    assert broken == {}
    assert missing(steps) == []
