"""The API route: pushes through the panel's commands and its extensions, and looking whether they stand."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from bridge.clock import Clock
from bridge.domain.intents import ABSENT, HIDDEN, SHOWN, Push, PushKind, Route, Sight
from bridge.domain.records import Invoice, Ticket
from bridge.domain.words import normalise
from bridge.errors import (
    BrokenRecord,
    NotApplied,
    NothingPushed,
    OutcomeUnknown,
    PanelUnreachable,
    PanelUnusable,
    Refused,
)
from bridge.mikrowisp import extension
from bridge.mikrowisp.api import Found, NewTicket, PanelApi
from bridge.mikrowisp.envelope import Reply
from bridge.mikrowisp.opened import opened
from bridge.mikrowisp.sendlog import logged
from bridge.mikrowisp.translate import contains_any, state_of
from bridge.rulebook.commands import ReadBack

_LACKING = {
    PushKind.SET_STATUS: "change a ticket's state or department",
    PushKind.ASSIGN: "give an existing ticket to a technician",
    PushKind.NOTE: "write on a ticket",
    PushKind.CREDIT: "add a credit to a customer",
    PushKind.CHARGE: "add a charge to a customer",
}


@dataclass(slots=True)
class _Seen:
    """What the panel answered during one look, so that nothing is asked twice."""

    tickets: dict[int, Found[Ticket]] = field(default_factory=dict)
    newest: dict[int, tuple[Invoice, ...]] = field(default_factory=dict)
    invoices: dict[int, Invoice | None] = field(default_factory=dict)
    replies: dict[object, Reply] = field(default_factory=dict)


class ApiRoute:
    """Pushes over HTTP (design section 1).

    Closing, opening and SMS are public commands; the other kinds need an extension in `commands.yaml`.
    """

    route = Route.API

    def __init__(self, api: PanelApi, *, clock: Clock, zone: ZoneInfo) -> None:
        self._api = api
        self._clock = clock
        self._zone = zone
        self._extensions = api.dialect.extensions
        self._seen = _Seen()

    def serves(self, kind: PushKind) -> str | None:
        """Return None where this route can carry `kind`, else the reason and what to do, in words."""
        if kind in self._extensions or kind not in _LACKING:
            return None
        return (
            f"the public API has no command to {_LACKING[kind]}: use the database or the worklist, "
            f"or name the panel's own command under extensions.{kind} in commands.yaml"
        )

    @logged
    def send(self, push: Push) -> int | None:
        """Apply a push, once, and return the number of the ticket it opened, where the answer tells one.

        Raises NotApplied, Refused, OutcomeUnknown or AccessRefused. A repeated call that the panel refuses
        because it is done already counts as done.
        """
        if push.kind in self._extensions:
            self._send_extension(push)
        elif push.kind is PushKind.CLOSE:
            self._close(push)
        elif push.kind is PushKind.OPEN:
            return self._open(push)
        elif push.kind is PushKind.SMS:
            self._api.send_sms(push.client_id, push.text)
        else:
            raise NotApplied(f"{push.key}: {self.serves(push.kind)}")
        return None

    def look(self, push: Push, ticket: Ticket | None) -> Sight:
        """Return what the panel shows of a push.

        `ticket` is the ticket as read after the push was sent; None makes the route read it. Raises
        PanelUnreachable, AccessRefused or PanelUnusable; a broken record hides the push.
        """
        tickets = {} if ticket is None or push.ticket_id is None else {push.ticket_id: ticket}
        return self.look_many([push], tickets)[push.key]

    def look_many(self, pushes: Iterable[Push], tickets: Mapping[int, Ticket]) -> dict[str, Sight]:
        """Return what the panel shows of each push, by key; `tickets` as for `look`, by their number.

        Nothing is asked twice: customers, invoices and read-back commands are read once for all pushes.
        """
        self._seen = _Seen()
        return {push.key: self._sight(push, tickets.get(push.ticket_id or 0)) for push in pushes}

    def _sight(self, push: Push, ticket: Ticket | None) -> Sight:
        try:
            return self._look(push, ticket)
        except BrokenRecord:
            return HIDDEN

    def _look(self, push: Push, ticket: Ticket | None) -> Sight:
        chosen = self._extensions.get(push.kind)
        if chosen is not None and chosen.read_back is not None:
            return self._read_back(push, chosen.read_back)
        match push.kind:
            case PushKind.CREDIT | PushKind.CHARGE:
                return self._on_invoices(push)
            case PushKind.OPEN:
                return self._opened(push)
            case PushKind.SMS:
                return HIDDEN
            case PushKind.CLOSE | PushKind.SET_STATUS | PushKind.ASSIGN | PushKind.NOTE:
                shown = ticket if ticket is not None else self._ticket(push)
                return ABSENT if shown is None else self._on_ticket(push, shown)

    def _on_ticket(self, push: Push, ticket: Ticket) -> Sight:
        if push.kind is PushKind.CLOSE:
            return ABSENT if ticket.is_open else SHOWN
        if push.kind is PushKind.NOTE:
            # Nothing proves that a panel shows replies and notes: not seen is not the same as not there.
            copies = sum(push.marker in message.text for message in ticket.messages) if push.marker else 0
            return Sight(visibility=SHOWN.visibility, copies=copies) if copies else HIDDEN
        if push.kind is PushKind.ASSIGN:
            return _compared(push.technician_id, ticket.technician_id)
        if push.department_id is None and push.state is not None:
            return _compared(state_of(push.state, self._api.dialect.tickets), ticket.state)
        return _compared(push.department_id, ticket.department_id)

    def _read_back(self, push: Push, shape: ReadBack) -> Sight:
        fields = extension.filled(shape.fields, push)
        question = (shape.command, tuple(sorted(fields.items())))
        if question not in self._seen.replies:
            self._seen.replies[question] = self._api.ask(shape.command, fields)
        reply = self._seen.replies[question]
        if not reply.success:
            if contains_any(reply.message, self._api.dialect.errors.not_found):
                return ABSENT
            raise PanelUnusable(f"{shape.command}: {reply.message or f'HTTP {reply.status}'}")
        return extension.sight(push, extension.rows_of(reply.body, shape.rows), shape)

    def _on_invoices(self, push: Push) -> Sight:
        """Find the marker on the customer's newest invoices; a balance that waits cannot be seen here."""
        if not push.marker:
            return HIDDEN
        client_id = push.client_id
        if client_id not in self._seen.newest:
            looked_at = self._api.dialect.invoices_looked_at
            self._seen.newest[client_id] = self._api.invoices(client_id, looked_at).records
        found: dict[int, int] = {}
        for listed in self._seen.newest[client_id]:
            number = listed.invoice_id
            if number not in self._seen.invoices:
                self._seen.invoices[number] = self._api.invoice(number)
            invoice = self._seen.invoices[number]
            copies = sum(push.marker in text for text in invoice.item_texts) if invoice is not None else 0
            if copies and listed.state != "anulado":
                found[number] = copies
        if not found:
            return HIDDEN
        return Sight(
            visibility=SHOWN.visibility, invoice_ids=tuple(sorted(found)), copies=max(found.values())
        )

    def _opened(self, push: Push) -> Sight:
        found = self._tickets(push.client_id)
        return opened(push, found.records, whole=not found.broken)

    def _ticket(self, push: Push) -> Ticket | None:
        records = self._tickets(push.client_id).records
        return next((ticket for ticket in records if ticket.ticket_id == push.ticket_id), None)

    def _tickets(self, client_id: int) -> Found[Ticket]:
        if client_id not in self._seen.tickets:
            self._seen.tickets[client_id] = self._api.tickets(client_id)
        return self._seen.tickets[client_id]

    def _close(self, push: Push) -> None:
        number = _needed(push, push.ticket_id, "ticket")
        if self._before(lambda: self.look(push, None)) == SHOWN:
            return
        try:
            self._api.close_ticket(number, push.text)
        except Refused:
            # Somebody may have closed it in between, which is what the push wants.
            if self._quietly(push) != SHOWN:
                raise

    def _open(self, push: Push) -> int | None:
        return self._api.open_ticket(
            NewTicket(
                client_id=push.client_id,
                department_id=_needed(push, push.department_id, "department"),
                subject=push.subject,
                text=push.text,
                channel=push.channel,
                visit_date=self._clock.now().astimezone(self._zone).date(),
                technician_id=push.technician_id,
                attachment=push.attachment,
            )
        )

    def _send_extension(self, push: Push) -> None:
        chosen = self._extensions[push.kind]
        try:
            reply = self._api.tell(chosen.command, extension.filled(chosen.fields, push))
        except Refused as error:
            if contains_any(str(error), chosen.repeated):
                return
            raise
        if chosen.success and not any(normalise(word) in normalise(reply.message) for word in chosen.success):
            said = reply.message or "an answer without a text"
            raise OutcomeUnknown(f"{chosen.command}: {said} is not how success looks in commands.yaml")

    def _before(self, look: Callable[[], Sight]) -> Sight:
        try:
            return look()
        except (PanelUnreachable, PanelUnusable) as error:
            raise NotApplied(str(error)) from error

    def _quietly(self, push: Push) -> Sight:
        try:
            return self.look(push, None)
        except NothingPushed:
            return HIDDEN


def _compared(wanted: object, shown: object) -> Sight:
    if wanted is None or shown is None:
        return HIDDEN
    return SHOWN if wanted == shown else ABSENT


def _needed(push: Push, value: int | None, what: str) -> int:
    if value is None:
        raise NotApplied(f"{push.key}: no {what} is named")
    return value
