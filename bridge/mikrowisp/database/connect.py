"""Connections to the panel's database: MariaDB through PyMySQL, and SQLite for the sandbox."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.pool import NullPool

from bridge.errors import UsageFault
from bridge.mikrowisp.database.faults import read_fault

WRITES = "panel_writes"
LOCK_WAIT_SECONDS = 5
IDLE_SECONDS = 120
_MARIADB = {"mysql", "mariadb", "mysql+pymysql", "mariadb+pymysql"}
_SQLITE = {"sqlite", "sqlite+pysqlite"}


def open_engine(url: str, *, connect_seconds: int = 10, answer_seconds: int = 30) -> Engine:
    """Return an engine for the panel's database; no connection is made yet. End it with `dispose()`.

    `url` is `mysql+pymysql://user:password@host/database` (TLS by the query `ssl_ca=FILE`) or
    `sqlite:///FILE` (the sandbox; the file must exist). Both time-outs are in seconds. A URL that cannot be
    used raises UsageFault without repeating it, for it holds a password.
    """
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise UsageFault("panel.database.url is not a database URL; write mysql+pymysql://…") from None
    if parsed.drivername in _MARIADB:
        return _mariadb(parsed, connect_seconds, answer_seconds)
    if parsed.drivername in _SQLITE:
        return _sqlite(parsed)
    raise UsageFault(
        f"panel.database.url: the panel runs on MariaDB, not {parsed.drivername}; write mysql+pymysql://…"
    )


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """Yield a connection inside one transaction, so that all its reads show the same instant.

    Database errors leave as PanelUnreachable, AccessRefused or PanelUnusable.
    """
    try:
        with engine.connect() as connection:
            yield connection
    except DBAPIError as error:
        raise read_fault(error) from error


def _mariadb(url: URL, connect_seconds: int, answer_seconds: int) -> Engine:
    if not url.database:
        raise UsageFault("panel.database.url names no database; write mysql+pymysql://user@host/DATABASE")
    try:
        engine = create_engine(
            url.set(drivername="mysql+pymysql"),
            connect_args={
                "charset": "utf8mb4",
                "connect_timeout": connect_seconds,
                "read_timeout": answer_seconds,
                "write_timeout": answer_seconds,
            },
            isolation_level="REPEATABLE READ",
            pool_pre_ping=True,
            pool_recycle=IDLE_SECONDS // 2,
            pool_size=2,
            hide_parameters=True,
        )
    except ModuleNotFoundError as error:
        raise UsageFault(
            "The database route needs PyMySQL: pip install 'reds-comm-bridge[database]'"
        ) from error
    event.listen(engine, "connect", _be_brief)
    return engine


def _be_brief(connection: Any, _record: object) -> None:
    """Give up on a locked row or table long before the answer times out, and be given up when idle.

    A bridge whose machine or network dies leaves a session behind on the server, with its transaction and
    its named lock. The server would end it after eight hours; `wait_timeout` makes that two minutes.
    """
    with connection.cursor() as cursor:
        cursor.execute(f"SET SESSION innodb_lock_wait_timeout = {LOCK_WAIT_SECONDS}")
        cursor.execute(f"SET SESSION lock_wait_timeout = {LOCK_WAIT_SECONDS}")
        cursor.execute(f"SET SESSION wait_timeout = {IDLE_SECONDS}")


def _sqlite(url: URL) -> Engine:
    """SQLite with transactions begun by us: the driver's own habit begins them too late for a lock."""
    place = f"file:{quote(url.database or '')}?mode=rw"

    def connect() -> sqlite3.Connection:
        return sqlite3.connect(
            place, uri=True, timeout=LOCK_WAIT_SECONDS, isolation_level=None, check_same_thread=False
        )

    engine = create_engine("sqlite+pysqlite://", creator=connect, poolclass=NullPool, hide_parameters=True)
    event.listen(engine, "begin", _begin)
    return engine


def _begin(connection: Connection) -> None:
    """Take the write lock at once where the transaction will write."""
    writes = connection.get_execution_options().get(WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
