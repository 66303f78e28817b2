"""Turning an error text that nobody has explained into a word for commands.yaml."""

from __future__ import annotations

import re
from collections.abc import Iterable

from bridge.domain.words import normalise
from bridge.mikrowisp.translate import contains_any

_SHORTEST = 6
_NUMBERS = re.compile(r"[#\[(]*\d[\d.,]*[\])]*")


def word_for(text: str, others: Iterable[str]) -> str | None:
    """Return the part of an error text by which it is known again; None where there is none.

    Numbers are left out, for they differ from call to call. A part that also stands in one of `others`,
    texts with another meaning, tells nothing.
    """
    parts = sorted((part.strip(" .:;,-") for part in _NUMBERS.split(text)), key=len, reverse=True)
    part = parts[0] if parts else ""
    if len(part) < _SHORTEST or any(normalise(part) in normalise(other) for other in others):
        return None
    return part


def explained(text: str, words: Iterable[str]) -> bool:
    """Whether one of the dialect's words stands in the text."""
    return contains_any(text, words)
