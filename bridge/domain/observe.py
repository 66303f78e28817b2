"""What changed between two sights of a ticket, as events (design section 3). Pure: nothing is guessed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any

from bridge.domain.classify import classify
from bridge.domain.events import Event, EventKind
from bridge.domain.intents import Push
from bridge.domain.policy import LOW_SPEED, Rulebook
from bridge.domain.records import Author, Client, Message, Ticket, TicketState
from bridge.domain.signals import event_kind, read_tags

_MARKER = re.compile(r"\[[^\[\]\s]{1,40}/[A-Z]\d*\]")
_CONTACTS = {EventKind.CONTACTED, EventKind.CONTACT_FAILED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Glance:
    """One look at one ticket and what is needed to read it.

    `previous` is the ticket as last seen, with `previous_read` the instant of that read (None: never, or
    the customer was never read). `own_department` and `own_technician` are the last the bridge itself has
    written to this ticket, `own_reply` that it has replied on it since: its own writes are no signals.
    `known_kind` is the kind the mapping last gave it. `opening` is the push by which the bridge opened a
    ticket that is seen for the first time.
    """

    current: Ticket
    previous: Ticket | None
    previous_read: datetime | None
    was_gone: bool
    now: datetime
    own_department: int | None = None
    own_technician: int | None = None
    own_reply: bool = False
    known_kind: str | None = None
    opening: Push | None = None


def merged(previous: Ticket | None, current: Ticket) -> Ticket:
    """Return `current` with what its route could not show filled in from the previous sight."""
    if previous is None:
        return current
    keep_messages = all(message.message_id is None for message in current.messages) and any(
        message.message_id is not None for message in previous.messages
    )
    return replace(
        current,
        department_id=previous.department_id if current.department_id is None else current.department_id,
        technician_id=previous.technician_id if current.technician_id is None else current.technician_id,
        has_attachment=previous.has_attachment if current.has_attachment is None else current.has_attachment,
        messages=previous.messages if keep_messages else current.messages,
    )


def observe(glance: Glance, rulebook: Rulebook) -> tuple[Event, ...]:
    """Return the events that one look at a ticket teaches, in no particular order."""
    return tuple(_Observer(glance, rulebook).events())


def vanished(ticket: Ticket, last_sight: datetime, now: datetime) -> Event:
    """The ticket is no longer on the panel: its span ends at its last sight (L-9)."""
    return Event(
        key=f"t{ticket.ticket_id}:gone:{last_sight.isoformat()}",
        kind=EventKind.GONE,
        client_id=ticket.client_id,
        ticket_id=ticket.ticket_id,
        at=max(last_sight, ticket.opened_at),
        seen_at=now,
        source="panel",
    )


def subscribed(opening: Event, client: Client) -> Event:
    """The customer's standing and services at first sight of an opening: the panel keeps no history (C-6)."""
    services = [
        {
            "id": service.service_id,
            "plan": service.plan,
            "price": str(service.price.amount),
            "currency": service.price.currency,
            "tax": str(service.tax_percent),
            "node": service.node,
        }
        for service in client.services or ()
    ]
    data: dict[str, Any] = {
        "status": str(client.status),
        "services": json.dumps(services),
        "zone": client.zone or "",
    }
    return replace(opening, key=f"{opening.key}:services", kind=EventKind.SUBSCRIBED, data=data)


def standing(client: Client, now: datetime) -> Event:
    """The customer's standing changed (C-12, C-16); it is dated when it was seen."""
    return Event(
        key=f"c{client.client_id}:status:{client.status}:{now.isoformat()}",
        kind=EventKind.CLIENT_STATUS,
        client_id=client.client_id,
        ticket_id=None,
        at=now,
        seen_at=now,
        source="panel",
        data={"status": str(client.status)},
    )


