"""How many messages a text takes as an SMS (3GPP TS 23.038 and 23.040)."""

from __future__ import annotations

from dataclasses import dataclass

# The alphabet of seven bits. Of the Spanish letters á, í, ó, ú and their capitals are not in it.
_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_ESCAPED = frozenset("\f^{}\\[~]|€")  # two places each
_SEVEN_BITS = (160, 153)  # one message alone, and each of several
_SIXTEEN_BITS = (70, 67)


@dataclass(frozen=True, slots=True)
class SmsLength:
    """`places` the text takes, in how many messages, and the letters that make each of them shorter."""

    places: int
    messages: int
    costly: str


def sms_length(text: str) -> SmsLength:
    """Count a text; with a letter outside the alphabet of seven bits a message holds 70 of them, not 160."""
    costly = "".join(dict.fromkeys(sign for sign in text if sign not in _BASIC and sign not in _ESCAPED))
    if costly:
        return SmsLength(*_counted(len(text.encode("utf-16-be")) // 2, *_SIXTEEN_BITS), costly)
    return SmsLength(*_counted(len(text) + sum(sign in _ESCAPED for sign in text), *_SEVEN_BITS), "")


def _counted(places: int, alone: int, each: int) -> tuple[int, int]:
    return places, 1 if places <= alone else -(-places // each)
