"""Dates and times as staff write them in tags: `25/11 4pm`, `2026-11-25 16:00`, `mañana 10:00`."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bridge.domain.words import normalise

_ISO = re.compile(r"(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})(?=[ t,]|$)")
_SLASHED = re.compile(r"(?P<day>\d{1,2})[/.-](?P<month>\d{1,2})(?:[/.-](?P<year>\d{4}|\d{2}))?(?=[ ,]|$)")
_WORDY = re.compile(
    r"(?P<day>\d{1,2}) (?:de )?(?P<month>ene|feb|mar|abr|may|jun|jul|ago|sep|oct|nov|dic)[a-z]*\.?"
    r"(?: (?:de |del )?(?P<year>\d{4}))?"
)
_RELATIVE = re.compile(r"(?P<word>pasado manana|manana|hoy|ayer)\b")
_TIME = re.compile(
    r"(?:a las? )?(?P<hour>\d{1,2})(?:[:.](?P<minute>\d{2})(?::\d{2})?)?\s*(?:h|hs|hrs|horas)?\.?\s*"
    r"(?P<half>am|pm|a\.? ?m\.?|p\.? ?m\.?)?(?![\w:/-])"
    r"(?P<late>\s*(?:(?:de|en|por) la )?(?:tarde|noche)\b)?"
)
_MONTHS = ("ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sep", "oct", "nov", "dic")
_DAYS_AWAY = {"hoy": 0, "manana": 1, "pasado manana": 2, "ayer": -1}
_NOON = 12
_SOON = timedelta(days=180)


def read_when(text: str, written_at: datetime, zone: ZoneInfo) -> tuple[date, time | None] | None:
    """Read a leading date and, if one follows, a time of day; None where either cannot be read.

    `written_at` gives the day for `hoy` and `mañana`, and the year where none is written: the one that
    puts the date nearest.
    """
    words = normalise(text).lstrip(" :=,")
    today = written_at.astimezone(zone).date()
    found = _read_date(words, today)
    if found is None:
        return None
    day, rest = found
    rest = rest.lstrip(" ,t")
    if not rest[:1].isdigit() and not rest.startswith("a la"):
        return day, None
    match = _TIME.match(rest)
    clock = _time_of(match) if match else None
    return (day, clock) if clock else None


def read_instant(text: str, written_at: datetime, zone: ZoneInfo) -> datetime | None:
    """Read a date with its time of day as an instant of `zone`; None where either is missing."""
    when = read_when(text, written_at, zone)
    if when is None or when[1] is None:
        return None
    return datetime.combine(when[0], when[1], zone)


def _read_date(words: str, today: date) -> tuple[date, str] | None:
    if match := _RELATIVE.match(words):
        return today + timedelta(days=_DAYS_AWAY[match["word"]]), words[match.end() :]
    for pattern in (_ISO, _SLASHED, _WORDY):
        match = pattern.match(words)
        if match is None:
            continue
        month = _MONTHS.index(match["month"]) + 1 if pattern is _WORDY else int(match["month"])
        day = _date_of(match["year"], month, int(match["day"]), today)
        return (day, words[match.end() :]) if day else None
    return None


def _date_of(year: str | None, month: int, day: int, today: date) -> date | None:
    if year is not None:
        return _valid(int(year) if len(year) > 2 else 2000 + int(year), month, day)  # noqa: PLR2004
    near = (_valid(candidate, month, day) for candidate in (today.year - 1, today.year, today.year + 1))
    return min(
        (candidate for candidate in near if candidate is not None and abs(candidate - today) <= _SOON),
        key=lambda candidate: abs(candidate - today),
        default=None,
    )


def _valid(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _time_of(match: re.Match[str]) -> time | None:
    hour, minute = int(match["hour"]), int(match["minute"] or 0)
    half = (match["half"] or "")[:1]
    if match["late"] and not half and hour < _NOON:
        half = "p"
    if half and not 1 <= hour <= _NOON:
        return None
    if half == "p" and hour < _NOON:
        hour += _NOON
    elif half == "a" and hour == _NOON:
        hour = 0
    try:
        return time(hour, minute)
    except ValueError:
        return None
