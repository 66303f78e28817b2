"""Which versions of the policies rule an incident: those in force on the day it began, for good (L-10)."""

from __future__ import annotations

from datetime import date, datetime
from operator import attrgetter
from typing import NamedTuple, Protocol, TypeVar
from zoneinfo import ZoneInfo

from bridge.domain.policy import BonusPolicy, ChargePolicy, EscalationPolicy, Rulebook


class Dated(Protocol):
    """A policy version with the day it comes into force."""

    @property
    def effective_from(self) -> date:
        """The first day (panel's time zone) on which an incident may begin under it."""


D = TypeVar("D", bound=Dated)


class Terms(NamedTuple):
    """What rules an incident. `begun_month` is the calendar month of t0, `2026-11` (C-10)."""

    escalation: EscalationPolicy
    bonus: BonusPolicy | None
    charges: ChargePolicy | None
    begun_month: str


def terms_at(opened_at: datetime, rulebook: Rulebook) -> Terms:
    """Return the terms of an incident begun at `opened_at`."""
    day = opened_at.astimezone(rulebook.zone).date()
    return Terms(
        escalation=_ladder_on(day, rulebook),
        bonus=_in_force_on(day, rulebook.bonus),
        charges=_in_force_on(day, rulebook.charges),
        begun_month=day.isoformat()[:7],
    )


def escalation_at(opened_at: datetime, rulebook: Rulebook) -> EscalationPolicy:
    """The ladder in force at `opened_at`; before the first version, that one: a fault is always escalated."""
    return _ladder_on(opened_at.astimezone(rulebook.zone).date(), rulebook)


def in_force(versions: tuple[D, ...], opened_at: datetime, zone: ZoneInfo) -> D | None:
    """Return the version that rules an incident begun at `opened_at`, None where there is none (C-12)."""
    return _in_force_on(opened_at.astimezone(zone).date(), versions)


def _ladder_on(day: date, rulebook: Rulebook) -> EscalationPolicy:
    found = _in_force_on(day, rulebook.escalation)
    return found or min(rulebook.escalation, key=attrgetter("effective_from"))


def _in_force_on(day: date, versions: tuple[D, ...]) -> D | None:
    latest = None
    for version in versions:
        if version.effective_from <= day and (
            latest is None or version.effective_from > latest.effective_from
        ):
            latest = version
    return latest
