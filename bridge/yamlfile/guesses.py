"""What somebody most likely meant by a value that cannot be read: `349,00` is `349.00`, `72 hrs` `72 h`.

Nothing here is ever taken for the value: it is only offered.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from bridge.domain.words import normalise
from bridge.yamlfile.hints import plain

_MINUTES: Mapping[str, int] = {
    **dict.fromkeys(("m", "min", "mins", "minuto", "minutos"), 1),
    **dict.fromkeys(("h", "hs", "hr", "hrs", "hora", "horas", "hour", "hours"), 60),
    **dict.fromkeys(("d", "dia", "dias", "day", "days"), 24 * 60),
    **dict.fromkeys(("sem", "semana", "semanas", "week", "weeks"), 7 * 24 * 60),
}
_LENGTH = re.compile(r"([0-9]{1,5}(?:[.,][0-9]{1,2})?) ?([a-z]+)\.?")
_CLOCK = re.compile(r"([0-9]{1,5}):([0-5][0-9])(?::00)?(?: ?h(?:rs?)?)?")
_MONEY = re.compile(r"([0-9]{1,9}|[0-9]{1,3}(?:,[0-9]{3})+)(?:([.,])([0-9]{1,2}))?")
_LOCAL_DAY = re.compile(r"([0-9]{1,2})[-/. ]([0-9]{1,2})[-/. ]([0-9]{4})")
_OTHER_DAY = re.compile(r"([0-9]{4})[-/. ]([0-9]{1,2})[-/. ]([0-9]{1,2})")
_HOUR = re.compile(r"([0-9]{1,2})(?:[:.,h]([0-9]{2}))? ?(am|pm|a\.m\.|p\.m\.|h|hs|hrs|horas)?")
_SWITCHES = {
    **dict.fromkeys(("si", "s", "yes", "y", "on", "verdadero", "cierto", "1"), "true"),
    **dict.fromkeys(("no", "n", "off", "falso", "0"), "false"),
}


def duration(value: Any) -> str | None:
    """Guess a duration: `1.5 h`, `72 hrs`, `72:00`, `2 semanas`."""
    words = normalise(plain(str(value)))
    if clock := _CLOCK.fullmatch(words):
        return _length(int(clock[1]) * 60 + int(clock[2]))
    length = _LENGTH.fullmatch(words)
    if not length or length[2] not in _MINUTES:
        return None
    minutes = Decimal(length[1].replace(",", ".")) * _MINUTES[length[2]]
    if minutes != int(minutes):
        return None
    days, rest = divmod(int(minutes), _MINUTES["dias"])
    return (
        f"{days} días"
        if days and not rest and _MINUTES[length[2]] >= _MINUTES["dias"]
        else _length(int(minutes))
    )


def amount(value: Any) -> str | None:
    """Guess an amount: `349,00`, `$1,500.00`, `150 pesos`."""
    bare = re.sub(r"\$|mxn|pesos|m\.n\.| ", "", normalise(plain(str(value))))
    money = _MONEY.fullmatch(bare)
    if not money:
        return None
    whole = str(int(money[1].replace(",", "")))
    return f"{whole}.{money[3]}" if money[3] else whole


def day(value: Any) -> str | None:
    """Guess a date: `25/11/2026` is written day first in Mexico."""
    text = plain(str(value))
    if local := _LOCAL_DAY.fullmatch(text):
        year, month, number = local[3], local[2], local[1]
    elif other := _OTHER_DAY.fullmatch(text):
        year, month, number = other.groups()
    else:
        return None
    try:
        return date(int(year), int(month), int(number)).isoformat()
    except ValueError:
        return None


def time_of_day(value: Any) -> str | None:
    """Guess a time: `19.00`, `7 pm`, `9`."""
    found = _HOUR.fullmatch(normalise(plain(str(value))))
    if not found:
        return None
    hour, half = int(found[1]), (found[3] or "").replace(".", "")
    if half in {"am", "pm"}:
        hour = hour % 12 + (12 if half == "pm" else 0)
    return f"{hour}:{found[2] or '00'}" if hour < 24 and int(found[2] or 0) < 60 else None  # noqa: PLR2004


def switch(value: Any) -> str | None:
    """Guess `true` or `false`: `sí`, `no`, `on`."""
    return _SWITCHES.get(normalise(str(value)))


def _length(minutes: int) -> str:
    """Write a number of minutes as people do: `1 h 30 min`."""
    parts = ((minutes // 60, "h"), (minutes % 60, "min"))
    return " ".join(f"{number} {unit}" for number, unit in parts if number) or "0 min"
