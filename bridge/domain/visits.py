"""Visits as staff write them (`25/11 16:00`, `mañana de 10 a 12`), and as people are told of them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bridge.domain.policy import Rulebook
from bridge.domain.spanish_dates import Clock, read_clock, read_day, read_range, tells_time

_HALF_DAY = re.compile(r"(?:(?:por|en|a|de) la )?(?P<word>manana|tarde)\b")
_SOME_TIME = re.compile(r"\b(?:manana|tarde|noche|hoy|temprano|primera hora)\b|^ ?(?:a|-|hasta) ?(?:las )?\d")
_HOUR = timedelta(hours=1)


def read_visit(
    text: str, written_at: datetime, zone: ZoneInfo, visits_from: time
) -> Mapping[str, str] | None:
    """Return the data of a visit: its start, with its hours where they are said, or its date and half-day.

    An hour before `visits_from` that is written without am or pm is one of the afternoon: nobody visits at
    four in the morning. None where anything said of the time cannot be understood (L-5).
    """
    found = read_day(text, written_at, zone)
    if found is None:
        return None
    day, rest = found
    pair = read_range(rest)
    if pair is not None:
        return None if _tells_more(pair[2]) else _between(day, *pair[:2], zone, visits_from)
    clock = read_clock(rest)
    if clock is not None:
        said, rest = clock
        return None if _tells_more(rest) else _start(day, _meant(said, visits_from), zone)
    half_day = _HALF_DAY.match(rest)
    rest = rest[half_day.end() :] if half_day else rest
    if rest[:1].isdigit() or _tells_more(rest):
        return None
    return {"date": day.isoformat(), "half_day": half_day["word"] if half_day else ""}


def visit_words(when: str, half_day: str, rulebook: Rulebook) -> str:
    """Return a visit's day, with its hour or half-day where one was fixed: `25/11/2026 16:00`.

    `when` is an ISO instant, or the ISO date of a visit without an hour.
    """
    if "T" in when:
        return f"{datetime.fromisoformat(when).astimezone(rulebook.zone):%d/%m/%Y %H:%M}"
    return f"{date.fromisoformat(when):%d/%m/%Y} {rulebook.texts.half_day(half_day)}".rstrip()


def _tells_more(words: str) -> bool:
    return tells_time(words) or _SOME_TIME.search(words) is not None


def _meant(said: Clock, visits_from: time) -> time:
    return said.later if said.bare and said.written < visits_from else said.written


def _start(day: date, start: time, zone: ZoneInfo) -> dict[str, str]:
    return {"start": datetime.combine(day, start, zone).isoformat()}


def _between(
    day: date, first: Clock, last: Clock, zone: ZoneInfo, visits_from: time
) -> Mapping[str, str] | None:
    """`entre 4 y 6 pm` begins at 16:00, `de 11 a 1` ends at 13:00; `entre 7 y 8 pm` may be 13 h long or one.

    Whole hours only, as visits last.
    """
    start, end = _meant(first, visits_from), last.written
    if last.bare:
        end = last.later if last.written <= start else last.written
    elif first.bare and start < first.later < end:
        return None
    lasts = datetime.combine(day, end) - datetime.combine(day, start)
    if lasts < _HOUR or lasts % _HOUR:
        return None
    return {**_start(day, start, zone), "hours": str(lasts // _HOUR)}
