"""Decisions as they were taken: each step of an incident once, for ever (L-10)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Row, bindparam, insert, select

from bridge.domain.decisions import Because, Decision
from bridge.store.batches import in_batches
from bridge.store.database import Database
from bridge.store.schema import decisions, incident_clients

_BECAUSE = {because.value: because for because in Because}
_FIRED_SUBJECTS = select(decisions.c.incident_id, decisions.c.subject).where(
    decisions.c.incident_id.in_(bindparam("ids", expanding=True))
)
_OF_CLIENT = (
    select(decisions)
    .join(incident_clients)
    .where(incident_clients.c.client_id == bindparam("client"))
    .order_by(decisions.c.at, decisions.c.decision_id)
)
_OF_INCIDENT = (
    select(decisions)
    .where(decisions.c.incident_id == bindparam("incident"))
    .order_by(decisions.c.at, decisions.c.decision_id)
)
_APPEND = insert(decisions)


class Decisions:
    """The receipts of what the bridge decided."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def append_decisions(self, taken: Iterable[Decision]) -> list[Decision]:
        """Add decisions, and return those that were new: a subject fires once in an incident's life.

        Their incidents must be known when the transaction ends (`replace_client`), else it fails with
        IntegrityError.
        """
        wanted: dict[tuple[str, str], Decision] = {}
        for decision in taken:
            wanted.setdefault((decision.incident_id, decision.subject), decision)
        if not wanted:
            return []
        with self._database.writing() as connection:
            for ids in in_batches([incident_id for incident_id, _ in wanted]):
                for row in connection.execute(_FIRED_SUBJECTS, {"ids": ids}):
                    wanted.pop((row.incident_id, row.subject), None)
            if wanted:
                connection.execute(_APPEND, [_values(decision) for decision in wanted.values()])
        return list(wanted.values())

    def fired(self, client_id: int) -> dict[str, dict[str, Decision]]:
        """Return what was ever decided for a customer, by incident and subject, in order of time."""
        found: dict[str, dict[str, Decision]] = defaultdict(dict)
        with self._database.reading() as connection:
            for row in connection.execute(_OF_CLIENT, {"client": client_id}):
                found[row.incident_id][row.subject] = _decision(row)
        return dict(found)

    def decisions_of(self, incident_id: str) -> list[Decision]:
        """Return the decisions about one incident in order of when they were due, then taken."""
        with self._database.reading() as connection:
            return [_decision(row) for row in connection.execute(_OF_INCIDENT, {"incident": incident_id})]


def _values(decision: Decision) -> dict[str, Any]:
    return {
        "incident_id": decision.incident_id,
        "subject": decision.subject,
        "rule": decision.rule,
        "because": decision.because.value,
        "at": decision.at,
        "decided_at": decision.decided_at,
        "policy": decision.policy,
        "events": list(decision.events),
        "facts": dict(decision.facts),
    }


def _decision(row: Row[Any]) -> Decision:
    return Decision(
        incident_id=row.incident_id,
        subject=row.subject,
        rule=row.rule,
        because=_BECAUSE[row.because],
        at=row.at,
        decided_at=row.decided_at,
        policy=row.policy,
        events=tuple(row.events),
        facts=row.facts,
    )
