"""What a row's `mapping` changes in the rulebook: `day counting = exact_hours; monthly cap = 0.5`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from bridge.domain.money import Money
from bridge.domain.policy import (
    Attribution,
    BonusPolicy,
    ChargePolicy,
    ClockStart,
    DayCounting,
    KindCredit,
    MonthBasis,
    Rulebook,
    Support,
)
from tests.domain.story import BONUS, RULEBOOK, duration, local


def edited(text: str) -> Rulebook:
    """The test rulebook with these values; `-` and nothing are the values of the procedure."""
    rules = RULEBOOK
    for part in filter(None, (one.strip() for one in text.split(";"))):
        if part == "-":
            continue
        name, _, value = part.partition(" = ")
        rules = _MAPPINGS[name](rules, value)
    return rules


def _with_bonus(make: Callable[[str], Mapping[str, Any]]) -> Callable[[Rulebook, str], Rulebook]:
    def changed(rules: Rulebook, value: str) -> Rulebook:
        (policy,) = rules.bonus
        bonus: BonusPolicy = replace(policy, **make(value))
        return replace(rules, bonus=(bonus,))

    return changed


def _with_charges(make: Callable[[str], Mapping[str, Any]]) -> Callable[[Rulebook, str], Rulebook]:
    def changed(rules: Rulebook, value: str) -> Rulebook:
        (policy,) = rules.charges
        charges: ChargePolicy = replace(policy, **make(value))
        return replace(rules, charges=(charges,))

    return changed


def _with_escalation(make: Callable[[str], Mapping[str, Any]]) -> Callable[[Rulebook, str], Rulebook]:
    def changed(rules: Rulebook, value: str) -> Rulebook:
        (policy,) = rules.escalation
        return replace(rules, escalation=(replace(policy, **make(value)),))

    return changed


def _prices(value: str) -> Mapping[str, Any]:
    pairs = [one.rsplit(" ", 1) for one in value.split(" and ")]
    return {"prices": {Support(kind): Money(Decimal(price)) for kind, price in pairs}}


_MAPPINGS: Mapping[str, Callable[[Rulebook, str], Rulebook]] = {
    "day counting": _with_bonus(lambda value: {"day_counting": DayCounting(value)}),
    "month basis": _with_bonus(lambda value: {"month_basis": MonthBasis(value)}),
    "charges from": _with_charges(lambda value: {"effective_from": date.fromisoformat(value)}),
    "price includes tax": _with_bonus(lambda value: {"price_includes_tax": value == "yes"}),
    "month replaces days": _with_bonus(lambda value: {"month_replaces_days": value == "yes"}),
    "unknown attribution": _with_bonus(lambda value: {"unknown_attribution": Attribution(value)}),
    "days from": _with_bonus(lambda value: {"days_from": duration(value)}),
    "month over": _with_bonus(lambda value: {"month_over": duration(value)}),
    "monthly cap": _with_bonus(lambda value: {"monthly_cap": Decimal(value)}),
    "low_speed earns": _with_bonus(
        lambda value: {
            "kinds": {
                **BONUS.kinds,
                "low_speed": KindCredit(days="days" in value, month="month" in value),
            }
        }
    ),
    "bonus from": _with_bonus(lambda value: {"effective_from": date.fromisoformat(value)}),
    "charged": _with_charges(
        lambda value: {"attributions": frozenset(Attribution(one) for one in value.split(" and "))}
    ),
    "prices": _with_charges(_prices),
    "charges need approval": _with_charges(lambda value: {"needs_approval": value == "yes"}),
    "level 2 call": _with_escalation(lambda value: {"level_2_call": duration(value)}),
    "level 2 counted from": _with_escalation(
        lambda value: {"level_2_counted_from": ClockStart(value.replace(" ", "_"))}
    ),
    "visit grace": _with_escalation(lambda value: {"visit_grace": duration(value)}),
    "visit lasts": _with_escalation(lambda value: {"visit_hours": duration(value)}),
    "continues within": _with_escalation(lambda value: {"continues_within": duration(value)}),
    "approval above": lambda rules, value: replace(rules, approval_above=Money(Decimal(value))),
    "enforced from": lambda rules, value: replace(rules, enforce_from=local(value)),
}
