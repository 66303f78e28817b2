"""How long an SMS is: letters of seven bits, those that take two places, those that make all long."""

from __future__ import annotations

import pytest

from bridge.domain.sms import SmsLength, sms_length


@pytest.mark.parametrize(
    ("letters", "messages"),
    [(0, 1), (1, 1), (159, 1), (160, 1), (161, 2), (306, 2), (307, 3), (459, 3), (460, 4)],
)
def test_letters_of_the_plain_alphabet(letters: int, messages: int) -> None:
    """One message holds 160, each of several 153: seven go to what joins them."""
    assert sms_length("a" * letters) == SmsLength(letters, messages, "")


@pytest.mark.parametrize(
    ("letters", "messages"), [(1, 1), (69, 1), (70, 1), (71, 2), (134, 2), (135, 3), (201, 3), (202, 4)]
)
def test_one_letter_outside_of_it_makes_all_of_them_long(letters: int, messages: int) -> None:
    assert sms_length("a" * (letters - 1) + "á") == SmsLength(letters, messages, "á")


def test_the_spanish_letters_that_cost_nothing_and_those_that_do() -> None:
    assert sms_length("ñÑ¿¡éÉüÜ") == SmsLength(8, 1, "")
    assert sms_length("áíóúÁÍÓÚ") == SmsLength(8, 1, "áíóúÁÍÓÚ")


@pytest.mark.parametrize("sign", "^{}\\[~]|€\f")
def test_a_sign_that_is_escaped_takes_two_places(sign: str) -> None:
    assert sms_length(sign) == SmsLength(2, 1, "")
    assert sms_length("a" * 158 + sign) == SmsLength(160, 1, "")
    assert sms_length("a" * 159 + sign) == SmsLength(161, 2, "")


def test_every_sign_of_the_alphabet_takes_one_place() -> None:
    alphabet = (
        "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
        "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
    )

    assert len(alphabet) == 127  # 128 with the escape itself
    assert sms_length(alphabet) == SmsLength(127, 1, "")


def test_an_escaped_sign_among_long_letters_takes_one_place() -> None:
    assert sms_length("á" + "€" * 69) == SmsLength(70, 1, "á")


def test_a_sign_beyond_the_first_plane_takes_two_places() -> None:
    """An emoji is a pair of sixteen bits."""
    assert sms_length("a" * 68 + "🎉") == SmsLength(70, 1, "🎉")
    assert sms_length("a" * 69 + "🎉") == SmsLength(71, 2, "🎉")


def test_each_costly_letter_is_named_once_in_the_order_of_the_text() -> None:
    assert sms_length("técnico: qué día está aquí").costly == "íá"
