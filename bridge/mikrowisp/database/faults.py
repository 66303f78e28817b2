"""What a database error means for the bridge: the driver's codes sorted by reaction."""

from __future__ import annotations

import ssl
from enum import Enum, auto

from sqlalchemy.exc import DBAPIError

from bridge.errors import (
    AccessRefused,
    BridgeError,
    NotApplied,
    OutcomeUnknown,
    PanelUnreachable,
    PanelUnusable,
    Refused,
)


class Trouble(Enum):
    """The ways a statement fails."""

    UNREACHABLE = auto()  # no connection, lost connection, time-out, server going down
    ACCESS = auto()  # the user, its password, its rights or the TLS chain
    SCHEMA = auto()  # a table, a column or the whole database is not there
    BUSY = auto()  # lock wait time-out or deadlock: the same again may pass
    FULL = auto()  # no room or an I/O error on the panel's side
    REJECTED = auto()  # the values do not fit


_CODES = {
    Trouble.UNREACHABLE: {
        *(1040, 1053, 1152, 1153, 1158, 1159, 1160, 1161, 1203, 1226, 1317, 1927, 1969),
        *(2002, 2003, 2005, 2006, 2013, 2014, 2055),
    },
    Trouble.ACCESS: {
        *(1044, 1045, 1129, 1130, 1131, 1142, 1143, 1227, 1251, 1290, 1370, 1410, 1698, 1792, 1820, 1862),
        *(2026, 2059, 2061, 3159, 4151),
    },
    Trouble.SCHEMA: {1046, 1049, 1054, 1146, 1356},
    Trouble.BUSY: {1020, 1205, 1213, 1637},
    Trouble.FULL: {3, 28, 1005, 1021, 1026, 1030, 1037, 1041, 1114},
}

_SQLITE_WORDS = (
    ("is locked", Trouble.BUSY),
    ("unable to open", Trouble.UNREACHABLE),
    ("no such table", Trouble.SCHEMA),
    ("no such column", Trouble.SCHEMA),
    ("has no column", Trouble.SCHEMA),
    ("not a database", Trouble.SCHEMA),
    ("malformed", Trouble.SCHEMA),
    ("readonly", Trouble.ACCESS),
    ("is full", Trouble.FULL),
    ("disk i/o", Trouble.FULL),
)


def trouble_of(error: DBAPIError) -> Trouble:
    """Sort `error` by its server code (MariaDB) or its words (SQLite)."""
    if isinstance(getattr(error.orig, "original_exception", None), ssl.SSLError):
        return Trouble.ACCESS
    code = _code(error)
    if code is not None:
        found = next((trouble for trouble, codes in _CODES.items() if code in codes), None)
        if found is not None:
            return found
    words = str(error.orig).casefold()
    for part, trouble in _SQLITE_WORDS:
        if code is None and part in words:
            return trouble
    return Trouble.UNREACHABLE if error.connection_invalidated else Trouble.REJECTED


def words_of(error: DBAPIError) -> str:
    """Return the server's own message without the statement, its values or the URL."""
    code = _code(error)
    arguments: tuple[object, ...] = getattr(error.orig, "args", ())
    text = str(arguments[1] if code is not None and len(arguments) > 1 else error.orig)
    return f"{text} ({code})" if code else text


def read_fault(error: DBAPIError) -> BridgeError:
    """Return what a failed read raises; nothing was written."""
    words = words_of(error)
    match trouble_of(error):
        case Trouble.ACCESS:
            return AccessRefused(f"The panel's database refused: {words}. {ACCESS_HINT}")
        case Trouble.SCHEMA | Trouble.REJECTED:
            return PanelUnusable(f"The panel's database is not as expected: {words}")
        case Trouble.UNREACHABLE | Trouble.BUSY | Trouble.FULL:
            return PanelUnreachable(f"The panel's database did not answer: {words}")


def write_fault(error: DBAPIError, *, rolled_back: bool) -> BridgeError:
    """Return what a write raises that failed before its COMMIT was sent.

    `rolled_back` says that the tables undo an unfinished transaction; without that (MyISAM) a lost
    connection leaves the outcome open.
    """
    words = words_of(error)
    if not rolled_back:
        return OutcomeUnknown(f"The panel's tables have no transactions, and the write failed: {words}")
    match trouble_of(error):
        case Trouble.ACCESS:
            return AccessRefused(f"The panel's database refused the write: {words}. {ACCESS_HINT}")
        case Trouble.SCHEMA:
            return PanelUnusable(f"The panel's database is not as expected: {words}")
        case Trouble.REJECTED:
            return Refused(f"The panel's database refused the values: {words}")
        case Trouble.UNREACHABLE | Trouble.BUSY | Trouble.FULL:
            return NotApplied(f"The panel's database did not take the write: {words}")


ACCESS_HINT = "The rights the bridge needs are listed in docs/database-user.md."


def _code(error: DBAPIError) -> int | None:
    """Return the MariaDB code, None for SQLite and for a connection object that is already closed."""
    arguments: tuple[object, ...] = getattr(error.orig, "args", ())
    if arguments and isinstance(arguments[0], int):
        return arguments[0] or 2006
    return None
