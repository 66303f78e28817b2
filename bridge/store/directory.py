"""The panel's directory as last read: whose an address, a telephone or an id card is."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import bindparam, delete, insert, select

from bridge.domain.contacts import Contact, ContactKind
from bridge.store.database import Database
from bridge.store.meta import Meta
from bridge.store.schema import contacts

READ_AT = "directory_read_at"

_FIND = (
    select(contacts.c.client_id)
    .where(contacts.c.kind == bindparam("sought"), contacts.c.value == bindparam("wanted"))
    .order_by(contacts.c.client_id)
)
_EMPTY = delete(contacts)
_ADD = insert(contacts)
_LONGEST = 250


class Directory:
    """What the panel's customers can be found by. It is replaced as a whole."""

    def __init__(self, database: Database, meta: Meta) -> None:
        self._database = database
        self._meta = meta

    @property
    def read_at(self) -> datetime | None:
        """When it was last read from the panel."""
        return self._meta.get_time(READ_AT)

    def replace(self, people: Iterable[Contact], at: datetime) -> None:
        """Keep exactly these."""
        rows = [
            {"client_id": person.client_id, "kind": kind.value, "value": value}
            for person in people
            for kind, value in dict.fromkeys(person.values())
            if len(value) <= _LONGEST
        ]
        with self._database.transaction() as connection:
            connection.execute(_EMPTY)
            if rows:
                connection.execute(_ADD, rows)
            self._meta.set_time(READ_AT, at)

    def find(self, kind: ContactKind, value: str) -> frozenset[int]:
        """Return the customers who can be reached by a value, in its one spelling."""
        with self._database.reading() as connection:
            return frozenset(connection.scalars(_FIND, {"sought": kind.value, "wanted": value}))
