"""The worked examples inside escalation.yaml, bonus.yaml and charges.yaml: given this, expect that."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Annotated, Any, Literal, Protocol

from pydantic import BeforeValidator, Field, WithJsonSchema

from bridge.domain.decisions import Because, CreditStatus, Reason
from bridge.domain.policy import NO_ACCESS, Attribution, Support
from bridge.errors import Fault
from bridge.phrases import phrase
from bridge.yamlfile import Document, FileModel, Trail, WrongValue
from bridge.yamlfile.scalars import (
    DAY_PATTERN,
    DURATION_SCHEMA,
    TIME_PATTERN,
    Amount,
    Day,
    Switch,
    Words,
    day,
    duration,
    shape,
    time_of_day,
)

_CLOCK = re.compile(r"([0-9]{1,5}):([0-5][0-9]):([0-5][0-9])")
_DAYS = re.compile(r"[0-9]{1,4}(\.[0-9]{1,4})?")
_AN_AGE = "expected a time such as `80 h`, `30 min` or `72:00:01`"
_A_DAY_AND_TIME = "expected a day and a time such as `2026-02-28 23:30`"
_MORNING = time(10)
_LONGEST = timedelta(days=3650)
_LAST_YEAR = 2200


def age(value: Any) -> timedelta:
    """Read `72:00:01` (hours, minutes, seconds) or a duration such as `80 h`; WrongValue says what is due."""
    match = _CLOCK.fullmatch(value) if isinstance(value, str) else None
    if match:
        hours, minutes, seconds = map(int, match.groups())
        found = timedelta(hours=hours, minutes=minutes, seconds=seconds)
    else:
        try:
            found = duration(value)
        except WrongValue as error:
            expected = phrase(_AN_AGE)
            raise WrongValue(expected, error.meant) from None
    if found > _LONGEST:
        raise WrongValue(phrase("expected no more than ten years"))
    return found


def number_of_days(value: Any) -> Decimal:
    """Read `4` or `3.3333`; WrongValue says what is due."""
    text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    if not _DAYS.fullmatch(text):
        raise WrongValue(phrase("expected a number of days such as `4`"))
    return Decimal(text)


def day_and_time(value: Any) -> datetime:
    """Read `2026-02-28 23:30`, a time by the panel's clock; WrongValue says what is due."""
    date_text, space, time_text = value.partition(" ") if isinstance(value, str) else ("", "", "")
    if not space:
        raise WrongValue(phrase(_A_DAY_AND_TIME))
    return datetime.combine(day(date_text), time_of_day(time_text))


Age = Annotated[
    timedelta,
    BeforeValidator(age),
    WithJsonSchema({"anyOf": [DURATION_SCHEMA, shape(_CLOCK.pattern, _AN_AGE)]}),
]
DayAndTime = Annotated[
    datetime,
    BeforeValidator(day_and_time),
    WithJsonSchema(shape(f"{DAY_PATTERN} {TIME_PATTERN}", _A_DAY_AND_TIME)),
]
NumberOfDays = Annotated[
    Decimal,
    BeforeValidator(number_of_days),
    WithJsonSchema({"type": ["number", "string"], "minimum": 0, "pattern": f"^{_DAYS.pattern}$"}),
]


class Visit(FileModel):
    """A visit: `fixed` is when it was agreed; it `starts` at an age, or on the n-th `day` and its half."""

    fixed: Age
    starts: Age | None = None
    day: Annotated[int, Field(ge=1, le=60)] | None = None
    half_day: str = ""
    done: Age | None = None
    failed: Age | None = None


class SecondTicket(FileModel):
    """A further ticket of the same fault."""

    opened: Age
    closed: Age


