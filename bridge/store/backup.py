"""Copies of the store in one file: made while the bridge is at work, and whole or not there at all."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import URL, make_url

from bridge.errors import StoreUnusable, UsageFault, UserFault
from bridge.store import sqlite
from bridge.store.database import Database
from bridge.store.meta import Meta
from bridge.store.migrate import step_of

# What a copy says about itself; a store at work says neither.
MADE_AT, INSTANCE = "copy_made_at", "copy_of_instance"


def back_up(url: str, file: Path, *, instance: str, at: datetime, overwrite: bool = False) -> None:
    """Write the store as it stands now into `file` (mode 0600); a cycle may be at work meanwhile.

    The file appears whole or not at all. Raises UsageFault where it is there already, for a store on a
    server, and where there is no store; StoreUnusable where the store is damaged or the copy cannot be
    written.
    """
    store = file_behind(url, "pg_dump")
    if not store.exists():
        raise UsageFault(f"there is no store {store} yet, so there is nothing to back up")
    if file.exists() and (not overwrite or file.samefile(store)):
        way_out = "name another file" if overwrite else "name another file, or replace it with --force"
        raise UsageFault(f"{file} is there already: {way_out}")
    with workshop(file.parent) as folder, in_words(store, file):
        with sqlite.opened(store) as source:
            made = copied(source, folder / "copy.db", instance, at)
        faults = sqlite.faults_of(made)
        if faults is not None:
            raise StoreUnusable(f"the store {store} is damaged ({faults}): no backup was written")
        put(made, file)


def file_behind(url: str, tool: str) -> Path:
    """Return the store's file. Raises UsageFault for a store on a server, whose own tool does such work."""
    address = make_url(url)
    if address.get_backend_name() != "sqlite":
        raise UsageFault(
            f"the store is on a server ({address.render_as_string(hide_password=True)}): use its own {tool}"
        )
    return Path(str(address.database))


@contextmanager
def workshop(place: Path) -> Iterator[Path]:
    """A private folder beside the goal, gone with all that is in it when the block ends."""
    try:
        folder = TemporaryDirectory(prefix=".bridge-", dir=place)
    except OSError as error:
        raise UsageFault(f"{place} cannot be written to: {error.strerror}") from error
    with folder as name:
        yield Path(name)


@contextmanager
def in_words(store: Path, file: Path | None = None) -> Iterator[None]:
    """Turn the driver's and the disk's complaints into StoreUnusable; `file` may be their subject too."""
    places = f"the store {store}" if file is None else f"the store {store}, or {file},"
    try:
        yield
    except sqlite3.Error as error:
        if sqlite.is_busy(error):
            raise StoreUnusable(
                f"another process has the store {store} open: let its work end, stop `bridge run`, and try "
                "again"
            ) from error
        raise StoreUnusable(f"{places} cannot be used now: {sqlite.complaint(error) or error}") from error
    except OSError as error:
        raise StoreUnusable(f"{places} cannot be used now: {error.strerror}") from error


def copied(source: sqlite3.Connection, target: Path, instance: str, at: datetime) -> Path:
    """Copy a database as it stands, and let the copy say what it is."""
    sqlite.make_file(target)
    with sqlite.opened(target) as copy:
        source.backup(copy)
    with closing(Database(url_of(target))) as database:
        if step_in(database, target) is None:
            raise UsageFault("the store is empty: there is nothing to back up")
        facts = Meta(database)
        with database.transaction():
            facts.set_time(MADE_AT, at)
            facts.set(INSTANCE, instance)
    sqlite.settle(target)
    return target


def step_in(database: Database, file: Path) -> str | None:
    """Return the step a store stands at, None for an empty database. Raises UserFault for any other."""
    try:
        with database.reading() as connection:
            return step_of(connection, database)
    except UserFault as fault:
        raise UserFault(f"{file} is a database, but not a store of the bridge") from fault


def put(made: Path, goal: Path) -> None:
    """Give a finished file its name, at once; what another file of that name left beside it goes first."""
    for left in sqlite.side_files(goal):
        left.unlink(missing_ok=True)
    made.replace(goal)
    sqlite.sync(goal.parent)


def url_of(path: Path) -> str:
    """Return the address of a SQLite file."""
    return URL.create("sqlite", database=str(path)).render_as_string(hide_password=False)
