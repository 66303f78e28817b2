"""Who does something at the desk, and why: every entry that is no rule's carries a name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bridge.errors import UsageFault

_LONGEST_NAME = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """Who, why and when."""

    by: str
    reason: str
    at: datetime


def deed(by: str, reason: str, at: datetime) -> Deed:
    """Return a checked deed. Raises UsageFault for a name or a reason that says nothing."""
    return Deed(by=named(by), reason=_said("--reason", reason), at=at)


def named(by: str) -> str:
    """Return the name of a person, spaces in order. Raises UsageFault for one that is none."""
    name = _said("--by", by)
    if len(name) > _LONGEST_NAME:
        raise UsageFault(f"--by takes a name of at most {_LONGEST_NAME} characters")
    if name.casefold() == "bridge":
        raise UsageFault("--by takes a person's name; `bridge` is what the rules sign with")
    return name


def _said(option: str, text: str) -> str:
    words = " ".join(text.split())
    if not words:
        raise UsageFault(f"{option} says nothing; write a few words")
    return words
