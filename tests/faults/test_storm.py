"""A short storm by each kind of route; `make chaos` lets long ones blow, on MariaDB too."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.chaos import DATABASE, HTTP, Sea, storm
from tests.faults.mortal import Nursery, nursery
from tests.servers import Sandbox


@pytest.fixture(scope="module")
def mortals(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nursery]:
    with nursery(tmp_path_factory.mktemp("mortals")) as running:
        yield running


@pytest.mark.parametrize("sea", [DATABASE, HTTP], ids=["database", "http"])
def test_after_a_storm_the_books_hold(
    tmp_path: Path, panel: Sandbox, mappings: Path, mortals: Nursery, sea: Sea
) -> None:
    tally = storm(
        sea, seed=7, cycles=60, credits=6, folder=tmp_path, panel=panel, mappings=mappings, mortals=mortals
    )

    assert tally.differences == []
    assert tally.credits == 6
    assert tally.faults["death at a step"] > 0
    assert min(tally.retries, tally.in_doubt, tally.parked) > 0
    assert tally.resolved == tally.in_doubt
