"""Which kind a ticket is, by its words (I-5 to I-7)."""

from __future__ import annotations

from functools import lru_cache

from bridge.domain.policy import UNROUTED, Kinds
from bridge.domain.words import normalise


def classify(subject: str, opening: str, kinds: Kinds) -> str:
    """Return the kind whose words stand in the subject, else in the opening message, else `unrouted`.

    Words are matched as whole words, without case and accents; the first kind in the file's order wins.
    """
    for text in (subject, opening):
        padded = f" {_only_words(text)} "
        for kind in kinds.kinds:
            if any(f" {_only_words(word)} " in padded for word in kind.words):
                return kind.name
    return UNROUTED


@lru_cache(maxsize=4096)
def _only_words(text: str) -> str:
    return " ".join("".join(mark if mark.isalnum() else " " for mark in normalise(text)).split())
