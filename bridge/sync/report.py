"""What one run did: the run report of design section 5."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bridge.domain.decisions import Decision

OUTCOMES = ("verified", "sent", "retry", "in_doubt", "parked", "manual")


@dataclass(slots=True, kw_only=True)
class RunReport:
    """Counts of one cycle.

    `needs_person` is how many pushes and records wait for somebody (exit 3), `set_aside` how many records
    could not be read. `fault` is what ended the cycle early, as `logs.reaction_to` names it, or
    `unfinished`; empty where it came to its end.
    """

    started_at: datetime
    finished_at: datetime | None = None
    clients_polled: int = 0
    tickets_seen: int = 0
    tickets_changed: int = 0
    calls: int = 0
    decisions: Counter[str] = field(default_factory=Counter)
    pushed: Counter[str] = field(default_factory=Counter)
    guards: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    taken: list[Decision] = field(default_factory=list)
    needs_person: int = 0
    set_aside: int = 0
    fault: str = ""
    exit_code: int = 0

    @property
    def errors(self) -> dict[str, int]:
        """How often the bridge had to react to something, by reaction."""
        found = {name: self.pushed[name] for name in ("retry", "in_doubt", "parked")}
        found["set_aside"] = self.set_aside
        if self.fault:
            found[self.fault] = 1
        return {name: number for name, number in found.items() if number}

    def as_json(self) -> dict[str, Any]:
        """The report with the field names promised to users."""
        return {
            "started_at": self.started_at.isoformat(),
            "finished_at": self.finished_at.isoformat() if self.finished_at else None,
            "clients_polled": self.clients_polled,
            "tickets_seen": self.tickets_seen,
            "tickets_changed": self.tickets_changed,
            "decisions": dict(sorted(self.decisions.items())),
            "pushed": {name: self.pushed[name] for name in OUTCOMES},
            "guards": self.guards,
            "notes": self.notes,
            "calls": self.calls,
            "errors": self.errors,
            "exit_code": self.exit_code,
        }
