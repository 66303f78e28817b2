"""Databases that go away, a full disk, a clock that is set back: told in words, and nothing is lost."""

from __future__ import annotations

import os
import resource
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from bridge.domain.intents import Route
from bridge.errors import GuardStopped, PanelUnreachable
from bridge.store.push_states import PushState
from tests.faults.database_faults import Armed, DatabaseFault, gone, in_the_way
from tests.faults.mortal import Nursery, nursery
from tests.faults.outage import Stoppable
from tests.faults.rewind import Rewind
from tests.faults.stage import OVER_DATABASE, OVER_HTTP, stage
from tests.servers import ROOT, Sandbox, start_mariadb, start_sandbox

NOTHING_PUSHED = 2


@pytest.fixture(scope="module")
def mortals(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nursery]:
    with nursery(tmp_path_factory.mktemp("mortals")) as running:
        yield running


def test_the_panels_database_file_is_away_and_comes_back(
    tmp_path: Path, panel: Sandbox, mappings: Path
) -> None:
    file = Path(panel.database_url.removeprefix("sqlite:///"))
    with stage(tmp_path, panel, mappings, routes=OVER_DATABASE) as scene:
        scene.begin()
        before = scene.place.store.outbox.counts()
        file.rename(file.with_suffix(".away"))
        fault = scene.cycle_alone()
        file.with_suffix(".away").rename(file)

        assert isinstance(fault, PanelUnreachable)
        assert fault.exit_code == NOTHING_PUSHED
        assert scene.place.store.outbox.counts() == before
        assert scene.finish() == []


def test_pushes_wait_for_a_database_that_is_gone_while_tickets_are_read_over_http(
    tmp_path: Path, panel: Sandbox, mappings: Path
) -> None:
    with stage(tmp_path, panel, mappings, routes=OVER_DATABASE, read="api") as scene:
        scene.begin()
        with gone(scene.place.cycle.parts.routes[Route.DATABASE]._engine):
            assert scene.cycle() is None

        waiting = {row.push.kind for row in scene.place.store.outbox.in_states(PushState.RETRY_AT)}
        assert waiting == {"set_status", "assign", "note", "credit", "charge"}
        assert scene.finish() == []


@pytest.mark.mariadb
def test_mariadb_stops_in_the_middle_of_a_commit_and_starts_again(
    tmp_path_factory: pytest.TempPathFactory, mappings: Path
) -> None:
    folder = tmp_path_factory.mktemp("away")
    with (
        start_mariadb(folder / "db") as server,
        start_sandbox(server.create_database("panel")) as panel,
        closing(Stoppable(server)) as stoppable,
        stage(folder, panel, mappings, routes=OVER_DATABASE) as scene,
    ):
        scene.begin()
        engine = scene.place.cycle.parts.routes[Route.DATABASE]._engine
        armed = Armed.against("credit", DatabaseFault.LOST_AT_COMMIT)
        with in_the_way(engine, [armed], kill=lambda _: stoppable.stop()):
            assert scene.cycle() is None
        outbox = scene.place.store.outbox
        in_doubt = {row.push.kind for row in outbox.in_states(PushState.IN_DOUBT)}
        gone_fault = scene.cycle_alone()
        stoppable.start(panel)

        assert armed.struck == 1
        assert in_doubt == {"credit"}  # that it was granted is told once it stands on the panel
        assert isinstance(gone_fault, PanelUnreachable)
        assert scene.finish() == []


def test_a_full_disk_at_any_moment_loses_nothing(
    tmp_path: Path, panel: Sandbox, mappings: Path, mortals: Nursery
) -> None:
    """The store's files may grow so far and no further; the panel's are somebody else's."""
    config = tmp_path / "config.yaml"
    steps = []
    with stage(tmp_path, panel, mappings, routes=OVER_HTTP) as scene:
        scene.begin()
        moment = scene.now
        with closing(Rewind(panel, tmp_path / "bridge.db")) as rewind:
            for kilobytes in (40, 100, 160, 220, 280, 340, 400):
                rewind.back()
                _shorten(tmp_path / "bridge.db")
                scene.now = moment
                end = mortals.run(config, moment, room=1024 * kilobytes)
                steps.append(len(end.steps))

                assert end.code == NOTHING_PUSHED, kilobytes
                assert scene.finish() == []
    assert len(set(steps)) > len(steps) // 2  # the disk was full at different moments


def test_a_full_disk_is_told_in_words(tmp_path: Path, panel: Sandbox, mappings: Path) -> None:
    with stage(tmp_path, panel, mappings, routes=OVER_HTTP) as scene:
        scene.begin()
        scene.place.at(scene.now)
        done = subprocess.run(
            [sys.executable, "-m", "bridge", "-c", tmp_path / "config.yaml", "sync"],
            cwd=ROOT,
            env={**os.environ, "BRIDGE_NOW": scene.now.isoformat()},
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (160_000, 160_000)),
            capture_output=True,
            text=True,
            check=False,
        )

        assert done.returncode == NOTHING_PUSHED
        assert "bridge.db cannot be used now: the disk" in done.stderr
        assert "Traceback" not in done.stderr
        assert scene.finish() == []


def test_a_clock_set_back_pushes_nothing_and_resolves_no_doubt(
    tmp_path: Path, panel: Sandbox, mappings: Path
) -> None:
    with stage(tmp_path, panel, mappings, routes=OVER_HTTP) as scene:
        scene.begin()
        panel.control("faults", {"kind": "drop_after", "command": "NewBalance", "times": 2})
        scene.cycle()
        written = _writes(panel)
        scene.now -= timedelta(hours=1)
        fault = scene.cycle_alone()
        scene.now += timedelta(hours=1)

        assert isinstance(fault, GuardStopped)
        assert (fault.guard, fault.exit_code) == ("clock_backwards", NOTHING_PUSHED)
        assert _writes(panel) == written
        assert len(scene.place.store.outbox.in_states(PushState.IN_DOUBT)) == 2
        assert scene.finish() == []


def _shorten(store: Path) -> None:
    """Let SQLite's log of changes begin anew, so that it grows by what comes."""
    with closing(sqlite3.connect(store)) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _writes(panel: Sandbox) -> int:
    return sum(entry["applied"] for entry in panel.control("journal")["entries"])
