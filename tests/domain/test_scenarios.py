"""Runs the rule tables of tests/scenarios: every row is a test."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from bridge.domain.assess import Assessment
from bridge.domain.assign import Need, choose
from bridge.domain.classify import classify
from bridge.domain.decisions import AFTER_SENDING, CreditStatus, CreditType, Decision, Line, Reason
from bridge.domain.escalation import StepName
from bridge.domain.events import Event, EventKind
from bridge.domain.money import Money
from bridge.domain.observe import Glance, observe
from bridge.domain.policy import (
    Leave,
    Roster,
    Rulebook,
    Shift,
    Technician,
)
from bridge.domain.records import Author, Message, Ticket, TicketState
from bridge.rulebook.loader import load_rulebook
from tests.domain import story
from tests.domain.mappings import edited
from tests.domain.story import HOUR, T0, ZONE, Bridge, Setting, at, clock, events
from tests.domain.tables import SCENARIOS, Row, as_rows, read_table

TABLES = sorted(SCENARIOS.glob("*.md"))
ROWS = [row for table in TABLES for row in read_table(table)]


@pytest.mark.parametrize("row", ROWS, ids=[row.id for row in ROWS])
def test_rule_table(row: Row) -> None:
    run = _RUNNERS.get(row.file, _run_story)

    outputs = run(row)

    expected = {name: row.cells[name] for name in outputs}
    assert outputs == expected, as_rows(expected, outputs)


_SIGNALS = [row for row in ROWS if row.file == "signals.md"]


@pytest.mark.parametrize("row", _SIGNALS, ids=[row.id for row in _SIGNALS])
def test_the_shipped_mapping_reads_the_same(row: Row) -> None:
    outputs = _run_signal(row, _shipped())

    expected = {name: row.cells[name] for name in outputs}
    assert outputs == expected, as_rows(expected, outputs)


@cache
def _shipped() -> Rulebook:
    folder = Path(__file__).parents[2] / "mappings"
    loaded = load_rulebook(
        folder, zone=ZONE, enforce_from=date(2026, 1, 1), approval_above=story.RULEBOOK.approval_above
    )
    return loaded.rulebook


def test_every_reason_of_the_ledger_has_a_row() -> None:
    shown = {row.cells.get("reason") for row in ROWS} | {row.cells.get("charge reason") for row in ROWS}
    shown |= {line.split()[-1] for row in ROWS for line in row.cells.get("ledger", "-").split("; ")}

    missing = set(Reason) - shown

    # Only a look at the panel can tell these (C-12, and differences to the ledger).
    assert missing == AFTER_SENDING | {Reason.FOUND_ON_PANEL}


# --- stories: events told to a bridge, one or several syncs, then everything it can say -----------------


def _run_story(row: Row) -> dict[str, str]:
    cells = row.cells
    setting = _setting(cells)
    bridge = Bridge(rules=edited(cells.get("mapping", "")), known=events(_text(cells, "events"), setting))
    last = max(one.seen_at for one in bridge.known)
    moments = [at(text, setting.t0) for text in cells["now"].split(",")] if cells.get("now") else [last]
    seen: list[Decision] = []
    assessments: tuple[Assessment, ...] = ()
    for number, now in enumerate(moments):
        if number:
            bridge.post()
        assessments = bridge.sync(now)
        seen += [decision for one in assessments for decision in one.decisions]
    view = _View(assessments, bridge, seen, setting)
    return {name: value(view) for name, value in _OUTPUTS.items() if cells.get(name)}


def _text(cells: Mapping[str, str], name: str) -> str:
    return "" if cells.get(name, "-") == "-" else cells[name]


def _setting(cells: Mapping[str, str]) -> Setting:
    begun = _text(cells, "t0")
    return Setting(
        t0=story.local(begun) if begun else T0,
        kind=_text(cells, "kind") or "no_access",
        services=_text(cells, "services") or f"91 {_text(cells, 'price') or '300.00'}",
        standing=_text(cells, "customer") or "active",
    )


class _View:
    def __init__(
        self,
        assessments: Sequence[Assessment],
        bridge: Bridge,
        decisions: Sequence[Decision],
        setting: Setting,
    ) -> None:
        self.assessments = assessments
        self.bridge = bridge
        self.decisions = decisions
        self.t0 = setting.t0

    @property
    def last(self) -> Assessment:
        return self.assessments[-1]

    def lines(self, *types: CreditType) -> list[Line]:
        return [line for line in self.bridge.lines.values() if line.type in types]

    def latest(self, *types: CreditType) -> Line | None:
        lines = self.lines(*types)
        return lines[-1] if lines else None

    def step(self, *names: StepName) -> Decision | None:
        return next((one for one in self.decisions if one.subject in names), None)


_CREDITS = (CreditType.DAYS, CreditType.MONTH)


def _of(line: Line | None, name: str) -> str:
    value = getattr(line, name, None) if line else None
    return "-" if value is None else str(value)


def _total(view: _View) -> str:
    kept = [line for line in view.lines(*_CREDITS) if line.status is not CreditStatus.VOIDED]
    return str(sum((line.amount for line in kept), Money(Decimal("0.00"))))


def _line(line: Line) -> str:
    return f"{line.credit_id.rpartition('/')[2]} {line.status} {line.amount}"


def _lines(view: _View) -> str:
    return "; ".join(_line(line) for line in view.bridge.lines.values()) or "-"


def _steps(view: _View) -> str:
    ladder = [one for one in view.decisions if one.subject in set(StepName)]
    return "; ".join(f"{one.subject} {clock(one.at, view.t0)}" for one in ladder)


def _severe_at(view: _View) -> str:
    step = view.step(StepName.SEVERE)
    return clock(step.at, view.t0) if step else "-"


def _because(*names: StepName) -> Callable[[_View], str]:
    def told(view: _View) -> str:
        step = view.step(*names)
        return str(step.because) if step else "-"

    return told


def _rule_of_last_line(view: _View) -> str:
    rules = [one.rule for one in view.decisions if one.subject not in set(StepName)]
    return rules[-1] if rules else "-"


_OUTPUTS: Mapping[str, Callable[[_View], str]] = {
    "level": lambda view: str(view.last.level or "-"),
    "report": lambda view: view.last.report_number or "-",
    "severe": lambda view: "yes" if view.last.severe else "no",
    "severe at": _severe_at,
    "because": _because(StepName.SEVERE),
    "report because": _because(StepName.REPORT_NUMBER),
    "breaches": lambda view: ", ".join(view.last.breaches) or "-",
    "steps": _steps,
    "next deadline": lambda view: (
        f"{view.last.deadline.rule} {clock(view.last.deadline.at, view.t0)}" if view.last.deadline else "-"
    ),
    "attribution": lambda view: str(view.last.attribution),
    "incidents": lambda view: (
        "; ".join(
            f"{one.incident.incident_id} ({', '.join(map(str, one.incident.ticket_ids))})"
            for one in view.assessments
        )
        or "-"
    ),
    "spans": lambda view: "; ".join(
        f"{clock(span.start, view.t0)} to {clock(span.end, view.t0) if span.end else '-'}"
        for span in view.last.incident.spans
    ),
    "its kind": lambda view: view.last.incident.kind,
    "credit": lambda view: _of(view.latest(*_CREDITS), "status"),
    "type": lambda view: _of(view.latest(*_CREDITS), "type"),
    "days": lambda view: _of(view.latest(*_CREDITS), "days"),
    "reason": lambda view: _of(view.latest(*_CREDITS), "reason"),
    "final at": lambda view: (
        clock(line.final_at, view.t0) if (line := view.latest(*_CREDITS)) and line.final_at else "-"
    ),
    "amount": _total,
    "lines": _lines,
    "ledger": lambda view: (
        "; ".join(
            f"{line.credit_id} {line.status} {line.amount} {line.reason}"
            for line in view.bridge.lines.values()
        )
        or "-"
    ),
    "rule": _rule_of_last_line,
    "charge": lambda view: _of(view.latest(CreditType.CHARGE), "status"),
    "charge amount": lambda view: _of(view.latest(CreditType.CHARGE), "amount"),
    "charge reason": lambda view: _of(view.latest(CreditType.CHARGE), "reason"),
    "reversals": lambda view: "; ".join(_line(line) for line in view.lines(CreditType.REVERSAL)) or "-",
}


# --- intake: which kind a ticket is, by its words --------------------------------------------------------


def _run_kind(row: Row) -> dict[str, str]:
    kind = classify(_text(row.cells, "subject"), _text(row.cells, "first message"), story.KINDS)

    is_fault = story.KINDS.is_fault(kind)
    departments = story.DEPARTMENTS
    number = departments.levels[1] if is_fault else departments.enquiries[kind]
    number = departments.reception if kind == "unrouted" else number
    return {
        "its kind": kind,
        "ladder": "yes" if is_fault else "no",
        "department": departments.names[number],
    }


# --- signals: what the staff's words say -----------------------------------------------------------------


def _run_signal(row: Row, rules: Rulebook = story.RULEBOOK) -> dict[str, str]:
    cells = row.cells
    written = story.local(cells["written"])
    author = Author(cells["author"])
    before = Ticket(
        ticket_id=1201,
        client_id=77,
        subject="Sin internet",
        state=TicketState.OPEN,
        opened_at=written - HOUR,
        messages=(Message(message_id=1, author=Author.CUSTOMER, text="No navega", at=written - HOUR),),
    )
    message = Message(
        message_id=2,
        author=author,
        text=cells["text"].replace("<br>", "\n"),
        at=written,
        internal=cells["as"] == "note",
    )
    after = replace(before, messages=(*before.messages, message))
    if cells["as"] == "closing reason":
        after = replace(before, state=TicketState.CLOSED, closed_at=written, closing_reason=message.text)
    if cells["as"] == "opening message":
        before, after = replace(before, messages=()), replace(before, messages=(message,))
    glance = Glance(current=after, previous=before, previous_read=written - HOUR, was_gone=False, now=written)
    known = {one.key for one in observe(replace(glance, current=before, previous=None), rules)}
    learnt = [one for one in observe(glance, rules) if one.key not in known]
    facts = [_fact(one) for one in learnt if one.kind not in {EventKind.CLOSED, EventKind.CLASSIFIED}]
    return {"facts": "; ".join(facts) or "-"}


def _fact(one: Event) -> str:
    data = [_value(value) for value in one.data.values() if value]
    return " ".join([str(one.kind), *data])


def _value(value: str) -> str:
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return value
    return value if len(value) == len("2026-11-25") else f"{moment.astimezone(ZONE):%Y-%m-%d %H:%M}"


# --- technicians: who gets an incident --------------------------------------------------------------------


_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def _technician(number: int, text: str) -> Technician:
    one = Technician(operator_id=number, name=f"T{number}", levels=frozenset())
    for part in text.split(", "):
        word, _, value = part.partition(" ")
        one = replace(one, **_technician_part(word, value, one))
    return one


def _technician_part(word: str, value: str, one: Technician) -> dict[str, Any]:
    match word:
        case "level":
            return {"levels": one.levels | {int(value)}}
        case "zone":
            return {"zones": one.zones | {value}}
        case "node":
            return {"nodes": one.nodes | {int(value)}}
        case "max":
            return {"max_open": int(value)}
        case "shift":
            days, hours = value.split()
            first, _, last = days.partition("-")
            numbers = range(_WEEKDAYS.index(first), _WEEKDAYS.index(last or first) + 1)
            start, end = (time.fromisoformat(hour) for hour in hours.split("-"))
            return {"shifts": (*one.shifts, Shift(weekdays=frozenset(numbers), start=start, end=end))}
        case "away":
            first, _, last = value.partition(" to ")
            leave = Leave(first=date.fromisoformat(first), last=date.fromisoformat(last))
            return {"leave": (*one.leave, leave)}
        case _:
            raise ValueError(word)


def _run_technician(row: Row) -> dict[str, str]:
    cells = row.cells
    described = [one.split(": ") for one in cells["roster"].split("; ")]
    roster = Roster(technicians=tuple(_technician(int(number), text) for number, text in described))
    loads = [one.split(" has ") for one in filter(None, _text(cells, "open incidents").split(", "))]
    need = Need(
        level=int(cells["level"]),
        zone=_text(cells, "zone"),
        nodes=frozenset(int(one) for one in filter(None, _text(cells, "nodes").split(", "))),
        current=int(cells["owner"]) if _text(cells, "owner") else None,
        level_rose=cells["level rose"] == "yes",
    )

    choice = choose(
        need, roster, {int(who): int(count) for who, count in loads}, story.local(cells["at"]), ZONE
    )

    return {"chosen": str(choice.operator_id or "-"), "because": str(choice.because)}


_RUNNERS: Mapping[str, Callable[[Row], dict[str, str]]] = {
    "intake-kinds.md": _run_kind,
    "signals.md": _run_signal,
    "technicians.md": _run_technician,
}
