"""The customers as the last reads showed them, and when each was last read."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, true, update

from bridge.domain.records import Client, ClientStatus
from bridge.store.batches import in_batches
from bridge.store.codec import client_from_json, client_to_json
from bridge.store.database import Database
from bridge.store.schema import clients

_IDS = clients.c.client_id.in_(bindparam("ids", expanding=True))
_LISTED = select(clients.c.client_id, clients.c.polled_at).where(clients.c.listed == true())
_PRICED = select(clients.c.client_id).where(clients.c.priced == true())
_RETIRED = select(clients.c.client_id).where(clients.c.retired == true())
_KNOWN = select(clients.c.client_id, clients.c.polled_at).where(_IDS)
_RECORDS = select(clients.c.client_id, clients.c.record).where(_IDS)
_ADD = insert(clients)
_MARK = update(clients).where(_IDS).values(polled_at=bindparam("polled"))
_LIST = update(clients).where(_IDS).values(listed=bindparam("is_listed"), changed_at=bindparam("changed"))
_RECORD = (
    update(clients)
    .where(clients.c.client_id == bindparam("wanted"))
    .values(
        record=bindparam("new"),
        priced=bindparam("has_price"),
        retired=bindparam("has_left"),
        changed_at=bindparam("changed"),
    )
)


class Customers:
    """Every customer ever seen; `listed` are those of the last walk over the panel's list."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def known_clients(self) -> dict[int, datetime | None]:
        """Return the listed customers, each with the instant its tickets were last read (None: never)."""
        with self._database.reading() as connection:
            return dict(connection.execute(_LISTED).all())

    def priced(self) -> frozenset[int]:
        """Return the customers whose services are known."""
        with self._database.reading() as connection:
            return frozenset(connection.scalars(_PRICED))

    def retired(self) -> frozenset[int]:
        """Return the customers who have left the ISP."""
        with self._database.reading() as connection:
            return frozenset(connection.scalars(_RETIRED))

    def polled_at(self, client_ids: Iterable[int]) -> dict[int, datetime | None]:
        """Return when the tickets of these customers were last read; customers never seen are left out."""
        found: dict[int, datetime | None] = {}
        with self._database.reading() as connection:
            for ids in in_batches(client_ids):
                found.update(
                    (row.client_id, row.polled_at) for row in connection.execute(_KNOWN, {"ids": ids})
                )
        return found

    def clients(self, client_ids: Iterable[int]) -> dict[int, Client]:
        """Return the customers that a read has shown, as last seen."""
        with self._database.reading() as connection:
            return {
                client_id: client_from_json(record)
                for client_id, record in _records(connection, client_ids).items()
                if record is not None
            }

    def set_listed(self, client_ids: Collection[int], at: datetime) -> None:
        """Note that the panel's list holds exactly these customers now; the others become unlisted."""
        wanted = frozenset(client_ids)
        with self._database.writing() as connection:
            listed = frozenset(connection.scalars(_LISTED))
            for ids in in_batches(sorted(listed - wanted)):
                connection.execute(_LIST, {"ids": ids, "is_listed": False, "changed": at})
            for ids in in_batches(sorted(wanted - listed)):
                known = frozenset(connection.scalars(_KNOWN, {"ids": ids}))
                if known:
                    connection.execute(_LIST, {"ids": sorted(known), "is_listed": True, "changed": at})
                _add(
                    connection,
                    [_blank(client_id, at, listed=True) for client_id in ids if client_id not in known],
                )

    def mark_polled(self, client_ids: Iterable[int], at: datetime) -> None:
        """Note that the tickets of these customers were read."""
        with self._database.writing() as connection:
            for ids in in_batches(client_ids):
                if connection.execute(_MARK, {"ids": ids, "polled": at}).rowcount == len(ids):
                    continue
                known = frozenset(connection.scalars(_KNOWN, {"ids": ids}))
                missing = [client_id for client_id in ids if client_id not in known]
                _add(connection, [_blank(client_id, at) | {"polled_at": at} for client_id in missing])

    def save_clients(self, clients: Iterable[Client], at: datetime) -> None:
        """Keep these records where they differ from the stored ones.

        Services or a zone that a read did not show (None) stay as they were.
        """
        wanted = {client.client_id: client for client in clients}
        if not wanted:
            return
        with self._database.writing() as connection:
            stored = _records(connection, wanted)
            added, changed = [], []
            for client_id, client in wanted.items():
                before = stored.get(client_id)
                record = client_to_json(_completed(client, before))
                has_price = record["services"] is not None
                has_left = client.status is ClientStatus.RETIRED
                if client_id not in stored:
                    shown = {"record": record, "priced": has_price, "retired": has_left}
                    added.append(_blank(client_id, at) | shown)
                elif record != before:
                    changed.append(
                        {
                            "wanted": client_id,
                            "new": record,
                            "has_price": has_price,
                            "has_left": has_left,
                            "changed": at,
                        }
                    )
            _add(connection, added)
            if changed:
                connection.execute(_RECORD, changed)


def _records(connection: Connection, client_ids: Iterable[int]) -> dict[int, Any]:
    found: dict[int, Any] = {}
    for ids in in_batches(client_ids):
        found.update((row.client_id, row.record) for row in connection.execute(_RECORDS, {"ids": ids}))
    return found


def _completed(client: Client, before: Any) -> Client:
    if before is None or (client.services is not None and client.zone is not None):
        return client
    known = client_from_json(before)
    services = known.services if client.services is None else client.services
    return replace(client, services=services, zone=known.zone if client.zone is None else client.zone)


def _blank(client_id: int, at: datetime, *, listed: bool = False) -> dict[str, Any]:
    return {
        "client_id": client_id,
        "listed": listed,
        "polled_at": None,
        "record": None,
        "priced": False,
        "retired": False,
        "changed_at": at,
    }


def _add(connection: Connection, rows: list[dict[str, Any]]) -> None:
    if rows:
        connection.execute(_ADD, rows)
