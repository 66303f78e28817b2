"""The journal: every API request with its answer, so that tests can count and look."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass
from typing import Any

CAPACITY = 50_000
SHOWN_ANSWER = 4_000


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One request to the API, and what became of it."""

    number: int
    at: str
    command: str
    path: str
    body: dict[str, Any]
    token_ok: bool
    status: int | None
    ok: bool
    applied: bool
    faults: list[str]
    milliseconds: float
    answer: str

    def as_json(self) -> dict[str, Any]:
        """Return the entry as it is listed."""
        return dict(self.__dict__)


class Journal:
    """The last requests, oldest first; safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entries: deque[Entry] = deque(maxlen=CAPACITY)
        self._next = 1

    def add(self, *, body: dict[str, Any], answer: str, **facts: Any) -> None:
        """Record one request; the token itself is left out, long answers are cut."""
        kept = {key: value for key, value in body.items() if key != "token"}
        with self._lock:
            self._entries.append(Entry(number=self._next, body=kept, answer=answer[:SHOWN_ANSWER], **facts))
            self._next += 1

    def clear(self) -> None:
        """Forget all entries; numbers go on."""
        with self._lock:
            self._entries.clear()

    def listed(
        self, *, command: str | None = None, after: int = 0, match: dict[str, str] | None = None
    ) -> list[dict[str, Any]]:
        """Return the entries of one command (or all) with a number above `after` and these body values."""
        with self._lock:
            entries = list(self._entries)
        return [
            entry.as_json()
            for entry in entries
            if entry.number > after
            and (command is None or entry.command.lower() == command.lower())
            and all(str(entry.body.get(key)) == value for key, value in (match or {}).items())
        ]

    def counts(self) -> dict[str, int]:
        """Return how many requests each command got."""
        with self._lock:
            found: dict[str, int] = {}
            for entry in self._entries:
                found[entry.command] = found.get(entry.command, 0) + 1
        return found
