"""What the staff of the replay do about each ticket: drawn by lot, the same at every run."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tests.replay.complaints import Complaint

SEED = 2015

Deed = tuple[datetime, dict[str, Any]]
Gap = tuple[datetime, datetime]


@dataclass(kw_only=True)
class Work:
    """The deeds of all tickets. `gaps` are the times between a closing and a re-opening, by ticket."""

    deeds: list[Deed] = field(default_factory=list)
    gaps: dict[int, list[Gap]] = field(default_factory=dict)
    deleted: set[int] = field(default_factory=set)
    plots: dict[str, int] = field(default_factory=dict)


class Story:
    """One ticket and the lots drawn for it. Times are hours since `begin`, its opening, to the second.

    For a ticket that was there before the bridge, `begin` is the bridge's start.
    """

    def __init__(self, complaint: Complaint, begin: datetime, work: Work, *, tags: bool) -> None:
        self.complaint = complaint
        self.begin = max(complaint.at, begin)
        self.work = work
        self.tags = tags
        self.lots = random.Random(f"{SEED}/{complaint.ticket_id}")  # noqa: S311 - a lot, not a secret

    def hours(self, low: float, high: float) -> timedelta:
        """Draw a time."""
        return timedelta(seconds=self.lots.randint(round(low * 3600), round(high * 3600)))

    def staff(self, after: timedelta, action: str, **fields: Any) -> None:
        """Note a deed of an operator."""
        at = self.begin + after
        deed = {"do": "staff", "action": action, "ticket": self.complaint.ticket_id, "at": at.isoformat()}
        self.work.deeds.append((at, {**deed, "operator": self.lots.choice((11, 12, 13)), **fields}))

    def call(self, low: float, high: float) -> None:
        """Answer the customer."""
        self.staff(self.hours(low, high), "reply", text="We have called you")

    def unsolved(self, low: float = 0.3, high: float = 3) -> None:
        """Record a call that solved nothing."""
        self.staff(self.hours(low, high), "tag", text="called the customer #sin-solucion")

    def close(self, low: float, high: float, reason: str = "Solved") -> timedelta:
        """Close the ticket."""
        after = self.hours(low, high)
        self.staff(after, "close", reason=reason)
        return after

    def reopen(self, closed: timedelta, low: float, high: float) -> timedelta:
        """Open the closed ticket again, so many hours later."""
        after = closed + self.hours(low, high)
        self.staff(after, "reopen")
        gap = (self.begin + closed, self.begin + after)
        self.work.gaps.setdefault(self.complaint.ticket_id, []).append(gap)
        return after


def _on_the_phone(story: Story) -> None:
    story.call(0.1, 1.9)
    story.close(2, 20)


def _called_late(story: Story) -> None:
    story.unsolved(1, 4)
    story.call(20, 47)
    story.close(48, 70)


def _answered_by_customer(story: Story) -> None:
    at = story.begin + story.hours(0.2, 0.6)
    deed = {"do": "customer_message", "ticket": story.complaint.ticket_id, "at": at.isoformat()}
    story.work.deeds.append((at, {**deed, "text": "Any news? #resuelto"}))
    _called_late(story)


def _visited(story: Story) -> None:
    story.unsolved()
    start = story.begin + story.hours(30, 50)
    story.staff(story.hours(5, 20), "tag", text=f"#visita {start:%Y-%m-%d %H:%M}")
    story.staff(timedelta(hours=53), "tag", text="#visita-hecha")
    story.close(54, 71)


def _visited_by_date(story: Story) -> None:
    story.unsolved()
    day = story.begin + timedelta(hours=40)
    story.staff(story.hours(5, 20), "visit", fechavisita=f"{day:%Y-%m-%d}", turno="TARDE")
    story.close(60, 90)


def _visited_in_vain(story: Story) -> None:
    story.unsolved()
    story.staff(story.hours(20, 40), "tag", text="#visita-fallida")
    story.close(60, 95)


def _severe(story: Story) -> None:
    story.staff(story.hours(1, 10), "tag", text="#grave")
    story.close(40, 120)


def _forgotten(story: Story) -> None:
    story.close(73, 95)


def _long(story: Story) -> None:
    story.call(0.5, 30)
    story.close(97, 170)


def _on_the_limit(story: Story) -> None:
    limit, seconds = story.lots.choice((72, 96)), story.lots.choice((-1, 0, 1))
    hours = limit + seconds / 3600
    story.close(hours, hours)


def _resolved(story: Story) -> None:
    """Over the API nobody's words but the closing reason can be trusted, so there it is said on closing."""
    story.call(0.5, 5)
    if story.tags:
        story.staff(story.hours(30, 110), "tag", text="line repaired #resuelto")
    else:
        story.close(30, 110, reason="line repaired #resuelto")


def _not_ours(story: Story) -> None:
    story.call(0.5, 5)
    story.close(75, 95, reason="wiring of the house #no-atribuible cliente")


def _came_back(story: Story) -> None:
    closed = story.close(20, 85)
    again = story.reopen(closed, 26, 70)
    back = again.total_seconds() / 3600
    story.close(back + 1, back + 40)


def _came_back_late(story: Story) -> None:
    closed = story.close(20, 85)
    again = story.reopen(closed, 73, 110)
    back = again.total_seconds() / 3600
    story.close(back + 60, back + 100)


def _deleted(story: Story) -> None:
    story.staff(story.hours(10, 90), "delete_ticket")
    story.work.deleted.add(story.complaint.ticket_id)


def _never(story: Story) -> None:
    story.unsolved()


_PLOTS: tuple[tuple[int, Callable[[Story], None]], ...] = (
    (22, _on_the_phone),
    (12, _called_late),
    (3, _answered_by_customer),
    (8, _visited),
    (5, _visited_by_date),
    (5, _visited_in_vain),
    (4, _severe),
    (11, _forgotten),
    (8, _long),
    (4, _on_the_limit),
    (6, _resolved),
    (3, _not_ours),
    (1, _never),
    (1, _deleted),
    (5, _came_back),
    (2, _came_back_late),
)


def work_on(complaints: Sequence[Complaint], begin: datetime, end: datetime, *, tags: bool) -> Work:
    """Draw what is done about each complaint from `begin` on; deeds come in order of time.

    After `end` cycles are rare and could miss what is deleted, or closed and comes back: nothing is. With
    `tags` staff write tags into messages too; over the API nobody reads those.
    """
    work = Work()
    for complaint in complaints:
        story = Story(complaint, begin, work, tags=tags)
        plots = _PLOTS if complaint.at < end else _PLOTS[:-3]
        [(_, plot)] = story.lots.choices(plots, [weight for weight, _ in plots])
        work.plots[plot.__name__] = work.plots.get(plot.__name__, 0) + 1
        plot(story)
    work.deeds.sort(key=lambda deed: (deed[0], deed[1]["ticket"]))
    return work
