"""One ticket's times open, and what was known of it in each: the pieces that incidents are made of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import zip_longest

from bridge.domain.calendar import Span
from bridge.domain.events import Event, EventKind
from bridge.domain.policy import UNROUTED
from bridge.domain.records import Channel

_STARTS = {EventKind.OPENED, EventKind.REOPENED}
_ENDS = {EventKind.CLOSED, EventKind.GONE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
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
    spans = _spans(events)
    kind, kind_set_at, service_id, channel = UNROUTED, None, None, Channel.OTHER
    rest = iter(events)
    event = next(rest, None)
    for span, following in zip_longest(spans, spans[1:]):
        resolutions: list[Event] = []
        while event is not None and (following is None or event.at < following.start):
            match event.kind:
                case EventKind.OPENED:
                    channel = Channel(event.data.get("channel", Channel.OTHER))
                case EventKind.CLASSIFIED if kind_set_at is None:
                    kind = event.data["kind"]
                case EventKind.KIND_SET:
                    kind, kind_set_at = event.data["kind"], event.at
                case EventKind.SERVICE_NAMED:
                    service_id = int(event.data["service_id"])
                case EventKind.RESOLVED | EventKind.CANCELLED if event.at >= span.start:
                    resolutions.append(event)
                case _:
                    pass
            event = next(rest, None)
        resolution = _resolution(resolutions)
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


def _resolution(told: Sequence[Event]) -> Event | None:
    """What was recorded of a stretch's end: the last that tells a time, else the first.

    So a wrong time is corrected by a later one, and a mere repetition changes nothing.
    """
    timed = [event for event in told if "restored" in event.data]
    return timed[-1] if timed else next(iter(told), None)


def ended_by(event: Event, span: Span) -> Span:
    """End the span when service was back, at the latest when that was recorded; never before its start."""
    restored = event.data.get("restored")
    moment = min(datetime.fromisoformat(restored), event.at) if restored else event.at
    end = moment if span.end is None else min(moment, span.end)
    return Span(span.start, max(end, span.start))
