"""A customer's events folded into incidents: which tickets belong together, when, and what is known.

One incident = one fault of one service from first report to final resolution (rules L-9, C-2). The fold
depends on the set of events alone, never on the order in which they were learnt.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from operator import attrgetter

from bridge.domain.calendar import Span, union
from bridge.domain.events import Event, EventKind
from bridge.domain.money import Money
from bridge.domain.policy import LOW_SPEED, NO_ACCESS, UNKNOWN, UNROUTED, EscalationPolicy, Rulebook, in_force
from bridge.domain.records import Channel, ClientStatus, Service

_STARTS = {EventKind.OPENED, EventKind.REOPENED}
_ENDS = {EventKind.CLOSED, EventKind.GONE}
_RESOLUTIONS = {EventKind.RESOLVED, EventKind.CANCELLED}
_PRECEDENCE = (NO_ACCESS, LOW_SPEED, UNKNOWN, UNROUTED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """What the customer had at first sight of an opening (C-6)."""

    status: ClientStatus
    services: tuple[Service, ...]
    zone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketStory:
    """One ticket's own events and spans."""

    ticket_id: int
    channel: Channel
    kind: str
    kind_set_at: datetime | None  # by staff; None: the mapping's view
    spans: tuple[Span, ...]
    service_id: int | None
    events: tuple[Event, ...] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """One fault with everything known of it. `spans` are those in which it was open, merged."""

    incident_id: str
    client_id: int
    ticket_ids: tuple[int, ...]
    open_ticket_ids: tuple[int, ...]
    channel: Channel
    kind: str
    spans: tuple[Span, ...]
    service_id: int | None  # named by staff
    events: tuple[Event, ...] = field(repr=False)

    @property
    def opened_at(self) -> datetime:
        """t0: the opening moment of the first ticket."""
        return self.spans[0].start

    @property
    def ended_at(self) -> datetime | None:
        """When the last ticket was closed or the fault resolved; None while open."""
        return self.spans[-1].end

    def all_of(self, *kinds: EventKind) -> tuple[Event, ...]:
        """The events of these kinds, oldest first."""
        return tuple(event for event in self.events if event.kind in kinds)

    def last_of(self, *kinds: EventKind) -> Event | None:
        """The latest event of these kinds: a wrong one is corrected by a later one."""
        found = self.all_of(*kinds)
        return found[-1] if found else None

    @property
    def subscription(self) -> Subscription | None:
        """The customer's services and standing at first sight of this incident."""
        first = next((event for event in self.events if event.kind is EventKind.SUBSCRIBED), None)
        return _subscription(first) if first else None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientStory:
    """A customer's incidents, oldest first, and the tickets that are enquiries (I-5)."""

    client_id: int
    incidents: tuple[Incident, ...]
    enquiries: tuple[TicketStory, ...]


def tell(client_id: int, events: Iterable[Event], rulebook: Rulebook) -> ClientStory:
    """Fold all events of one customer."""
    ordered = sorted(events, key=_in_order)
    by_ticket: dict[int, list[Event]] = {}
    for event in ordered:
        if event.ticket_id is not None:
            by_ticket.setdefault(event.ticket_id, []).append(event)
    stories = [_ticket(ticket_id, of_ticket) for ticket_id, of_ticket in sorted(by_ticket.items())]
    faults = [story for story in stories if story.spans and rulebook.kinds.is_fault(story.kind)]
    enquiries = tuple(story for story in stories if story.spans and not rulebook.kinds.is_fault(story.kind))
    shared = [event for event in ordered if event.ticket_id is None]
    incidents = _incidents(client_id, faults, shared, rulebook)
    return ClientStory(client_id=client_id, incidents=incidents, enquiries=enquiries)


def _in_order(event: Event) -> tuple[datetime, datetime, bool, str]:
    """By time; a ticket solved on the call is opened before it is closed, at the same instant (I-2)."""
    return event.at, event.seen_at, event.kind is not EventKind.OPENED, event.key


