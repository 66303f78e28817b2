"""What staff write, read as facts: tags such as `#visita 25/11 4pm` in messages and closing reasons."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from bridge.domain.events import EventKind
from bridge.domain.policy import Attribution, Meaning, Signals, Tag
from bridge.domain.spanish_dates import read_day, read_instant, tells_point, tells_time
from bridge.domain.visits import read_visit
from bridge.domain.words import normalise

_ADDRESS = re.compile(r"\b[a-z][a-z0-9+.-]*://\S+|\bwww\.\S+|\b[\w-]+(?:\.[\w-]+)+/\S*")
_AROUND = " .,;:=-()"
_WORD = re.compile(r"[\w-]+")
_SPACED = re.compile(r"[ -]+")
_WORDS_ALIKE = 3  # a mistyped tag may have lost its hyphens: so many words are compared
_SERVICE = re.compile(r"\d{1,9}(?!\d)")  # a longer number is a telephone or a slip, and no id of the panel
_NEAR = 0.7  # how alike a mistyped tag must be to be reported rather than taken for ordinary text
_TO_WHOM = {"a", "al", "de", "del", "no", "por"}  # `#atribuible a CFE` says who it is, or that it is not so

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

    A space after the `#`, or in the place of a hyphen, is read all the same. A tag that is almost one of
    the known ones, or of whose argument anything cannot be read, gives `tag:unread`, so that it is shown to
    somebody instead of being ignored. What stands in an address of the web is no tag.
    """
    known = {_joined(tag.word): tag for tag in signals.tags}
    pattern = _pattern(tuple(known))
    found: list[Signal] = []
    for line in text.splitlines():
        plain = normalise(line)
        if "#" not in plain:
            continue
        plain = _ADDRESS.sub(lambda address: address[0].replace("#", " "), plain)
        for piece in plain.split("#")[1:]:
            said = piece.lstrip(" -_")
            match = pattern.match(said)
            if match is not None:
                tag, argument = known[_joined(match[0])], said[match.end() :].strip(_AROUND)
                found += _read(tag, argument, written_at, signals, zone) or [_unread(said)]
            elif _is_nearly(said, known):
                found.append(_unread(said))
    return tuple(found)


def _joined(words: str) -> str:
    return _SPACED.sub("-", words)


@lru_cache(maxsize=8)
def _pattern(words: tuple[str, ...]) -> re.Pattern[str]:
    """Any of the tags, the longest that fits: `visita hecha` before `visita`."""
    longest_first = sorted(words, key=len, reverse=True)
    spelled = ("[ -]+".join(map(re.escape, word.split("-"))) for word in longest_first)
    return re.compile(f"(?:{'|'.join(spelled)})(?!-*\\w)")


def _is_nearly(said: str, known: Collection[str]) -> bool:
    """Whether what stands after a `#` looks like one of the tags, mistyped or with something glued to it."""
    words = _WORD.findall(said)[:_WORDS_ALIKE]
    if not said[:1].isalpha():
        return False
    tries = ["-".join(words[:count]) for count in range(1, len(words) + 1)]
    glued = any(words[0].startswith(word) for word in known)
    return glued or any(difflib.get_close_matches(one, known, n=1, cutoff=_NEAR) for one in tries)


def _unread(said: str) -> Signal:
    return Signal(EventKind.TAG_UNREAD, {"text": f"#{said.rstrip(_AROUND)}"})


def _read(
    tag: Tag, argument: str, written_at: datetime, signals: Signals, zone: ZoneInfo
) -> list[Signal] | None:
    """What a tag with its argument states; None where that cannot be read. A question states nothing."""
    kind = event_kind(tag.meaning)
    data: Mapping[str, str] | None = {}
    if argument.startswith("?"):
        return None
    match tag.meaning:
        case Meaning.VISIT:
            data = read_visit(argument, written_at, zone, signals.visits_from)
        case Meaning.SERVICE:
            number = _SERVICE.match(argument)
            data = {"service_id": str(int(number[0]))} if number else None
        case Meaning.ATTRIBUTION:
            who = _attribution(tag, argument, signals)
            data = {"attribution": str(who)} if who else None
        case Meaning.KIND:
            return [Signal(kind, {"kind": tag.value}), *_since(tag, argument, written_at, zone)]
        case Meaning.RESOLVED:
            data = _resolved(argument, written_at, zone)
        case (
            Meaning.CONTACT
            | Meaning.CONTACT_FAILED
            | Meaning.VISIT_DONE
            | Meaning.VISIT_FAILED
            | Meaning.SEVERE
            | Meaning.CANCELLED
        ):
            pass
    return None if data is None else [Signal(kind, data)]


def _attribution(tag: Tag, argument: str, signals: Signals) -> str | None:
    """Whose fault it is: what the tag says, else the word after it; without one it is the customer's.

    A tag that says it itself is not believed when the words after it name somebody else.
    """
    named = {
        normalise(word): who
        for word, who in signals.attribution_words.items()
        if re.search(rf"\b{re.escape(normalise(word))}\b", argument)
    }
    if tag.value:
        elsewhere = not named and argument.split(" ", 1)[0] in _TO_WHOM
        return tag.value if set(named.values()) <= {tag.value} and not elsewhere else None
    if not argument:
        return Attribution.CUSTOMER
    return next((who for word, who in named.items() if argument.startswith(word)), None)


def _since(tag: Tag, argument: str, written_at: datetime, zone: ZoneInfo) -> list[Signal]:
    """Since when there was no service; a time said in another way, or one that cannot be read, is unread."""
    if argument.startswith("desde "):
        since = read_instant(argument.removeprefix("desde "), written_at, zone)
        if since is not None:
            return [Signal(EventKind.OUTAGE_SINCE, {"since": since.isoformat()})]
    elif not tells_point(argument):
        return []
    return [_unread(f"{tag.word} {argument}")]


def _resolved(argument: str, written_at: datetime, zone: ZoneInfo) -> Mapping[str, str] | None:
    """When service was back, nothing for "now"; None where a time is said and cannot be read."""
    restored = read_instant(argument, written_at, zone)
    if restored is not None:
        return {"restored": restored.isoformat()}
    found = read_day(argument, written_at, zone)
    if found is not None:
        day, argument = found
        if day != written_at.astimezone(zone).date():
            return None
    return None if argument[:1].isdigit() or tells_time(argument) else {}
