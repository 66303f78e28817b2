"""One mapping file as it was read: its content beside the places that faults point at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any, Generic, Protocol, TypeVar

from pydantic import BaseModel

from bridge.errors import Fault
from bridge.phrases import phrase
from bridge.yamlfile import Document

M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Read(Generic[M]):
    """A file that fits its model."""

    document: Document
    content: M


class Version(Protocol):
    """A dated version of a policy."""

    @property
    def effective_from(self) -> date:
        """The first day on which an incident may begin under it."""


def rules_of(version: BaseModel) -> dict[str, Any]:
    """Return the keys of a version that are rules: all but its examples."""
    return {name: value for name, value in version if name != "examples"}


def misdated(document: Document, versions: Sequence[Version]) -> list[Fault]:
    """Return a fault for every version that does not come after the one above it."""
    return [
        document.fault(
            ("versions", position, "effective_from"),
            phrase(
                "versions go from old to new, each with a day of its own; the one above begins on {day}",
                day=before.effective_from,
            ),
        )
        for position, (before, version) in enumerate(pairwise(versions), start=1)
        if version.effective_from <= before.effective_from
    ]
