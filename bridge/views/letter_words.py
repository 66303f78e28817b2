"""The words of a letter: templates of `messages.yaml`, dates, durations and amounts as Mexico writes them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bridge.domain.money import Money
from bridge.domain.policy import Texts


@dataclass(frozen=True, slots=True)
class Words:
    """What can be said to a customer, in the panel's zone."""

    texts: Texts
    zone: ZoneInfo

    def say(self, name: str, **fields: object) -> str:
        """Fill a template of the section `receipt`."""
        return self.texts.render(f"receipt_{name}", **fields)

    def say_if_known(self, name: str) -> str:
        """Fill a template that not every case has; empty where there is none."""
        return self.say(name) if f"receipt_{name}" in self.texts.templates else ""

    def moment(self, at: datetime) -> str:
        """A date with its time: `3 de noviembre de 2026 a las 09:15`."""
        local = at.astimezone(self.zone)
        return self.say(
            "moment",
            day=local.day,
            month=self._month(local),
            year=local.year,
            hour=f"{local:%H}",
            minute=f"{local:%M}",
        )

    def day(self, day: datetime, half_day: str = "") -> str:
        """A date, taken as it is, with its half-day: `3 de noviembre de 2026 por la tarde`."""
        told = self.say("day", day=day.day, month=self._month(day), year=day.year)
        return f"{told} {self.texts.half_day(half_day)}".rstrip()

    def duration(self, duration: timedelta) -> str:
        """Hours and minutes, with seconds only where there are some; less than a second is cut."""
        minutes, seconds = divmod(int(duration.total_seconds()), 60)
        hours, minutes = divmod(minutes, 60)
        if seconds:
            return self.say("duration_exact", hours=hours, minutes=minutes, seconds=seconds)
        return self.say("duration", hours=hours, minutes=minutes)

    @staticmethod
    def money(amount: Money) -> str:
        """An amount: `$1,300.00`."""
        return f"${amount.rounded().amount:,.2f}"

    def _month(self, day: datetime) -> str:
        return self.say("months").split()[day.month - 1]
