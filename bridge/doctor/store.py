"""The bridge's own store: file and modes, disk, step, integrity, and who holds the lease. Nothing is made."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import (
    URL,
    Column,
    Connection,
    MetaData,
    String,
    Table,
    create_engine,
    func,
    inspect,
    make_url,
    select,
)
from sqlalchemy.exc import DBAPIError

from bridge.doctor.check import CONFIG, Check, Checks, failed, ok, skipped, warning
from bridge.doctor.hours import Worked
from bridge.intake.answering import ANSWER
from bridge.store import sqlite
from bridge.store.letter_states import LetterOutcome
from bridge.store.process import has_died
from bridge.store.schema import HEAD, VERSION_TABLE, leases, letters, runs, worklist

LITTLE, TOO_LITTLE = 500_000_000, 50_000_000  # bytes
_DAYS = timedelta(days=7)
_OTHERS_READ, _OTHERS_WRITE = 0o077, 0o022
_version = Table(VERSION_TABLE, MetaData(), Column("version_num", String(32)))


class OwnStore:
    """The store at an address, looked at from outside."""

    def __init__(self, address: str) -> None:
        self._url: URL = make_url(address)
        self._path = sqlite.file_of(self._url) if self._url.get_backend_name() == "sqlite" else None
        self._is_file = self._url.get_backend_name() == "sqlite"

    @property
    def name(self) -> str:
        """The address, fit to be shown."""
        return str(self._path) if self._path else self._url.render_as_string(hide_password=True)

    @property
    def is_there(self) -> bool:
        """Whether there is something to look at; a server always is."""
        return not self._is_file or (self._path is not None and self._path.exists())

    def file_checks(self) -> Checks:
        """Look at the disk, and at who may read and write the file."""
        if self._path is None:
            yield skipped("disk", self.name, "the store is on a server: look there")
            return
        place = _existing(self._path.parent)
        yield _disk(place)
        if not os.access(place, os.W_OK | os.X_OK):
            step = f"`chown` or `chmod` {place} so that this user may write there"
            yield failed("store_access", str(place), "this user may not write in the folder", step)
        if not self.is_there:
            yield ok("store", self.name, "is not there yet: the first sync makes it, private to its user")
            return
        if not os.access(self._path, os.R_OK | os.W_OK):
            step = f"`chown` {self._path} to the user of the bridge"
            yield failed("store_access", self.name, "this user may not write the file", step)
        yield from self._modes(self._path)

    def _modes(self, path: Path) -> Checks:
        beside = [path, *(path.with_name(path.name + end) for end in ("-wal", "-shm"))]
        files = [one for one in beside if one.exists()]
        open_to_others = [str(one) for one in files if one.stat().st_mode & _OTHERS_READ]
        if open_to_others:
            step = f"`chmod 600 {' '.join(open_to_others)}`"
            yield warning("store_access", self.name, "other users of this machine may read it", step)
        elif path.parent.stat().st_mode & _OTHERS_WRITE:
            step = f"`chmod go-w {path.parent}`"
            yield warning("store_access", self.name, "other users may write in its folder", step)
        else:
            yield ok("store_access", self.name, "private to its user")

    def content_checks(self, now: datetime) -> Checks:
        """Look at the step of the tables, the journal mode and the lease."""
        try:
            with self._connected() as connection:
                known = inspect(connection)
                if not known.has_table(VERSION_TABLE):
                    if known.get_table_names():
                        step = "write the address of the bridge's own store under state.url"
                        yield failed(
                            "store", self.name, "a database, but not a store of the bridge", step, CONFIG
                        )
                    else:
                        yield ok("store", self.name, "is empty: the first sync makes its tables")
                    return
                yield self._step(connection)
                if self._is_file:
                    yield self._journal_mode(connection)
                yield _lease(connection, now)
        except DBAPIError as error:
            yield failed("store", self.name, f"cannot be read: {error.orig}", _RESTORE)

    def _step(self, connection: Connection) -> Check:
        step = connection.scalar(select(_version.c.version_num))
        if step == HEAD:
            return ok("store", self.name, f"at step {step}, the newest")
        if step is not None and str(step) > HEAD:
            detail = f"at step {step}; this bridge knows {HEAD}: a newer bridge wrote it"
            return failed(
                "store", self.name, detail, "install that version again, or use another store", CONFIG
            )
        return warning(
            "store", self.name, f"at step {step}; the next sync takes it to {HEAD}", "back it up first"
        )

    def _journal_mode(self, connection: Connection) -> Check:
        mode = str(connection.exec_driver_sql("PRAGMA journal_mode").scalar())
        if mode == "wal":
            return ok("store_journal", self.name, "WAL: readers do not wait for the writer")
        detail = f"journal mode {mode}, not WAL: readers and the writer wait for each other"
        return warning(
            "store_journal", self.name, detail, "the next sync sets it; if not, the file system cannot"
        )

    def integrity_checks(self) -> Checks:
        """Let SQLite read the whole file; a large one takes its time."""
        if not self._is_file:
            yield skipped("store_integrity", self.name, "the store is on a server, which looks after it")
            return
        try:
            with self._connected() as connection:
                said = [str(row[0]) for row in connection.exec_driver_sql("PRAGMA integrity_check(5)")]
        except DBAPIError as error:
            said = [str(error.orig)]
        if said == ["ok"]:
            yield ok("store_integrity", self.name, "SQLite finds no damage")
        else:
            yield failed("store_integrity", self.name, f"damaged: {'; '.join(said)}", _RESTORE)

    def cycles(self, now: datetime) -> list[Worked]:
        """Return the finished cycles of the last days, in order; none where the store cannot be read."""
        if not self.is_there:
            return []
        recent = select(runs).where(runs.c.started_at >= now - _DAYS, runs.c.finished_at.is_not(None))
        try:
            with self._connected() as connection:
                rows = connection.execute(recent.order_by(runs.c.run_id)).all()
        except DBAPIError:
            return []
        return [
            Worked(
                began=row.started_at,
                ended=row.finished_at,
                pushed=any((row.report.get("pushed") or {}).values()),
            )
            for row in rows
        ]

    def mail_waiting(self) -> tuple[int, int]:
        """Return how many letters wait for a person, and how many answers a person must give.

        Both are 0 where the store cannot be read, or is older than the mail intake.
        """
        if not self.is_there:
            return 0, 0
        count = select(func.count())
        to_tell = worklist.c.done_at.is_(None) & (worklist.c.kind == ANSWER)
        try:
            with self._connected() as connection:
                found = connection.scalar(count.where(letters.c.outcome == LetterOutcome.REVIEW.value))
                return found or 0, connection.scalar(count.where(to_tell)) or 0
        except DBAPIError:
            return 0, 0

    @contextmanager
    def _connected(self) -> Iterator[Connection]:
        engine = sqlite.existing_engine(self._path) if self._path else create_engine(self._url)
        try:
            with engine.connect() as connection:
                yield connection
        finally:
            engine.dispose()


_RESTORE = (
    "stop the service, keep the file, and restore a backup; `sqlite3 FILE .recover` saves what can be read"
)


def _existing(folder: Path) -> Path:
    return next(place for place in (folder, *folder.parents) if place.exists())


def _disk(place: Path) -> Check:
    free = shutil.disk_usage(place).free
    detail = f"{free / 1e9:.1f} GB free"
    if free < TOO_LITTLE:
        return failed("disk", str(place), detail, "make room: a full disk stops every cycle")
    if free < LITTLE:
        return warning("disk", str(place), detail, "make room before it is full")
    return ok("disk", str(place), detail)


def _lease(connection: Connection, now: datetime) -> Check:
    holder = connection.execute(select(leases)).first()
    if holder is None:
        return ok("lease", "cycle", "free: no cycle is at work")
    since = f"{holder.taken_at:%Y-%m-%d %H:%M:%S} UTC"
    if has_died(holder.owner):
        return warning(
            "lease", "cycle", f"left by {holder.owner}, which has died; the next cycle takes it over"
        )
    if holder.expires_at <= now:
        detail = f"{holder.owner} let it run out (taken {since}); the next cycle takes it over"
        return warning("lease", "cycle", detail, "look whether that process hangs")
    return ok("lease", "cycle", f"a cycle is at work: {holder.owner}, since {since}")