def _ticket(ticket_id: int, events: Sequence[Event]) -> TicketStory:
    kind, kind_set_at, service_id, channel = UNROUTED, None, None, Channel.OTHER
    for event in events:
        match event.kind:
            case EventKind.OPENED:
                channel = Channel(event.data.get("channel", Channel.OTHER))
            case EventKind.CLASSIFIED if kind_set_at is None:
                kind = event.data["kind"]
            case EventKind.KIND_SET:
                kind, kind_set_at = event.data["kind"], event.at
            case EventKind.SERVICE_NAMED:
                service_id = int(event.data["service_id"])
            case _:
                pass
    return TicketStory(
        ticket_id=ticket_id,
        channel=channel,
        kind=kind,
        kind_set_at=kind_set_at,
        spans=_spans(events),
        service_id=service_id,
        events=tuple(events),
    )


def _spans(events: Sequence[Event]) -> tuple[Span, ...]:
    """The spans in which the panel showed a ticket open."""
    spans: list[Span] = []
    opened: datetime | None = None
    for event in events:
        if event.kind in _STARTS and opened is None:
            opened = event.at
        elif event.kind in _ENDS and opened is not None:
            spans.append(Span(opened, max(event.at, opened)))
            opened = None
    if opened is not None:
        spans.append(Span(opened))
    return tuple(spans)


@dataclass(slots=True, kw_only=True)
class _Draft:
    """An incident while its spans are being gathered."""

    first: TicketStory
    ordinal: int
    pieces: list[tuple[TicketStory, Span]]

    @property
    def end(self) -> datetime | None:
        ends = [span.end for _, span in self.pieces]
        return None if None in ends else max(end for end in ends if end is not None)

    @property
    def service_id(self) -> int | None:
        return next((story.service_id for story, _ in self.pieces if story.service_id is not None), None)

    @property
    def kind(self) -> str:
        return _kind([story for story, _ in self.pieces])

    def continues_with(self, story: TicketStory, span: Span, within: timedelta) -> bool:
        """Whether a further span belongs to this incident (L-9)."""
        if None not in {self.service_id, story.service_id} and self.service_id != story.service_id:
            return False
        end = self.end
        if end is None or span.start < end:
            return True
        same_ticket = any(piece.ticket_id == story.ticket_id for piece, _ in self.pieces)
        return span.start - end <= within and (same_ticket or story.kind == self.kind)


def _kind(stories: Sequence[TicketStory]) -> str:
    """The latest kind that staff gave, else no access before low speed before unknown (L-9)."""
    by_staff = [story for story in stories if story.kind_set_at is not None]
    if by_staff:
        return max(by_staff, key=attrgetter("kind_set_at", "ticket_id")).kind
    kinds = {story.kind for story in stories}
    added = sorted(kinds.difference(_PRECEDENCE))
    return next((kind for kind in (*_PRECEDENCE[:2], *added, *_PRECEDENCE[2:]) if kind in kinds), UNKNOWN)


def _incidents(
    client_id: int, stories: Sequence[TicketStory], shared: Sequence[Event], rulebook: Rulebook
) -> tuple[Incident, ...]:
    pieces = sorted(
        ((story, _resolved(story, span)) for story in stories for span in story.spans),
        key=lambda piece: (piece[1].start, piece[0].ticket_id),
    )
    drafts: list[_Draft] = []
    for story, span in pieces:
        home = next(
            (
                draft
                for draft in reversed(drafts)
                if draft.continues_with(story, span, _policy(draft, rulebook).continues_within)
            ),
            None,
        )
        if home is not None:
            home.pieces.append((story, span))
        else:
            ordinal = 1 + sum(draft.first.ticket_id == story.ticket_id for draft in drafts)
            drafts.append(_Draft(first=story, ordinal=ordinal, pieces=[(story, span)]))
    ordered = sorted(drafts, key=lambda draft: (draft.pieces[0][1].start, draft.first.ticket_id))
    return tuple(_finish(client_id, draft, drafts, shared, rulebook) for draft in ordered)


def _policy(draft: _Draft, rulebook: Rulebook) -> EscalationPolicy:
    return escalation_at(draft.pieces[0][1].start, rulebook)


