"""What is open of a customer's, coming, and lately closed, for the agent who has them on the line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bridge.domain.events import EventKind
from bridge.domain.intents import Push
from bridge.domain.policy import UNROUTED, Rulebook
from bridge.domain.terms import escalation_at
from bridge.store.calls import Call
from bridge.store.incidents import IncidentRow
from bridge.store.openings import OnTheWay
from bridge.store.push_states import PushState
from bridge.store.store import Store
from bridge.views.letter_words import Words
from bridge.views.letters import steps_done, visit_told
from bridge.views.receipts import Receipt, receipt

_PROMISED = frozenset({"L-2", "L-4"})  # the deadlines by which the customer is called


@dataclass(frozen=True, slots=True, kw_only=True)
class Matter:
    """Something of the customer's that is open.

    `ticket_id` is its newest ticket that is open, `last` what was done last and when, `visit` when a visit is
    fixed for, in words; `call_by` is until when the customer is to be called, while that has not passed.
    """

    row: IncidentRow
    ticket_id: int
    last: tuple[datetime, str] | None
    visit: str | None
    call_by: datetime | None

    @property
    def numbers(self) -> frozenset[str]:
        """The numbers by which it is known."""
        return frozenset({self.row.report_number or "", *map(str, self.row.ticket_ids)})

    @property
    def report_number(self) -> str | None:
        """The report number, once there is one (L-3)."""
        return self.row.report_number

    @property
    def client_id(self) -> int:
        """Whose it is."""
        return self.row.client_id

    @property
    def kind(self) -> str:
        """The kind, as the rules have it now."""
        return self.row.kind

    @property
    def service_id(self) -> int | None:
        """The service, where it is known."""
        return self.row.service_id

    @property
    def is_fault(self) -> bool:
        """Whether it has a ladder."""
        return self.row.is_fault


@dataclass(frozen=True, slots=True, kw_only=True)
class Coming:
    """A ticket that is being opened for the customer; its number may be known already.

    `kind` is what the agent said of a call, `unrouted` for a letter, which nobody has read yet. `by_hand`
    says that it waits for a person.
    """

    push: Push
    ticket_id: int | None
    kind: str
    service_id: int | None
    is_fault: bool
    by_hand: bool

    @property
    def numbers(self) -> frozenset[str]:
        """The number by which it is known, if it is."""
        return frozenset({str(self.ticket_id or "")})

    @property
    def client_id(self) -> int:
        """Whose it is."""
        return self.push.client_id

    @property
    def report_number(self) -> None:
        """None: a report number is given by the rules, when they have seen the ticket."""
        return


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """Something that ended so lately that the same fault would go on with it (L-9).

    `ticket_id` is None where a call was solved and the number of its ticket is not known yet.
    """

    ticket_id: int | None
    report_number: str | None
    kind: str
    service_id: int | None
    is_fault: bool
    level: int | None
    ended_at: datetime


Joinable = Matter | Coming
"""What a note can be put on: its ticket has a number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """All that is open, all that is being opened, and what has just ended; each oldest first."""

    open: Sequence[Matter]
    coming: Sequence[Coming]
    ended: Sequence[Ended]

    @property
    def joinable(self) -> Sequence[Joinable]:
        """What a note can be put on."""
        return [*self.open, *(one for one in self.coming if one.ticket_id is not None)]

    def find(self, wanted: str) -> Joinable | None:
        """Return what goes by a ticket's or a report's number."""
        word = wanted.strip().lstrip("#").upper()
        return next((one for one in self.joinable if word and word in one.numbers), None)


def standing(store: Store, client_id: int, rulebook: Rulebook, now: datetime) -> Standing:
    """Return how a customer's affairs stand by what the store knows.

    What was solved on a call has ended, though no read has shown its ticket yet.
    """
    known_open = store.snapshots.known_open()
    matters, ended = [], []
    for row in store.incidents.of_client(client_id):
        tickets = [ticket_id for ticket_id in row.ticket_ids if ticket_id in known_open]
        if row.ended_at is None and tickets:
            matters.append(_matter(receipt(store, str(max(tickets)), now), rulebook, now))
        elif row.ended_at is not None and _is_recent(row.opened_at, row.ended_at, rulebook, now):
            ended.append(_ended(row, row.ended_at))
    coming = []
    for one in store.openings.on_the_way():
        call = store.calls.of_push(one.push_key) if one.client_id == client_id else None
        if call is not None and call.solved_at is not None:
            if _is_recent(call.began_at, call.solved_at, rulebook, now):
                ended.append(_solved(call, call.solved_at, one.ticket_id, rulebook))
        elif one.client_id == client_id:
            coming += _coming(store, one, call, rulebook)
    return Standing(open=matters, coming=coming, ended=sorted(ended, key=lambda one: one.ended_at))


def _is_recent(opened_at: datetime, ended_at: datetime, rulebook: Rulebook, now: datetime) -> bool:
    return now - ended_at <= escalation_at(opened_at, rulebook).continues_within


def _ended(row: IncidentRow, ended_at: datetime) -> Ended:
    return Ended(
        ticket_id=max(row.ticket_ids),
        report_number=row.report_number,
        kind=row.kind,
        service_id=row.service_id,
        is_fault=row.is_fault,
        level=row.level,
        ended_at=ended_at,
    )


def _solved(call: Call, solved_at: datetime, ticket_id: int | None, rulebook: Rulebook) -> Ended:
    is_fault = rulebook.kinds.is_fault(call.kind)
    return Ended(
        ticket_id=ticket_id,
        report_number=None,
        kind=call.kind,
        service_id=call.service_id,
        is_fault=is_fault,
        level=1 if is_fault else None,
        ended_at=solved_at,
    )


def _coming(store: Store, one: OnTheWay, call: Call | None, rulebook: Rulebook) -> list[Coming]:
    row = store.outbox.get(one.push_key)
    if row is None:
        return []
    if call is not None:
        is_fault = rulebook.kinds.is_fault(call.kind)
    else:
        is_fault = row.push.department_id == rulebook.departments.levels[1]
    return [
        Coming(
            push=row.push,
            ticket_id=one.ticket_id,
            kind=call.kind if call is not None else UNROUTED,
            service_id=call.service_id if call is not None else None,
            is_fault=is_fault,
            by_hand=row.state in {PushState.PARKED, PushState.MANUAL},
        )
    ]


def _matter(found: Receipt, rulebook: Rulebook, now: datetime) -> Matter:
    row, steps = found.view.incident, steps_done(found, rulebook)
    due = row.next_deadline_at if row.next_deadline_rule in _PROMISED else None
    return Matter(
        row=row,
        ticket_id=found.view.ticket_id,
        last=steps[-1] if steps else None,
        visit=_visit(found, rulebook),
        call_by=due if due is not None and due > now else None,
    )


def _visit(found: Receipt, rulebook: Rulebook) -> str | None:
    """When the visit is that was fixed last and has not been made."""
    visits = {EventKind.VISIT_FIXED, EventKind.VISIT_DONE, EventKind.VISIT_FAILED}
    told = [event for event in found.events if event.kind in visits]
    if not told or told[-1].kind is not EventKind.VISIT_FIXED:
        return None
    return visit_told(told[-1], Words(rulebook.texts, rulebook.zone))
