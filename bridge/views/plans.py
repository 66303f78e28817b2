"""A plan: the pushes a cycle would make, each with its decision, and whether a saved one still holds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from bridge.domain.decisions import Decision
from bridge.domain.intents import Push, PushKind
from bridge.domain.money import Money
from bridge.domain.policy import Rulebook
from bridge.domain.records import Ticket
from bridge.store.outbox_rows import OutboxRow
from bridge.store.store import Store
from bridge.sync.report import RunReport
from bridge.views.instants import iso
from bridge.views.pushes import named, push_in_words

VERSION = 1

_TELLING = frozenset({"words", "now"})  # for people: what they are made from is compared


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One push in words, with the decision that asks for it; None where a person did.

    `now` is what the panel shows in that place, in words; empty for what is added.
    """

    push: Push
    incident_id: str | None
    decision: Decision | None
    words: str
    now: str = ""

    def as_json(self) -> dict[str, Any]:
        """The step for a program, and for `apply` to compare."""
        push = self.push
        return {
            "key": push.key,
            "kind": str(push.kind),
            "client_id": push.client_id,
            "ticket_id": push.ticket_id,
            "incident_id": self.incident_id,
            "rule": self.decision.rule if self.decision is not None else None,
            "because": str(self.decision.because) if self.decision is not None else None,
            "department_id": push.department_id,
            "technician_id": push.technician_id,
            "amount": str(push.amount) if push.amount is not None else None,
            "currency": push.amount.currency if push.amount is not None else None,
            "text": push.text,
            "words": self.words,
            "now": self.now or None,
        }


def plan(store: Store, rulebook: Rulebook, rows: Iterable[OutboxRow]) -> list[Step]:
    """Return pushes that were chosen from a store in which a cycle was rehearsed, by incident."""
    departments = rulebook.departments.names
    technicians = {one.operator_id: one.name for one in rulebook.roster.technicians}
    rows = list(rows)
    tickets = store.snapshots.tickets(row.push.ticket_id for row in rows if row.push.ticket_id is not None)
    decided: dict[str, list[Decision]] = {}
    steps = []
    for row in sorted(rows, key=lambda row: (row.incident_id or "", row.push.due_at, row.push.key)):
        if row.incident_id is not None and row.incident_id not in decided:
            decided[row.incident_id] = store.incidents.decisions_of(row.incident_id)
        steps.append(
            Step(
                push=row.push,
                incident_id=row.incident_id,
                decision=_asked_by(row, decided.get(row.incident_id or "", [])),
                words=push_in_words(row.push, departments, technicians),
                now=_shown_now(row.push, tickets.get(row.push.ticket_id or 0), departments, technicians),
            )
        )
    return steps


def _shown_now(
    push: Push, ticket: Ticket | None, departments: Mapping[int, str], technicians: Mapping[int, str]
) -> str:
    """What a change replaces, where the ticket was read by a route that shows it."""
    if ticket is None:
        return ""
    match push.kind:
        case PushKind.SET_STATUS:
            return named("department", ticket.department_id, departments) if ticket.department_id else ""
        case PushKind.ASSIGN if ticket.technician_id == 0:
            return "nobody"
        case PushKind.ASSIGN:
            return named("technician", ticket.technician_id, technicians) if ticket.technician_id else ""
        case _:
            return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanTotals:
    """How many pushes of each kind, and the money among them, each kind of money by currency."""

    kinds: Mapping[str, int]
    credits: Mapping[str, Money]
    charges: Mapping[str, Money]

    @classmethod
    def of(cls, steps: Iterable[Step]) -> PlanTotals:
        """Count and add up."""
        pushes = [step.push for step in steps]
        return cls(
            kinds=dict(sorted(Counter(str(push.kind) for push in pushes).items())),
            credits=_added_up(push for push in pushes if push.kind is PushKind.CREDIT),
            charges=_added_up(push for push in pushes if push.kind is PushKind.CHARGE),
        )

    def as_json(self) -> dict[str, Any]:
        """The totals for a program, amounts as text."""
        return {
            "pushes": dict(self.kinds),
            "credits": {currency: str(amount) for currency, amount in self.credits.items()},
            "charges": {currency: str(amount) for currency, amount in self.charges.items()},
        }


def _added_up(pushes: Iterable[Push]) -> dict[str, Money]:
    found: dict[str, Money] = {}
    for push in pushes:
        if push.amount is not None:
            before = found.get(push.amount.currency)
            found[push.amount.currency] = push.amount if before is None else before + push.amount
    return dict(sorted(found.items()))


def plan_as_json(steps: Sequence[Step], report: RunReport, now: datetime, zone: ZoneInfo) -> dict[str, Any]:
    """The plan as it is saved; `report` is that of the rehearsed cycle."""
    return {
        "version": VERSION,
        "made_at": iso(now, zone),
        "steps": [step.as_json() for step in steps],
        "totals": PlanTotals.of(steps).as_json(),
        "guards": report.guards,
        "notes": report.notes,
    }


def differences(saved: Sequence[Mapping[str, Any]], present: Sequence[Mapping[str, Any]]) -> list[str]:
    """Say what changed between two plans' steps, one line a step; empty where both are the same."""
    before = {step["key"]: step for step in saved}
    after = {step["key"]: step for step in present}
    found = [f"no longer wanted: {_titled(before[key])}" for key in before.keys() - after.keys()]
    found += [f"new: {_titled(after[key])}" for key in after.keys() - before.keys()]
    for key in before.keys() & after.keys():
        changed = [
            f"{name} {before[key].get(name)} -> {value}"
            for name, value in after[key].items()
            if name not in _TELLING and before[key].get(name) != value
        ]
        if changed:
            found.append(f"changed: {_titled(before[key])}: {', '.join(changed)}")
    return sorted(found)


def _titled(step: Mapping[str, Any]) -> str:
    """A step with its incident."""
    return f"{step['incident_id']} {step['words']}" if step.get("incident_id") else str(step["words"])


def _asked_by(row: OutboxRow, decisions: Sequence[Decision]) -> Decision | None:
    """The decision whose subject the push's key names; of a line of the ledger its latest one."""
    if row.credit_id is not None:
        tag = row.credit_id.rpartition("/")[2]
        about = [decision for decision in decisions if decision.subject.startswith(f"{tag}:")]
        return about[-1] if about else None
    what, _, rest = row.push.key.removeprefix(f"{row.incident_id}/").partition("/")
    step = rest.partition("/")[0]
    level = step.removeprefix("L")
    subject = {
        "status": f"level_{level}" if level.isdecimal() else f"routed:{step}",
        "assign": f"assign:{step}",
    }.get(what, step)
    return next((decision for decision in decisions if decision.subject == subject), None)
