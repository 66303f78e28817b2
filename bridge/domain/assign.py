"""Which technician gets an incident: by level, place, availability, load; nobody is moved without cause."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from bridge.domain.decisions import Because
from bridge.domain.policy import Roster, Shift, Technician
from bridge.domain.words import normalise


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """What an incident asks of its technician. Empty zone and no nodes: anywhere.

    `level_rose` tells a step up the ladder from a first assignment.
    """

    level: int
    zone: str
    nodes: frozenset[int]
    current: int | None  # operator id of the present owner, whoever assigned them
    level_rose: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The technician chosen, or None with the reason `nobody` (the supervisor decides)."""

    operator_id: int | None
    because: Because


def is_away(operator_id: int, roster: Roster, at: datetime, zone: ZoneInfo) -> bool:
    """Whether a technician is on leave, or no longer on the roster."""
    one = next((one for one in roster.technicians if one.operator_id == operator_id), None)
    return one is None or _on_leave(one, at.astimezone(zone).date())


def next_leave(operator_id: int, roster: Roster, at: datetime, zone: ZoneInfo) -> datetime | None:
    """When the technician's next leave begins; None where none is planned."""
    firsts = [
        datetime.combine(leave.first, time(), zone)
        for one in roster.technicians
        if one.operator_id == operator_id
        for leave in one.leave
    ]
    return min((first for first in firsts if first > at), default=None)


def choose(need: Need, roster: Roster, loads: Mapping[int, int], at: datetime, zone: ZoneInfo) -> Choice:
    """Keep the present owner unless the level rose and they do not serve it; else take the least loaded.

    A person's choice in the panel wins until the level rises (L-1, L-6). `loads` counts open incidents per
    operator; equal loads go to the lowest operator id.
    """
    serves = any(one.operator_id == need.current and need.level in one.levels for one in roster.technicians)
    if need.current is not None and (serves or not need.level_rose):
        return Choice(operator_id=need.current, because=Because.KEPT)
    free = [one for one in _serving(need, roster.technicians) if _is_available(one, loads, at, zone)]
    if not free:
        return Choice(operator_id=None, because=Because.NOBODY)
    best = min(free, key=lambda one: (loads.get(one.operator_id, 0), one.operator_id))
    return Choice(operator_id=best.operator_id, because=Because.CHOSEN)


def _serving(need: Need, technicians: Iterable[Technician]) -> list[Technician]:
    return [one for one in technicians if need.level in one.levels and _covers(one, need)]


def _covers(technician: Technician, need: Need) -> bool:
    if not technician.zones and not technician.nodes:
        return True
    zones = {normalise(zone) for zone in technician.zones}
    return normalise(need.zone) in zones or bool(technician.nodes & need.nodes)


def _is_available(technician: Technician, loads: Mapping[int, int], at: datetime, zone: ZoneInfo) -> bool:
    local = at.astimezone(zone)
    if _on_leave(technician, local.date()):
        return False
    if technician.max_open is not None and loads.get(technician.operator_id, 0) >= technician.max_open:
        return False
    return not technician.shifts or any(_on_shift(shift, local) for shift in technician.shifts)


def _on_leave(technician: Technician, day: date) -> bool:
    return any(leave.first <= day <= leave.last for leave in technician.leave)


def _on_shift(shift: Shift, local: datetime) -> bool:
    """A shift that ends at or before its start runs over midnight into the next day."""
    clock = local.time()
    if shift.start < shift.end:
        return local.weekday() in shift.weekdays and shift.start <= clock < shift.end
    begins_today = local.weekday() in shift.weekdays and clock >= shift.start
    began_yesterday = (local.weekday() - 1) % 7 in shift.weekdays and clock < shift.end
    return begins_today or began_yesterday