def escalation_at(opened_at: datetime, rulebook: Rulebook) -> EscalationPolicy:
    """The ladder in force at `opened_at`; before the first version, that one: a fault is always escalated."""
    found = in_force(rulebook.escalation, opened_at, rulebook.zone)
    return found or min(rulebook.escalation, key=attrgetter("effective_from"))


def _resolved(story: TicketStory, span: Span) -> Span:
    """End a span where staff recorded the fault as resolved, or the customer cancelled."""
    event = _resolution(story, span)
    return _ended_by(event, span) if event else span


def _resolution(story: TicketStory, span: Span) -> Event | None:
    """What was recorded of a span's end: the last that tells a time, else the first.

    So a wrong time is corrected by a later one, and a mere repetition changes nothing.
    """
    following = min((other.start for other in story.spans if other.start > span.start), default=None)
    until = Span(span.start, following)
    told = [event for event in story.events if event.kind in _RESOLUTIONS and until.holds(event.at)]
    timed = [event for event in told if "restored" in event.data]
    return timed[-1] if timed else next(iter(told), None)


def _ended_by(event: Event, span: Span) -> Span:
    """End the span when service was back, at the latest when that was recorded; never before its start."""
    restored = event.data.get("restored")
    moment = min(datetime.fromisoformat(restored), event.at) if restored else event.at
    end = moment if span.end is None else min(moment, span.end)
    return Span(span.start, max(end, span.start))


def _finish(
    client_id: int,
    draft: _Draft,
    drafts: Sequence[_Draft],
    shared: Sequence[Event],
    rulebook: Rulebook,
) -> Incident:
    events = sorted(
        (
            event
            for story in {story.ticket_id: story for story, _ in draft.pieces}.values()
            for event in story.events
            if _home(event, story, drafts) is draft
        ),
        key=_in_order,
    )
    spans = _ended_together(draft.pieces)
    merged = union(spans) or (Span(draft.pieces[0][1].start, draft.pieces[0][1].start),)
    ticket_ids = tuple(sorted({story.ticket_id for story, _ in draft.pieces}))
    prefix = escalation_at(merged[0].start, rulebook).report_prefix
    suffix = f"-{draft.ordinal}" if draft.ordinal > 1 else ""
    standing = [event for event in shared if event.at >= merged[0].start]
    return Incident(
        incident_id=f"{prefix}{draft.first.ticket_id}{suffix}",
        client_id=client_id,
        ticket_ids=ticket_ids,
        open_ticket_ids=tuple(sorted({s.ticket_id for s, span in draft.pieces if s.spans[-1].end is None})),
        channel=draft.first.channel,
        kind=draft.kind,
        spans=merged,
        service_id=draft.service_id,
        events=tuple(sorted((*events, *standing), key=_in_order)),
    )


def _ended_together(pieces: Sequence[tuple[TicketStory, Span]]) -> list[Span]:
    """A resolution on one ticket resolves the incident: the other tickets' running spans end with it."""
    spans = [span for _, span in pieces]
    for event in [event for story, span in pieces if (event := _resolution(story, span))]:
        spans = [_ended_by(event, span) if span.start <= event.at else span for span in spans]
    return spans


def _home(event: Event, story: TicketStory, drafts: Sequence[_Draft]) -> _Draft | None:
    """The incident of the ticket that had begun when the event happened, else the ticket's first."""
    mine = [
        (min(span.start for piece, span in draft.pieces if piece.ticket_id == story.ticket_id), draft)
        for draft in drafts
        if any(piece.ticket_id == story.ticket_id for piece, _ in draft.pieces)
    ]
    begun = [(start, draft) for start, draft in mine if start <= event.at]
    if begun:
        return max(begun, key=lambda pair: pair[0])[1]
    return min(mine, key=lambda pair: pair[0])[1] if mine else None


def _subscription(event: Event) -> Subscription:
    services = tuple(
        Service(
            service_id=int(one["id"]),
            plan=one["plan"],
            price=Money(Decimal(one["price"]), one["currency"]),
            tax_percent=Decimal(one["tax"]),
            node=one["node"],
        )
        for one in json.loads(event.data["services"])
    )
    return Subscription(
        status=ClientStatus(event.data["status"]), services=services, zone=event.data.get("zone", "")
    )
