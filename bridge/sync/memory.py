"""How far back the bridge's own store remembers: an earlier store may have sent what is older."""

from __future__ import annotations

from datetime import datetime

from bridge.store.meta import RESTORED_AT
from bridge.store.store import Store

BORN_AT = "born_at"


def remembers_since(store: Store, now: datetime) -> datetime:
    """Return since when this store knows all that was sent: its first cycle, or its last restoring.

    What came due before may have been sent by a store that was lost, or by this one after its backup.
    """
    restored = store.meta.get_time(RESTORED_AT)
    return restored or store.meta.get_time(BORN_AT) or now


def note_birth(store: Store, now: datetime) -> None:
    """Note the first cycle of a store, once."""
    if store.meta.get_time(BORN_AT) is None:
        store.meta.set_time(BORN_AT, now)
