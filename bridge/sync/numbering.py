"""A report number is for good: its prefix is not edited in a version of the ladder that is in force (L-3)."""

from __future__ import annotations

from datetime import date, datetime

from bridge.domain.policy import EscalationPolicy, Rulebook
from bridge.domain.terms import escalation_at
from bridge.errors import UserFault
from bridge.store.store import Store
from bridge.sync.archived import in_force
from bridge.sync.pull import MAPPINGS_SEEN


def keep_numbers(store: Store, rulebook: Rulebook, now: datetime) -> None:
    """Refuse mappings under which reports of the past would have another number. Raises UserFault.

    A store that is lost reckons each number anew, and finds money on the panel by it. Mappings of the last
    cycle that cannot be read any more forbid nothing.
    """
    if store.meta.get(MAPPINGS_SEEN) in {None, rulebook.digest}:
        return
    try:
        known = in_force(store)
    except UserFault:
        return
    edited = _renumbered(known.rulebook, rulebook, now) if known is not None else None
    if edited is not None:
        was, is_ = edited
        raise UserFault(
            f"escalation.yaml: reports since {was.effective_from} are numbered {was.report_prefix}, and "
            f"{is_.report_prefix} would number them again: credits on the panel are found by that number. "
            f"Write {was.report_prefix} there again, and the other letters into a version of their own "
            "that begins tomorrow or later"
        )


def _renumbered(
    before: Rulebook, after: Rulebook, now: datetime
) -> tuple[EscalationPolicy, EscalationPolicy] | None:
    """The first versions of both, of one day in the past, that number differently."""
    versions = [*before.escalation, *after.escalation]
    for day in sorted({version.effective_from for version in versions} | {_day(now, before)}):
        if day <= _day(now, before):
            noon = datetime(day.year, day.month, day.day, 12, tzinfo=before.zone)
            was, is_ = escalation_at(noon, before), escalation_at(noon, after)
            if was.report_prefix != is_.report_prefix:
                return was, is_
    return None


def _day(now: datetime, rulebook: Rulebook) -> date:
    return now.astimezone(rulebook.zone).date()
