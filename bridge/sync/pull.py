"""From the panel to the store: what to read, and what a reading teaches."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from bridge.domain.decisions import CreditStatus
from bridge.domain.events import Event, EventKind
from bridge.domain.intents import PushKind
from bridge.domain.observe import Glance, merged, observe, standing, subscribed, vanished
from bridge.domain.policy import Rulebook
from bridge.domain.reading import Reading, Wanted
from bridge.domain.records import Client, Ticket
from bridge.errors import AccessRefused, PanelUnreachable, PanelUnusable
from bridge.store.push_states import PushState
from bridge.store.store import Store
from bridge.sync.openings import opening_of, told_by_agent
from bridge.sync.ports import Progress, TicketReader

LIST_READ_AT = "list_read_at"
LAST_MESSAGE_ID = "last_message_id"
CLIENT_COUNT = "client_count"
MAPPINGS_SEEN = "mappings_seen"
BROKEN = "broken"
MOVED = "moved"
UNSEEN = "unseen_clients"

_UNDER_WAY = {
    CreditStatus.DUE,
    CreditStatus.AWAITING_APPROVAL,
    CreditStatus.AWAITING_AMOUNT,
    CreditStatus.POSTED,
}
# From here a ticket may stand on the panel that no read has shown.
_SENT_OUT = {PushState.SENDING, PushState.IN_DOUBT, PushState.SENT, PushState.VERIFIED}
_OPENINGS = {EventKind.OPENED, EventKind.REOPENED}


def wanted(store: Store, now: datetime) -> Wanted:
    """Work out what must be read now: customers with open incidents or tickets on their way first (I-1)."""
    open_clients = store.incidents.open_clients()
    awaited = {one.client_id for one in store.openings.on_the_way() if one.state in _SENT_OUT}
    known_open = store.snapshots.known_open()
    return Wanted(
        now=now,
        known_clients=store.snapshots.known_clients(),
        list_read_at=store.meta.get_time(LIST_READ_AT),
        urgent=frozenset(open_clients | awaited | set(known_open.values())),
        known_open=known_open,
        last_ticket_id=store.snapshots.last_ticket_id(),
        last_message_id=int(store.meta.get(LAST_MESSAGE_ID) or 0),
        watched=frozenset(line.client_id for line in store.ledger.lines(_UNDER_WAY)),
        retired=store.snapshots.retired(),
        priced=store.snapshots.priced() & frozenset(open_clients),
    )


def read(
    readers: Sequence[TicketReader], want: Wanted, progress: Progress | None, notes: list[str]
) -> Reading:
    """Read by the first route that can; a route that fails is noted and the next is tried.

    Raises the last route's PanelUnreachable, AccessRefused or PanelUnusable.
    """
    *first, last = readers
    for reader in first:
        try:
            return reader.read(want, progress)
        except (PanelUnreachable, AccessRefused, PanelUnusable) as fault:
            notes.append(f"reading by {reader.route} failed, next route taken: {fault}")
    return last.read(want, progress)


def unseen(reading: Reading, want: Wanted) -> frozenset[int]:
    """Customers set aside whose open ticket this reading could not show: nothing is decided about them."""
    broken = {fault.client_id for fault in reading.broken}
    shown = {ticket.ticket_id for ticket in reading.tickets}
    return frozenset(
        client_id
        for ticket_id, client_id in want.known_open.items()
        if client_id in broken and ticket_id not in shown
    )


def remember_unseen(store: Store, clients: Collection[int]) -> frozenset[int]:
    """Note the customers nothing was decided about; return those of the cycle before, to catch up with."""
    before = store.meta.get(UNSEEN) or ""
    now = ",".join(str(client_id) for client_id in sorted(clients))
    if now != before:
        store.meta.set(UNSEEN, now)
    return frozenset(int(client_id) for client_id in before.split(",") if client_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Learnt:
    """What a reading taught: customers with new events, and how many tickets changed."""

    touched: frozenset[int]
    tickets_changed: int


def absorb(store: Store, reading: Reading, rulebook: Rulebook, now: datetime) -> Learnt:
    """Write snapshots and events of a reading; to be called inside a transaction.

    A ticket that was closed before the bridge took over leaves no event: the past is not stirred (C-14).
    """
    absorber = _Absorber(store, reading, rulebook, now)
    learnt = absorber.absorb()
    _remember(store, reading, rulebook, now)
    return learnt


class _Absorber:
    def __init__(self, store: Store, reading: Reading, rulebook: Rulebook, now: datetime) -> None:
        self.store = store
        self.reading = reading
        self.rulebook = rulebook
        self.now = now
        ids = [ticket.ticket_id for ticket in reading.tickets]
        client_ids = {ticket.client_id for ticket in reading.tickets} | set(reading.polled)
        client_ids |= {client.client_id for client in reading.clients}
        self.previous = store.snapshots.tickets(ids)
        client_ids |= {ticket.client_id for ticket in self.previous.values()}
        self.polled_at = store.snapshots.polled_at(client_ids)
        self.known_clients = store.snapshots.clients(client_ids)
        self.known_open = store.snapshots.known_open()
        self.remapped = store.meta.get(MAPPINGS_SEEN) != rulebook.digest

    def absorb(self) -> Learnt:
        current = [merged(self.previous.get(ticket.ticket_id), ticket) for ticket in self.reading.tickets]
        changed = [
            ticket
            for ticket in current
            if ticket != self.previous.get(ticket.ticket_id) or self._was_gone(ticket.ticket_id)
        ]
        watched = self._watched(current, changed)
        kinds = self._known_kinds(watched)
        events = [event for ticket in watched for event in self._observe(ticket, kinds.get(ticket.ticket_id))]
        events += self._standings()
        gone = self._gone()
        left = gone + self._moved(current)
        events += [vanished(ticket, self._last_sight(ticket), self.now) for ticket in left]
        self.store.snapshots.save_clients(self.reading.clients, self.now)
        self.store.snapshots.save_tickets(changed, self.now)
        self.store.snapshots.mark_gone([ticket.ticket_id for ticket in gone], self.now)
        new = self.store.events.append(events)
        new += self.store.events.append(self._subscriptions(new))
        return Learnt(
            touched=frozenset(event.client_id for event in new), tickets_changed=len(changed) + len(gone)
        )

    def _watched(self, current: Collection[Ticket], changed: Sequence[Ticket]) -> Sequence[Ticket]:
        """Tickets that changed; all that are open when the mappings did."""
        if not self.remapped:
            return changed
        seen = {ticket.ticket_id for ticket in changed}
        return [ticket for ticket in current if ticket.is_open or ticket.ticket_id in seen]

    def _known_kinds(self, tickets: Iterable[Ticket]) -> dict[int, str]:
        """The kind that the mapping last gave each ticket."""
        known = self.store.events.of_clients({ticket.client_id for ticket in tickets})
        classified = [
            event for events in known.values() for event in events if event.kind is EventKind.CLASSIFIED
        ]
        return {event.ticket_id or 0: event.data["kind"] for event in classified}

    def _observe(self, ticket: Ticket, known_kind: str | None) -> Iterable[Event]:
        before = self.previous.get(ticket.ticket_id)
        is_past = ticket.closed_at is not None and ticket.closed_at < self.rulebook.enforce_from
        if before is None and not ticket.is_open and is_past:
            return ()
        opening = opening_of(self.store, ticket, self.now) if before is None else None
        call = self.store.calls.of_push(opening.key) if opening is not None else None
        previous_read = self.polled_at.get(ticket.client_id)
        own = self.store.outbox.written([ticket.ticket_id]).get(ticket.ticket_id, [])
        departments = [row.push.department_id for row in own if row.push.department_id is not None]
        technicians = [row.push.technician_id for row in own if row.push.technician_id is not None]
        glance = Glance(
            current=ticket,
            previous=before,
            previous_read=previous_read,
            was_gone=self._was_gone(ticket.ticket_id),
            now=self.now,
            known_kind=known_kind,
            opening=opening,
            own_department=departments[-1] if departments else None,
            own_technician=technicians[-1] if technicians else None,
            own_reply=any(
                (row.push.state is not None or (row.push.kind is PushKind.NOTE and not row.push.internal))
                and (previous_read is None or row.changed_at >= previous_read)
                for row in own
            ),
        )
        said = told_by_agent(call, ticket, self.now, self.rulebook.zone) if call is not None else ()
        return (*observe(glance, self.rulebook), *said)

    def _standings(self) -> list[Event]:
        return [
            standing(client, self.now)
            for client in self.reading.clients
            if client.client_id in self.known_clients
            and self.known_clients[client.client_id].status is not client.status
        ]

    def _gone(self) -> list[Ticket]:
        """Tickets last seen open whose customer was read, and which are no longer there."""
        seen = {ticket.ticket_id for ticket in self.reading.tickets}
        broken = {fault.client_id for fault in self.reading.broken}
        missing = [
            ticket_id
            for ticket_id, client_id in self.known_open.items()
            if client_id in self.reading.polled and client_id not in broken and ticket_id not in seen
        ]
        return list(self.store.snapshots.tickets(missing).values())

    def _moved(self, current: Iterable[Ticket]) -> list[Ticket]:
        """Open tickets that somebody gave to another customer: for their first customer they are gone."""
        moved = []
        for ticket in current:
            before = self.previous.get(ticket.ticket_id)
            if before is None or before.client_id == ticket.client_id or not before.is_open:
                continue
            moved.append(before)
            text = (
                f"El ticket {ticket.ticket_id} se pasó del cliente {before.client_id} al cliente "
                f"{ticket.client_id} y ya no tiene plazos. Ciérrelo en el panel y abra uno nuevo para el "
                f"cliente {ticket.client_id}."
            )
            self.store.worklist.add(
                f"{MOVED}/{ticket.ticket_id}/{ticket.client_id}",
                MOVED,
                text,
                client_id=ticket.client_id,
                ticket_id=ticket.ticket_id,
                at=self.now,
            )
        return moved

    def _was_gone(self, ticket_id: int) -> bool:
        """Last seen open, yet not among those that are: it had vanished and is back."""
        before = self.previous.get(ticket_id)
        return before is not None and before.is_open and ticket_id not in self.known_open

    def _last_sight(self, ticket: Ticket) -> datetime:
        return self.polled_at.get(ticket.client_id) or self.now

    def _subscriptions(self, new: Sequence[Event]) -> list[Event]:
        """The services at every opening; for openings learnt earlier as soon as the services are known."""
        clients = self._priced_clients()
        openings = [event for event in new if event.kind in _OPENINGS]
        fresh = {client.client_id for client in self.reading.clients if client.services is not None}
        for client_id, events in self.store.events.of_clients(fresh).items():
            if client_id in clients and not any(event.kind is EventKind.SUBSCRIBED for event in events):
                openings += [event for event in events if event.kind in _OPENINGS]
        return [
            subscribed(event, clients[event.client_id]) for event in openings if event.client_id in clients
        ]

    def _priced_clients(self) -> dict[int, Client]:
        ids = {ticket.client_id for ticket in self.reading.tickets}
        ids |= {client.client_id for client in self.reading.clients}
        known = self.store.snapshots.clients(ids)
        return {number: client for number, client in known.items() if client.services is not None}


def _remember(store: Store, reading: Reading, rulebook: Rulebook, now: datetime) -> None:
    """How far the panel was read."""
    store.snapshots.mark_polled(reading.polled, now)
    if reading.client_ids is not None:
        store.snapshots.set_listed(reading.client_ids, now)
        store.meta.set_time(LIST_READ_AT, now)
    if reading.client_count is not None:
        store.meta.set(CLIENT_COUNT, str(reading.client_count))
    highest = max((ticket.ticket_id for ticket in reading.tickets), default=0)
    store.snapshots.advance_last_ticket_id(max(highest, reading.last_ticket_id or 0))
    if reading.last_message_id is not None:
        store.meta.set(LAST_MESSAGE_ID, str(reading.last_message_id))
    store.meta.set(MAPPINGS_SEEN, rulebook.digest)
    _list_broken(store, reading, now)


def _list_broken(store: Store, reading: Reading, now: datetime) -> None:
    """A record that cannot be read stands on the worklist until it can."""
    found = {f"{BROKEN}/{fault.subject}": fault for fault in reading.broken}
    for line in store.worklist.open_lines():
        if line.kind == BROKEN and line.key not in found and line.client_id in reading.polled:
            store.worklist.close_key(line.key, "bridge", now)
    for key, fault in found.items():
        store.worklist.add(
            key,
            BROKEN,
            f"Un registro del panel no se puede leer y se dejó aparte ({fault}). Corríjalo en el panel.",
            client_id=fault.client_id,
            at=now,
        )