class _Observer:
    def __init__(self, glance: Glance, rulebook: Rulebook) -> None:
        self.glance = glance
        self.ticket = glance.current
        self.previous = glance.previous
        self.rulebook = rulebook
        self.activity = self._activity()

    def events(self) -> Iterator[Event]:
        if self.previous is None:
            yield self._opened()
        yield from self._kind()
        yield from self._openings_and_closings()
        yield from self._state()
        yield from self._visit_date()
        yield from self._department()
        yield from self._technician()
        yield from self._messages()

    def _opened(self) -> Event:
        """The first report: a letter or a call that the bridge made a ticket of came before it (I-4)."""
        opening = self.glance.opening
        if opening is None:
            data = {"channel": str(self.ticket.channel)}
            return self._event("opened", EventKind.OPENED, self.ticket.opened_at, data=data)
        data = {"channel": str(opening.channel)}
        if opening.technician_id is not None:
            data["technician_id"] = str(opening.technician_id)
        return self._event("opened", EventKind.OPENED, min(opening.due_at, self.ticket.opened_at), data=data)

    def _activity(self) -> datetime:
        """The panel's `lastdate` where it lies between the previous and the present read, else now (L-2)."""
        since = self.glance.previous_read if self.previous is not None else None
        since = self.ticket.opened_at if since is None else since
        last = self.ticket.last_activity_at
        return last if last is not None and since <= last <= self.glance.now else self.glance.now

    def _event(
        self,
        suffix: str,
        kind: EventKind,
        at: datetime,
        source: str = "panel",
        data: Mapping[str, str] | None = None,
    ) -> Event:
        return Event(
            key=f"t{self.ticket.ticket_id}:{suffix}",
            kind=kind,
            client_id=self.ticket.client_id,
            ticket_id=self.ticket.ticket_id,
            at=at,
            seen_at=self.glance.now,
            source=source,
            data=data or {},
        )

    def _kind(self) -> Iterator[Event]:
        """The mapping's view of the kind; told again when an edit of the mapping changes it."""
        kind, known = self._classified(self.ticket), self.glance.known_kind
        if kind != known:
            suffix = f"kind:{kind}" if known is None else f"kind:{kind}:{self.glance.now.isoformat()}"
            yield self._event(
                suffix, EventKind.CLASSIFIED, self.ticket.opened_at, source="mapping", data={"kind": kind}
            )
        if kind == LOW_SPEED and self.ticket.has_attachment is False:
            yield self._event("evidence", EventKind.EVIDENCE_MISSING, self.ticket.opened_at)

    def _classified(self, ticket: Ticket) -> str:
        opening = ticket.messages[0].text if ticket.messages else ""
        return classify(ticket.subject, opening, self.rulebook.kinds)

    def _openings_and_closings(self) -> Iterator[Event]:
        was_open = self.previous is None or (self.previous.is_open and not self.glance.was_gone)
        if self.ticket.is_open and not was_open:
            yield self._event(f"reopened:{self.activity.isoformat()}", EventKind.REOPENED, self.activity)
        if not self.ticket.is_open and was_open:
            closed = self.ticket.closed_at
            at = closed if closed and self.ticket.opened_at <= closed <= self.glance.now else self.activity
            yield self._event(f"closed:{at.isoformat()}", EventKind.CLOSED, at)
            yield from self._tags(
                self.ticket.closing_reason, at, f"reason:{at.isoformat()}", "closing reason"
            )

    def _state(self) -> Iterator[Event]:
        changed = self.previous is None or self.previous.state is not self.ticket.state
        meaning = self.rulebook.signals.states.get(str(self.ticket.state))
        if changed and meaning is not None and not self._answered_by_bridge():
            at = self.activity
            yield self._event(
                f"state:{self.ticket.state}:{at.isoformat()}", event_kind(meaning), at, source="state"
            )

    def _answered_by_bridge(self) -> bool:
        """A panel may show a ticket as answered because of the bridge's own reply: nobody has called.

        The opening message is no reply, though a ticket that the bridge opened carries its marker there.
        """
        last = self.ticket.messages[-1].text if len(self.ticket.messages) > 1 else ""
        return self.ticket.state is TicketState.ANSWERED and (
            self.glance.own_reply or _MARKER.search(last) is not None
        )

    def _visit_date(self) -> Iterator[Event]:
        """The date a ticket is born with fixes no visit; a changed one does (L-5)."""
        if self.previous is None or not self.rulebook.signals.visit_date_fixes_visit:
            return
        day, half_day = self.ticket.visit_date, self.ticket.visit_half_day
        if day is None or (day, half_day) == (self.previous.visit_date, self.previous.visit_half_day):
            return
        yield self._event(
            f"visit:{day}:{half_day}:{self.activity.isoformat()}",
            EventKind.VISIT_FIXED,
            self.activity,
            source="visit date",
            data={"date": day.isoformat(), "half_day": half_day},
        )

    def _department(self) -> Iterator[Event]:
        department = self.ticket.department_id
        before = self.previous.department_id if self.previous else None
        if not department or before in {None, department} or department == self.glance.own_department:
            return
        suffix = f"department:{department}:{self.activity.isoformat()}"
        yield self._event(
            suffix,
            EventKind.DEPARTMENT_SET,
            self.activity,
            source="department",
            data={"department_id": str(department)},
        )
        kind = self.rulebook.signals.departments.get(department)
        if kind is not None:
            yield self._event(
                f"{suffix}:kind", EventKind.KIND_SET, self.activity, source="department", data={"kind": kind}
            )

    def _technician(self) -> Iterator[Event]:
        technician = self.ticket.technician_id
        before = self.previous.technician_id if self.previous else None
        opening = self.glance.opening
        own = {self.glance.own_technician, opening.technician_id if opening is not None else None}
        if not technician or technician == before or technician in own:
            return
        yield self._event(
            f"technician:{technician}:{self.activity.isoformat()}",
            EventKind.TECHNICIAN_SET,
            self.activity,
            data={"technician_id": str(technician)},
        )

    def _messages(self) -> Iterator[Event]:
        """Only staff's words are signals; the opening message never is, whoever wrote it."""
        known = {message.message_id for message in self.previous.messages} if self.previous else set()
        for message in self.ticket.messages[1:]:
            is_own = _MARKER.search(message.text) is not None  # pasted by a person, from the worklist
            if message.author is Author.STAFF and message.message_id not in known and not is_own:
                yield from self._message(message)

    def _message(self, message: Message) -> Iterator[Event]:
        at = message.at or self.activity
        by = {} if message.operator_id is None else {"operator_id": str(message.operator_id)}
        tagged = tuple(self._tags(message.text, at, f"m{message.message_id}", "tag", by))
        yield from tagged
        is_contact = self.rulebook.signals.reply_is_contact and not message.internal
        if is_contact and not any(event.kind in _CONTACTS for event in tagged):
            yield self._event(f"m{message.message_id}", EventKind.CONTACTED, at, source="reply", data=by)

    def _tags(
        self, text: str, at: datetime, suffix: str, source: str, by: Mapping[str, str] = MappingProxyType({})
    ) -> Iterator[Event]:
        """The facts of a text; `by` names the member of staff who wrote it, if that is known."""
        for number, signal in enumerate(read_tags(text, at, self.rulebook.signals, self.rulebook.zone)):
            yield self._event(
                f"{suffix}:{number}", signal.kind, at, source=source, data={**signal.data, **by}
            )
