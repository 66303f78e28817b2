"""Whose a letter is: by its sender's address and by what its words claim; when in doubt, nobody's. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from bridge.domain.contacts import ContactKind, id_card, telephone
from bridge.domain.labels import Labelled
from bridge.domain.words import normalise

_CUSTOMER = re.compile(
    r"\b(?:cliente|contrato|customer|client|contract)\s*(?:id|(?:no|num|nro|numero|number)\b)?\s*[:#.\xb0]*\s*"
    r"(?:es\s+(?:el\s+)?|is\s+)?#?0*(\d{1,7})\b(?!\s*(?:anos?|mes|meses|dias?|horas?|veces|years?|months?|days?|%|mb|-\d))"
)
_ID_CARD = re.compile(
    r"\b(?:cedula|ine|ife|rfc|curp|identificacion|dni|id card)\s*(?:no|num|numero|number)?\s*[:#.]*"
    r"\s*(?:es\s+|is\s+)?([a-z0-9][a-z0-9-]{4,21})\b"
)
_TELEPHONE = re.compile(r"(?<![\w.])\+?\(?\d(?:[ ().-]{0,2}\d){9,13}(?![\w])")
_MOST_CLAIMS = 10  # of each kind: a letter may be a list of numbers


class Doubt(Labelled):
    """Why it is not sure whose a letter is, or what it is about; a person says."""

    UNKNOWN = "unknown_sender", "no customer has the sender's address"
    SEVERAL = "several_customers", "more than one customer fits"
    NUMBER_ALONE = "number_alone", "an unknown sender names a customer number and nothing that proves it"
    NAMES_ANOTHER = "names_another", "the sender is one customer and names another"
    NO_SENDER = "no_sender", "it names no sender, or several"
    LEFT = "customer_left", "the customer has left"
    CHANGED = "contact_changed", "the panel no longer knows this contact of the customer"
    ANOTHERS_TICKET = "anothers_ticket", "it answers a ticket that is not the sender's"
    NO_NUMBER = "no_number", "it answers a ticket that does not reach the panel"
    TOO_MANY = "too_many", "too many letters of one customer in a day"
    UNREADABLE = "unreadable", "it cannot be read"
    TOO_LARGE = "too_large", "it is too large to be read"
    EMPTY = "empty", "it says nothing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """The customer whose letter it is. `by` and `value` proved it, and can prove it again."""

    client_id: int
    by: ContactKind
    value: str

    @property
    def is_sender(self) -> bool:
        """Whether the panel knows the sender's address as this customer's."""
        return self.by is ContactKind.MAIL


Find = Callable[[ContactKind, str], frozenset[int]]


def owner_of(sender: str, said: str, find: Find, exists: Callable[[int], bool]) -> Owner | Doubt:
    """Return the one customer whose letter this must be, else why that is not sure.

    `said` is the subject and the sender's own words. A known address is enough unless the words name
    another customer; an unknown one needs a telephone or an id card that one customer has, for a number
    alone is soon mistyped, or guessed.
    """
    by_address = find(ContactKind.MAIL, sender) if sender else frozenset()
    words = normalise(said)
    numbers = list(dict.fromkeys(int(found) for found in _CUSTOMER.findall(words)))[:_MOST_CLAIMS]
    named = [frozenset({number}) for number in numbers if exists(number)]
    claims = _claims(words)[:_MOST_CLAIMS]
    proven = [(kind, value, found) for kind, value in claims if (found := find(kind, value))]
    told = [*named, *(found for _, _, found in proven)]
    if len(by_address) == 1:
        if told and not any(by_address <= found for found in told):
            return Doubt.NAMES_ANOTHER
        return Owner(client_id=next(iter(by_address)), by=ContactKind.MAIL, value=sender)
    common = frozenset.intersection(*told) if told else frozenset()
    if by_address:
        fitting = by_address & common
        if len(fitting) != 1:
            return Doubt.SEVERAL
        return Owner(client_id=next(iter(fitting)), by=ContactKind.MAIL, value=sender)
    if not told:
        return Doubt.UNKNOWN if sender else Doubt.NO_SENDER
    if not proven:
        return Doubt.NUMBER_ALONE
    if len(common) != 1:
        return Doubt.SEVERAL
    kind, value, _ = proven[0]
    return Owner(client_id=next(iter(common)), by=kind, value=value)


def _claims(words: str) -> list[tuple[ContactKind, str]]:
    """The telephones and id cards that stand in normalised words."""
    telephones = (telephone(found) for found in _TELEPHONE.findall(words))
    cards = (id_card(found) for found in _ID_CARD.findall(words) if any(sign.isdigit() for sign in found))
    return [
        *((ContactKind.TELEPHONE, number) for number in dict.fromkeys(telephones) if number),
        *((ContactKind.ID_CARD, card) for card in dict.fromkeys(cards) if card),
    ]
