"""Finding a caller: by number, name, telephone or id card, however it is typed."""

from __future__ import annotations

import pytest

from bridge.domain.contacts import Contact
from bridge.domain.records import ClientStatus
from bridge.intake.phone_book import MOST_SHOWN, PhoneBook

ANA, GUEMES, HOMONYM, LEFT, SHARED = 77, 1204, 305, 12, 4321

PEOPLE = (
    Contact(
        client_id=ANA,
        name="Ana María López Núñez",
        status=ClientStatus.ACTIVE,
        telephones=("5512344321", "4449991111"),
        id_card="LONA850102AB1",
    ),
    Contact(
        client_id=GUEMES,
        name="José Güemes-Peña (Farmacia 24)",
        status=ClientStatus.SUSPENDED,
        telephones=("5587654321",),
        id_card="0012345678",
    ),
    Contact(
        client_id=HOMONYM, name="ANA MARIA LOPEZ", status=ClientStatus.ACTIVE, telephones=("8112223344",)
    ),
    Contact(client_id=LEFT, name="Aarón López", status=ClientStatus.RETIRED, telephones=("5511110000",)),
    Contact(client_id=SHARED, name="Zoila Núñez", status=ClientStatus.ACTIVE, telephones=("4449991111",)),
)
BOOK = PhoneBook(PEOPLE)

FINDS = {
    # typed: who is found, the best first
    "ana lopez": [HOMONYM, ANA],
    "LÓPEZ  ana": [HOMONYM, ANA],
    "lop an nun": [ANA],
    "lopez": [HOMONYM, ANA, LEFT],
    "guemes pena": [GUEMES],
    "güe": [GUEMES],
    "far 24": [GUEMES],
    "ana lopez 4321": [ANA],
    "ana 305": [HOMONYM],
    "77": [ANA],
    "077": [ANA],
    "#77": [ANA],
    "# 77 Ana": [ANA],
    "4321": [SHARED, ANA, GUEMES],
    "#4321": [SHARED],
    "444 999 1111": [ANA, SHARED],
    "(444) 999-1111": [ANA, SHARED],
    "+52 1 55 1234 4321": [ANA],
    "045 55.1234.4321": [ANA],
    "5512 34": [ANA],
    "lona85": [ANA],
    "LONA-850102 AB1": [ANA],
    "00123": [GUEMES],
    "#999": [],
    "maria jose": [],
    "opez": [],
    "99999": [],
    "": [],
    "   ": [],
    "\x00\x1b[": [],
    "#": [],
    "()": [],
}


@pytest.mark.parametrize("typed", FINDS)
def test_who_is_found(typed: str) -> None:
    assert [person.client_id for person in BOOK.find(typed).people] == FINDS[typed]


def test_a_long_list_is_cut_and_says_so() -> None:
    many = PhoneBook(
        Contact(client_id=number, name=f"Ana {number}", status=ClientStatus.ACTIVE)
        for number in range(1, 5000)
    )

    found = many.find("ana")

    assert (len(found.people), found.more, found.only) == (MOST_SHOWN, True, None)
    assert many.find("ana", 9999).more is False


def test_only_is_who_fits_alone() -> None:
    assert BOOK.find("guemes").only == PEOPLE[1]
    assert BOOK.find("lopez").only is None
    assert BOOK.find("nobody").only is None


def test_a_very_long_word_finds_nobody() -> None:
    assert BOOK.find("a" * 100_000).people == ()
    assert BOOK.find("9" * 100_000).people == ()
