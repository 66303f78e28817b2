"""What becomes of a letter: set aside, opened as a ticket, joined to one, or left to a person (I-3)."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from bridge.domain.contacts import Contact
from bridge.domain.intents import PushKind
from bridge.domain.records import ClientStatus, Ticket
from bridge.domain.words import normalise
from bridge.errors import BrokenRecord
from bridge.intake.letter import Letter
from bridge.intake.matching import Doubt, Owner, owner_of
from bridge.intake.people import People
from bridge.intake.screening import Aside, why_aside
from bridge.store.letters import LetterRow
from bridge.store.push_states import PushState
from bridge.store.store import Store

_DAY = timedelta(days=1)
_TICKET = re.compile(
    r"\b(?:ticket|folio|reporte|report)\s*(?:no|num|numero|number)?\s*[.:#\xb0]*\s*#?0*(\d{1,7})\b(?![/:-]\d)"
)
_THANKS = re.compile(
    r"(?:(?:gracias|muchas|mil|ok|okay|vale|listo|perfecto|enterad[oa]|recibido|de nada|thanks|thank you|"
    r"very much|great|buen dia|buenos dias|buenas tardes|buenas noches|saludos)\b ?)+"
)
_MOST_THANKS = 8
_STANDS_STILL = frozenset({PushState.PARKED, PushState.MANUAL})


class NotYet(Exception):
    """The letter answers a ticket that is on its way to the panel: it waits in the inbox for its number.

    `since` is when the ticket set out, None where it goes no further until a person does something.
    """

    def __init__(self, since: datetime | None) -> None:
        super().__init__()
        self.since = since


@dataclass(frozen=True, slots=True, kw_only=True)
class Join:
    """The letter goes to a ticket of its sender."""

    contact: Contact
    ticket_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """The letter becomes a ticket of a customer; the number goes to `answer_to`, if there is an address."""

    contact: Contact
    answer_to: str


Verdict = Aside | Doubt | Join | Open


@dataclass(frozen=True, slots=True, kw_only=True)
class Judge:
    """Decides by what the store and the panel know. `prefixes` begin report numbers, such as `RC-`."""

    store: Store
    people: People
    own: Collection[str]
    since: datetime
    prefixes: Collection[str]
    letters_per_day: int

    def verdict(self, letter: Letter) -> Verdict:
        """Return what becomes of a letter.

        Raises NotYet, or PanelUnreachable, AccessRefused or PanelUnusable where the panel cannot be asked.
        """
        aside = why_aside(letter, self.own, self.since)
        if aside is not None:
            return aside
        if letter.fault:
            return Doubt.TOO_LARGE if letter.fault == Doubt.TOO_LARGE else Doubt.UNREADABLE
        if not (letter.subject or letter.words or letter.files):
            return Doubt.EMPTY
        self.people.refresh()
        said = f"{letter.subject}\n{letter.words}\n{letter.signature}"
        owner = owner_of(letter.sender, said, self.people.find, self._exists)
        if isinstance(owner, Doubt):
            return owner
        return self._of_customer(letter, owner)

    def _exists(self, client_id: int) -> bool:
        return (
            client_id in self.store.snapshots.polled_at([client_id]) or self._contact(client_id) is not None
        )

    def _contact(self, client_id: int) -> Contact | None:
        try:
            return self.people.now(client_id)
        except BrokenRecord:
            return None

    def _of_customer(self, letter: Letter, owner: Owner) -> Verdict:
        contact = self._contact(owner.client_id)
        if contact is None or (owner.by, owner.value) not in contact.values():
            return Doubt.CHANGED
        if contact.status is ClientStatus.RETIRED:
            return Doubt.LEFT
        if self.store.letters.count_since(owner.client_id, letter.received_at - _DAY) >= self.letters_per_day:
            return Doubt.TOO_MANY
        tickets = self._answered(letter, owner)
        if isinstance(tickets, Doubt):
            return tickets
        open_one = next((ticket for ticket in tickets if ticket.is_open), None)
        if open_one is not None:
            return Join(contact=contact, ticket_id=open_one.ticket_id)
        if tickets and _only_thanks(letter.words):
            return Join(contact=contact, ticket_id=tickets[0].ticket_id)
        sender_known = letter.sender in contact.addresses
        address = letter.sender if sender_known else next(iter(contact.addresses), "")
        return Open(contact=contact, answer_to=address)

    def _answered(self, letter: Letter, owner: Owner) -> list[Ticket] | Doubt:
        """The customer's tickets that the letter answers, by its thread, then by its subject's numbers."""
        numbers = []
        for row in self.store.letters.of_messages(letter.thread):
            if row.client_id is None:
                continue
            if row.client_id != owner.client_id or not owner.is_sender:
                return Doubt.ANOTHERS_TICKET
            number = self._ticket_of(row)
            if number is not None:
                numbers.append(number)
        for client_id, incident_id in self.store.notices.of_messages(letter.thread):
            if client_id != owner.client_id or not owner.is_sender:
                return Doubt.ANOTHERS_TICKET
            numbers += self._of_incident(incident_id)
        numbers += self._numbers(letter.subject)
        known = self.store.snapshots.tickets(numbers)
        for push in self.store.openings.reports(set(numbers) - known.keys()).values():
            if push.client_id != owner.client_id or not owner.is_sender:
                return Doubt.ANOTHERS_TICKET
            raise NotYet(push.due_at)
        tickets = [known[number] for number in dict.fromkeys(numbers) if number in known]
        if any(ticket.client_id != owner.client_id for ticket in tickets) or (
            tickets and not owner.is_sender
        ):
            return Doubt.ANOTHERS_TICKET
        return [ticket for ticket in tickets if not self.store.snapshots.is_gone(ticket.ticket_id)]

    def _ticket_of(self, row: LetterRow) -> int | None:
        pushed = self.store.outbox.get(row.push_key or "")
        if pushed is None:
            return None
        if pushed.push.kind is PushKind.NOTE:
            return pushed.push.ticket_id
        found = self.store.openings.ticket_of(pushed.push.key)
        if found is None and pushed.state in _STANDS_STILL:
            raise NotYet(None)
        if found is None and pushed.state is not PushState.DISCARDED:
            raise NotYet(row.seen_at)
        if found is not None and not self.store.snapshots.tickets([found]):
            raise NotYet(row.seen_at)
        return found

    def _numbers(self, subject: str) -> list[int]:
        """The tickets whose number, or whose report's, stands in a subject."""
        words = normalise(subject)
        found = [int(number) for number in _TICKET.findall(words)]
        for prefix in self.prefixes:
            for number in re.findall(rf"\b{re.escape(prefix.casefold())}\d+(?:-\d+)?\b", words):
                found += self._of_incident(prefix + number[len(prefix) :])
        return found

    def _of_incident(self, incident_id: str) -> list[int]:
        """The tickets of an incident, latest first."""
        incident = self.store.incidents.get(incident_id)
        return list(reversed(incident.ticket_ids)) if incident is not None else []


def _only_thanks(words: str) -> bool:
    said = re.findall(r"\w+", normalise(words))
    return len(said) <= _MOST_THANKS and _THANKS.fullmatch(" ".join(said)) is not None
