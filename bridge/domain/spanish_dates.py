"""Dates and times as staff write them in tags: `25/11 4pm`, `2026-11-25 16:00`, `mañana 10:00`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bridge.domain.words import normalise

_BEFORE = re.compile(r"[ :=,]*(?:para )?(?:el )?(?:dia )?")
_ISO = re.compile(r"(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})(?=[ t,]|$)")
_SLASHED = re.compile(r"(?P<day>\d{1,2})[/.-](?P<month>\d{1,2})(?:[/.-](?P<year>\d{4}|\d{2}))?(?=[ ,]|$)")
_WORDY = re.compile(
    r"(?P<day>\d{1,2}) (?:de )?(?P<month>ene|feb|mar|abr|may|jun|jul|ago|sep|oct|nov|dic)[a-z]*\.?"
    r"(?: (?:de |del )?(?P<year>\d{4}))?"
)
_RELATIVE = re.compile(r"(?P<word>pasado manana|manana|hoy|ayer)\b")
_BETWEEN_DAY_AND_TIME = re.compile(r"[ ,]*(?:t(?=\d))?")

_CLOCK = (
    r"(?P<hour{n}>\d{{1,2}})(?:[:.](?P<minute{n}>\d{{2}})(?::\d{{2}})?)?\s*(?:h|hs|hrs|horas)?\.?\s*"
    r"(?P<half{n}>am|pm|a\.? ?m\.?|p\.? ?m\.?)?{end}"
    r"(?:\s*(?:(?:de|en|por) la )?(?P<part{n}>manana|tarde|noche|madrugada)\b)?"
)
_END = r"(?![\w:/-])"
_TIME = re.compile(r"(?:a las? )?" + _CLOCK.format(n=1, end=_END))
_RANGE = re.compile(
    r"(?:(?P<between>de|desde|entre) )?(?:las? )?"
    + _CLOCK.format(n=1, end="")
    + r"\s*(?P<link>-|a|y|hasta)\s*(?:las? )?"
    + _CLOCK.format(n=2, end=_END)
)

# Words of time that a reading has left over: it did not understand all that was said.
_POINT = re.compile(
    r"\d:\d\d|\d{4}-\d|\blas \d|\ba la \d"
    r"|\b(?:[12]\d|3[01]|0?[1-9])/(?:1[0-2]|0?[1-9])(?!\d)(?! ?m(?:b|eg))"  # 20/10 megas is a plan
    r"|(?<![\d.])\d{1,2}[.-]\d{1,2}[.-](?:\d{4}|\d{2})(?![\d.])"  # 192.0.2.10 is an address
    r"|\b(?:de|desde|entre) \d{1,2} ?(?:-|a|y|hasta) ?\d"
    r"|\b\d{1,2} ?(?:am|pm|a\. ?m|p\. ?m|h|hs|hrs|horas?)\b"
    r"|\b\d{1,2} (?:de )?(?:enero|febrero|marzo|abril|mayo|junio|julio|agosto|sep?tiembre|octubre|noviembre"
    r"|diciembre|ene|feb|mar|abr|may|jun|jul|ago|sep|oct|nov|dic)\b"
    r"|\b(?:ayer|anteayer|antier|anoche|lunes|martes|miercoles|jueves|viernes|sabado|domingo)\b"
    r"|\bhace (?:\d|una?\b|dos|tres|cuatro|cinco|media|vari|poco|rato|mas|dias|horas)"
)
_PART = re.compile(
    r"\b(?:esta|(?:por|en|de|a) la) (?:manana|tarde|noche)\b|\by (?:media|cuarto)\b|\bmenos cuarto\b"
    r"|\b(?:madrugada|mediodia|medio dia|medianoche)\b"
)

_MONTHS = ("ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sep", "oct", "nov", "dic")
_DAYS_AWAY = {"hoy": 0, "manana": 1, "pasado manana": 2, "ayer": -1}
_HALF_OF = {"manana": "a", "madrugada": "a", "tarde": "p", "noche": "p"}
_NOON = 12
_HALF_A_DAY = 12
_EVENING = 6  # the first hour of the night that is called by its number
_MORNING = 7  # an hour before it, written bare, may as well be one of the afternoon
_SOON = timedelta(days=180)


@dataclass(frozen=True, slots=True)
class Clock:
    """A time of day as it was written.

    `bare` says that nothing tells which half of the day is meant: `4:30`, where `04:30`, `16:30` and
    `4:30 pm` do tell.
    """

    written: time
    bare: bool = False

    @property
    def later(self) -> time:
        """The same hour of the afternoon or night."""
        return self.written.replace(hour=self.written.hour + _HALF_A_DAY)


def read_day(text: str, written_at: datetime, zone: ZoneInfo) -> tuple[date, str] | None:
    """Read a leading date; return it with the words after it, normalised. None where it cannot be read.

    `written_at` gives the day for `hoy` and `mañana`, and the year where none is written: the one that
    puts the date nearest.
    """
    words = normalise(text)
    words = words[len(_begin(_BEFORE, words)) :]
    found = _read_date(words, written_at.astimezone(zone).date())
    if found is None:
        return None
    day, rest = found
    return day, rest[len(_begin(_BETWEEN_DAY_AND_TIME, rest)) :]


def read_clock(words: str) -> tuple[Clock, str] | None:
    """Read a leading time of day in normalised words; return it with the words after it."""
    match = _TIME.match(words)
    clock = _clock_of(match, 1) if match else None
    return (clock, words[match.end() :]) if match and clock else None


def read_range(words: str) -> tuple[Clock, Clock, str] | None:
    """Read a leading pair of times, `de 10 a 12` or `10-12`; return it with the words after it."""
    match = _RANGE.match(words)
    if match is None or (match["link"] == "y" and not match["between"]):
        return None
    first, last, rest = _clock_of(match, 1), _clock_of(match, 2), words[match.end() :]
    counts_things = match["link"] == "a" and not match["between"] and rest.lstrip()[:1].isalpha()
    return None if first is None or last is None or counts_things else (first, last, rest)


def read_instant(text: str, written_at: datetime, zone: ZoneInfo) -> datetime | None:
    """Read a date with its time of day as an instant of `zone`.

    None where either is missing, where the hour may be one of the morning or of the afternoon, or where
    more words of time follow.
    """
    found = read_day(text, written_at, zone)
    clock = read_clock(found[1]) if found else None
    if found is None or clock is None:
        return None
    said, rest = clock
    if (said.bare and said.written.hour < _MORNING) or tells_time(rest):
        return None
    return datetime.combine(found[0], said.written, zone)


def tells_point(words: str) -> bool:
    """Whether normalised words name a time or a date somewhere."""
    return _POINT.search(words) is not None


def tells_time(words: str) -> bool:
    """Whether normalised words name a time, a date or a part of a day somewhere."""
    return tells_point(words) or _PART.search(words) is not None


def _begin(pattern: re.Pattern[str], words: str) -> str:
    match = pattern.match(words)
    return match[0] if match else ""


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


def _clock_of(match: re.Match[str], number: int) -> Clock | None:
    """The time that hour, `pm` and `de la tarde` say together; None where they contradict each other."""
    hour_text, part = match[f"hour{number}"], match[f"part{number}"]
    hour, half = int(hour_text), (match[f"half{number}"] or "")[:1]
    meant = half or _HALF_OF.get(part or "", "")
    if part and (_HALF_OF[part] != meant or (part == "noche" and hour < _EVENING)):
        return None
    if (half and not 1 <= hour <= _NOON) or (meant == "a" and hour > _NOON):
        return None
    if hour == _NOON and part and part != "tarde":
        return None  # midnight to some, noon to others
    if meant == "p" and hour < _NOON:
        hour += _HALF_A_DAY
    elif meant == "a" and hour == _NOON:
        hour = 0
    try:
        said = time(hour, int(match[f"minute{number}"] or 0))
    except ValueError:
        return None
    return Clock(said, bare=not meant and 1 <= hour < _NOON and not hour_text.startswith("0"))
