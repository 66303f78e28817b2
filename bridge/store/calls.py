"""Telephone calls that became tickets, with what the agent said of them; nothing of it changes later."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import bindparam, insert, select

from bridge.store.database import Database
from bridge.store.schema import calls

_ADD = insert(calls)
_OF = select(calls).where(calls.c.push_key == bindparam("wanted"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What an agent took down.

    `push_key` is the push that opens its ticket, `began_at` the start of the call (t0, I-4), `kind` what the
    agent said it is. `service_id` is None where nobody knows it, `solved_at` where it was not solved on the
    call (I-2).
    """

    push_key: str
    client_id: int
    began_at: datetime
    taken_by: str
    kind: str
    service_id: int | None
    words: str
    solved_at: datetime | None


class Calls:
    """Every call that was ever taken down."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, call: Call) -> None:
        """Keep a call, beside its push."""
        with self._database.writing() as connection:
            connection.execute(_ADD, asdict(call))

    def of_push(self, push_key: str) -> Call | None:
        """Return the call whose ticket a push opens."""
        with self._database.reading() as connection:
            row = connection.execute(_OF, {"wanted": push_key}).mappings().one_or_none()
        return None if row is None else Call(**row)
