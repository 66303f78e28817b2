"""One read of the panel: what was asked for, and what came back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from bridge.domain.intents import Route
from bridge.domain.records import Client, Ticket
from bridge.errors import BrokenRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the store needs to learn from the panel now.

    `known_clients` maps every customer of the last list to the instant its tickets were last read (None:
    never); `list_read_at` is when the whole list was last walked. `urgent` customers are read whatever
    their age (open incidents, unverified pushes). `known_open` are the tickets last seen open, with their
    customer; `last_ticket_id` is the highest ever seen (0: none). `priced` are customers whose services
    the store already holds. `last_message_id` is the highest message id a read has told (0: none): a route
    that knows message ids reads the tickets with later ones, closed ones too. `retired` are the known
    customers who have left: they are polled only when urgent. `watched` are customers whose standing matters
    though no ticket of theirs is open: they have a credit under way.
    """

    now: datetime
    known_clients: Mapping[int, datetime | None] = field(default_factory=dict)
    list_read_at: datetime | None = None
    urgent: frozenset[int] = frozenset()
    known_open: Mapping[int, int] = field(default_factory=dict)
    last_ticket_id: int = 0
    priced: frozenset[int] = frozenset()
    last_message_id: int = 0
    retired: frozenset[int] = frozenset()
    watched: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What one read showed.

    `client_ids` is the whole list of customers where it was walked, else None. `polled` are the customers
    whose tickets were read; a ticket in `known_open` of a polled customer that is not in `tickets` is gone.
    `clients` are the fresh records of customers, `broken` the records set aside. `client_count` is the
    number of customers the panel holds, where the route knows it. `panel_time` is the panel's own clock.
    `last_ticket_id` and `last_message_id` are the highest ids the panel holds, returned here or not; None
    where the route cannot tell.
    """

    route: Route
    polled: frozenset[int]
    tickets: tuple[Ticket, ...]
    clients: tuple[Client, ...]
    client_ids: frozenset[int] | None = None
    client_count: int | None = None
    broken: tuple[BrokenRecord, ...] = ()
    panel_time: datetime | None = None
    calls: int = 0
    last_ticket_id: int | None = None
    last_message_id: int | None = None
