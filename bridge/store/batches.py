"""Long lists of keys in portions that every database takes in one statement."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

T = TypeVar("T")

# SQLite takes 32,766 bound values by default, but older builds 999; the gain beyond some hundred is nil.
BATCH = 500


def in_batches(keys: Iterable[T]) -> Iterator[list[T]]:
    """Yield the distinct keys in order of first sight, at most `BATCH` at a time."""
    rest = iter(dict.fromkeys(keys))
    while batch := list(islice(rest, BATCH)):
        yield batch
