"""Faults between the bridge and the panel's database, put in the way of one kind of push."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import pymysql
from sqlalchemy import Engine, event

from bridge.mikrowisp.database.locks import ATTEMPTS


class DatabaseFault(StrEnum):
    """What can happen to a write on its way."""

    LOST = "connection lost before the write"
    LOST_AT_COMMIT = "connection lost at COMMIT, not applied"
    LOST_AFTER_COMMIT = "connection lost at COMMIT, applied"
    LOCKED = "locked for longer than the bridge tries"
    FULL = "no room on the panel's disk"
    NO_RIGHT = "the right was taken away"
    REJECTED = "the values are refused"


# How the write of each kind of push begins, and a value by which it is told from others.
WRITES: dict[str, tuple[str, object]] = {
    "close": ("UPDATE soporte SET estado", "cerrado"),
    "set_status": ("UPDATE soporte SET dp", 5),
    "assign": ("UPDATE soporte SET idsoporte", 31),
    "note": ("INSERT INTO ticket", None),
    "credit": ("INSERT INTO saldos", "-300.00"),
    "charge": ("INSERT INTO saldos", "150.00"),
}
_AT_COMMIT = {DatabaseFault.LOST_AT_COMMIT, DatabaseFault.LOST_AFTER_COMMIT}
_MARIADB = {
    DatabaseFault.LOCKED: (1205, "Lock wait timeout exceeded"),
    DatabaseFault.FULL: (1114, "The table is full"),
    DatabaseFault.NO_RIGHT: (1142, "command denied to user"),
    DatabaseFault.REJECTED: (1406, "Data too long for column"),
}
_LOST = (2013, "Lost connection to server during query")
_SQLITE = {
    DatabaseFault.LOCKED: "database is locked",
    DatabaseFault.FULL: "database or disk is full",
    DatabaseFault.NO_RIGHT: "attempt to write a readonly database",
    DatabaseFault.REJECTED: "datatype mismatch",
}


@dataclass(kw_only=True)
class Armed:
    """A fault in the way of a statement; `left` is how often it will still strike."""

    fault: DatabaseFault
    statement: str
    value: object
    left: int
    struck: int = 0

    @classmethod
    def against(cls, kind: str, fault: DatabaseFault) -> Armed:
        """Arm a fault against the first write of a kind of push."""
        statement, value = WRITES[kind]
        left = ATTEMPTS if fault is DatabaseFault.LOCKED else 1
        return cls(fault=fault, statement=statement, value=value, left=left)

    def concerns(self, statement: str, parameters: object) -> bool:
        """Whether the statement is the one this fault waits for."""
        if not self.left or not statement.replace("`", "").startswith(self.statement):
            return False
        values = list(parameters.values()) if isinstance(parameters, dict) else list(parameters or ())  # type: ignore[call-overload]
        return self.value is None or self.value in values

    def strike(self) -> None:
        """Count a strike."""
        self.left -= 1
        self.struck += 1


@contextmanager
def in_the_way(
    engine: Engine, armed: Collection[Armed], kill: Callable[[int], None] | None = None
) -> Iterator[None]:
    """Put faults in the way of an engine's writes. On MariaDB `kill` ends a connection by its number."""
    due: list[Armed] = []
    committing = engine.dialect.do_commit

    def execute(cursor: Any, statement: str, parameters: object, _context: object) -> None:
        found = next((one for one in armed if one.concerns(statement, parameters)), None)
        if found is None:
            return
        found.strike()
        if found.fault in _AT_COMMIT:
            due.append(found)
        else:
            _break(engine, found.fault, cursor.connection, kill)

    def commit(connection: Any) -> None:
        fault = due.pop().fault if due else None
        if fault is DatabaseFault.LOST_AFTER_COMMIT:
            committing(connection)
        if fault is not None:
            _break(engine, fault, connection.driver_connection, kill)
        committing(connection)

    event.listen(engine, "do_execute", execute)
    engine.dialect.do_commit = commit  # type: ignore[method-assign]
    try:
        yield
    finally:
        engine.dialect.do_commit = committing  # type: ignore[method-assign]
        event.remove(engine, "do_execute", execute)


def _break(engine: Engine, fault: DatabaseFault, connection: Any, kill: Callable[[int], None] | None) -> None:
    if engine.dialect.name == "sqlite":
        raise sqlite3.OperationalError(_SQLITE.get(fault, "disk I/O error"))
    if fault in {DatabaseFault.LOST, DatabaseFault.LOST_AT_COMMIT} and kill is not None:
        kill(connection.thread_id())  # what follows meets the server's true answer
        return
    raise pymysql.OperationalError(*_MARIADB.get(fault, _LOST))


@contextmanager
def gone(engine: Engine) -> Iterator[None]:
    """No connection can be made, and those that there were are gone."""

    def refuse(*_: object) -> None:
        if engine.dialect.name == "sqlite":
            raise sqlite3.OperationalError("unable to open database file")
        raise pymysql.OperationalError(2003, "Can't connect to server")

    engine.dispose()
    pool, connecting = engine.pool, engine.pool._creator
    pool._creator = refuse
    try:
        yield
    finally:
        pool._creator = connecting
