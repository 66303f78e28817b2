"""Values as people write them in a file: durations, times, days, amounts, switches and zones."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import date, time, timedelta
from decimal import Decimal
from typing import Annotated, Any, TypeVar
from zoneinfo import ZoneInfo, available_timezones

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    WithJsonSchema,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema
from pydantic_core.core_schema import no_info_after_validator_function

from bridge.domain.words import normalise
from bridge.phrases import phrase
from bridge.yamlfile import guesses
from bridge.yamlfile.hints import closest
from bridge.yamlfile.wrong import WrongValue

Collected = TypeVar("Collected", bound=Collection[Any])

_UNITS: Mapping[str, timedelta] = {
    **dict.fromkeys(("min", "minuto", "minutos", "minute", "minutes"), timedelta(minutes=1)),
    **dict.fromkeys(("h", "hora", "horas", "hour", "hours"), timedelta(hours=1)),
    **dict.fromkeys(("d", "dia", "dias", "day", "days"), timedelta(days=1)),
}
_DURATION_PART = re.compile(r"([0-9]{1,5}) ?([a-z]+)")
_TIME = re.compile(r"([0-9]{1,2}):([0-9]{2})")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_AMOUNT = re.compile(r"(0|[1-9][0-9]{0,8})(\.[0-9]{1,2})?")
_A_DURATION = "expected a duration such as `2 h`, `30 min` or `3 días`"
_A_TIME = "expected a time such as `14:00`"
_A_DAY = "expected a date as year-month-day, such as `2026-11-25`"
_AN_AMOUNT = "expected an amount such as `349.00` (no comma)"
_NO_TIME = timedelta(0)


def duration(value: Any) -> timedelta:
    """Read `2 h`, `30 min`, `3 días` or `1 h 30 min`; a day is 24 h. WrongValue says what is expected."""
    words = normalise(value) if isinstance(value, str) else ""
    parts = _DURATION_PART.findall(words)
    if not parts or _DURATION_PART.sub("", words).strip() or any(unit not in _UNITS for _, unit in parts):
        raise WrongValue(phrase(_A_DURATION), guesses.duration(value))
    return sum((int(number) * _UNITS[unit] for number, unit in parts), timedelta())


def more_than_no_time(value: timedelta) -> timedelta:
    """Refuse a duration of nothing."""
    if value <= _NO_TIME:
        raise WrongValue(phrase("expected more than no time at all"))
    return value


def time_of_day(value: Any) -> time:
    """Read `9:00` or `14:30`; WrongValue says what is expected."""
    match = _TIME.fullmatch(value) if isinstance(value, str) else None
    if not match:
        raise WrongValue(phrase(_A_TIME), guesses.time_of_day(value))
    try:
        return time(int(match[1]), int(match[2]))
    except ValueError:
        raise WrongValue(phrase("expected a time between 0:00 and 23:59")) from None


def day(value: Any) -> date:
    """Read `2026-11-25`; WrongValue says what is expected."""
    if isinstance(value, date):
        return value
    if not isinstance(value, str) or not _DATE.fullmatch(value):
        expected = phrase(_A_DAY)
        raise WrongValue(expected, guesses.day(value))
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise WrongValue(phrase("expected a day that exists, as year-month-day")) from None


def amount(value: Any) -> Decimal:
    """Read `349.00` or `349`, exactly; WrongValue says what is expected."""
    text = str(value) if isinstance(value, str | int | Decimal) and not isinstance(value, bool) else ""
    if not _AMOUNT.fullmatch(text):
        raise WrongValue(phrase(_AN_AMOUNT), guesses.amount(value))
    return Decimal(text)


def more_than_nothing(value: Decimal) -> Decimal:
    """Refuse an amount of nothing."""
    if value <= 0:
        raise WrongValue(phrase("expected more than 0"))
    return value


def switch(value: Any) -> bool:
    """Read `true` or `false`; WrongValue says what is expected."""
    if isinstance(value, bool):
        return value
    if value in ("true", "false"):
        return bool(value == "true")
    raise WrongValue(phrase("expected true or false"), guesses.switch(value))


def zone(value: Any) -> ZoneInfo:
    """Read the name of a time zone; WrongValue gives the nearest one."""
    if isinstance(value, ZoneInfo):
        return value
    names = available_timezones()
    if value not in names:
        close = closest(value, names) if isinstance(value, str) else None
        expected = phrase("expected the name of a time zone such as `America/Mexico_City`")
        raise WrongValue(expected, close)
    return ZoneInfo(str(value))


class _Some:
    """Refuses an empty list or mapping."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return no_info_after_validator_function(self._check, handler(source))

    def __get_pydantic_json_schema__(
        self, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        found = handler(core_schema)
        least = "minItems" if found["type"] == "array" else "minProperties"
        return {**found, least: 1}

    @staticmethod
    def _check(value: Collected) -> Collected:
        if not value:
            raise WrongValue(phrase("expected at least one"))
        return value


def _either_case(words: Collection[str]) -> str:
    """Return a pattern for editors that matches the words in capitals too, and the accent of `días`."""
    letters = {"i": "[iIíÍ]"}
    return "|".join(
        "".join(letters.get(letter, f"[{letter}{letter.upper()}]") for letter in word) for word in words
    )


def shape(pattern: str, expected: str) -> dict[str, Any]:
    """Return the schema of a text of that form, for editors, which say in Spanish what is `expected`.

    A schema may take a value that the loader refuses: whether a day exists is not for a pattern to say.
    """
    return {"type": "string", "pattern": f"^{pattern}$", "patternErrorMessage": phrase(expected).spanish}


TIME_PATTERN = "([01]?[0-9]|2[0-3]):[0-5][0-9]"
DAY_PATTERN = "[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
DURATION_SCHEMA = shape(rf" *([0-9]{{1,5}} ?({_either_case(_UNITS)}) *)+", _A_DURATION)
_DURATION = WithJsonSchema(DURATION_SCHEMA)
_IN_TEXT = shape(_AMOUNT.pattern, _AN_AMOUNT)

Duration = Annotated[timedelta, BeforeValidator(duration), _DURATION]
SomeDuration = Annotated[timedelta, BeforeValidator(duration), AfterValidator(more_than_no_time), _DURATION]
TimeOfDay = Annotated[time, BeforeValidator(time_of_day), WithJsonSchema(shape(TIME_PATTERN, _A_TIME))]
Day = Annotated[date, BeforeValidator(day), WithJsonSchema(shape(DAY_PATTERN, _A_DAY))]
Amount = Annotated[
    Decimal,
    BeforeValidator(amount),
    WithJsonSchema({"anyOf": [{"type": "number", "minimum": 0}, _IN_TEXT]}),
]
SomeAmount = Annotated[
    Decimal,
    BeforeValidator(amount),
    AfterValidator(more_than_nothing),
    WithJsonSchema({"anyOf": [{"type": "number", "exclusiveMinimum": 0}, _IN_TEXT]}),
]
Switch = Annotated[bool, BeforeValidator(switch), WithJsonSchema({"type": "boolean"})]
Zone = Annotated[ZoneInfo, BeforeValidator(zone)]
Words = Annotated[
    str,
    Field(min_length=1, max_length=2000),
    WithJsonSchema({"type": ["string", "number"], "minLength": 1, "maxLength": 2000}),
]
Some = _Some()
