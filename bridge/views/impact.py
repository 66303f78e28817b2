"""The impact of an edit as it is shown: what changes of each incident, the sums, and the keys that differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from textwrap import shorten
from typing import Any
from zoneinfo import ZoneInfo

from bridge.domain.decisions import CreditStatus
from bridge.domain.escalation import StepName
from bridge.domain.money import Money
from bridge.domain.policy import Rulebook
from bridge.rulebook.differences import KeyChange
from bridge.sync.impact import Change, Impact, Totals, Value, What
from bridge.sync.outlook import Sum
from bridge.views.instants import clock, iso

_LONGEST_VALUE = 60  # a whole list of examples says no more than its beginning

_WITH_REASON = {CreditStatus.REFUSED, CreditStatus.HELD, CreditStatus.VOIDED}
_WHAT = {
    What.REPORT_NUMBER: "report number",
    What.BREACH: "promise broken",
    What.LEAVE: "handed over",
    What.NOBODY: "nobody available",
    What.CREDIT: "credit now",
    What.CREDIT_LATER: "credit if it stays open",
    What.REVERSAL: "credit taken back",
    What.OVERPAID: "credited too much",
}
_STEPS = {
    StepName.LEVEL_1: "level 1 from",
    StepName.LATE_CONTACT: "level 1 calls by",
    StepName.LEVEL_2: "level 2 from",
    StepName.LATE_CALL: "level 2 calls by",
    StepName.LEVEL_3: "level 3 from",
}


def impact_as_json(found: Impact, keys: Sequence[KeyChange], against: str, zone: ZoneInfo) -> dict[str, Any]:
    """The impact for a program; amounts as text, instants with the panel's offset."""
    return {
        "at": iso(found.at, zone),
        "against": against,
        "keys": [
            {"file": one.file, "key": one.key or None, "before": one.before, "after": one.after}
            for one in keys
        ],
        "incidents": [
            {
                "incident_id": one.incident.incident_id,
                "report_number": one.incident.report_number,
                "client_id": one.incident.client_id,
                "ticket_ids": list(one.incident.ticket_ids),
                "changes": [_change_as_json(change, zone) for change in one.changes],
            }
            for one in found.affected
        ],
        "unchanged": found.unchanged,
        "credits": _totals_as_json(found.credits),
        "credits_later": _totals_as_json(found.credits_later),
    }


def _change_as_json(change: Change, zone: ZoneInfo) -> dict[str, Any]:
    return {
        "what": str(change.what),
        "step": str(change.step) if change.step is not None else None,
        "level": change.level,
        "rule": change.rule or None,
        "before": _value_as_json(change.before, zone),
        "after": _value_as_json(change.after, zone),
    }


def _value_as_json(value: Value, zone: ZoneInfo) -> Any:
    if isinstance(value, tuple):
        return [_value_as_json(one, zone) for one in value]
    if isinstance(value, Sum):
        return {
            "status": str(value.status),
            "reason": str(value.reason),
            "amount": str(value.amount),
            "currency": value.amount.currency,
            "at": iso(value.at, zone),
        }
    if isinstance(value, datetime):
        return iso(value, zone)
    return str(value) if isinstance(value, Money) else value


def _totals_as_json(totals: Totals) -> dict[str, str]:
    return {
        "before": str(totals.before),
        "after": str(totals.after),
        "difference": str(totals.difference),
        "currency": totals.difference.currency,
    }


def impact_rows(found: Impact, before: Rulebook, after: Rulebook) -> list[tuple[str, ...]]:
    """Rows for people: incident, customer, what, before, after, rule; an incident is named once."""
    rows: list[tuple[str, ...]] = []
    for one in found.affected:
        name, customer = one.incident.incident_id, str(one.incident.client_id)
        for change in one.changes:
            was, is_ = _in_words(change.before, change, before), _in_words(change.after, change, after)
            rows.append((name, customer, _what(change), was, is_, change.rule))
            name = customer = ""
    return rows


def _what(change: Change) -> str:
    if change.what is What.DEADLINE and change.step is not None:
        return _STEPS[change.step]
    if change.what is What.DEPARTMENT:
        return f"department of level {change.level}"
    return _WHAT.get(change.what, str(change.what))


def _in_words(value: Value, change: Change, rulebook: Rulebook) -> str:
    if isinstance(value, tuple):
        return "; ".join(_sum_in_words(one, rulebook.zone) for one in value)
    if isinstance(value, Sum):
        return _sum_in_words(value, rulebook.zone)
    if isinstance(value, datetime):
        return clock(value, rulebook.zone)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None:
        return "-"
    if change.what is What.OWNER:
        return _named(value, {one.operator_id: one.name for one in rulebook.roster.technicians})
    if change.what is What.DEPARTMENT:
        return _named(value, rulebook.departments.names)
    return str(value)


def _named(number: object, names: Mapping[int, str]) -> str:
    return f"{number} {names[number]}" if isinstance(number, int) and number in names else str(number)


def _sum_in_words(one: Sum, zone: ZoneInfo) -> str:
    """`40.00 accruing`, `300.00 due 2026-11-06 08:00`, `refused (capped)`."""
    words = str(one.status).replace("_", " ")
    if one.status in _WITH_REASON:
        words += f" ({str(one.reason).replace('_', ' ')})"
    amount = f"{one.amount} " if one.amount else ""
    return f"{amount}{words} {clock(one.at, zone)}".rstrip()


def keys_in_words(keys: Sequence[KeyChange]) -> list[str]:
    """One line for each key that differs: `escalation.yaml versions[2019-01-01].report_after: 2 h -> 4 h`."""
    return [
        f"{one.file} {one.key}: {_in_short(one.before)} -> {_in_short(one.after)}"
        if one.key
        else f"{one.file}: only comments or layout"
        for one in keys
    ]


def _in_short(value: str | None) -> str:
    return "nothing" if value is None else shorten(value, _LONGEST_VALUE, placeholder="…")
