"""A customer's events folded into incidents: which tickets belong together, when, and what is known.

One incident = one fault of one service from first report to final resolution (rules L-9, C-2). The fold
depends on the set of events alone, never on the order in which they were learnt.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from operator import attrgetter

from bridge.domain.calendar import Span, exact, union
from bridge.domain.events import Event, EventKind
from bridge.domain.policy import LOW_SPEED, NO_ACCESS, UNKNOWN, UNROUTED, Attribution, Rulebook
from bridge.domain.records import Channel
from bridge.domain.stretches import Stretch, ended_by, in_order, stretches_of
from bridge.domain.subscription import Subscription, subscription_of
from bridge.domain.terms import escalation_at

_PRECEDENCE = (NO_ACCESS, LOW_SPEED, UNKNOWN, UNROUTED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Enquiry:
    """A ticket that is no fault, and when the panel showed it open (I-5).

    `resolution` is what staff recorded of its end.
    """

    ticket_id: int
    channel: Channel
    kind: str
    service_id: int | None
    spans: tuple[Span, ...]
    resolution: Event | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """One fault with everything known of it.

    `opened_at` is t0, the opening moment of the first ticket; `spans` are those in which it was open, merged;
    `attribution` is whose fault it is, by the latest that staff recorded (C-1).
    """

    incident_id: str
    client_id: int
    ticket_ids: tuple[int, ...]
    open_ticket_ids: tuple[int, ...]
    channel: Channel
    kind: str
    spans: tuple[Span, ...]
    service_id: int | None  # named by staff
    opened_at: datetime
    attribution: Attribution
    events: tuple[Event, ...] = field(repr=False)
    by_kind: Mapping[EventKind, Sequence[Event]] = field(repr=False, compare=False)

    @property
    def ended_at(self) -> datetime | None:
        """When the last ticket was closed or the fault resolved; None while open."""
        return self.spans[-1].end

    def all_of(self, *kinds: EventKind) -> Sequence[Event]:
        """The events of these kinds, oldest first."""
        if len(kinds) == 1:
            return self.by_kind.get(kinds[0], ())
        if self.by_kind.keys().isdisjoint(kinds):
            return ()
        return [event for event in self.events if event.kind in kinds]

    def last_of(self, *kinds: EventKind) -> Event | None:
        """The latest event of these kinds: a wrong one is corrected by a later one."""
        found = self.by_kind.get(kinds[0]) if len(kinds) == 1 else self.all_of(*kinds)
        return found[-1] if found else None

    @property
    def subscription(self) -> Subscription | None:
        """The customer's services and standing at first sight of this incident."""
        first = self.by_kind.get(EventKind.SUBSCRIBED)
        return subscription_of(first[0]) if first else None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientStory:
    """A customer's incidents, oldest first, and the tickets that are enquiries (I-5)."""

    client_id: int
    incidents: tuple[Incident, ...]
    enquiries: tuple[Enquiry, ...]


def tell(client_id: int, events: Iterable[Event], rulebook: Rulebook) -> ClientStory:
    """Fold all events of one customer."""
    ordered = sorted([one if one.at.tzinfo is UTC else _exact(one) for one in events], key=in_order)
    stretches = sorted(_stretches(ordered), key=_from_start)
    faults: list[Stretch] = []
    others: list[Stretch] = []
    for stretch in stretches:
        (faults if rulebook.kinds.is_fault(stretch.kind) else others).append(stretch)
    drafts = _drafts(faults, rulebook)
    shared = _share_out(ordered, _homes(stretches, drafts))
    return ClientStory(
        client_id=client_id,
        incidents=tuple(_finish(client_id, draft, shared, rulebook) for draft in drafts),
        enquiries=_enquiries(others) if others else (),
    )


def _stretches(ordered: Iterable[Event]) -> Iterator[Stretch]:
    by_ticket: dict[int, list[Event]] = {}
    for event in ordered:
        if event.ticket_id is not None:
            by_ticket.setdefault(event.ticket_id, []).append(event)
    for ticket_id, of_ticket in by_ticket.items():
        yield from stretches_of(ticket_id, of_ticket)


def _exact(event: Event) -> Event:
    """The event with its time in UTC, as the store gives it: see `calendar`."""
    return replace(event, at=exact(event.at))


def _from_start(stretch: Stretch) -> tuple[datetime, int]:
    return stretch.span.start, stretch.ticket_id


def _enquiries(stretches: Iterable[Stretch]) -> tuple[Enquiry, ...]:
    """The tickets that are enquiries, by number; the kind is the latest."""
    by_ticket: dict[int, list[Stretch]] = {}
    for stretch in stretches:
        by_ticket.setdefault(stretch.ticket_id, []).append(stretch)
    return tuple(
        Enquiry(
            ticket_id=ticket_id,
            channel=parts[-1].channel,
            kind=parts[-1].kind,
            service_id=parts[-1].service_id,
            spans=tuple(part.shown for part in parts),
            resolution=parts[-1].resolution,
        )
        for ticket_id, parts in sorted(by_ticket.items())
    )