class Given(FileModel):
    """What happens. Times are counted from the opening of the first ticket, which is number 1201."""

    open_for: Age
    still_open: Switch = False
    reopened_after: Age | None = None
    open_again_for: Age | None = None
    second_ticket: SecondTicket | None = None
    opened: DayAndTime | None = None
    kind: str = NO_ACCESS
    attribution: Attribution | None = None
    price: Amount = Decimal(300)
    tax: Amount = Decimal(0)
    earlier_credits: Amount | None = None
    no_invoice_for: Age | None = None
    contacts: tuple[Age, ...] = ()
    contact_failed: Age | None = None
    visits: tuple[Visit, ...] = ()
    classed_severe: Age | None = None
    support: Support | None = None

    def opening(self, effective_from: Day) -> datetime:
        """Return the opening by the panel's clock; 10:00 on the version's first day where none is given."""
        return self.opened or datetime.combine(effective_from, _MORNING)


class LadderExpected(FileModel):
    """How far the ladder went."""

    level: Literal[1, 2, 3] | None = None
    report: str | None = None
    severe: Switch | None = None
    severe_at: Age | None = None
    because: Because | None = None
    breaches: tuple[Literal["level_1_contact", "level_2_call"], ...] | None = None


class CreditExpected(FileModel):
    """What the customer gets: `amount` in all, `amounts` credit by credit."""

    status: CreditStatus | None = None
    reason: Reason | None = None
    days: NumberOfDays | None = None
    amount: Amount | None = None
    amounts: tuple[Amount, ...] | None = None


class ChargeExpected(FileModel):
    """What the customer has to pay for support, if anything."""

    charge: Switch | None = None
    status: CreditStatus | None = None
    reason: Reason | None = None
    amount: Amount | None = None


class Example(FileModel):
    """One worked example."""

    name: Words
    given: Given


class LadderExample(Example):
    """An example of escalation.yaml."""

    expect: LadderExpected


class CreditExample(Example):
    """An example of bonus.yaml."""

    expect: CreditExpected


class ChargeExample(Example):
    """An example of charges.yaml."""

    expect: ChargeExpected


class Exemplified(Protocol):
    """A dated version with its examples."""

    @property
    def effective_from(self) -> Day:
        """The version's first day."""

    @property
    def examples(self) -> Sequence[LadderExample | CreditExample | ChargeExample]:
        """Its examples."""


def faults(document: Document, versions: Sequence[Exemplified]) -> list[Fault]:
    """Return examples that cannot be acted out: two of one name, nothing expected, times that contradict."""
    return [
        fault
        for position, version in enumerate(versions)
        for fault in _of_version(document, ("versions", position), versions, position)
        if version.examples
    ]


def _of_version(
    document: Document, here: Trail, versions: Sequence[Exemplified], position: int
) -> Iterator[Fault]:
    names: set[str] = set()
    until = [version.effective_from for version in versions[position + 1 :]][:1]
    for number, example in enumerate(versions[position].examples):
        place = (*here, "examples", number)
        if example.name in names:
            words = phrase("another example is named `{name}`", name=example.name)
            yield document.fault((*place, "name"), words)
        names.add(example.name)
        if not example.expect.model_fields_set:
            words = phrase("expected at least one line that says what must come out")
            yield document.fault((*place, "expect"), words)
        opened = example.given.opening(versions[position].effective_from).date()
        if opened < versions[position].effective_from or any(opened >= following for following in until):
            words = phrase("on {day} this version is not in force; take a day on which it is", day=opened)
            yield document.fault((*place, "given", "opened"), words)
        if opened.year > _LAST_YEAR:
            words = phrase("expected a day before the year {year}", year=_LAST_YEAR)
            yield document.unfit((*place, "given", "opened"), words)
        yield from _contradictions(document, (*place, "given"), example.given)


def _contradictions(document: Document, place: Trail, given: Given) -> Iterator[Fault]:
    if (given.reopened_after is None) != (given.open_again_for is None):
        word = "open_again_for" if given.open_again_for is None else "reopened_after"
        words = phrase("`{key}` is missing: a ticket that is opened again needs both", key=word)
        yield document.fault(place, words)
    second = given.second_ticket
    if second is not None and second.closed < second.opened:
        yield document.unfit(
            (*place, "second_ticket", "closed"), phrase("expected no less than `{key}`", key="opened")
        )
    for number, visit in enumerate(given.visits):
        if (visit.starts is None) == (visit.day is None):
            words = phrase("expected `starts` or `day`, one of them: when the visit is")
            yield document.fault((*place, "visits", number), words)
