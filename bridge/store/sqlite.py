"""Everything that is true of SQLite only: the file, its settings, its locks, its triggers, its complaints."""

from __future__ import annotations

import errno
import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.pool import StaticPool

DriverError = sqlite3.Error

# How long a statement waits for another process before it gives up with "database is locked".
BUSY_MILLISECONDS = 10_000

# The option of a connection that says its transaction will write.
WRITES = "store_writes"

# A commit must survive a power cut: a lost `sending` mark would let the next cycle send a credit again
# without looking. WAL with FULL costs one fsync a commit (0.26 ms where NORMAL costs 0.02 ms on the
# machine of the first measurement), that is a second in the 576 cycles of the demo.
PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    f"PRAGMA busy_timeout = {BUSY_MILLISECONDS}",
)

WORDS = {
    "SQLITE_BUSY": "another process keeps it locked",
    "SQLITE_LOCKED": "another process keeps it locked",
    "SQLITE_FULL": "the disk is full",
    "SQLITE_READONLY": "it is read-only for this user",
    "SQLITE_IOERR": "the disk reports an error",
    "SQLITE_CORRUPT": "the file is damaged; restore a backup",
    "SQLITE_CANTOPEN": "the file cannot be opened",
    "SQLITE_PERM": "this user may not open it",
}


def file_of(url: URL) -> Path | None:
    """Return the file behind the address, or None for a store in memory."""
    return None if url.database in {None, "", ":memory:"} else Path(str(url.database))


def make_file(path: Path) -> None:
    """Create folders (0700) and an empty file (0600) where they are missing; leave others as they are.

    SQLite gives its side files (`-wal`, `-shm`) the mode of the main file. A file that is there is not even
    opened: closing it again would take away every lock that this process has on it. Raises OSError.
    """
    make_folder(path.parent)
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))


def make_folder(path: Path) -> None:
    """Create a folder and those above it where they are missing, each for its owner alone. Raises OSError."""
    for folder in reversed([path, *path.parents]):
        if not folder.exists():
            folder.mkdir(mode=0o700, exist_ok=True)


def file_engine(url: URL) -> Engine:
    """Return an engine on a file."""
    return _with_settings(create_engine(url))


def existing_engine(path: Path) -> Engine:
    """Return an engine that reads a file as it is and never makes one."""
    address = f"{path.absolute().as_uri()}?mode=rw"
    return create_engine(
        "sqlite://", creator=lambda: sqlite3.connect(address, uri=True), poolclass=StaticPool
    )


def memory_engine() -> Engine:
    """Return an engine on an empty database in memory, which ends with it."""
    return _with_settings(create_engine("sqlite://", poolclass=StaticPool))


def copy(source: Connection, target: Connection) -> None:
    """Copy a whole database as it stands now; the source is only read, and other processes may write."""
    _driver(source).backup(_driver(target))


# How long `alone` waits for other processes to let go of the file.
_LETTING_GO_SECONDS = 2.0
_DAMAGE = ("SQLITE_CORRUPT", "SQLITE_NOTADB")


@contextmanager
def opened(path: Path) -> Iterator[sqlite3.Connection]:
    """Open a file that is there, past SQLAlchemy, for work on the file as a whole. Raises sqlite3.Error."""
    address = f"{path.absolute().as_uri()}?mode=rw"
    with closing(
        sqlite3.connect(address, uri=True, isolation_level=None, timeout=_LETTING_GO_SECONDS)
    ) as connection:
        # A lock or damage shows now, and not as a copy that waits for ever.
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        yield connection


@contextmanager
def alone(path: Path) -> Iterator[sqlite3.Connection]:
    """Open a file with nobody else in it, and keep everybody out until the block ends.

    Raises sqlite3.OperationalError (SQLITE_BUSY) where another process has it open, idle or not.
    """
    with opened(path) as connection:
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        connection.execute("BEGIN EXCLUSIVE")
        connection.execute("COMMIT")  # the lock stays until the connection is closed
        yield connection


