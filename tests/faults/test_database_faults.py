"""Every fault of the panel's database at every kind of push it carries, on SQLite and on MariaDB."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bridge.domain.intents import Route
from tests.faults.database_faults import WRITES, Armed, DatabaseFault, in_the_way
from tests.faults.stage import OVER_DATABASE, stage


@pytest.mark.parametrize("fault", DatabaseFault)
@pytest.mark.parametrize(
    "on", ["panel", pytest.param("mariadb_panel", marks=pytest.mark.mariadb)], ids=["sqlite", "mariadb"]
)
def test_whatever_happens_to_the_first_write_of_each_kind(
    tmp_path: Path, mappings: Path, request: pytest.FixtureRequest, on: str, fault: DatabaseFault
) -> None:
    panel = request.getfixturevalue(on)
    kill = _killer(request) if on == "mariadb_panel" else None
    armed = [Armed.against(kind, fault) for kind in WRITES]
    with stage(tmp_path, panel, mappings, routes=OVER_DATABASE) as scene:
        engine = scene.place.cycle.parts.routes[Route.DATABASE]._engine
        scene.begin()
        with in_the_way(engine, armed, kill):
            scene.cycle()
            scene.settle()
            scene.resolve()
            scene.cycle()
            scene.settle()

        assert scene.finish() == []
        assert [one.left for one in armed] == [0] * len(WRITES)


def _killer(request: pytest.FixtureRequest) -> Callable[[int], None]:
    server = request.getfixturevalue("mariadb")
    return lambda number: server.execute(f"KILL {number}")
