"""Two processes on one store: one is asleep with the lease in its hands, another wants to work."""

from __future__ import annotations

import signal
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from bridge.errors import LeaseHeld
from tests.faults.mortal import Death, Nursery, nursery
from tests.faults.rewind import Rewind
from tests.faults.stage import OVER_HTTP, Stage, stage
from tests.servers import Sandbox

NOTHING_PUSHED = 2
LONG_AGO = "2026-01-01T00:00:00.000000+00:00"
MOMENTS = ("after the panel was read", "after store: RC-1/C1 sending", "after panel: NewBalance")


@pytest.fixture(scope="module")
def mortals(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nursery]:
    with nursery(tmp_path_factory.mktemp("mortals")) as running:
        yield running


@pytest.fixture
def scene(tmp_path: Path, panel: Sandbox, mappings: Path) -> Iterator[Stage]:
    with stage(tmp_path, panel, mappings, routes=OVER_HTTP) as found:
        found.begin()
        yield found


def fall_asleep(scene: Stage, folder: Path, mortals: Nursery, moment: str) -> Death:
    """Stop a cycle in another process at the step that begins with these words."""
    config = folder / "config.yaml"
    with closing(Rewind(scene.place.panel, folder / "bridge.db")) as rewind:
        steps = mortals.run(config, scene.now).steps
        rewind.back()
    at = next(number for number, words in enumerate(steps) if words.startswith(moment))
    asleep = mortals.run(config, scene.now, at, signal=signal.SIGSTOP)
    assert asleep.stopped
    return asleep


@pytest.mark.parametrize("moment", MOMENTS)
def test_while_one_holds_the_lease_another_does_nothing(
    tmp_path: Path, scene: Stage, mortals: Nursery, moment: str
) -> None:
    asleep = fall_asleep(scene, tmp_path, mortals, moment)

    fault = scene.cycle()
    awake = mortals.resume(asleep)

    assert isinstance(fault, LeaseHeld)
    assert fault.exit_code == NOTHING_PUSHED
    assert awake.code == 0
    assert scene.finish() == []


@pytest.mark.parametrize("moment", MOMENTS)
def test_who_slept_past_its_lease_pushes_nothing_more(
    tmp_path: Path, scene: Stage, mortals: Nursery, moment: str
) -> None:
    asleep = fall_asleep(scene, tmp_path, mortals, moment)
    with closing(sqlite3.connect(tmp_path / "bridge.db")) as store:
        store.execute("UPDATE leases SET expires_at = ?", (LONG_AGO,))
        store.commit()

    scene.settle()
    awake = mortals.resume(asleep)

    assert awake.code == NOTHING_PUSHED
    assert scene.finish() == []