def faults_of(path: Path) -> str | None:
    """Return what SQLite's own check says about a damaged file; None for one in order.

    Raises sqlite3.Error where it cannot be looked at, which says nothing about its state.
    """
    try:
        with opened(path) as connection:
            (said,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
            strays = connection.execute("PRAGMA foreign_key_check").fetchone()
    except sqlite3.DatabaseError as error:
        if _name(error).startswith(_DAMAGE):
            return str(error)
        raise
    if said != "ok":
        return str(said)
    return None if strays is None else f"rows of {strays[0]} lack what they refer to"


def settle(path: Path) -> None:
    """Leave a file that nobody has open as one file without side files, safe on the disk."""
    with opened(path) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
    sync(path)


def sync(path: Path) -> None:
    """Wait until a file, or the names in a folder, are safe on the disk. Raises OSError."""
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def side_files(path: Path) -> list[Path]:
    """Return the files that SQLite keeps beside a database, whether they are there or not."""
    return [path.with_name(f"{path.name}{suffix}") for suffix in ("-wal", "-shm", "-journal")]


def _driver(connection: Connection) -> sqlite3.Connection:
    driver = connection.connection.driver_connection
    if not isinstance(driver, sqlite3.Connection):
        raise TypeError(f"{type(driver).__name__} is not SQLite's connection")
    return driver


def _with_settings(engine: Engine) -> Engine:
    event.listen(engine, "connect", _set_up)
    event.listen(engine, "begin", _begin)
    return engine


def _set_up(connection: Any, _record: object) -> None:
    # Python's driver would begin transactions by itself, late and without a lock; `_begin` does it.
    connection.isolation_level = None
    for pragma in PRAGMAS:
        connection.execute(pragma)


def _begin(connection: Connection) -> None:
    # A transaction that reads first and writes later cannot wait for its lock (SQLite answers "locked"
    # at once, whatever the time-out), so one that means to write takes the lock at its start.
    writes = connection.get_execution_options().get(WRITES)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def complaint(error: BaseException | None) -> str | None:
    """Return words for trouble with the file, or None where the statement itself is at fault."""
    return next((words for prefix, words in WORDS.items() if _name(error).startswith(prefix)), None)


def is_no_database(error: BaseException | None) -> bool:
    """Return whether the file holds something else than a database."""
    return _name(error) == "SQLITE_NOTADB"


def is_busy(error: BaseException | None) -> bool:
    """Return whether another process is in the way."""
    return _name(error).startswith(("SQLITE_BUSY", "SQLITE_LOCKED"))


def _name(error: BaseException | None) -> str:
    return getattr(error, "sqlite_errorname", "")


def append_only(table: str) -> Sequence[str]:
    """Return the DDL that refuses every UPDATE and DELETE on a table."""
    return [_trigger(table, "update", "UPDATE"), _trigger(table, "delete", "DELETE")]


def fixed_columns(table: str, columns: Sequence[str]) -> Sequence[str]:
    """Return the DDL that refuses DELETE on a table, and UPDATE of the columns named."""
    return [_trigger(table, "update", f"UPDATE OF {', '.join(columns)}"), _trigger(table, "delete", "DELETE")]


def _trigger(table: str, name: str, action: str) -> str:
    return (
        f"CREATE TRIGGER {table}_no_{name} BEFORE {action} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{table} only grows'); END"
    )


# Steps that `legal_steps` does not hold are refused; the first states of a line follow ''.
LEGAL_STEPS = (
    """
    CREATE TRIGGER outbox_legal_step BEFORE UPDATE OF state ON outbox
    WHEN OLD.state <> NEW.state AND NOT EXISTS (
        SELECT 1 FROM legal_steps
        WHERE machine = 'push' AND from_state = OLD.state AND to_state = NEW.state
    )
    BEGIN SELECT RAISE(ABORT, 'outbox: no legal step'); END
    """,
    """
    CREATE TRIGGER ledger_legal_step BEFORE INSERT ON ledger_entries
    WHEN NEW.status <> COALESCE((
        SELECT status FROM ledger_entries WHERE credit_id = NEW.credit_id ORDER BY entry_id DESC LIMIT 1
    ), '') AND NOT EXISTS (
        SELECT 1 FROM legal_steps
        WHERE machine = 'line' AND to_state = NEW.status AND from_state = COALESCE((
            SELECT status FROM ledger_entries WHERE credit_id = NEW.credit_id ORDER BY entry_id DESC LIMIT 1
        ), '')
    )
    BEGIN SELECT RAISE(ABORT, 'ledger: no legal step'); END
    """,
)
