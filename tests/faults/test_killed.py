"""kill -9 at every step of a cycle: the next cycles mend it, nothing doubles and nothing is lost.

A cycle of its own process is watched once; then it dies at each step that was seen. `make chaos` does the
same with everything over HTTP, everything over the database, and on MariaDB.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.killing import MONEY, die_everywhere, missing
from tests.faults.mortal import Nursery, nursery
from tests.faults.stage import MIXED, OVER_DATABASE, stage
from tests.servers import Sandbox


@pytest.fixture(scope="module")
def mortals(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nursery]:
    with nursery(tmp_path_factory.mktemp("mortals")) as running:
        yield running


def test_killed_at_any_step(tmp_path: Path, panel: Sandbox, mappings: Path, mortals: Nursery) -> None:
    with stage(tmp_path, panel, mappings, routes=MIXED) as scene:
        steps, broken = die_everywhere(scene, tmp_path, mortals)

    assert broken == {}
    assert missing(steps) == []


@pytest.mark.mariadb
def test_killed_while_money_moves_on_mariadb(
    tmp_path: Path, mariadb_panel: Sandbox, mappings: Path, mortals: Nursery
) -> None:
    with stage(tmp_path, mariadb_panel, mappings, routes=OVER_DATABASE) as scene:
        _, broken = die_everywhere(scene, tmp_path, mortals, MONEY)

    assert broken == {}
