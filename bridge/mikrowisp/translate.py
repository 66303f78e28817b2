"""The panel's values in the trade's terms: words, dates, money and markup (contract sections 1 and 3)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from zoneinfo import ZoneInfo

from bridge.domain.money import Money
from bridge.domain.records import Channel, ClientStatus, TicketState
from bridge.domain.words import normalise
from bridge.mikrowisp.plaintext import plain_text
from bridge.rulebook.commands import Tickets

__all__ = [
    "channel_of",
    "client_status_of",
    "department_of",
    "half_day_of",
    "instant_of",
    "money_of",
    "number_of",
    "one_line",
    "plain_text",
    "state_of",
    "visit_date_of",
]

# `soporte.agendado` and `soporte.turno` are varchar(10): longer words come back cut (contract 3.7).
CUT_AT = 10

_CLIENT_STATUS = {
    "activo": ClientStatus.ACTIVE,
    "0": ClientStatus.ACTIVE,
    "suspendido": ClientStatus.SUSPENDED,
    "1": ClientStatus.SUSPENDED,
    "retirado": ClientStatus.RETIRED,
    "2": ClientStatus.RETIRED,
}


def state_of(word: str, words: Tickets) -> TicketState:
    """Return the state a panel word names; a word nobody knows counts as open, so that no ticket is lost."""
    said = normalise(word)
    for state, known in words.states.items():
        if any(normalise(one) == said for one in known):
            return state
    return TicketState.OPEN


def channel_of(word: str, words: Tickets) -> Channel:
    """Return the channel of an `agendado`, which the panel cuts after ten characters."""
    said = _cut(word)
    for channel, known in words.channels.items():
        if said and any(_cut(one) == said for one in known):
            return channel
    return Channel.OTHER


def half_day_of(word: str, words: Tickets) -> str:
    """Return `mañana`, `tarde` or `` for a `turno`, which may come in brackets and in any case."""
    said = normalise(word.strip(" ()[]{}"))
    for half_day, known in words.half_days.items():
        if said and any(normalise(one) == said for one in known):
            return half_day
    return ""


def client_status_of(value: str) -> ClientStatus:
    """Return a customer's standing from `ACTIVO`, `SUSPENDIDO`, `RETIRADO` or 0, 1, 2; else ValueError."""
    status = _CLIENT_STATUS.get(normalise(value))
    if status is None:
        raise ValueError(f"estado {value!r} is none of ACTIVO, SUSPENDIDO, RETIRADO")
    return status


def department_of(value: str, departments: Mapping[str, int]) -> int | None:
    """Return the department id of a `dp` that is an id or a name; None where the name is not known.

    `departments` maps normalised names to ids.
    """
    said = normalise(value)
    return int(said) if said.isascii() and said.isdigit() else departments.get(said)


def instant_of(text: str, zone: ZoneInfo, *, not_before: datetime | None = None) -> datetime | None:
    """Return a panel's local date-time as an instant in UTC; None for an empty or zero date.

    An hour that happens twice is taken the first time, unless only the second is `not_before`: a ticket
    is not closed before it was opened. An hour that the clock jumps over is moved forward by the jump. A
    bare date is its midnight. Raises ValueError for anything else.
    """
    if _is_zero(text):
        return None
    said = text.strip().replace("T", " ")
    local = datetime.fromisoformat(said)
    if local.tzinfo is None:
        # Before the jump's offset is what fold=0 means for a skipped hour: 02:30 becomes 03:30.
        local = local.replace(tzinfo=zone, fold=0)
    try:
        first = local.astimezone(UTC)
    except OverflowError as error:
        raise ValueError(f"{text!r} lies outside the calendar") from error
    if not_before is None or first >= not_before:
        return first
    second = local.replace(fold=1).astimezone(UTC)
    return second if second >= not_before else first


def visit_date_of(text: str) -> date | None:
    """Return a panel date (a time after it is dropped); None for an empty or zero date; else ValueError."""
    if _is_zero(text):
        return None
    return date.fromisoformat(text.strip()[:10])


def number_of(value: object) -> int:
    """Return an id or a count from 77, `77` or `000077`; else ValueError."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise ValueError(f"{value!r} is no whole number")  # noqa: TRY004 - one kind of error for callers
    return int(value)


def money_of(value: str | int | Decimal, currency: str) -> Money:
    """Return an exact amount from a panel's decimal string; else ValueError. Never a float."""
    try:
        amount = Decimal(value.strip() if isinstance(value, str) else value)
    except InvalidOperation as error:
        raise ValueError(f"{value!r} is no amount") from error
    if not amount.is_finite():
        raise ValueError(f"{value!r} is no amount")
    return Money(amount, currency)


def one_line(text: str) -> str:
    """Return panel markup as one line of plain text: subjects, names, zones."""
    return " ".join(plain_text(text).split())


def contains_any(text: str, words: Iterable[str]) -> bool:
    """Whether one of `words` stands in `text`, both without case and accents."""
    said = normalise(text)
    return any(normalise(word) in said for word in words if word)


def _cut(word: str) -> str:
    return normalise(word.strip()[:CUT_AT])


def _is_zero(text: str) -> bool:
    return not text.strip() or text.strip().startswith("0000")
