"""The customers as the intake asks for them: the directory in the store, proved again on the panel."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Protocol

from bridge.clock import Clock
from bridge.domain.contacts import Contact, ContactKind
from bridge.store.store import Store


class PanelPeople(Protocol):
    """Who the panel's customers are and how they can be reached."""

    def one(self, client_id: int) -> Contact | None:
        """Return a customer as the panel knows them now, None where it knows nobody of that number.

        Raises PanelUnreachable, AccessRefused, PanelUnusable or BrokenRecord.
        """

    def everybody(self, known: Iterable[int]) -> list[Contact]:
        """Return all customers; `known` are the ids the store knows. Raises as `one`, but BrokenRecord."""


class People:
    """Looks customers up. The directory is read anew when it is older than `patience`."""

    def __init__(self, store: Store, panel: PanelPeople, clock: Clock, patience: timedelta) -> None:
        self._store = store
        self._panel = panel
        self._clock = clock
        self._patience = patience

    @property
    def is_fresh(self) -> bool:
        """Whether the directory need not be read anew."""
        read_at = self._store.directory.read_at
        return read_at is not None and timedelta() <= self._clock.real() - read_at < self._patience

    def refresh(self) -> None:
        """See that the directory is fresh enough. Raises PanelUnreachable, AccessRefused or PanelUnusable."""
        if not self.is_fresh:
            self._read(self._clock.real())

    def find(self, kind: ContactKind, value: str) -> frozenset[int]:
        """Return whose a value is, by the directory."""
        return self._store.directory.find(kind, value)

    def now(self, client_id: int) -> Contact | None:
        """Return a customer as the panel knows them at this moment."""
        return self._panel.one(client_id)

    def _read(self, now: datetime) -> None:
        known = self._store.snapshots.known_clients()
        self._store.directory.replace(self._panel.everybody(known), now)
