"""Values as people write them in a file: durations, times, days, amounts, switches and zones."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import date, time, timedelta
from decimal import Decimal
from typing import Annotated, Any, TypeVar
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BeforeValidator, Field

from bridge.domain.words import normalise
from bridge.yamlfile.check import nearest

Collected = TypeVar("Collected", bound=Collection[Any])

_UNITS: Mapping[str, timedelta] = {
    **dict.fromkeys(("min", "minuto", "minutos", "minute", "minutes"), timedelta(minutes=1)),
    **dict.fromkeys(("h", "hora", "horas", "hour", "hours"), timedelta(hours=1)),
    **dict.fromkeys(("d", "dia", "dias", "day", "days"), timedelta(days=1)),
}
_DURATION_PART = re.compile(r"([0-9]{1,5}) ?([a-z]+)")
_TIME = re.compile(r"([0-9]{1,2}):([0-9]{2})")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_AMOUNT = re.compile(r"[0-9]{1,9}(\.[0-9]{1,2})?")


def duration(value: Any) -> timedelta:
    """Read `2 h`, `30 min`, `3 días` or `1 h 30 min`; a day is 24 h. ValueError says what is expected."""
    words = normalise(value) if isinstance(value, str) else ""
    parts = _DURATION_PART.findall(words)
    if not parts or _DURATION_PART.sub("", words).strip() or any(unit not in _UNITS for _, unit in parts):
        raise ValueError("expected a duration such as `2 h`, `30 min` or `3 días`")
    return sum((int(number) * _UNITS[unit] for number, unit in parts), timedelta())


def time_of_day(value: Any) -> time:
    """Read `9:00` or `14:30`; ValueError says what is expected."""
    match = _TIME.fullmatch(value) if isinstance(value, str) else None
    if not match:
        raise ValueError("expected a time such as `14:00`")
    try:
        return time(int(match[1]), int(match[2]))
    except ValueError:
        raise ValueError("expected a time between 0:00 and 23:59") from None


def day(value: Any) -> date:
    """Read `2026-11-25`; ValueError says what is expected."""
    if isinstance(value, date):
        return value
    if not isinstance(value, str) or not _DATE.fullmatch(value):
        raise ValueError("expected a date as year-month-day, such as `2026-11-25`")
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise ValueError("expected a day that exists, as year-month-day") from None


def amount(value: Any) -> Decimal:
    """Read `349.00` or `349`, exactly; ValueError says what is expected."""
    text = str(value) if isinstance(value, str | int | Decimal) and not isinstance(value, bool) else ""
    if not _AMOUNT.fullmatch(text):
        raise ValueError("expected an amount such as `349.00` (no comma)")
    return Decimal(text)


def switch(value: Any) -> bool:
    """Read `true` or `false`; ValueError says what is expected."""
    if isinstance(value, bool):
        return value
    if value in ("true", "false"):
        return bool(value == "true")
    raise ValueError("expected true or false")


def zone(value: Any) -> ZoneInfo:
    """Read the name of a time zone; ValueError gives the nearest one."""
    if isinstance(value, ZoneInfo):
        return value
    names = available_timezones()
    if value not in names:
        hint = nearest(str(value), names) if isinstance(value, str) else ""
        hint = hint if hint.startswith("did") else "such as `America/Mexico_City`"
        raise ValueError(f"expected the name of a time zone; {hint}")
    return ZoneInfo(str(value))


def some(value: Collected) -> Collected:
    """Refuse an empty list or mapping."""
    if not value:
        raise ValueError("expected at least one")
    return value


Duration = Annotated[timedelta, BeforeValidator(duration)]
TimeOfDay = Annotated[time, BeforeValidator(time_of_day)]
Day = Annotated[date, BeforeValidator(day)]
Amount = Annotated[Decimal, BeforeValidator(amount)]
Switch = Annotated[bool, BeforeValidator(switch)]
Zone = Annotated[ZoneInfo, BeforeValidator(zone)]
Words = Annotated[str, Field(min_length=1, max_length=2000)]
Some = AfterValidator(some)
