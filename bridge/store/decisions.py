"""Decisions as they were taken: each step of an incident once, for ever (L-10), and what each rests on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, func, insert, select

from bridge.domain.decisions import Because, Decision
from bridge.store.batches import in_batches
from bridge.store.database import Database
from bridge.store.schema import decisions, incident_clients, judgements


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """The rules applied to one customer at one instant: what `bridge replay` does a second time.

    `digest` names the policy texts (`Journal.policy`); events and ledger entries were known up to the
    numbers given. `beyond_recall` are the credits that were to be voided and may have stood on the panel
    already, so that nothing was decided about them (C-13).
    """

    client_id: int
    at: datetime
    digest: str
    last_event_id: int
    last_entry_id: int
    beyond_recall: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A decision with the judgement in which it was taken."""

    decision: Decision
    judgement: Judgement


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
_JUDGED = select(
    decisions,
    judgements.c.client_id,
    judgements.c.at.label("judged_at"),
    judgements.c.digest,
    judgements.c.last_event_id,
    judgements.c.last_entry_id,
    judgements.c.beyond_recall,
).join(judgements)
_TAKEN_OF_INCIDENT = _JUDGED.where(decisions.c.incident_id == bindparam("incident")).order_by(
    decisions.c.at, decisions.c.decision_id
)
_TAKEN_OF_CLIENT = _JUDGED.where(judgements.c.client_id == bindparam("client")).order_by(
    decisions.c.decision_id
)
_JUDGED_CLIENTS = select(judgements.c.client_id).distinct().order_by(judgements.c.client_id)
_SINCE = _JUDGED.where(decisions.c.decision_id > bindparam("number")).order_by(decisions.c.decision_id)
_LAST = select(func.max(decisions.c.decision_id))
_JUDGE = insert(judgements).returning(judgements.c.judgement_id)
_APPEND = insert(decisions)


class Decisions:
    """The receipts of what the bridge decided."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def append_decisions(self, taken: Iterable[Decision], judgement: Judgement) -> list[Decision]:
        """Add decisions, and return those that were new: a subject fires once in an incident's life.

        The judgement is kept where something was new. The incidents must be known when the transaction
        ends (`replace_client`), else it fails with IntegrityError.
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
                number: int = connection.execute(_JUDGE, _judgement_values(judgement)).scalar_one()
                connection.execute(_APPEND, [_values(decision, number) for decision in wanted.values()])
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

    def taken_about(self, incident_id: str) -> list[Taken]:
        """Return the same decisions with the judgements in which they were taken."""
        with self._database.reading() as connection:
            return [_taken(row) for row in connection.execute(_TAKEN_OF_INCIDENT, {"incident": incident_id})]

    def taken_since(self, number: int) -> list[Taken]:
        """Return the decisions taken after the one of this number, in their order."""
        with self._database.reading() as connection:
            return [_taken(row) for row in connection.execute(_SINCE, {"number": number})]

    def last_decision_id(self) -> int:
        """Return the number of the decision that was taken last; 0 where there is none."""
        with self._database.reading() as connection:
            return connection.scalar(_LAST) or 0

    def judged_clients(self) -> list[int]:
        """Return the customers about whom anything was ever decided."""
        with self._database.reading() as connection:
            return list(connection.scalars(_JUDGED_CLIENTS))

    def judged(self, client_id: int) -> list[tuple[Judgement, list[Decision]]]:
        """Return a customer's judgements in their order, each with what was decided in it, in its order."""
        found: dict[int, tuple[Judgement, list[Decision]]] = {}
        with self._database.reading() as connection:
            for row in connection.execute(_TAKEN_OF_CLIENT, {"client": client_id}):
                _, taken = found.setdefault(row.judgement_id, (_judgement(row), []))
                taken.append(_decision(row))
        return [found[number] for number in sorted(found)]


def _judgement_values(judgement: Judgement) -> dict[str, Any]:
    return {
        "client_id": judgement.client_id,
        "at": judgement.at,
        "digest": judgement.digest,
        "last_event_id": judgement.last_event_id,
        "last_entry_id": judgement.last_entry_id,
        "beyond_recall": list(judgement.beyond_recall),
    }


def _values(decision: Decision, judgement_id: int) -> dict[str, Any]:
    return {
        "judgement_id": judgement_id,
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


def _judgement(row: Row[Any]) -> Judgement:
    return Judgement(
        client_id=row.client_id,
        at=row.judged_at,
        digest=row.digest,
        last_event_id=row.last_event_id,
        last_entry_id=row.last_entry_id,
        beyond_recall=tuple(row.beyond_recall),
    )


def _taken(row: Row[Any]) -> Taken:
    return Taken(decision=_decision(row), judgement=_judgement(row))
