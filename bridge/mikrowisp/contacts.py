"""How the panel's customers can be reached: from its list, or customer by customer (contract 2.3)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from bridge.domain.contacts import Contact, addresses_in, id_card, telephones_in
from bridge.domain.records import ClientStatus
from bridge.errors import BrokenRecord
from bridge.mikrowisp.api import PanelApi
from bridge.mikrowisp.customers import Customers
from bridge.mikrowisp.records import id_of
from bridge.mikrowisp.together import together
from bridge.mikrowisp.translate import client_status_of, one_line


class PanelContacts:
    """Reads contacts over the API. Nothing else of the record is kept: it holds passwords."""

    def __init__(self, api: PanelApi, *, concurrency: int) -> None:
        self._api = api
        self._concurrency = concurrency

    def one(self, client_id: int) -> Contact | None:
        """Return a customer as the panel knows them now; None where it knows nobody of that number.

        Raises PanelUnreachable, AccessRefused, PanelUnusable, or BrokenRecord.
        """
        raw = self._api.client_record(client_id)
        return None if raw is None else _contact(raw, None)

    def everybody(self, known: Iterable[int]) -> list[Contact]:
        """Return all customers; where the panel's list tells no addresses, those `known` one by one.

        Records that cannot be read are left out. Raises PanelUnreachable, AccessRefused or PanelUnusable.
        """
        rows = Customers(self._api, concurrency=self._concurrency).rows()
        if rows is not None and any("correo" in row for row, _ in rows):
            found = [_readable(row, status) for row, status in rows]
        else:
            ids = sorted({*known, *(number for row, _ in rows or () if (number := id_of(row)) is not None)})
            found = list(together(self._one, ids, concurrency=self._concurrency).values())
        return [contact for contact in found if contact is not None]

    def _one(self, client_id: int) -> Contact | None:
        try:
            return self.one(client_id)
        except BrokenRecord:
            return None


def _readable(row: Mapping[str, Any], status: ClientStatus) -> Contact | None:
    try:
        return _contact(row, status)
    except BrokenRecord:
        return None


def _contact(raw: object, status: ClientStatus | None) -> Contact:
    client_id = id_of(raw)
    if client_id is None or not isinstance(raw, Mapping):
        raise BrokenRecord("a client without a readable id", None, "no contact can be read")
    try:
        standing = client_status_of(_text(raw, "estado")) if _text(raw, "estado") else status
    except ValueError as error:
        raise BrokenRecord(f"client {client_id}", client_id, str(error)) from error
    if standing is None:
        raise BrokenRecord(f"client {client_id}", client_id, "estado is missing")
    return Contact(
        client_id=client_id,
        name=one_line(_text(raw, "nombre")),
        status=standing,
        addresses=addresses_in(_text(raw, "correo")),
        telephones=telephones_in(_text(raw, "telefono"), _text(raw, "movil")),
        id_card=id_card(_text(raw, "cedula")),
    )


def _text(raw: Mapping[str, Any], name: str) -> str:
    value = raw.get(name)
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
