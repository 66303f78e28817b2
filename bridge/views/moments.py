"""Instants as agents read and say them in Spanish, by the day on which they do."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

_HOUR = timedelta(hours=1)
_DAYS_FROM = timedelta(hours=48)


def brief(at: datetime, now: datetime, zone: ZoneInfo) -> str:
    """Return an instant as it is read at a glance: `10:25` today, else `25/11 10:25`."""
    local = at.astimezone(zone)
    same_day = local.date() == now.astimezone(zone).date()
    return f"{local:%H:%M}" if same_day else f"{local:%d/%m %H:%M}"


def spoken(at: datetime, now: datetime, zone: ZoneInfo) -> str:
    """Return an instant as it is said: `las 17:30 de hoy`, `las 08:05 de mañana`, `las 09:00 del 25/11`."""
    local, today = at.astimezone(zone), now.astimezone(zone).date()
    days = {
        today: "de hoy",
        today + timedelta(days=1): "de mañana",
        today - timedelta(days=1): "de ayer",
    }
    return f"las {local:%H:%M} {days.get(local.date(), f'del {local:%d/%m}')}"


def ago(at: datetime, now: datetime) -> str:
    """Return how long ago something was, cut: `hace 25 min`, `hace 3 h`, `hace 2 días`."""
    passed = max(now - at, timedelta())
    if passed < _HOUR:
        return f"hace {passed // timedelta(minutes=1)} min"
    return f"hace {passed // _HOUR} h" if passed < _DAYS_FROM else f"hace {passed.days} días"
