"""The worklist: what a person must do or look at, with one line for each cause until it is over."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, false, func, insert, select, update

from bridge.errors import UsageFault
from bridge.store.database import Database
from bridge.store.schema import worklist


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkLine:
    """One thing for a person; `done_by` is a name, or `bridge` where it saw for itself."""

    line_id: int
    key: str
    kind: str
    text: str
    client_id: int | None
    ticket_id: int | None
    push_key: str | None
    since: datetime
    done_at: datetime | None
    done_by: str | None


_LASTING = select(worklist.c.line_id).where(worklist.c.key == bindparam("wanted"), worklist.c.over == false())
_LASTING_KEYS = (
    select(worklist.c.key)
    .where(worklist.c.over == false(), worklist.c.key.startswith(bindparam("beginning"), autoescape=False))
    .order_by(worklist.c.line_id)
)
_OPEN = select(worklist).where(worklist.c.done_at.is_(None)).order_by(worklist.c.since, worklist.c.line_id)
_BY_ID = select(worklist).where(worklist.c.line_id == bindparam("wanted"))
_SINCE = (
    select(worklist)
    .where(worklist.c.line_id > bindparam("number"), worklist.c.kind == bindparam("wanted"))
    .order_by(worklist.c.line_id)
)
_LAST = select(func.max(worklist.c.line_id))
_ADD = insert(worklist)
_DONE = (
    update(worklist)
    .where(worklist.c.line_id == bindparam("wanted"), worklist.c.done_at.is_(None))
    .values(done_at=bindparam("at"), done_by=bindparam("by"))
)
_TICK = (
    update(worklist)
    .where(worklist.c.key == bindparam("wanted"), worklist.c.done_at.is_(None))
    .values(done_at=bindparam("at"), done_by=bindparam("by"))
)
_OVER = (
    update(worklist)
    .where(worklist.c.key == bindparam("wanted"), worklist.c.over == false())
    .values(over=True)
)


class Worklist:
    """Lines for people."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(  # noqa: PLR0913 - a line says all that a person needs
        self,
        key: str,
        kind: str,
        text: str,
        *,
        at: datetime,
        client_id: int | None = None,
        ticket_id: int | None = None,
        push_key: str | None = None,
    ) -> bool:
        """Add a line; return False, and change nothing, while one with this key lasts.

        A line lasts until its cause is over (`close_key`), also after a person has ticked it off: what was
        looked at does not come back with every cycle, but what went away and returned does.
        """
        with self._database.writing() as connection:
            if connection.scalar(_LASTING, {"wanted": key}) is not None:
                return False
            line = {"key": key, "kind": kind, "text": text, "since": at}
            about = {"client_id": client_id, "ticket_id": ticket_id, "push_key": push_key}
            connection.execute(_ADD, line | about)
        return True

    def open_lines(self) -> list[WorkLine]:
        """Return what is still to be done, oldest first."""
        with self._database.reading() as connection:
            return [_work_line(row) for row in connection.execute(_OPEN)]

    def added_since(self, number: int, kind: str) -> list[WorkLine]:
        """Return the lines of a kind added after the one of this number, in that order."""
        with self._database.reading() as connection:
            rows = connection.execute(_SINCE, {"number": number, "wanted": kind})
            return [_work_line(row) for row in rows]

    def last_id(self) -> int:
        """Return the number of the line that was added last; 0 where there is none."""
        with self._database.reading() as connection:
            return connection.scalar(_LAST) or 0

    def lasting(self, prefix: str) -> list[str]:
        """Return the keys with this beginning whose cause is not over, ticked off or not."""
        with self._database.reading() as connection:
            return list(connection.scalars(_LASTING_KEYS, {"beginning": prefix}))

    def done(self, line_id: int, by: str, at: datetime) -> WorkLine:
        """Tick a line off and return it; the first tick counts. Raises UsageFault for an unknown line."""
        with self._database.writing() as connection:
            connection.execute(_DONE, {"wanted": line_id, "at": at, "by": by})
            row = connection.execute(_BY_ID, {"wanted": line_id}).one_or_none()
        if row is None:
            raise UsageFault(f"there is no line {line_id} on the worklist")
        return _work_line(row)

    def close_key(self, key: str, by: str, at: datetime) -> bool:
        """Note that a cause is over, and tick its line off if nobody has; return whether there was one."""
        with self._database.writing() as connection:
            connection.execute(_TICK, {"wanted": key, "at": at, "by": by})
            return connection.execute(_OVER, {"wanted": key}).rowcount > 0


def _work_line(row: Row[Any]) -> WorkLine:
    return WorkLine(
        line_id=row.line_id,
        key=row.key,
        kind=row.kind,
        text=row.text,
        client_id=row.client_id,
        ticket_id=row.ticket_id,
        push_key=row.push_key,
        since=row.since,
        done_at=row.done_at,
        done_by=row.done_by,
    )
