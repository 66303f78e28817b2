"""Addresses, telephones and id cards in one spelling, whatever the panel or the customer wrote."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bridge.domain.contacts import Contact, ContactKind, addresses_in, id_card, telephone, telephones_in
from bridge.domain.records import ClientStatus

ANA = Contact(
    client_id=7,
    name="Ana",
    status=ClientStatus.ACTIVE,
    addresses=("ana@example.com", "casa@example.com"),
    telephones=("5512345678",),
    id_card="GOMA800101",
)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("ana@example.com", ("ana@example.com",)),
        ("Ana <ANA@Example.COM>, casa@example.com; ana@example.com", ("ana@example.com", "casa@example.com")),
        ("escriba a ana@example.com.", ("ana@example.com",)),
        ("ana@example", ()),
        ("sin correo", ()),
        ("", ()),
    ],
)
def test_addresses(text: str, found: tuple[str, ...]) -> None:
    assert addresses_in(text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("5512345678", "5512345678"),
        ("55 1234-5678", "5512345678"),
        ("+52 1 (55) 1234 5678", "5512345678"),
        ("044 55 1234 5678", "5512345678"),
        ("123456789", ""),
        ("no tiene", ""),
    ],
)
def test_a_telephone_is_its_last_ten_digits(text: str, found: str) -> None:
    assert telephone(text) == found


def test_several_telephones_in_the_panels_fields() -> None:
    assert telephones_in("5512345678, 5587654321/5511112222", "55 1234 5678 y 33 1111 2222") == (
        "5512345678",
        "5587654321",
        "5511112222",
        "3311112222",
    )
    assert telephones_in("", "s/n") == ()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("goma-800101", "GOMA800101"),
        ("Ñandú 12", "NANDU12"),
        ("AB12C", "AB12C"),
        ("AB1C", ""),
        ("00000000", ""),
        ("", ""),
    ],
)
def test_an_id_card_is_its_letters_and_digits(text: str, found: str) -> None:
    assert id_card(text) == found


def test_a_customer_is_found_by_every_value() -> None:
    assert ANA.values() == (
        (ContactKind.MAIL, "ana@example.com"),
        (ContactKind.MAIL, "casa@example.com"),
        (ContactKind.TELEPHONE, "5512345678"),
        (ContactKind.ID_CARD, "GOMA800101"),
    )
    assert replace(ANA, addresses=(), telephones=(), id_card="").values() == ()
