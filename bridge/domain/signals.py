"""What staff write, read as facts: tags such as `#visita 25/11 4pm` in messages and closing reasons."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from bridge.domain.events import EventKind
from bridge.domain.policy import Attribution, Meaning, Signals, Tag
from bridge.domain.spanish_dates import read_instant, read_when
from bridge.domain.words import normalise

_TAG = re.compile(r"#([a-z][\w-]*)([^#\n]*)")
_SERVICE = re.compile(r"\d{1,9}(?!\d)")  # a longer number is a telephone or a slip, and no id of the panel
_NEAR = 0.7  # how alike a mistyped tag must be to be reported rather than taken for ordinary text

_EVENT_OF: Mapping[Meaning, EventKind] = {
    Meaning.CONTACT: EventKind.CONTACTED,
    Meaning.CONTACT_FAILED: EventKind.CONTACT_FAILED,
    Meaning.VISIT: EventKind.VISIT_FIXED,
    Meaning.VISIT_DONE: EventKind.VISIT_DONE,
    Meaning.VISIT_FAILED: EventKind.VISIT_FAILED,
    Meaning.SERVICE: EventKind.SERVICE_NAMED,
    Meaning.SEVERE: EventKind.CLASSED_SEVERE,
    Meaning.ATTRIBUTION: EventKind.ATTRIBUTED,
    Meaning.KIND: EventKind.KIND_SET,
    Meaning.RESOLVED: EventKind.RESOLVED,
    Meaning.CANCELLED: EventKind.CANCELLED,
}


@dataclass(frozen=True, slots=True)
class Signal:
    """One fact read from a text: an event's kind and data, not yet tied to a ticket."""

    kind: EventKind
    data: Mapping[str, str] = field(default_factory=dict)


def event_kind(meaning: Meaning) -> EventKind:
    """Return the event that a signal's meaning records."""
    return _EVENT_OF[meaning]


def read_tags(text: str, written_at: datetime, signals: Signals, zone: ZoneInfo) -> tuple[Signal, ...]:
    """Return the facts that the tags of a staff text state, in their order (design section 3).

    A tag that is almost one of the known ones, or whose argument cannot be read, gives `tag:unread`, so
    that it is shown to somebody instead of being ignored.
    """
    known = {tag.word: tag for tag in signals.tags}
    found: list[Signal] = []
    for line in text.splitlines():
        for word, argument in _TAG.findall(normalise(line)):
            tag = known.get(word.rstrip("-"))
            if tag is not None:
                found += _read(tag, argument.strip(" .,;:"), written_at, signals, zone)
            elif difflib.get_close_matches(word, known, n=1, cutoff=_NEAR):
                found.append(_unread(f"#{word}{argument}"))
    return tuple(found)


def _unread(text: str) -> Signal:
    return Signal(EventKind.TAG_UNREAD, {"text": text.strip()})


def _read(tag: Tag, argument: str, written_at: datetime, signals: Signals, zone: ZoneInfo) -> list[Signal]:
    kind = event_kind(tag.meaning)
    unread = [_unread(f"#{tag.word} {argument}")]
    match tag.meaning:
        case Meaning.VISIT:
            visit = _visit(argument, written_at, zone)
            return [Signal(kind, visit)] if visit else unread
        case Meaning.SERVICE:
            number = _SERVICE.match(argument)
            return [Signal(kind, {"service_id": str(int(number[0]))})] if number else unread
        case Meaning.ATTRIBUTION:
            who = tag.value or _attribution(argument, signals)
            return [Signal(kind, {"attribution": str(who)})] if who else unread
        case Meaning.KIND:
            return _kind(tag, argument, written_at, zone) or unread
        case Meaning.RESOLVED:
            when = read_when(argument, written_at, zone)
            today = (written_at.astimezone(zone).date(), None)
            if when == today or (when is None and not argument[:1].isdigit()):
                return [Signal(kind)]
            restored = read_instant(argument, written_at, zone)
            return [Signal(kind, {"restored": restored.isoformat()})] if restored else unread
        case (
            Meaning.CONTACT
            | Meaning.CONTACT_FAILED
            | Meaning.VISIT_DONE
            | Meaning.VISIT_FAILED
            | Meaning.SEVERE
            | Meaning.CANCELLED
        ):
            return [Signal(kind)]


def _visit(argument: str, written_at: datetime, zone: ZoneInfo) -> Mapping[str, str] | None:
    when = read_when(argument, written_at, zone)
    if when is None:
        return None
    day, clock = when
    if clock is not None:
        return {"start": datetime.combine(day, clock, zone).isoformat()}
    words = argument.removeprefix("pasado ").split()[1:]  # the first is the date, `mañana` too
    half_day = next((word for word in ("manana", "tarde") if word in words), "")
    return {"date": day.isoformat(), "half_day": half_day}


def _attribution(argument: str, signals: Signals) -> Attribution | None:
    """The word after the tag says whose fault it is; none means the customer's."""
    if not argument:
        return Attribution.CUSTOMER
    return next(
        (who for word, who in signals.attribution_words.items() if argument.startswith(normalise(word))), None
    )


def _kind(tag: Tag, argument: str, written_at: datetime, zone: ZoneInfo) -> list[Signal]:
    found = [Signal(EventKind.KIND_SET, {"kind": tag.value})]
    if argument.startswith("desde "):
        since = read_instant(argument.removeprefix("desde "), written_at, zone)
        if since is None:
            return [*found, _unread(f"#{tag.word} {argument}")]
        found.append(Signal(EventKind.OUTAGE_SINCE, {"since": since.isoformat()}))
    return found
