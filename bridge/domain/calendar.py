"""The clock of the rules: spans of time, their union, and ages counted over them.

Every deadline is counted through `elapsed` and `after`. Today's calendar runs 24 h on 365 days, as the
procedure says for faults; one with business hours would change these two functions and nothing else.

Python subtracts and compares two instants of one time zone by their clock faces, which is wrong by an hour
across a change of summer time. So the rules work on instants in UTC: `exact` makes one, and `moment` turns
a day and a time of day of the panel's zone into one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from operator import attrgetter
from zoneinfo import ZoneInfo

ZERO = timedelta(0)


@dataclass(frozen=True, slots=True)
class Span:
    """From `start` up to, not including, `end`; None means it still goes on. Instants are aware."""

    start: datetime
    end: datetime | None = None

    def holds(self, instant: datetime) -> bool:
        """Whether `instant` lies in the span."""
        return self.start <= instant and (self.end is None or instant < self.end)


def exact(instant: datetime) -> datetime:
    """Return the same instant in UTC; of an hour that happens twice `fold` tells which."""
    return instant if instant.tzinfo is UTC else instant.astimezone(UTC)


def moment(day: date, clock: time, zone: ZoneInfo) -> datetime:
    """Return the instant in UTC of a day and time of day in `zone`.

    An hour that happens twice is taken the first time; one that the clock jumps over is moved forward by
    the jump.
    """
    return datetime.combine(day, clock, zone).astimezone(UTC)


def elapsed(start: datetime, end: datetime) -> timedelta:
    """Return the time that counts between two instants, never negative."""
    return max(exact(end) - exact(start), ZERO)


def after(start: datetime, duration: timedelta) -> datetime:
    """Return the instant (in UTC) at which `duration` has counted since `start`."""
    return (start if start.tzinfo is UTC else exact(start)) + duration


def union(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Merge overlapping and touching spans; empty ones vanish; sorted by start (C-2)."""
    merged: list[Span] = []
    for span in sorted(spans, key=attrgetter("start")):
        if span.end is not None and span.end <= span.start:
            continue
        last = merged[-1] if merged else None
        if last is None or (last.end is not None and last.end < span.start):
            merged.append(span)
        elif last.end is not None and (span.end is None or span.end > last.end):
            merged[-1] = Span(last.start, span.end)
    return tuple(merged)


def cut_at(spans: Iterable[Span], end: datetime) -> tuple[Span, ...]:
    """Return what of the spans lies before `end`."""
    return tuple(
        span if span.end is not None and span.end <= end else Span(span.start, end)
        for span in spans
        if span.start < end
    )


def age(spans: Iterable[Span], now: datetime) -> timedelta:
    """Return the time counted over disjoint spans up to `now`."""
    total = ZERO
    for span in spans:
        total += elapsed(span.start, now if span.end is None else min(span.end, now))
    return total


@lru_cache(maxsize=256)  # most are the limits of the policies, which stand on every receipt
def in_hours(duration: timedelta) -> str:
    """Return a duration as receipts write it, exactly: `72:00:01`, with what is less than a second if any."""
    minutes, seconds = divmod(duration.days * 86_400 + duration.seconds, 60)
    text = f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"
    return f"{text}.{duration.microseconds:06}" if duration.microseconds else text


def instant_at(spans: Iterable[Span], wanted: timedelta) -> datetime | None:
    """Return the instant at which the age reaches `wanted` while a span is running.

    None where the last span ends before, or exactly then: closing ends the ladder at once (L-7).
    """
    left = wanted
    for span in spans:
        if span.end is None:
            return after(span.start, left)
        length = elapsed(span.start, span.end)
        if length > left:
            return after(span.start, left)
        left -= length
    return None
