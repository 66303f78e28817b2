"""Turning an error text that nobody has explained into a word for commands.yaml."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from bridge.domain.words import normalise

_SHORTEST = 8
_NUMBERS = re.compile(r"[#\[(]*\d[\d.,]*[\])]*")


def word_for(texts: Sequence[str], others: Iterable[str]) -> str | None:
    """Return the part by which an error is known again; None where nothing is sure.

    `texts` are answers to the same question put at least twice: what is said only once may be a fault of the
    moment. Numbers are left out, for they differ from call to call; a single word is too little. A part
    that also stands in one of `others`, texts with another meaning, tells nothing.
    """
    first, *more = texts
    parts = sorted((part.strip(" .:;,-") for part in _NUMBERS.split(first)), key=len, reverse=True)
    part = parts[0] if parts else ""
    if len(part) < _SHORTEST or " " not in part or not more:
        return None
    if any(normalise(part) not in normalise(again) for again in more):
        return None
    return None if any(normalise(part) in normalise(other) for other in others) else part
