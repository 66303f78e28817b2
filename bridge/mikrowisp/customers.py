"""The list of customers over HTTP: page by page, or by walking the ids where a panel has no list."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bridge.domain.records import Client, ClientStatus
from bridge.errors import BrokenRecord, PanelUnusable
from bridge.mikrowisp.api import ErrorAnswer, PanelApi
from bridge.mikrowisp.paging import Row, walk
from bridge.mikrowisp.records import as_list, id_of
from bridge.mikrowisp.together import together
from bridge.mikrowisp.translate import contains_any

_STATES = {0: ClientStatus.ACTIVE, 1: ClientStatus.SUSPENDED, 2: ClientStatus.RETIRED}
_AT_ONCE = 100
_FEW = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientList:
    """The customers of a panel. `ids` holds those set aside too, as far as their ids can be read."""

    ids: frozenset[int]
    clients: tuple[Client, ...]
    broken: tuple[BrokenRecord, ...] = ()

    @property
    def retired(self) -> frozenset[int]:
        """The customers who have left."""
        return frozenset(client.client_id for client in self.clients if client.status is ClientStatus.RETIRED)


class _NoListError(Exception):
    """The panel has no GetAllClients."""


class Customers:
    """Reads the list of customers as the dialect says (contract 2.3)."""

    def __init__(self, api: PanelApi, *, concurrency: int) -> None:
        self._api = api
        self._concurrency = concurrency
        self._settings = api.dialect.customers

    def read(self, at_least: int = 0) -> ClientList:
        """Return every customer of every state.

        Where the panel has no list, ids are walked up to `at_least` (the highest id known) and on until
        the dialect's number of ids in a row is missing. Raises PanelUnreachable, AccessRefused or
        PanelUnusable.
        """
        if self._settings.source == "walk":
            return self._by_id(at_least)
        try:
            return self._by_page()
        except _NoListError:
            return self._by_id(at_least)

    def _by_page(self) -> ClientList:
        found: dict[int, Client | BrokenRecord] = {}
        nameless: list[BrokenRecord] = []
        for row, status in self._rows():
            client_id = id_of(row)
            try:
                record: Client | BrokenRecord = self._api.tongue.client(row, status, detailed=False)
            except BrokenRecord as error:
                record = error
            if client_id is not None:
                found[client_id] = record
            elif isinstance(record, BrokenRecord):
                nameless.append(record)
        return _list(found, nameless)

    def rows(self) -> list[tuple[Row, ClientStatus]] | None:
        """Return every row of the panel's list as it came, with its state; None where there is no list.

        Raises PanelUnreachable, AccessRefused or PanelUnusable.
        """
        if self._settings.source == "walk":
            return None
        try:
            return list(self._rows())
        except _NoListError:
            return None

    def _rows(self) -> Iterator[tuple[Row, ClientStatus]]:
        for number, status in _STATES.items():
            rows = walk(
                lambda page, state=number: self._page(state, page),  # type: ignore[misc]
                _key,
                first=self._settings.first_page,
            )
            yield from ((row, status) for row in rows)

    def _page(self, state: int, page: int) -> Sequence[Row]:
        fields = {"estado": state, "limit": self._settings.page_size, "pagina": page}
        reply = self._api.ask("GetAllClients", fields)
        if not reply.success:
            # "No such command" is asked first: its words and those for "no such customer" overlap.
            if self._api.is_unknown(reply):
                raise _NoListError
            if contains_any(reply.message, self._api.dialect.errors.not_found):
                return ()
            raise PanelUnusable(f"GetAllClients: {reply.message or 'an error without a text'}")
        for key in self._settings.list_keys:
            if key in reply.body:
                return _rows(reply.body[key], key)
        keys = ", ".join(self._settings.list_keys)
        raise PanelUnusable(f"GetAllClients: the answer has none of the lists {keys}")

    def _by_id(self, at_least: int) -> ClientList:
        found: dict[int, Client | BrokenRecord] = {}
        unexplained: list[BrokenRecord] = []
        last, first = self._settings.first_id - 1, self._settings.first_id
        while first <= max(last, at_least) + self._settings.misses:
            end = min(first + _AT_ONCE, max(last, at_least) + self._settings.misses + 1)
            answers = together(self._one, range(first, end), concurrency=self._concurrency)
            unexplained += [answer for answer in answers.values() if isinstance(answer, ErrorAnswer)]
            found |= {
                client_id: answer
                for client_id, answer in answers.items()
                if answer is not None and not isinstance(answer, ErrorAnswer)
            }
            if len(unexplained) > max(_FEW, len(found) // 20):
                # Most likely it is how this panel says that an id is not taken.
                what = "if that means that there is no such customer, add its words under errors.not_found"
                raise PanelUnusable(f"{unexplained[0]}; {what}")
            last, first = max(found, default=last), end
        return _list(found, unexplained)

    def _one(self, client_id: int) -> Client | BrokenRecord | None:
        try:
            return self._api.client(client_id)
        except BrokenRecord as error:
            return error


def _list(found: Mapping[int, Client | BrokenRecord], others: list[BrokenRecord]) -> ClientList:
    return ClientList(
        ids=frozenset(found),
        clients=tuple(record for record in found.values() if isinstance(record, Client)),
        broken=(*(record for record in found.values() if isinstance(record, BrokenRecord)), *others),
    )


def _rows(value: Any, key: str) -> Sequence[Row]:
    try:
        rows = as_list(value)
    except ValueError as error:
        raise PanelUnusable(f"GetAllClients: {key} is {error}") from error
    return [row if isinstance(row, Mapping) else {} for row in rows]


def _key(row: Row) -> int | str:
    client_id = id_of(row)
    return client_id if client_id is not None else repr(sorted(row))
