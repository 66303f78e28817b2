"""What a replay found, as programs read it."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from bridge.sync.replay import Difference, Replayed
from bridge.views.instants import iso


def replay_as_json(replayed: Replayed, zone: ZoneInfo) -> dict[str, Any]:
    """What was gone through, and every difference by the name of the decision or credit."""
    return {
        "customers": replayed.customers,
        "judgements": replayed.judgements,
        "decisions": replayed.decisions,
        "rulebooks": replayed.rulebooks,
        "differences": [_difference(one, zone) for one in replayed.differences],
    }


def _difference(difference: Difference, zone: ZoneInfo) -> dict[str, Any]:
    return {
        "finding": str(difference.finding),
        "client_id": difference.client_id,
        "incident_id": difference.incident_id,
        "subject": difference.subject,
        "decided_at": iso(difference.decided_at, zone),
        "rulebook": difference.digest,
        "values": [
            {"field": name, "stored": stored, "again": again}
            for name, (stored, again) in difference.values.items()
        ],
        "detail": difference.detail,
    }
