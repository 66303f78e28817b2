"""Instants and durations as they are shown: in the panel's zone."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo


def iso(at: datetime | None, zone: ZoneInfo) -> str | None:
    """Return an instant as ISO 8601 with the zone's offset; None stays None."""
    return None if at is None else at.astimezone(zone).isoformat()


def clock(at: datetime | None, zone: ZoneInfo) -> str:
    """Return an instant for people, to the second where it has one: `2026-11-25 16:00`."""
    if at is None:
        return ""
    local = at.astimezone(zone)
    return f"{local:%Y-%m-%d %H:%M:%S}" if local.second else f"{local:%Y-%m-%d %H:%M}"


def hours(duration: timedelta) -> str:
    """Return a duration for people as hours and minutes, cut: `101:05`."""
    minutes = int(duration.total_seconds()) // 60
    return f"{minutes // 60}:{minutes % 60:02}"
