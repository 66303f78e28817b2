"""Facts as they were learnt: appended once, never edited."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Row, bindparam, func, insert, select

from bridge.domain.events import Event, EventKind
from bridge.store.batches import in_batches
from bridge.store.database import Database
from bridge.store.schema import events

_COLUMNS = [column for column in events.c if column.name != "event_id"]
_ORDER = (events.c.at, events.c.seen_at, events.c.key)
_PRESENT = select(events.c.key).where(events.c.key.in_(bindparam("keys", expanding=True)))
_BY_KEY = select(*_COLUMNS).where(events.c.key.in_(bindparam("keys", expanding=True)))
_OF_CLIENTS = (
    select(*_COLUMNS).where(events.c.client_id.in_(bindparam("clients", expanding=True))).order_by(*_ORDER)
)
_NUMBERED = select(events).where(events.c.client_id == bindparam("client")).order_by(events.c.event_id)
_SINCE = (
    select(*_COLUMNS)
    .where(events.c.event_id > bindparam("number"), events.c.kind == bindparam("wanted"))
    .order_by(events.c.event_id)
)
_LAST = select(func.max(events.c.event_id))
_APPEND = insert(events)


class Events:
    """The history that every decision rests on."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def append(self, events: Iterable[Event]) -> list[Event]:
        """Add facts, and return those that were new: a key that is known already changes nothing."""
        wanted: dict[str, Event] = {}
        for event in events:
            wanted.setdefault(event.key, event)
        if not wanted:
            return []
        with self._database.writing() as connection:
            for keys in in_batches(list(wanted)):
                for key in connection.scalars(_PRESENT, {"keys": keys}):
                    del wanted[key]
            if wanted:
                connection.execute(_APPEND, [_values(event) for event in wanted.values()])
        return list(wanted.values())

    def of_client(self, client_id: int) -> list[Event]:
        """Return a customer's facts in order of when they happened, then when they were seen."""
        return self.of_clients([client_id]).get(client_id, [])

    def of_clients(self, client_ids: Iterable[int]) -> dict[int, list[Event]]:
        """Return the facts of several customers, each in its own order; no key for one without facts."""
        found: dict[int, list[Event]] = defaultdict(list)
        with self._database.reading() as connection:
            for batch in in_batches(client_ids):
                for row in connection.execute(_OF_CLIENTS, {"clients": batch}):
                    found[row.client_id].append(_event(row))
        return dict(found)

    def numbered(self, client_id: int) -> list[tuple[int, Event]]:
        """Return a customer's facts in the order in which they were learnt, each with its number."""
        with self._database.reading() as connection:
            rows = connection.execute(_NUMBERED, {"client": client_id})
            return [(row.event_id, _event(row)) for row in rows]

    def learnt_since(self, number: int, kind: EventKind) -> list[Event]:
        """Return the facts of a kind learnt after the one of this number, in that order."""
        with self._database.reading() as connection:
            rows = connection.execute(_SINCE, {"number": number, "wanted": kind.value})
            return [_event(row) for row in rows]

    def last_id(self) -> int:
        """Return the number of the fact that was learnt last, whoever it is about; 0 where there is none."""
        with self._database.reading() as connection:
            return connection.scalar(_LAST) or 0

    def get(self, keys: Iterable[str]) -> dict[str, Event]:
        """Return the facts under these keys; unknown keys are left out."""
        found: dict[str, Event] = {}
        with self._database.reading() as connection:
            for batch in in_batches(keys):
                found.update((row.key, _event(row)) for row in connection.execute(_BY_KEY, {"keys": batch}))
        return found


def _values(event: Event) -> dict[str, Any]:
    return {
        "key": event.key,
        "kind": event.kind.value,
        "client_id": event.client_id,
        "ticket_id": event.ticket_id,
        "at": event.at,
        "seen_at": event.seen_at,
        "source": event.source,
        "data": dict(event.data),
        "note": event.note,
    }


def _event(row: Row[Any]) -> Event:
    return Event(
        key=row.key,
        kind=EventKind(row.kind),
        client_id=row.client_id,
        ticket_id=row.ticket_id,
        at=row.at,
        seen_at=row.seen_at,
        source=row.source,
        data=row.data,
        note=row.note,
    )
