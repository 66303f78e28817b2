"""What happened since people were told last, read off the histories that only grow."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from types import MappingProxyType
from typing import NamedTuple

from bridge.domain.calendar import moment
from bridge.domain.decisions import CreditStatus, CreditType, Decision, Line, Reason
from bridge.domain.escalation import BREACHES, StepName
from bridge.domain.events import EventKind
from bridge.domain.notices import TOPICS, Audience, News, NoticePolicy, Topic
from bridge.domain.policy import Rulebook
from bridge.domain.terms import escalation_at
from bridge.domain.visits import visit_words
from bridge.domain.words import normalise
from bridge.store.incidents import IncidentRow
from bridge.store.ledger import Entry
from bridge.store.store import Store

NEWS_READ = "news_read"
_NOBODY = "supervisor"  # the kind of such a line on the worklist
_BY_BRIDGE = "bridge"
_NOBODY_HAS_IT = "nadie"
_NO_KIND = "sin clasificar"

_OF_STEP: Mapping[str, Topic] = {
    StepName.REPORT_NUMBER: Topic.REPORT_NUMBER,
    StepName.SEVERE: Topic.SEVERE,
    **{step: Topic(name) for step, name in BREACHES.items()},
}
_FOR_BILLING = {
    CreditStatus.HELD: Topic.HELD,
    CreditStatus.AWAITING_APPROVAL: Topic.AWAITING_APPROVAL,
    CreditStatus.AWAITING_AMOUNT: Topic.AWAITING_AMOUNT,
    CreditStatus.REVERSAL_PROPOSED: Topic.REVERSAL_PROPOSED,
}
_OF_MONEY = (*TOPICS[Audience.BILLING], Topic.CREDIT_GRANTED, Topic.CREDIT_ON_INVOICE)
_OF_STEPS = (*_OF_STEP.values(), *TOPICS[Audience.TECHNICIANS])


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """Up to which numbers the histories were read."""

    events: int = 0
    decisions: int = 0
    ledger_entries: int = 0
    worklist: int = 0


class _Visit(NamedTuple):
    """The words for a visit, and until when it is worth telling."""

    words: str
    over_at: datetime


class NewsReader:
    """Reads each piece of news once; to be used inside the transaction that writes what is told of it.

    `since` is from when this store remembers what was sent: customers and supervisors were told of what fell
    due before by an earlier store, or it was nobody's business to stir up.
    """

    def __init__(
        self, store: Store, rulebook: Rulebook, policy: NoticePolicy, since: datetime, now: datetime
    ) -> None:
        self._store = store
        self._rulebook = rulebook
        self._policy = policy
        self._since = since
        self._now = now

    def take(self) -> list[News]:
        """Return what is new and switched on, and note that it was read."""
        before = _Read(**json.loads(self._store.meta.get(NEWS_READ) or "{}"))
        after = _Read(
            events=self._store.events.last_id(),
            decisions=self._store.incidents.last_decision_id(),
            ledger_entries=self._store.ledger.last_id(),
            worklist=self._store.worklist.last_id(),
        )
        if before == after:
            return []
        found = [one for one in self._all(before) if self._policy.media.get(one.topic)]
        self._store.meta.set(NEWS_READ, json.dumps(asdict(after)))
        return found

    def _all(self, before: _Read) -> Iterator[News]:
        if self._policy.wants(_OF_STEPS):
            yield from self._steps(before.decisions)
        if self._policy.wants((Topic.VISIT_FIXED,)):
            yield from self._visits(before.events)
        if self._policy.wants((Topic.NOBODY,)):
            yield from self._nobody(before.worklist)
        if self._policy.wants(_OF_MONEY):
            yield from self._money(before.ledger_entries)

    def _steps(self, number: int) -> Iterator[News]:
        for taken in self._store.incidents.taken_since(number):
            decision = taken.decision
            row = self._store.incidents.get(decision.incident_id)
            if row is None:
                continue
            topic = _OF_STEP.get(decision.subject)
            if topic is not None:
                if decision.at >= self._since:
                    yield self._news(topic, row, decision.at, words={"due": self._moment(decision.at)})
            elif decision.subject.startswith("assign:"):
                yield self._given(Topic.ASSIGNED, row, decision)
            elif decision.subject.startswith("visit_helper:"):
                visit = self._visit(decision.facts["visit"], decision.facts.get("half_day", ""), row)
                yield self._given(Topic.VISIT_GIVEN, row, decision, visit)

    def _given(self, topic: Topic, row: IncidentRow, decision: Decision, visit: _Visit | None = None) -> News:
        number = int(decision.facts["technician"])
        return self._news(
            topic,
            row,
            decision.decided_at,
            name=f"{row.incident_id}/{decision.subject}",
            technician=number,
            over_at=visit.over_at if visit is not None else None,
            words={
                "visit": visit.words if visit is not None else "",
                "technician": self._technician(number),
            },
        )

    def _visit(self, when: str, half_day: str, row: IncidentRow) -> _Visit:
        """It is worth telling until its start; one of a half-day until that ends, as for the ladder (L-5)."""
        words = visit_words(when, half_day, self._rulebook)
        if "T" in when:
            return _Visit(words, datetime.fromisoformat(when))
        policy = escalation_at(row.opened_at, self._rulebook)
        ends = {normalise(word): end for word, end in policy.half_day_ends.items()}
        end = ends.get(normalise(half_day), ends[""])
        return _Visit(words, moment(date.fromisoformat(when), end, self._rulebook.zone))

    def _visits(self, number: int) -> Iterator[News]:
        for event in self._store.events.learnt_since(number, EventKind.VISIT_FIXED):
            row = self._store.incidents.by_ticket(event.ticket_id or 0)
            if row is None or event.seen_at < self._since:
                continue
            when = event.data.get("start") or event.data["date"]
            visit = self._visit(when, event.data.get("half_day", ""), row)
            if visit.over_at > self._now:
                name = f"{row.incident_id}/{event.key}"
                words = {"visit": visit.words, "report_number": row.report_number or row.ticket_ids[0]}
                yield self._news(
                    Topic.VISIT_FIXED, row, event.at, name=name, over_at=visit.over_at, words=words
                )

    def _nobody(self, number: int) -> Iterator[News]:
        for line in self._store.worklist.added_since(number, _NOBODY):
            row = self._store.incidents.get(line.key.partition("/")[2])
            if row is not None:
                name = f"{row.incident_id}/{line.line_id}"
                yield self._news(Topic.NOBODY, row, line.since, name=name)

    def _money(self, number: int) -> Iterator[News]:
        for entry in self._store.ledger.entries_since(number):
            before = self._before(entry)
            topic = _topic_of(entry, before)
            if topic is None or (topic is Topic.CREDIT_GRANTED and self._is_found(entry.line)):
                continue
            yield self._of_line(topic, entry)

    def _is_found(self, line: Line) -> bool:
        """Whether an earlier store sent it: it is older than this one's memory, and not sent from here."""
        is_old = line.final_at is not None and line.final_at < self._since
        return is_old and not any(row.attempts for row in self._store.outbox.of_credit(line.credit_id))

    def _before(self, entry: Entry) -> Line | None:
        """What the line was before that entry."""
        earlier = self._store.ledger.entries(entry.line.credit_id)
        return next((one.line for one in reversed(earlier) if one.entry_id < entry.entry_id), None)

    def _of_line(self, topic: Topic, entry: Entry) -> News:
        line = entry.line
        is_customers = topic.audience is Audience.CUSTOMERS
        return News(
            topic=topic,
            name=_name_of(line) if is_customers else f"{line.credit_id}/{entry.entry_id}",
            client_id=line.client_id,
            incident_id=line.incident_id,
            at=entry.at,
            credit_id=line.credit_id,
            words={
                "credit_id": line.credit_id,
                "report_number": line.incident_id,
                "ticket": line.ticket_ids[0],
                "client_id": line.client_id,
                "client": self._name(line.client_id),
                "amount": line.amount,
                "invoice": ", ".join(map(str, line.invoice_ids)),
                "reason": self._reason(line.reason),
            },
        )

    def _news(  # noqa: PLR0913 - what tells one piece of news from another
        self,
        topic: Topic,
        row: IncidentRow,
        at: datetime,
        *,
        name: str = "",
        technician: int | None = None,
        over_at: datetime | None = None,
        words: Mapping[str, object] = MappingProxyType({}),
    ) -> News:
        return News(
            topic=topic,
            name=name or row.incident_id,
            client_id=row.client_id,
            incident_id=row.incident_id,
            at=at,
            technician=technician,
            over_at=over_at,
            words={**self._words(row), **words},
        )

    def _words(self, row: IncidentRow) -> Mapping[str, object]:
        """What the texts of an incident may say of it."""
        kinds = {kind.name: kind.label for kind in self._rulebook.kinds.kinds}
        return {
            "report_number": row.incident_id,
            "ticket": row.ticket_ids[0],
            "client_id": row.client_id,
            "client": self._name(row.client_id),
            "kind": kinds.get(row.kind, _NO_KIND),
            "level": row.level or "",
            "opened": self._moment(row.opened_at),
            "technician": self._technician(row.technician_id),
        }

    def _technician(self, operator_id: int | None) -> str:
        names = {one.operator_id: one.name for one in self._rulebook.roster.technicians}
        return names.get(operator_id or 0, str(operator_id or _NOBODY_HAS_IT))

    def _name(self, client_id: int) -> str:
        client = self._store.snapshots.clients([client_id]).get(client_id)
        return client.name if client is not None else str(client_id)

    def _reason(self, reason: Reason) -> str:
        name = f"receipt_held_{reason}"
        texts = self._rulebook.texts
        return texts.render(name) if name in texts.templates else str(reason)

    def _moment(self, at: datetime) -> str:
        return f"{at.astimezone(self._rulebook.zone):%d/%m/%Y %H:%M}"


def _topic_of(entry: Entry, before: Line | None) -> Topic | None:
    """What an entry of the ledger is news of; what a person did themselves is none for billing."""
    line = entry.line
    if before is not None and (before.status, before.reason) == (line.status, line.reason):
        return None
    if line.status in _FOR_BILLING:
        return _FOR_BILLING[line.status] if entry.actor == _BY_BRIDGE else None
    if line.type not in {CreditType.DAYS, CreditType.MONTH} or before is None:
        return None
    # A line whose first state is one on the panel was sent by an earlier store, which told of it.
    if line.status is CreditStatus.POSTED and before.status is CreditStatus.DUE:
        return Topic.CREDIT_GRANTED
    if line.status is CreditStatus.INVOICED and before.status is CreditStatus.POSTED and line.invoice_ids:
        return Topic.CREDIT_ON_INVOICE
    return None


def _name_of(line: Line) -> str:
    """What a customer is told of a line is told once; that it is on an invoice, once for each invoice."""
    return "/".join((line.credit_id, *map(str, line.invoice_ids[-1:])))
