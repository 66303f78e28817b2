"""Finding tickets over the API, which only knows them customer by customer (design section 4, rule I-1)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from bridge.domain.intents import Route
from bridge.domain.reading import Reading, Wanted
from bridge.domain.records import Client, Ticket
from bridge.errors import BrokenRecord, NothingPushed, PanelUnusable
from bridge.mikrowisp.api import ErrorAnswer, Found, PanelApi
from bridge.mikrowisp.customers import ClientList, Customers
from bridge.mikrowisp.reactions import ServerTrouble
from bridge.mikrowisp.together import together

Progress = Callable[[int, int], None]

_LONG_AGO = datetime.min.replace(tzinfo=UTC)
# One customer in twenty may make the panel stumble; more than that is the panel's own trouble.
_STUMBLES = 20
_MANY_ERRORS = 10


@dataclass(slots=True, kw_only=True)
class _Harvest:
    """What has been read so far."""

    polled: set[int] = field(default_factory=set)
    tickets: dict[int, Ticket] = field(default_factory=dict)
    clients: dict[int, Client] = field(default_factory=dict)
    broken: list[BrokenRecord] = field(default_factory=list)


class ApiReader:
    """Reads a panel over HTTP, customer by customer.

    `sweep` is how old a customer's tickets may become, `every` the time to the next cycle; customers who
    would become too old before it are read now. `customers` gives the list where it does not come over
    the API (`customers.source: database`).
    """

    route = Route.API

    def __init__(
        self,
        api: PanelApi,
        *,
        concurrency: int,
        sweep: timedelta,
        every: timedelta,
        customers: Callable[[], ClientList] | None = None,
    ) -> None:
        self._api = api
        self._concurrency = concurrency
        self._sweep = sweep
        self._every = every
        self._customers = customers
        self._walker = Customers(api, concurrency=concurrency)

    def read(self, wanted: Wanted, progress: Progress | None = None) -> Reading:
        """Read what is wanted; `progress(done, total)` counts the customers polled.

        A customer whose answer cannot be read, or one of whose tickets cannot, is not among `polled`, so
        that no ticket of his counts as gone; his readable tickets are given. Raises PanelUnreachable,
        AccessRefused or PanelUnusable, and then nothing that was read counts.
        """
        meter = self._api.metered()
        harvest = _Harvest()
        listed, customers = None, frozenset(wanted.known_clients) - wanted.retired
        if self._is_due(wanted.list_read_at, wanted.now):
            listed, retired = self._list(wanted, harvest)
            customers = listed - retired
        self._poll(self._due(wanted, customers), harvest, progress)
        self._price(wanted, harvest)
        return Reading(
            route=Route.API,
            polled=frozenset(harvest.polled),
            tickets=tuple(harvest.tickets[number] for number in sorted(harvest.tickets)),
            clients=tuple(harvest.clients[number] for number in sorted(harvest.clients)),
            client_ids=listed,
            client_count=None if listed is None else len(listed),
            broken=tuple(harvest.broken),
            panel_time=meter.panel_time,
            calls=meter.calls,
        )

    def _is_due(self, last: datetime | None, now: datetime) -> bool:
        return last is None or now + self._every >= last + self._sweep

    def _list(self, wanted: Wanted, harvest: _Harvest) -> tuple[frozenset[int], frozenset[int]]:
        highest = max(wanted.known_clients, default=0)
        found = self._customers() if self._customers is not None else self._walker.read(highest)
        harvest.clients |= {client.client_id: client for client in found.clients}
        harvest.broken += found.broken
        listed = found.ids | self._looked_after(wanted, found.ids, harvest)
        return listed, found.retired

    def _looked_after(self, wanted: Wanted, ids: frozenset[int], harvest: _Harvest) -> frozenset[int]:
        """Return those customers missing from the list who are still there when asked for by id.

        A customer who is suspended or paid up during the walk can slip between the lists of two states.
        Where more are missing than such a chance explains, the list stands as it is, for the guard.
        """
        missing = wanted.known_clients.keys() - ids
        if len(missing) > max(1, len(wanted.known_clients) // 50):
            return frozenset()
        return frozenset(self._details(missing, harvest))

    def _due(self, wanted: Wanted, customers: Iterable[int]) -> list[int]:
        last = wanted.known_clients
        due = {client_id for client_id in customers if self._is_due(last.get(client_id), wanted.now)}
        return sorted(
            due | wanted.urgent, key=lambda client_id: (last.get(client_id) or _LONG_AGO, client_id)
        )

    def _poll(self, due: list[int], harvest: _Harvest, progress: Progress | None) -> None:
        answers = together(self._tickets, due, concurrency=self._concurrency, progress=progress)
        stumbles: list[tuple[int, NothingPushed]] = []
        for client_id, answer in answers.items():
            if isinstance(answer, Found):
                harvest.tickets |= {ticket.ticket_id: ticket for ticket in answer.records}
                harvest.broken += answer.broken
                if not answer.broken:
                    harvest.polled.add(client_id)
            elif isinstance(answer, BrokenRecord):
                harvest.broken.append(answer)
            else:
                stumbles.append((client_id, answer))
        self._judge(answers.values(), stumbles)
        harvest.broken += [
            BrokenRecord(f"client {client_id}", client_id, str(stumble)) for client_id, stumble in stumbles
        ]

    def _judge(self, answers: Collection[object], stumbles: list[tuple[int, NothingPushed]]) -> None:
        """Raise where it is the panel that is broken, and not the records of a few customers."""
        kinds = [type(answer) for answer in answers]
        good, refused = kinds.count(Found), kinds.count(ErrorAnswer)
        if stumbles and (not good or len(stumbles) > max(1, good // _STUMBLES)):
            raise stumbles[0][1]
        if refused > max(_MANY_ERRORS, good):
            first = next(answer for answer in answers if isinstance(answer, ErrorAnswer))
            raise PanelUnusable(f"{refused} customers cannot be read; {first}")

    def _tickets(self, client_id: int) -> Found[Ticket] | BrokenRecord | NothingPushed:
        try:
            return self._api.tickets(client_id)
        except (BrokenRecord, PanelUnusable, ServerTrouble) as error:
            return error

    def _price(self, wanted: Wanted, harvest: _Harvest) -> None:
        """Read the services of customers with a ticket that matters, where nobody holds them yet."""
        seen = {client.client_id for client in harvest.clients.values() if client.services is not None}
        matters = {
            ticket.client_id
            for ticket in harvest.tickets.values()
            if ticket.is_open or ticket.ticket_id > wanted.last_ticket_id
        }
        self._details(matters - wanted.priced - seen, harvest)

    def _details(self, ids: Iterable[int], harvest: _Harvest) -> set[int]:
        answers = together(self._client, sorted(ids), concurrency=self._concurrency)
        for answer in answers.values():
            if isinstance(answer, Client):
                harvest.clients[answer.client_id] = answer
            elif isinstance(answer, BrokenRecord):
                harvest.broken.append(answer)
        return {client_id for client_id, answer in answers.items() if answer is not None}

    def _client(self, client_id: int) -> Client | BrokenRecord | None:
        try:
            return self._api.client(client_id)
        except BrokenRecord as error:
            return error
