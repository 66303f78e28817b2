"""How a customer can be reached and recognised, in one spelling whatever the panel or the customer wrote."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from bridge.domain.records import ClientStatus
from bridge.domain.words import normalise

TELEPHONE_DIGITS = 10  # Mexico; what stands before them is a prefix (+52, 521, 044, 01)
_LEAST_ID_CARD = 5
_ADDRESS = re.compile(r"[^\s@<>()\[\],;:\"']+@[^\s@<>()\[\],;:\"']+\.[^\s@<>()\[\],;:\"']+")
_DIGITS = re.compile(r"\D+")


class ContactKind(StrEnum):
    """What a customer is found by."""

    MAIL = "mail"
    TELEPHONE = "telephone"
    ID_CARD = "id_card"


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """A customer as the panel knows how to reach them; every value in its one spelling."""

    client_id: int
    name: str
    status: ClientStatus
    addresses: tuple[str, ...] = ()
    telephones: tuple[str, ...] = ()
    id_card: str = ""

    def values(self) -> tuple[tuple[ContactKind, str], ...]:
        """Return all by which this customer can be found."""
        return (
            *((ContactKind.MAIL, address) for address in self.addresses),
            *((ContactKind.TELEPHONE, number) for number in self.telephones),
            *(((ContactKind.ID_CARD, self.id_card),) if self.id_card else ()),
        )


def addresses_in(text: str) -> tuple[str, ...]:
    """Return the mail addresses in a text, casefolded, each once: the panel's field may hold several."""
    return tuple(dict.fromkeys(found[0].casefold().rstrip(".") for found in _ADDRESS.finditer(text)))


def telephones_in(*texts: str) -> tuple[str, ...]:
    """Return the telephones in the panel's fields, which hold several with commas between them."""
    numbers = (telephone(part) for text in texts for part in re.split(r"[,;/|]| y ", text))
    return tuple(dict.fromkeys(number for number in numbers if number))


def telephone(text: str) -> str:
    """Return the last ten digits of a telephone, nothing where there are fewer."""
    digits = _DIGITS.sub("", text)
    return digits[-TELEPHONE_DIGITS:] if len(digits) >= TELEPHONE_DIGITS else ""


def id_card(text: str) -> str:
    """Return the letters and digits of an id card's number in capitals; nothing where too few to tell."""
    bare = "".join(sign for sign in normalise(text) if sign.isalnum()).upper()
    return bare if len(bare) >= _LEAST_ID_CARD and len(set(bare)) > 1 else ""
