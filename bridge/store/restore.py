"""A copy put in the store's place: checked first, then exchanged at once, with the store before it kept."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import delete

from bridge.errors import StoreUnusable, UsageFault, UserFault
from bridge.store import sqlite
from bridge.store.backup import (
    INSTANCE,
    MADE_AT,
    copied,
    file_behind,
    in_words,
    put,
    step_in,
    url_of,
    workshop,
)
from bridge.store.database import Database
from bridge.store.lease import Lease
from bridge.store.meta import RESTORED_AT, Meta
from bridge.store.migrate import bring_up_to_date, is_known
from bridge.store.process import this_process
from bridge.store.schema import HEAD, leases, meta

_LEASE = timedelta(minutes=3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What a restore did: when the copy had been made, and where the store before it is kept (if any)."""

    made_at: datetime
    kept: Path | None


def restore(  # noqa: PLR0913 - who, why and when belong to it
    url: str, file: Path, *, instance: str, by: str, reason: str, at: datetime, real_now: datetime
) -> Restored:
    """Put a copy in the store's place; the store before it is kept beside it.

    The copy is checked first, and brought up to date where an older bridge made it. Then everything is
    exchanged in one transaction of SQLite, so that whoever opens the store finds the old one or the new one,
    whole. A damaged store, which has no transactions any more, is exchanged as a file.

    Raises UserFault for a file that is no copy, is damaged, of another panel or of a newer bridge, and for a
    store on a server; LeaseHeld while a cycle is at work; StoreUnusable while another process has the store
    open. Nothing has changed then.
    """
    store = file_behind(url, "pg_restore")
    if store.exists() and file.exists() and file.samefile(store):
        raise UsageFault(f"{file} is the store itself")
    _make_folder(store.parent)
    with workshop(store.parent) as folder, in_words(store):
        ready = _taken_in(file, folder / "ready.db")
        made_at = _checked(ready, file, instance)
        _sign(ready, by=by, reason=reason, at=at, made_at=made_at)
        kept = _exchange(store, ready, folder, instance, real_now)
    return Restored(made_at=made_at, kept=kept)


def _make_folder(folder: Path) -> None:
    try:
        sqlite.make_folder(folder)
    except OSError as error:
        raise StoreUnusable(f"the folder {folder} cannot be made: {error.strerror}") from error


def _taken_in(file: Path, ready: Path) -> Path:
    """Copy the file to a place of ours: the one that was given may be on a disk that cannot be written."""
    sqlite.make_file(ready)
    try:
        with file.open("rb") as source, ready.open("wb") as target:
            shutil.copyfileobj(source, target)
    except OSError as error:
        raise UsageFault(f"{file} cannot be read: {error.strerror}") from error
    return ready


def _checked(ready: Path, file: Path, instance: str) -> datetime:
    """Check that a copy is whole and fits; return when it was made."""
    faults = sqlite.faults_of(ready)
    if faults is not None:
        raise UserFault(f"{file} is damaged, or no backup of the bridge: {faults}")
    with closing(Database(url_of(ready))) as database:
        step = step_in(database, file)
        facts = Meta(database)
        made_at = facts.get_time(MADE_AT) if step is not None else None
        if step is None or made_at is None:
            raise UserFault(f"{file} is no backup of the bridge: `bridge backup` writes one")
        if not is_known(step):
            raise UserFault(
                f"{file} was written by a newer bridge (step {step}; this one knows {HEAD}): install that "
                "version"
            )
        of = facts.get(INSTANCE)
        if of != instance:
            raise UserFault(f"{file} is the store of the panel `{of}`, and panel.instance is `{instance}`")
        bring_up_to_date(database)
    return made_at


def _sign(ready: Path, *, by: str, reason: str, at: datetime, made_at: datetime) -> None:
    """Note in the copy that it was restored; whoever held its lease when it was made holds it no more."""
    with closing(Database(url_of(ready))) as database, database.transaction() as connection:
        facts = Meta(database)
        facts.set_time(RESTORED_AT, at)
        facts.set("restored_by", by)
        facts.set("restored_because", reason)
        facts.set_time("restored_to", made_at)
        connection.execute(delete(meta).where(meta.c.key.in_((MADE_AT, INSTANCE))))
        connection.execute(delete(leases))
    sqlite.settle(ready)


def _exchange(store: Path, ready: Path, folder: Path, instance: str, real_now: datetime) -> Path | None:
    kept = store.with_name(f"{store.name}.before-restore-{real_now:%Y%m%dT%H%M%S}Z")
    if kept.exists():
        raise UsageFault(f"{kept} is there already: try again in a second")
    if not store.exists() or not store.stat().st_size:
        put(ready, store)
        return None
    if sqlite.faults_of(store) is not None:
        sqlite.make_file(kept)
        shutil.copyfile(store, kept)
        sqlite.sync(kept)
        put(ready, store)
        return kept
    with _leased(store, real_now) as lives:
        if not lives:
            put(ready, store)
            return None
        with sqlite.alone(store) as present, sqlite.opened(ready) as source:
            put(copied(present, folder / "before.db", instance, real_now), kept)
            source.backup(present)
    sqlite.sync(store.parent)
    return kept


@contextmanager
def _leased(store: Path, real_now: datetime) -> Iterator[bool]:
    """Hold the lease of the present store; False where it is an empty database, which has none."""
    with closing(Database(url_of(store))) as database:
        if step_in(database, store) is None:
            database.close()
            yield False
            return
        lease = Lease(database, "cycle", this_process())
        lease.acquire(real_now, _LEASE)
        database.close()  # `alone` admits no other connection, ours included
        try:
            yield True
        finally:
            lease.release()
