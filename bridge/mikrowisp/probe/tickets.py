"""Steps 9 and 10: a ticket of the probe's own is opened, looked at, closed, and closed once more."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Protocol

from bridge.clock import Clock
from bridge.domain.intents import Push, PushKind, Sight, Visibility
from bridge.domain.records import Ticket, TicketState
from bridge.errors import BrokenRecord, NothingPushed, Refused
from bridge.mikrowisp.probe import said
from bridge.mikrowisp.probe.opening import Subject, open_ticket
from bridge.mikrowisp.probe.record import Record
from bridge.mikrowisp.probe.shown import learn_state, look_at
from bridge.mikrowisp.probe.wire import Wire
from bridge.mikrowisp.translate import state_of

REASON, AGAIN = "Prueba del puente, sin falla", "Prueba del puente, segundo cierre"
_A_MOMENT = 1.1  # seconds: the panel's times are whole seconds


class Looking(Protocol):
    """A route that can show what stands on a ticket."""

    def look_many(self, pushes: Iterable[Push], tickets: Mapping[int, Ticket]) -> dict[str, Sight]:
        """Return what the panel shows of pushes, by key."""


class TicketProbe:
    """Opens and closes one ticket. `author_of` tells who wrote its first message, where that can be read."""

    def __init__(  # noqa: PLR0913 - what a ticket needs, by name
        self,
        wire: Wire,
        subject: Subject,
        record: Record,
        *,
        clock: Clock,
        lookers: Mapping[str, Looking],
        author_of: Callable[[int], int | None] | None,
    ) -> None:
        self._wire = wire
        self._subject = subject
        self._record = record
        self._clock = clock
        self._lookers = lookers
        self._author_of = author_of
        self._words = wire.api.dialect.tickets
        self._opened: int | None = None

    def run(self) -> None:
        """Go through both steps; the ticket is closed whatever happens in between."""
        try:
            with self._record.step("9", "a ticket with technician and priority"):
                self._open()
        finally:
            ticket_id = self._opened or self._found_again()
            if ticket_id is not None:
                try:
                    with self._record.step("10", "closing it, and closing it once more"):
                        self._close(ticket_id)
                finally:
                    self._left(ticket_id)

    def _open(self) -> None:
        now = self._clock.now()
        day = now.astimezone(self._subject.zone).date()
        self._opened = open_ticket(self._wire, self._subject, self._record, day)
        row = self._wire.ticket(self._subject.client_id, self._opened)
        look_at(row, self._subject, self._words, self._record, now)
        self._assigned(self._opened)

    def _assigned(self, ticket_id: int) -> None:
        push = self._wish(ticket_id)
        for name, route in self._lookers.items():
            try:
                sight = route.look_many([push], {})[push.key]
            except (NothingPushed, BrokenRecord):
                continue
            if sight.visibility is not Visibility.HIDDEN:
                is_set = sight.visibility is Visibility.SHOWN
                seen = f"operator {push.technician_id} was asked for, seen by {name}"
                self._record.found("new_ticket_assigns", is_set, seen)
                break
        else:
            self._record.found("new_ticket_assigns", None, "no route shows the technician")
        author = self._author_of(ticket_id) if self._author_of is not None else None
        if author is None:
            self._record.found("new_ticket_author", None, "no route shows who wrote a message")
        else:
            who = "operator" if author else "customer"
            self._record.found("new_ticket_author", who, f"the first message is by operator {author}")

    def _wish(self, ticket_id: int) -> Push:
        return Push(
            key=self._subject.marker,
            kind=PushKind.ASSIGN,
            client_id=self._subject.client_id,
            due_at=datetime.max.replace(tzinfo=UTC),
            ticket_id=ticket_id,
            technician_id=self._subject.technician_id,
        )

    def _close(self, ticket_id: int) -> None:
        client_id = self._subject.client_id
        before = self._wire.ticket(client_id, ticket_id)
        self._clock.sleep(_A_MOMENT)
        self._wire.close_ticket(ticket_id, REASON)
        closed = self._wire.ticket(client_id, ticket_id)
        moved = said.last_activity(closed) != said.last_activity(before)
        self._record.found("lastdate_on_close", moved, f"{said.last_activity(before)} before the closing")
        learn_state(said.state_word(closed), TicketState.CLOSED, "a closed ticket", self._words, self._record)
        self._clock.sleep(_A_MOMENT)
        try:
            self._wire.close_ticket(ticket_id, AGAIN)
        except Refused as refused:
            self._record.found("close_closed", "error", said.words_of(refused))
            return
        again = said.closing(self._wire.ticket(client_id, ticket_id)) != said.closing(closed)
        seen = "date and reason are those of the second closing" if again else "the first closing stands"
        self._record.found("close_closed", "again" if again else "ok", seen)

    def _found_again(self) -> int | None:
        """Look for a ticket whose answer was lost: it carries the marker."""
        try:
            rows = said.ticket_rows(self._wire.tickets(self._subject.client_id))
        except NothingPushed as fault:
            words = f"one may have been opened, and the list cannot be read: {fault}"
            self._record.stays("ticket", None, words, harmless=False)
            return None
        mine = [row for row in rows if self._subject.marker in said.subject_of(row)]
        return next(iter(said.ids_of(mine)), None)

    def _left(self, ticket_id: int) -> None:
        try:
            row = self._wire.ticket(self._subject.client_id, ticket_id)
        except NothingPushed as fault:
            self._record.stays("ticket", ticket_id, f"cannot be seen: {fault}", harmless=False)
            return
        learnt = self._record.changes.get(("tickets", "states", TicketState.CLOSED.value))
        closed = state_of(said.state_word(row), self._words) is TicketState.CLOSED or learnt is not None
        words = "closed; it can be deleted in the panel" if closed else "is open: close it in the panel"
        self._record.stays("ticket", ticket_id, words, harmless=closed)
