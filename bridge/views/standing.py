"""What is open of a customer's, and what is coming, for the agent who has them on the line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bridge.domain.events import EventKind
from bridge.domain.intents import Push
from bridge.domain.policy import Rulebook
from bridge.store.incidents import IncidentRow
from bridge.store.store import Store
from bridge.views.letter_words import Words
from bridge.views.letters import steps_done, visit_told
from bridge.views.receipts import Receipt, receipt

_PROMISED = frozenset({"L-2", "L-4"})  # the deadlines by which the customer is called


@dataclass(frozen=True, slots=True, kw_only=True)
class Matter:
    """Something of the customer's that is open.

    `ticket_id` is its newest ticket that is open, `last` what was done last and when, `visit` when a visit is
    fixed for, in words; `call_by` is until when the customer is to be called, while that has not passed.
    """

    row: IncidentRow
    ticket_id: int
    last: tuple[datetime, str] | None
    visit: str | None
    call_by: datetime | None

    @property
    def numbers(self) -> frozenset[str]:
        """The numbers by which it is known."""
        return frozenset({self.row.report_number or "", *map(str, self.row.ticket_ids)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Coming:
    """A ticket that is being opened for the customer; its number may be known already."""

    push: Push
    ticket_id: int | None

    @property
    def numbers(self) -> frozenset[str]:
        """The number by which it is known, if it is."""
        return frozenset({str(self.ticket_id or "")})


Joinable = Matter | Coming
"""What a note can be put on: its ticket has a number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """All that is open, oldest first, and all that is being opened."""

    open: Sequence[Matter]
    coming: Sequence[Coming]

    @property
    def joinable(self) -> Sequence[Joinable]:
        """What a note can be put on."""
        return [*self.open, *(one for one in self.coming if one.ticket_id is not None)]

    def find(self, wanted: str) -> Joinable | None:
        """Return what goes by a ticket's or a report's number."""
        word = wanted.strip().lstrip("#").upper()
        return next((one for one in self.joinable if word and word in one.numbers), None)


def standing(store: Store, client_id: int, rulebook: Rulebook, now: datetime) -> Standing:
    """Return how a customer's affairs stand by what the store knows."""
    known_open = store.snapshots.known_open()
    matters = []
    for row in store.incidents.of_client(client_id):
        tickets = [ticket_id for ticket_id in row.ticket_ids if ticket_id in known_open]
        if row.ended_at is None and tickets:
            matters.append(_matter(receipt(store, str(max(tickets)), now), rulebook, now))
    coming = [one for one in store.openings.on_the_way() if one.client_id == client_id]
    rows = [(store.outbox.get(one.push_key), one.ticket_id) for one in coming]
    return Standing(
        open=matters,
        coming=[Coming(push=row.push, ticket_id=ticket_id) for row, ticket_id in rows if row is not None],
    )


def spoken(at: datetime, now: datetime, zone: ZoneInfo) -> str:
    """Return an instant as it is said: `las 17:30 de hoy`, `las 08:05 de mañana`, `las 09:00 del 25/11`."""
    local, today = at.astimezone(zone), now.astimezone(zone).date()
    day = {today: "de hoy", today + timedelta(days=1): "de mañana"}.get(local.date(), f"del {local:%d/%m}")
    return f"las {local:%H:%M} {day}"


def _matter(found: Receipt, rulebook: Rulebook, now: datetime) -> Matter:
    row, steps = found.view.incident, steps_done(found, rulebook)
    due = row.next_deadline_at if row.next_deadline_rule in _PROMISED else None
    return Matter(
        row=row,
        ticket_id=found.view.ticket_id,
        last=steps[-1] if steps else None,
        visit=_visit(found, rulebook),
        call_by=due if due is not None and due > now else None,
    )


def _visit(found: Receipt, rulebook: Rulebook) -> str | None:
    """When the visit is that was fixed last and has not been made."""
    visits = {EventKind.VISIT_FIXED, EventKind.VISIT_DONE, EventKind.VISIT_FAILED}
    told = [event for event in found.events if event.kind in visits]
    if not told or told[-1].kind is not EventKind.VISIT_FIXED:
        return None
    return visit_told(told[-1], Words(rulebook.texts, rulebook.zone))
