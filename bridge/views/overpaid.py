"""What was credited beyond what is earned by what is known now, and why (C-10)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bridge.domain.assess import Memory, assess
from bridge.domain.credits import entitlement, outage_at
from bridge.domain.decisions import CreditType, Line, Reason
from bridge.domain.money import Money
from bridge.domain.terms import in_force
from bridge.domain.timeline import tell
from bridge.store.incidents import IncidentRow
from bridge.store.store import Store
from bridge.sync import archived


@dataclass(frozen=True, slots=True, kw_only=True)
class Overpaid:
    """How much too much was credited, against what is earned now with its reason and the working of it."""

    amount: Money
    earned: Money
    reason: Reason
    facts: Mapping[str, str]

    def as_json(self) -> dict[str, Any]:
        """The amounts as text, with the reason of what is earned."""
        return {
            "amount": str(self.amount),
            "currency": self.amount.currency,
            "earned": str(self.earned),
            "reason": str(self.reason),
            "facts": dict(self.facts),
        }


def overpaid_of(store: Store, row: IncidentRow, lines: Sequence[Line], now: datetime) -> Overpaid | None:
    """Return what was credited too much for an incident, by the mappings of the last cycle.

    `lines` are those of the customer's ledger. None where nothing was, or where nobody has to decide.
    """
    own = [line for line in lines if line.incident_id == row.incident_id]
    loaded = None
    if any(line.type is not CreditType.CHARGE and not line.is_open for line in own):
        loaded = archived.in_force(store)
    if loaded is None:
        return None
    rulebook = loaded.rulebook
    story = tell(row.client_id, store.events.of_client(row.client_id), rulebook)
    incident = next((one for one in story.incidents if one.incident_id == row.incident_id), None)
    if incident is None:
        return None
    others = [line for line in lines if line.incident_id != row.incident_id]
    memory = Memory(fired={}, lines=own, others=others)
    policy = in_force(rulebook.bonus, incident.opened_at, rulebook.zone)
    earned = entitlement(incident, outage_at(incident, now), policy, rulebook.zone, rulebook.enforce_from)
    more = assess(incident, memory, rulebook, now).overpaid
    if more is None or earned is None:
        return None
    return Overpaid(amount=more, earned=earned.amount, reason=earned.reason, facts=earned.facts)
