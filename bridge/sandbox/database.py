"""Opening the sandbox's database: SQLite or MariaDB, never one that the sandbox did not make."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import URL, Connection, Engine, make_url

import bridge.sandbox.schema_money  # noqa: F401  the money tables register themselves in the same metadata
from bridge.sandbox.schema import marker, metadata

BUSY_MILLISECONDS = 30_000
_WRITES = "sandbox_writes"


class ForeignDatabaseError(RuntimeError):
    """The database holds tables that the sandbox did not make; it is left alone."""


class Database:
    """The panel's database, with short transactions: several readers, one writer at a time."""

    def __init__(self, where: str) -> None:
        self.url = as_url(where)
        self.engine = _engine(self.url)
        self._writing = threading.Lock()

    @property
    def shown_url(self) -> str:
        """The URL another process uses to reach the same database."""
        return self.url.render_as_string(hide_password=False)

    def prepare(self, *, fresh: bool = False) -> bool:
        """Make the tables where they are missing; True when the database is new (or `fresh`).

        A database with tables but without the sandbox's mark is refused: it may be a real panel's.
        """
        names = set(sa.inspect(self.engine).get_table_names())
        ours = marker.name in names
        if names and not ours:
            raise ForeignDatabaseError(
                f"this database has {len(names)} tables that no sandbox made "
                f"({', '.join(sorted(names)[:5])}, ...); "
                "give the sandbox an empty database of its own"
            )
        if self.url.get_backend_name() == "sqlite":
            self._write_ahead()
        if fresh and ours:
            metadata.drop_all(self.engine)
        metadata.create_all(self.engine)
        with self.write() as connection:
            if connection.scalar(sa.select(sa.func.count()).select_from(marker)):
                return False
            connection.execute(marker.insert().values(name="made_by", value="bridge.sandbox"))
        return True

    def _write_ahead(self) -> None:
        # WAL lets the bridge read while the panel writes; the file remembers the mode.
        raw = self.engine.raw_connection()
        try:
            raw.cursor().execute("PRAGMA journal_mode = WAL")
        finally:
            raw.close()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Open a read transaction."""
        with self.engine.begin() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Open a write transaction, alone within this process and locked against others on SQLite."""
        with self._writing, self.engine.connect() as plain:
            connection = plain.execution_options(**{_WRITES: True})
            with connection.begin():
                yield connection

    def empty(self) -> None:
        """Remove every row of every panel table, and start the ids again."""
        with self.write() as connection:
            for table in metadata.sorted_tables:
                if table is not marker:
                    connection.execute(table.delete())
            if self.url.get_backend_name() == "sqlite":
                connection.exec_driver_sql("DELETE FROM sqlite_sequence")
        if self.url.get_backend_name() != "sqlite":
            with self.write() as connection:
                for table in metadata.sorted_tables:
                    if table is not marker:
                        connection.exec_driver_sql(f"ALTER TABLE `{table.name}` AUTO_INCREMENT = 1")

    def close(self) -> None:
        """Let go of every connection."""
        self.engine.dispose()


def as_url(where: str) -> URL:
    """Read a URL or a path to a SQLite file; the path becomes absolute, so that the URL works anywhere."""
    url = make_url(where) if "://" in where else URL.create("sqlite", database=where)
    if url.get_backend_name() == "sqlite":
        if not url.database or url.database == ":memory:":
            raise ValueError("the sandbox needs a SQLite file that other processes can open too")
        path = Path(url.database).absolute()
        path.parent.mkdir(parents=True, exist_ok=True)
        return url.set(database=str(path))
    if url.get_backend_name() not in ("mysql", "mariadb"):
        raise ValueError("the sandbox runs on sqlite:/// and mysql+pymysql://")
    return url.update_query_dict({"charset": "utf8mb4"}) if "charset" not in url.query else url


def _engine(url: URL) -> Engine:
    engine = sa.create_engine(url, pool_size=32, max_overflow=64, pool_pre_ping=False, pool_recycle=600)
    if url.get_backend_name() == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    else:
        event.listen(engine, "connect", _prepare_mariadb)
    return engine


def _prepare_sqlite(raw: Any, _record: object) -> None:
    raw.isolation_level = None  # Transactions are begun below, by name, and not by the driver's guesses.
    cursor = raw.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {BUSY_MILLISECONDS}")
    cursor.execute("PRAGMA synchronous = NORMAL")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get(_WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _prepare_mariadb(raw: Any, _record: object) -> None:
    # The panel runs without strict mode: text is cut, zero dates are dates (contract, 3.7 and 5).
    with raw.cursor() as cursor:
        cursor.execute("SET SESSION sql_mode = 'NO_ENGINE_SUBSTITUTION'")