@dataclass(slots=True, kw_only=True, eq=False)
class _Draft:
    """An incident while its stretches, and then the events of its tickets, are gathered, oldest first."""

    ordinal: int
    parts: list[Stretch]
    events: list[Event] = field(default_factory=list)

    @property
    def first(self) -> Stretch:
        return self.parts[0]

    @property
    def end(self) -> datetime | None:
        ends = [part.span.end for part in self.parts]
        return None if None in ends else max(end for end in ends if end is not None)

    @property
    def service_id(self) -> int | None:
        return next((part.service_id for part in self.parts if part.service_id is not None), None)

    @property
    def kind(self) -> str:
        """The latest kind that staff gave, else no access before low speed before unknown (L-9)."""
        kinds = {part.kind for part in self.parts}
        if len(kinds) == 1:
            return self.first.kind
        # That it is none of the kinds says nothing against one that is known.
        by_staff = [part for part in self.parts if part.kind_set_at is not None and part.kind != UNROUTED]
        if by_staff:
            return max(by_staff, key=attrgetter("kind_set_at", "ticket_id")).kind
        added = sorted(kinds.difference(_PRECEDENCE))
        return next((kind for kind in (*_PRECEDENCE[:2], *added, *_PRECEDENCE[2:]) if kind in kinds), UNKNOWN)

    def continues_with(self, stretch: Stretch, within: timedelta) -> bool:
        """Whether a further stretch belongs to this incident (L-9)."""
        if not _same_service(self.service_id, stretch.service_id):
            return False
        end = self.end
        if end is None or stretch.span.start < end:
            return True
        same_ticket = any(part.ticket_id == stretch.ticket_id for part in self.parts)
        return stretch.span.start - end <= within and (same_ticket or stretch.kind == self.kind)


def _same_service(one: int | None, other: int | None) -> bool:
    """Whether two may concern the same service: nobody has named different ones."""
    return None in {one, other} or one == other


def _drafts(faults: Sequence[Stretch], rulebook: Rulebook) -> list[_Draft]:
    """Group the stretches of faults, oldest first, into incidents (L-9).

    A stretch that continues several joins them, from the newest on, unless their services differ.
    """
    drafts: list[_Draft] = []
    for stretch in faults:
        homes: list[_Draft] = []
        service_id = stretch.service_id
        for draft in reversed(drafts):
            within = escalation_at(draft.first.span.start, rulebook).continues_within
            if _same_service(service_id, draft.service_id) and draft.continues_with(stretch, within):
                homes.append(draft)
                service_id = service_id or draft.service_id
        if homes:
            *later, oldest = homes
            for draft in later:
                oldest.parts = sorted([*oldest.parts, *draft.parts], key=_from_start)
                drafts.remove(draft)
            oldest.parts.append(stretch)
        else:
            ordinal = 1 + sum(draft.first.ticket_id == stretch.ticket_id for draft in drafts)
            drafts.append(_Draft(ordinal=ordinal, parts=[stretch]))
    return drafts


_Homes = Mapping[int, Sequence[tuple[datetime, "_Draft | None"]]]


def _homes(stretches: Sequence[Stretch], drafts: Sequence[_Draft]) -> _Homes:
    """For each ticket, from when on its events belong to which incident; None while it is an enquiry."""
    of_part = {id(part): draft for draft in drafts for part in draft.parts}
    homes: dict[int, list[tuple[datetime, _Draft | None]]] = {}
    for stretch in stretches:
        homes.setdefault(stretch.ticket_id, []).append((stretch.span.start, of_part.get(id(stretch))))
    return homes


def _share_out(ordered: Iterable[Event], homes: _Homes) -> list[Event]:
    """Give each ticket's events to the incidents they tell of; return those that name no ticket."""
    shared: list[Event] = []
    for event in ordered:
        if event.ticket_id is None:
            shared.append(event)
        elif event.ticket_id in homes:
            known = homes[event.ticket_id]
            home = _home(event, known) if len(known) > 1 else known[0][1]
            if home is not None:
                home.events.append(event)
    return shared


def _home(event: Event, homes: Sequence[tuple[datetime, _Draft | None]]) -> _Draft | None:
    """The incident of the ticket that had begun when the event happened, else the ticket's first."""
    for start, draft in reversed(homes):
        if start <= event.at:
            return draft
    return homes[0][1]


def _finish(client_id: int, draft: _Draft, shared: Iterable[Event], rulebook: Rulebook) -> Incident:
    parts, first = draft.parts, draft.first
    opened_at = first.span.start
    spans = union(_ended_together(parts)) or (Span(opened_at, opened_at),)
    later = [event for event in shared if event.at >= opened_at]
    events = sorted([*draft.events, *later], key=in_order) if later else draft.events
    by_kind: dict[EventKind, list[Event]] = {}
    for event in events:
        by_kind.setdefault(event.kind, []).append(event)
    suffix = f"-{draft.ordinal}" if draft.ordinal > 1 else ""
    prefix = escalation_at(opened_at, rulebook).report_prefix
    return Incident(
        incident_id=f"{prefix}{first.ticket_id}{suffix}",
        client_id=client_id,
        ticket_ids=tuple(sorted({part.ticket_id for part in parts})),
        open_ticket_ids=tuple(sorted({part.ticket_id for part in parts if part.shown.end is None})),
        channel=first.channel,
        kind=draft.kind,
        spans=spans,
        service_id=draft.service_id,
        opened_at=opened_at,
        attribution=_attribution(by_kind.get(EventKind.ATTRIBUTED, ())),
        events=tuple(events),
        by_kind=by_kind,
    )


def _attribution(told: Sequence[Event]) -> Attribution:
    return Attribution(told[-1].data["attribution"]) if told else Attribution.UNKNOWN


def _ended_together(parts: Sequence[Stretch]) -> list[Span]:
    """A resolution on one ticket resolves the incident: the other tickets' running spans end with it."""
    spans = [part.span for part in parts]
    for event in [part.resolution for part in parts if part.resolution is not None]:
        spans = [ended_by(event, span) if span.start <= event.at else span for span in spans]
    return spans
