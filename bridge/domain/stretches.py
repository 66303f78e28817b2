"""One ticket's times open, and what was known of it in each: the pieces that incidents are made of."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import pairwise
from operator import attrgetter
from typing import NamedTuple

from bridge.domain.calendar import Span
from bridge.domain.events import Event, EventKind
from bridge.domain.policy import UNROUTED
from bridge.domain.records import Channel

_STARTS = {EventKind.OPENED, EventKind.REOPENED}
_ENDS = {EventKind.CLOSED, EventKind.GONE}
_RESOLVING = {EventKind.RESOLVED, EventKind.CANCELLED}


class Stretch(NamedTuple):
    """One time a ticket was open, with what was known of the ticket before it was opened again.

    So what staff say of a ticket after it was re-opened leaves an incident that had ended as it was.
    `resolution` is what staff recorded of its end; `span` ends there. `shown` is how long the panel showed
    the ticket open.
    """

    ticket_id: int
    channel: Channel
    kind: str
    kind_set_at: datetime | None  # by staff; None: the mapping's view
    service_id: int | None
    span: Span
    shown: Span
    resolution: Event | None


def in_order(event: Event) -> tuple[datetime, datetime, bool, str]:
    """By time; a ticket solved on the call is opened before it is closed, at the same instant (I-2)."""
    return event.at, event.seen_at, event.kind is not EventKind.OPENED, event.key


def stretches_of(ticket_id: int, events: Sequence[Event]) -> Iterator[Stretch]:
    """Yield the stretches of one ticket, oldest first, from its events in order (L-9)."""
    kind, kind_set_at, service_id, channel = UNROUTED, None, None, Channel.OTHER
    for span, told in _told_in(_spans(events), events):
        last = {event.kind: event for event in told}
        if opened := last.get(EventKind.OPENED):
            channel = Channel(opened.data.get("channel", Channel.OTHER))
        if named := last.get(EventKind.SERVICE_NAMED):
            service_id = int(named.data["service_id"])
        if by_staff := last.get(EventKind.KIND_SET):
            kind, kind_set_at = by_staff.data["kind"], by_staff.at
        elif kind_set_at is None and (by_mapping := last.get(EventKind.CLASSIFIED)):
            kind = by_mapping.data["kind"]
        resolution = None if _RESOLVING.isdisjoint(last) else _resolution(span, told)
        yield Stretch(
            ticket_id=ticket_id,
            channel=channel,
            kind=kind,
            kind_set_at=kind_set_at,
            service_id=service_id,
            span=ended_by(resolution, span) if resolution else span,
            shown=span,
            resolution=resolution,
        )


def _told_in(spans: Sequence[Span], events: Sequence[Event]) -> Iterable[tuple[Span, Sequence[Event]]]:
    """Each span with the events until the next one begins; the first has those before it too."""
    if len(spans) == 1:
        return ((spans[0], events),)
    later = [bisect_left(events, span.start, key=attrgetter("at")) for span in spans[1:]]
    parts = pairwise((0, *later, len(events)))
    return [(span, events[first:last]) for span, (first, last) in zip(spans, parts, strict=False)]


def _spans(events: Sequence[Event]) -> list[Span]:
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
    return spans


def _resolution(span: Span, told: Sequence[Event]) -> Event | None:
    """What was recorded of a stretch's end: the last that tells a time, else the first.

    So a wrong time is corrected by a later one, and a mere repetition changes nothing.
    """
    found = [event for event in told if event.kind in _RESOLVING and event.at >= span.start]
    timed = [event for event in found if "restored" in event.data]
    return timed[-1] if timed else next(iter(found), None)


def ended_by(event: Event, span: Span) -> Span:
    """End the span when service was back, at the latest when that was recorded; never before its start."""
    restored = event.data.get("restored")
    moment = min(datetime.fromisoformat(restored), event.at) if restored else event.at
    end = moment if span.end is None else min(moment, span.end)
    return Span(span.start, max(end, span.start))
