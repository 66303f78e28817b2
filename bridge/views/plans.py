"""A plan: the pushes a cycle would make, each with its decision, and whether a saved one still holds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from bridge.domain.decisions import Decision
from bridge.domain.intents import Push
from bridge.domain.policy import Rulebook
from bridge.store.outbox_rows import OutboxRow
from bridge.store.store import Store
from bridge.views.instants import iso
from bridge.views.pushes import push_in_words

VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One push in words, with the decision that asks for it; None where a person did."""

    push: Push
    incident_id: str | None
    decision: Decision | None
    words: str

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
        }


def plan(store: Store, rulebook: Rulebook, rows: Iterable[OutboxRow]) -> list[Step]:
    """Return pushes that were chosen from a store in which a cycle was rehearsed, by incident."""
    departments = rulebook.departments.names
    technicians = {one.operator_id: one.name for one in rulebook.roster.technicians}
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
            )
        )
    return steps


def plan_as_json(steps: Sequence[Step], now: datetime, zone: ZoneInfo) -> dict[str, Any]:
    """The plan as it is saved."""
    return {"version": VERSION, "made_at": iso(now, zone), "steps": [step.as_json() for step in steps]}


def differences(saved: Sequence[Mapping[str, Any]], present: Sequence[Mapping[str, Any]]) -> list[str]:
    """Say what changed between two plans' steps, one line a step; empty where both are the same."""
    before = {step["key"]: step for step in saved}
    after = {step["key"]: step for step in present}
    found = [f"no longer wanted: {before[key]['words']}" for key in before.keys() - after.keys()]
    found += [f"new: {after[key]['words']}" for key in after.keys() - before.keys()]
    found += [
        f"changed: {before[key]['words']} is now {after[key]['words']}"
        for key in before.keys() & after.keys()
        if before[key] != after[key]
    ]
    return sorted(found)


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
