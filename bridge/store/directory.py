"""The panel's directory as last read: who the customers are, and whose an address or a telephone is."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import bindparam, delete, insert, select

from bridge.domain.contacts import Contact, ContactKind
from bridge.domain.records import ClientStatus
from bridge.store.database import Database
from bridge.store.meta import Meta
from bridge.store.schema import contacts
from bridge.store.schema import people as people_

READ_AT = "directory_read_at"

_FIND = (
    select(contacts.c.client_id)
    .where(contacts.c.kind == bindparam("sought"), contacts.c.value == bindparam("wanted"))
    .order_by(contacts.c.client_id)
)
_PEOPLE = select(people_).order_by(people_.c.client_id)
_PERSON = select(people_).where(people_.c.client_id == bindparam("wanted"))
_VALUES = (
    select(contacts.c.client_id, contacts.c.value)
    .where(contacts.c.kind == bindparam("sought"))
    .order_by(contacts.c.value)
)
_EMPTY = (delete(contacts), delete(people_))
_ADD = insert(contacts)
_ADD_PERSON = insert(people_)
_LONGEST = 250
_STATUSES = {status.value: status for status in ClientStatus}


class Directory:
    """Who the customers are and what they can be found by. It is replaced as a whole."""

    def __init__(self, database: Database, meta: Meta) -> None:
        self._database = database
        self._meta = meta

    @property
    def read_at(self) -> datetime | None:
        """When it was last read from the panel."""
        return self._meta.get_time(READ_AT)

    def replace(self, people: Iterable[Contact], at: datetime) -> None:
        """Keep exactly these."""
        known = {person.client_id: person for person in people}
        named = [
            {"client_id": number, "name": person.name[:_LONGEST], "status": person.status.value}
            for number, person in known.items()
        ]
        rows = [
            {"client_id": number, "kind": kind.value, "value": value}
            for number, person in known.items()
            for kind, value in dict.fromkeys(person.values())
            if len(value) <= _LONGEST
        ]
        with self._database.transaction() as connection:
            for statement in _EMPTY:
                connection.execute(statement)
            if named:
                connection.execute(_ADD_PERSON, named)
            if rows:
                connection.execute(_ADD, rows)
            self._meta.set_time(READ_AT, at)

    def find(self, kind: ContactKind, value: str) -> frozenset[int]:
        """Return the customers who can be reached by a value, in its one spelling."""
        with self._database.reading() as connection:
            return frozenset(connection.scalars(_FIND, {"sought": kind.value, "wanted": value}))

    def person(self, client_id: int) -> Contact | None:
        """Return a customer, by name and standing alone."""
        with self._database.reading() as connection:
            row = connection.execute(_PERSON, {"wanted": client_id}).one_or_none()
        if row is None:
            return None
        return Contact(client_id=row.client_id, name=row.name, status=_STATUSES[row.status])

    def everybody(self) -> list[Contact]:
        """Return all customers by their number, with telephones and id cards: what callers are found by."""
        with self._database.reading() as connection:
            telephones: dict[int, tuple[str, ...]] = {}
            for number, value in connection.execute(_VALUES, {"sought": ContactKind.TELEPHONE.value}):
                telephones[number] = (*telephones.get(number, ()), value)
            cards = dict(connection.execute(_VALUES, {"sought": ContactKind.ID_CARD.value}).all())
            return [
                Contact(
                    client_id=number,
                    name=name,
                    status=_STATUSES[status],
                    telephones=telephones.get(number, ()),
                    id_card=cards.get(number, ""),
                )
                for number, name, status in connection.execute(_PEOPLE)
            ]
