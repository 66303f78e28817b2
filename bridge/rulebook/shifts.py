"""Shifts as people write them: `lun-vie 9:00-18:00`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import time
from typing import Any

from pydantic import WithJsonSchema

from bridge.domain.policy import Shift
from bridge.domain.words import normalise
from bridge.phrases import phrase
from bridge.yamlfile import WrongValue
from bridge.yamlfile.hints import plain
from bridge.yamlfile.scalars import TIME_PATTERN, shape, time_of_day

_WEEK = 7
_DAYS: Mapping[str, int] = {
    name: number
    for number, names in enumerate(
        ("lun mon", "mar tue", "mie wed", "jue thu", "vie fri", "sab sat", "dom sun")
    )
    for name in names.split()
}
_EVERY_DAY = frozenset(range(_WEEK))
_A_SHIFT = "expected a shift such as `lun-vie 9:00-18:00`, `sab 9:00-14:00` or `diario 22:00-6:00`"
_EXPECTED = phrase(_A_SHIFT)
_SPAN = "[A-Za-zÁÉáé]{3}( ?- ?[A-Za-zÁÉáé]{3})?"  # an editor cannot know the days; the loader does
SHIFT_SCHEMA = WithJsonSchema(
    shape(rf"([dD]iario|DIARIO|{_SPAN}( ?, ?{_SPAN})*) {TIME_PATTERN} ?- ?({TIME_PATTERN}|24:00)", _A_SHIFT)
)
_FULL_NAME = re.compile(r"\b(lun|mar|mie|jue|vie|sab|dom)[a-z]+")
_SHIFT = re.compile(r"([a-z, -]+) ([0-9]{1,2}:[0-9]{2}) ?- ?([0-9]{1,2}:[0-9]{2})")
_THROUGH = re.compile(r" (?:a|al) (?:las )?")
_BARE_HOUR = re.compile(r"(?<![:0-9])([0-9]{1,2})(?: ?hs?| ?hrs)?(?![:0-9])")


def read_shifts(value: Any) -> tuple[Shift, ...]:
    """Read one line of working hours; one that passes midnight becomes two.

    Days are names of three letters (`lun`, `mar`, `mie`, ... or English), ranges of them, lists with
    commas, or `diario`. An end of 24:00 is midnight. WrongValue says what is expected.
    """
    match = _SHIFT.fullmatch(normalise(value)) if isinstance(value, str) else None
    days = _days(match[1]) if match else frozenset()
    if not match or not days:
        raise WrongValue(_EXPECTED, _guess(value))
    start = time_of_day(match[2])
    end = time.max if match[3] == "24:00" else time_of_day(match[3])
    if start < end:
        return (Shift(weekdays=days, start=start, end=end),)
    after = frozenset((day + 1) % _WEEK for day in days)
    until_midnight = Shift(weekdays=days, start=start, end=time.max)
    return (
        (until_midnight, Shift(weekdays=after, start=time.min, end=end))
        if end > time.min
        else (until_midnight,)
    )


def _days(words: str) -> frozenset[int]:
    """Return the days of the week that `words` name; none where they cannot be read."""
    if words.strip() == "diario":
        return _EVERY_DAY
    days: set[int] = set()
    for part in words.split(","):
        first, hyphen, last = (end.strip() for end in part.partition("-"))
        last = last if hyphen else first
        if first not in _DAYS or last not in _DAYS:
            return frozenset()
        length = (_DAYS[last] - _DAYS[first]) % _WEEK + 1
        days.update((_DAYS[first] + step) % _WEEK for step in range(length))
    return frozenset(days)


def _guess(value: Any) -> str | None:
    """Guess a shift: `lunes a viernes de 9 a 18`, with long dashes, or without its days."""
    words = _THROUGH.sub("-", normalise(plain(str(value))).replace(" de ", " "))
    words = _FULL_NAME.sub(r"\1", words)
    words = _BARE_HOUR.sub(r"\1:00", words).replace(" - ", "-")
    words = words if words[:1].isalpha() else f"diario {words}"
    found = _SHIFT.fullmatch(words)
    return words if found and _days(found[1]) else None
