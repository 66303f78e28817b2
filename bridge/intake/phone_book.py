"""Finding a caller as the agent types: by number, name, telephone or id card, in memory. Pure."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

from bridge.domain.contacts import TELEPHONE_DIGITS, Contact, telephone
from bridge.domain.records import ClientStatus
from bridge.domain.words import normalise

MOST_SHOWN = 8
NOTHING: Mapping[int, str] = {}
_NUMBER = re.compile(r"#\s*(\d{1,9})\b")
_NO_LETTERS = re.compile(r"[\d\s()+./-]+")
_WORDS = re.compile(r"[^\W_]+")
_LEAST_DIGITS = 4  # of a telephone: fewer are in too many
_LEAST_SIGNS = 4  # of an id card


@dataclass(frozen=True, slots=True)
class Found:
    """The best matches; `more` says that there are others."""

    people: tuple[Contact, ...]
    more: bool = False

    @property
    def only(self) -> Contact | None:
        """The one who fits, where it is just one."""
        return self.people[0] if len(self.people) == 1 else None


@dataclass(frozen=True, slots=True)
class _Entry:
    person: Contact
    name: str  # its words, normalised, with a space before each


def alike(people: Iterable[Contact]) -> list[int]:
    """Return the customers whose name somebody else has too."""
    named: defaultdict[str, list[int]] = defaultdict(list)
    for person in people:
        named[_spaced(person.name)].append(person.client_id)
    return [client_id for same in named.values() if len(same) > 1 for client_id in same]


class PhoneBook:
    """All customers, ready to be searched; those who have left come last.

    `about` tells those apart who are called alike.
    """

    def __init__(self, people: Iterable[Contact], about: Mapping[int, str] = NOTHING) -> None:
        self._about = about
        entries = [_Entry(person, _spaced(person.name)) for person in people]
        entries.sort(key=lambda one: (one.person.status is ClientStatus.RETIRED, one.name))
        self._entries = entries
        self._by_number = {entry.person.client_id: entry.person for entry in entries}

    def __len__(self) -> int:
        return len(self._entries)

    def about(self, client_id: int) -> str:
        """Return what tells a customer from others of the same name, where it is known."""
        return self._about.get(client_id, "")

    def get(self, client_id: int) -> Contact | None:
        """Return a customer by number."""
        return self._by_number.get(client_id)

    def find(self, typed: str, most: int = MOST_SHOWN) -> Found:
        """Return who fits what was typed so far, at most so many.

        `#77` is the customer of that number and nobody else. A number alone is a customer's, a part of a
        telephone (its last digits, say) or the beginning of an id card. Words are beginnings of a name's,
        in any order; a number among them must fit too, which tells homonyms apart.
        """
        numbered = _NUMBER.match(typed.strip())
        if numbered:
            person = self.get(int(numbered[1]))
            return Found((person,) if person is not None else ())
        found = list(islice(self._matches(typed), most + 1))
        return Found(tuple(found[:most]), more=len(found) > most)

    def _matches(self, typed: str) -> Iterator[Contact]:
        words = _WORDS.findall(normalise(typed))
        if not words:
            return
        exact = self._exact(typed, words)
        if exact is not None:
            yield exact
        fits = _by_digits("".join(words)) if _NO_LETTERS.fullmatch(typed) else _by_words(words)
        for entry in self._entries:
            if entry.person is not exact and fits(entry):
                yield entry.person

    def _exact(self, typed: str, words: list[str]) -> Contact | None:
        """The customer of a number that stands alone."""
        alone = len(words) == 1 and words[0].isdecimal() and len(typed.strip()) <= TELEPHONE_DIGITS
        return self.get(int(words[0])) if alone else None


def _spaced(text: str) -> str:
    return "".join(map(_plain, text.split()))


@lru_cache(maxsize=65536)
def _plain(word: str) -> str:
    """The same few names are those of many: each is understood once."""
    return "".join(f" {part}" for part in _WORDS.findall(normalise(word)))


def _by_digits(digits: str) -> Callable[[_Entry], bool]:
    whole = telephone(digits)

    def fits(entry: _Entry) -> bool:
        person = entry.person
        return (
            any(digits in number or number == whole for number in person.telephones)
            or person.id_card.startswith(digits)
            or f" {digits}" in entry.name
        )

    return fits if len(digits) >= _LEAST_DIGITS else lambda entry: f" {digits}" in entry.name


def _by_words(words: list[str]) -> Callable[[_Entry], bool]:
    named = [f" {word}" for word in words if not word.isdecimal()]
    numbers = [word for word in words if word.isdecimal()]
    card = "".join(words).upper()
    is_card = len(card) >= _LEAST_SIGNS and any(sign.isdecimal() for sign in card)

    def fits(entry: _Entry) -> bool:
        if all(word in entry.name for word in named) and all(_has(entry, number) for number in numbers):
            return True
        return is_card and entry.person.id_card.startswith(card)

    return fits


def _has(entry: _Entry, number: str) -> bool:
    person = entry.person
    return (
        f" {number}" in entry.name
        or number == str(person.client_id)
        or any(number in telephone_ for telephone_ in person.telephones)
    )
