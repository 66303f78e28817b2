"""Real complaints, two weeks of them and what came before and after, through the whole program."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from bridge.domain.decisions import CreditStatus
from bridge.domain.events import EventKind
from tests.replay import checks
from tests.replay.complaints import CUSTOMERS, VARIABLE, ZONE, complaints, place
from tests.replay.fortnight import DAY, HOUR, Evidence, play

FORTNIGHT = datetime(2026, 6, 1, tzinfo=ZONE)  # a Monday; the busiest days of the file are the 9th and 10th
BURST = datetime(2026, 6, 8, tzinfo=ZONE)
FEW_CUSTOMERS = 120
_MEMORY = Path("/dev/shm")  # noqa: S108 - a new folder is made in it: thousands of commits need no disk here


@pytest.fixture
def file() -> Path:
    found = place()
    if found is None:
        pytest.skip(f"the complaints are not here: put the path of their CSV file into {VARIABLE}")
    return found


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(dir=_MEMORY if _MEMORY.is_dir() else None) as name:
        yield Path(name)


def test_a_fortnight_of_real_complaints_over_the_database(file: Path, folder: Path) -> None:
    """All 2,224: those before the fortnight are there already, those after it come in as they came."""
    everything = complaints(file, CUSTOMERS)

    evidence = play(
        folder, everything, FORTNIGHT, days=14, every=2 * HOUR, customers=CUSTOMERS, read="database"
    )

    assert len(everything) == 2224
    assert min(evidence.work.plots.values()) > 5
    assert {one.status for one in evidence.lines} >= {
        CreditStatus.REFUSED,
        CreditStatus.HELD,
        CreditStatus.INVOICED,
    }
    assert {listed for _, _, listed in evidence.watched} == {True, False}
    assert len(checks.expected_credits(evidence)) > 40
    assert problems_of(evidence) == {}
    assert unnoticed(evidence) == []


def test_some_days_of_real_complaints_over_the_api(file: Path, folder: Path) -> None:
    """The busiest week's faults of one customer in ten: over the API each cycle costs a call a customer."""
    end = BURST + 7 * DAY
    some = [
        one
        for one in complaints(file, FEW_CUSTOMERS * 10)
        if BURST <= one.at < end and one.customer <= FEW_CUSTOMERS
    ]

    evidence = play(folder, some, BURST, days=7, every=6 * HOUR, customers=FEW_CUSTOMERS, read="api")

    assert len(some) > 50
    assert {ticket for row in evidence.incidents for ticket in row.ticket_ids} == {
        one.ticket_id for one in some
    }
    assert CreditStatus.INVOICED in {line.status for line in evidence.lines}
    assert problems_of(evidence) == {}


def problems_of(evidence: Evidence) -> dict[str, list[str]]:
    """What each check found wrong; the first few of each are enough to begin with."""
    found = {check.__name__: check(evidence)[:5] for check in checks.CHECKS}
    return {name: problems for name, problems in found.items() if problems}


Spoiler = Callable[[Evidence], Evidence]


def _opening_twice(right: Evidence) -> Evidence:
    opening = next(event for event in right.events if event.kind is EventKind.OPENED)
    return replace(right, events=[*right.events, opening])


def _opening_lost(right: Evidence) -> Evidence:
    opening = next(event for event in right.events if event.kind is EventKind.OPENED)
    return replace(right, events=[event for event in right.events if event != opening])


def _nobody_owns(right: Evidence) -> Evidence:
    at, row, listed = right.watched[0]
    return replace(right, watched=[(at, replace(row, technician_id=None), listed), *right.watched[1:]])


def _wrong_level_owns(right: Evidence) -> Evidence:
    at, row, _ = next(one for one in right.watched if one[1].level == 1)
    return replace(right, watched=[(at, replace(row, level=3), False)])


def _outage_shorter(right: Evidence) -> Evidence:
    """Every ticket closed the moment it was opened: then no credit has an outage."""
    rows = [row | {"fecha_cerrado": row["fecha_soporte"], "estado": "cerrado"} for row in right.tickets]
    return replace(right, tickets=rows, work=replace(right.work, gaps={}))


def _credit_missing(right: Evidence) -> Evidence:
    line = next(line for line in right.lines if line.status is CreditStatus.INVOICED)
    return replace(right, lines=[one for one in right.lines if one != line])


def _cent_too_much(right: Evidence) -> Evidence:
    paid = next(row for row in right.saldos if not row["idorigen"])
    wrong = paid | {"monto": f"{paid['monto'][:-1]}{(int(paid['monto'][-1]) + 1) % 10}"}
    return replace(right, saldos=[wrong if row is paid else row for row in right.saldos])


def _written_twice(right: Evidence) -> Evidence:
    return replace(right, saldos=[*right.saldos, right.saldos[0] | {"id": 0}])


def _decided_again(right: Evidence) -> Evidence:
    told = next(report for report in right.reports if report.taken)
    return replace(right, reports=[*right.reports, told])


def _not_quiet(right: Evidence) -> Evidence:
    return replace(right, quiet=replace(right.quiet, pushed=Counter(sent=1)))


def _panel_touched(right: Evidence) -> Evidence:
    return replace(right, after_quiet=right.after_quiet | {"sms": [{"id": 1}]})


def _not_held(right: Evidence) -> Evidence:
    return replace(right, unheard=[(right.enforce_from, right.complaints[0].ticket_id)])


def _parked(right: Evidence) -> Evidence:
    return replace(right, reports=[*right.reports, replace(right.quiet, exit_code=3)])


SPOILERS: tuple[tuple[Callable[[Evidence], list[str]], Spoiler], ...] = (
    (checks.each_ticket_is_seen_once, _opening_twice),
    (checks.each_ticket_is_seen_once, _opening_lost),
    (checks.every_open_fault_has_level_and_owner, _nobody_owns),
    (checks.every_open_fault_has_level_and_owner, _wrong_level_owns),
    (checks.every_open_ticket_is_held, _not_held),
    (checks.no_credit_without_its_outage, _outage_shorter),
    (checks.no_credit_without_its_outage, _credit_missing),
    (checks.ledger_equals_panel, _cent_too_much),
    (checks.one_row_for_a_marker, _written_twice),
    (checks.one_row_for_a_marker, _credit_missing),
    (checks.no_decision_is_repeated, _decided_again),
    (checks.a_quiet_cycle_does_nothing, _not_quiet),
    (checks.a_quiet_cycle_does_nothing, _panel_touched),
    (checks.no_cycle_needed_a_person, _parked),
)


def unnoticed(right: Evidence) -> list[str]:
    """Falsify the evidence in one place after the other; return what the check for it does not see."""
    assert {check for check, _ in SPOILERS} == set(checks.CHECKS)
    return [
        f"{check.__name__}: {spoil.__name__}"
        for check, spoil in SPOILERS
        if not set(check(spoil(right))) - set(check(right))
    ]
