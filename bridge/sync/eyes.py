"""Looking at the panel for what was pushed: by the best route that can show it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from bridge.domain.intents import HIDDEN, Push, PushKind, Route, Sight, Visibility
from bridge.domain.records import Ticket
from bridge.errors import AccessRefused, PanelUnreachable, PanelUnusable
from bridge.store.outbox_rows import OutboxRow
from bridge.sync.ports import Invoices, PushRoute

_ORDER = (Route.DATABASE, Route.API)  # the better eyes first


@dataclass(frozen=True, slots=True, kw_only=True)
class Fresh:
    """What a cycle has read. `invoices` says that it is time to search the API's invoices once more."""

    tickets: Mapping[int, Ticket] = field(default_factory=dict)
    read_at: datetime | None = None
    invoices: bool = True

    def tells_of(self, row: OutboxRow) -> bool:
        """Whether a look over the API can tell something new of this push without an extra call a ticket."""
        if row.push.kind.moves_money:
            return self.invoices
        if row.push.kind is PushKind.OPEN:
            return True  # few, and seen once
        known = row.push.ticket_id in self.tickets
        return known and self.read_at is not None and row.changed_at < self.read_at


class Eyes:
    """The routes as far as they can look; `invoices` tells what became of those the API shows."""

    def __init__(self, routes: Mapping[Route, PushRoute], invoices: Invoices | None) -> None:
        self.routes = routes
        self.invoices = invoices

    def look(self, rows: Sequence[OutboxRow], fresh: Fresh | None = None) -> list[tuple[OutboxRow, Sight]]:
        """Return what is seen of each push; a route that cannot look now hides it.

        With `fresh` the API is asked only where it can tell something new; without, whatever it costs.
        """
        tickets = fresh.tickets if fresh is not None else {}
        sights: dict[str, Sight] = {}
        for name in _ORDER:
            blind = [row for row in rows if sights.get(row.push.key, HIDDEN).visibility is Visibility.HIDDEN]
            if name is Route.API and fresh is not None:
                blind = [row for row in blind if fresh.tells_of(row)]
            sights |= self._by(name, [row.push for row in blind], tickets)
        return [(row, sights.get(row.push.key, HIDDEN)) for row in rows]

    def follow(
        self, rows: Sequence[OutboxRow], known: Mapping[str, tuple[int, ...]], fresh: Fresh
    ) -> list[tuple[OutboxRow, Sight]]:
        """As `look`, for money that stood on the panel before, and with the invoices that died since.

        `known` are the invoices that carried a push when it was last seen, by its key.
        """
        seen = self.look(rows, replace(fresh, invoices=False))
        blind = {row.push.key: row for row, sight in seen if sight.visibility is Visibility.HIDDEN}
        if fresh.invoices:
            over_api = self._by(Route.API, [row.push for row in blind.values()], fresh.tickets)
            told = self._with_the_dead(blind, over_api, known)
            seen = [(row, told.get(row.push.key, sight)) for row, sight in seen]
        return seen

    def _with_the_dead(
        self, rows: Mapping[str, OutboxRow], seen: Mapping[str, Sight], known: Mapping[str, tuple[int, ...]]
    ) -> Mapping[str, Sight]:
        carried = {
            key: known.get(key, ()) if sight.visibility is Visibility.HIDDEN else sight.invoice_ids
            for key, sight in seen.items()
        }
        wanted: defaultdict[int, set[int]] = defaultdict(set)
        for key, numbers in carried.items():
            if numbers:
                wanted[rows[key].push.client_id].update(numbers)
        if self.invoices is None or not wanted:
            return seen
        try:
            dead = self.invoices.dead(wanted)
        except AccessRefused:
            return seen  # the token may look at balances, not at invoices
        except (PanelUnreachable, PanelUnusable):
            dead = {}
        if dead is None:
            return seen
        return {key: _judged(sight, carried[key], dead) for key, sight in seen.items()}

    def find(self, pushes: Sequence[Push]) -> dict[str, Sight]:
        """Return what is seen of pushes that nobody need have sent, by key."""
        sights: dict[str, Sight] = {}
        for name in _ORDER:
            blind = [one for one in pushes if sights.get(one.key, HIDDEN).visibility is Visibility.HIDDEN]
            sights |= self._by(name, blind, {})
        return {push.key: sights.get(push.key, HIDDEN) for push in pushes}

    def _by(self, name: Route, pushes: Sequence[Push], tickets: Mapping[int, Ticket]) -> dict[str, Sight]:
        route = self.routes.get(name)
        if route is None or not pushes:
            return {}
        try:
            return route.look_many(pushes, tickets)
        except (PanelUnreachable, AccessRefused, PanelUnusable):
            return {}


def _judged(sight: Sight, carried: tuple[int, ...], dead: Mapping[int, bool]) -> Sight:
    """What is seen, less the invoices that died; nothing where one of them cannot be read now."""
    if any(number not in dead for number in carried):
        return HIDDEN
    gone = tuple(number for number in carried if dead[number])
    if not gone:
        return sight
    living = tuple(number for number in carried if not dead[number])
    return replace(sight, visibility=Visibility.SHOWN, invoice_ids=living, dead_invoices=gone)
