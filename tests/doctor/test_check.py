"""One check that breaks, raises or hangs hides no other."""

from __future__ import annotations

import threading
from collections.abc import Iterator

from bridge.doctor.check import Check, Status, bounded, exit_code, failed, ok
from bridge.errors import PanelUnreachable, UsageFault

FINE = ok("one", "a", "fine")


def test_what_was_found_before_a_fault_stands() -> None:
    def make() -> Iterator[Check]:
        yield FINE
        raise UsageFault("no such file")

    found = bounded("one", "b", 5, make)

    assert found == [FINE, failed("one", "b", "no such file", "see the other lines", 1)]
    assert exit_code(found) == 1


def test_a_defect_of_a_check_is_a_failed_check() -> None:
    def make() -> Iterator[Check]:
        raise IndexError
        yield FINE

    [found] = bounded("one", "b", 5, make)

    assert (found.status, found.exit_code) == (Status.FAILED, 2)
    assert found.detail.startswith("the check itself broke: IndexError")


def test_a_check_that_hangs_is_left_behind() -> None:
    over = threading.Event()

    def make() -> Iterator[Check]:
        yield FINE
        over.wait(60)

    try:
        found = bounded("one", "b", 0.05, make)
    finally:
        over.set()

    assert found[0] == FINE
    assert found[1].detail == "no result within 0.05 s"


def test_the_worst_failure_gives_the_exit_code() -> None:
    files, panel = failed("a", "", "", "", 1), failed("b", "", "", "")

    assert [exit_code(these) for these in ([], [FINE], [files], [files, panel])] == [0, 0, 1, 2]
    assert bounded("b", "", 5, _unreachable)[0].exit_code == 2


def _unreachable() -> Iterator[Check]:
    raise PanelUnreachable("no answer")
    yield FINE
