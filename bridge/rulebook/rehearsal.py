"""Acts the worked examples of the mappings out with the real rules, and says which no longer hold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

from bridge.domain.calendar import moment
from bridge.domain.decisions import CreditType, Line
from bridge.domain.escalation import StepName
from bridge.domain.money import Money
from bridge.domain.policy import UNROUTED, Rulebook
from bridge.domain.terms import escalation_at
from bridge.domain.words import normalise
from bridge.errors import Fault
from bridge.phrases import Phrase, phrase
from bridge.rulebook.examples import ChargeExample, CreditExample, Exemplified, Given, LadderExample
from bridge.rulebook.play import Play
from bridge.yamlfile import Document, Trail, nearest

_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
_NO_LIMIT = Money(Decimal(10**12))
_CREDITS = {CreditType.DAYS, CreditType.MONTH}
_NOTHING = Money(Decimal(0))

Outcome = Mapping[str, Any]


def broken_examples(document: Document, versions: Iterable[Exemplified], rulebook: Rulebook) -> list[Fault]:
    """Return a fault for every example of one file that comes out otherwise than it expects.

    An example is acted out under the other mappings as they are, as if credits had always been enforced
    and no amount needed a person's approval: what config.yaml says does not count.
    """
    free = replace(rulebook, enforce_from=_LONG_AGO, approval_above=_NO_LIMIT)
    return [
        fault
        for position, version in enumerate(versions)
        for number, example in enumerate(version.examples)
        for fault in _judged(
            document,
            ("versions", position, "examples", number),
            example,
            Play(given=example.given, opened=_instant(example.given, version, rulebook), rulebook=free),
        )
    ]


def _instant(given: Given, version: Exemplified, rulebook: Rulebook) -> datetime:
    local = given.opening(version.effective_from)
    return moment(local.date(), local.time(), rulebook.zone)


def _judged(
    document: Document, place: Trail, example: LadderExample | CreditExample | ChargeExample, play: Play
) -> Iterator[Fault]:
    if strange := list(_strangers(document, (*place, "given"), example.given, play)):
        yield from strange
        return
    play.act()
    match example:
        case LadderExample():
            came = _ladder(play)
        case CreditExample():
            came = _credit(play)
        case ChargeExample():
            came = _charge(play)
    wanted = {name: getattr(example.expect, name) for name in example.expect.model_fields_set}
    wrong = [
        name for name in type(example.expect).model_fields if name in wanted and wanted[name] != came[name]
    ]
    if wrong:
        yield document.fault(
            (*place, "expect", wrong[0]),
            phrase(
                "the example `{name}` expects {expected}; the rules give {given}",
                name=example.name,
                expected=_listed(wanted, wrong),
                given=_listed(came, wrong),
            ),
        )


def _listed(values: Outcome, names: Iterable[str]) -> Phrase:
    return _joined(phrase("{name} {value}", name=name, value=_shown(values[name])) for name in names)


def _joined(parts: Iterable[Phrase]) -> Phrase:
    listed = list(parts)
    return Phrase(", ".join(one.english for one in listed), ", ".join(one.spanish for one in listed))


def _strangers(document: Document, place: Trail, given: Given, play: Play) -> Iterator[Fault]:
    """Words that the other mappings do not know: the kind of fault, the half of a day."""
    kinds = [kind.name for kind in play.rulebook.kinds.kinds if kind.is_fault]
    if given.kind not in {*kinds, UNROUTED}:
        words = phrase(
            "faults.yaml has no fault `{name}`; {what}", name=given.kind, what=nearest(given.kind, kinds)
        )
        yield document.fault((*place, "kind"), words)
    halves = escalation_at(play.opened, play.rulebook).half_day_ends
    for number, visit in enumerate(given.visits):
        if normalise(visit.half_day) not in halves:
            named = nearest(visit.half_day, filter(None, halves))
            words = phrase("no half-day `{name}`; {what}", name=visit.half_day, what=named)
            yield document.fault((*place, "visits", number, "half_day"), words)


def _shown(value: object) -> Phrase:
    match value:
        case None:
            return phrase("nothing")
        case bool():
            return phrase(str(value).lower())
        case StrEnum():
            return phrase(value.value)
        case tuple():
            return phrase("[{values}]", values=_joined(map(_shown, value)))
        case Decimal():
            return phrase(f"{value:f}")
        case timedelta():
            seconds, micro = divmod(value, timedelta(seconds=1))
            clock = f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"
            return phrase("just after {clock}", clock=clock) if micro else phrase(clock)
        case _:
            return phrase(str(value))


def _ladder(play: Play) -> Outcome:
    last = play.assessments[-1]
    severe = play.fired[last.incident.incident_id].get(StepName.SEVERE)
    return {
        "level": last.level,
        "report": last.report_number,
        "severe": last.severe,
        "severe_at": severe.at - play.opened if severe else None,
        "because": severe.because if severe else None,
        "breaches": last.breaches,
    }


def _credit(play: Play) -> Outcome:
    lines = [line for line in play.lines.values() if line.type in _CREDITS]
    last = lines[-1] if lines else None
    days = sum((line.days or Decimal(0) for line in lines), Decimal(0))
    return {
        "status": last.status if last else None,
        "reason": last.reason if last else None,
        "days": None if last and last.type is CreditType.MONTH else days,
        "amount": _sum(lines),
        "amounts": tuple(line.amount.rounded().amount for line in lines),
    }


def _charge(play: Play) -> Outcome:
    lines = [line for line in play.lines.values() if line.type is CreditType.CHARGE]
    last = lines[-1] if lines else None
    return {
        "charge": bool(lines),
        "status": last.status if last else None,
        "reason": last.reason if last else None,
        "amount": _sum(lines),
    }


def _sum(lines: Iterable[Line]) -> Decimal:
    return sum((line.amount for line in lines), _NOTHING).rounded().amount
