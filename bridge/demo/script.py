"""Reads the demo's story (script.yaml) into records with instants."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field

from bridge.yamlfile import FileModel, checked, parse, read_text

SCRIPT = Path(__file__).with_name("script.yaml")
DAYS = 6
_MOMENT = re.compile(r"(\d) (\d{1,2}):(\d{2})")


@dataclass(frozen=True, slots=True)
class Moment:
    """A time of the story: days after its first midnight, and the time of day."""

    days: int
    clock: time

    def on(self, start: date, zone: ZoneInfo) -> datetime:
        """Return the instant in a story that starts on `start`."""
        return datetime.combine(start + timedelta(days=self.days), self.clock, zone)


def _moment(value: Any) -> Moment:
    match = _MOMENT.fullmatch(str(value))
    if match is None:
        raise ValueError("expected a day and a time, such as `2 9:30`")
    return Moment(int(match[1]) - 1, time(int(match[2]), int(match[3])))


At = Annotated[Moment, BeforeValidator(_moment)]


class Person(FileModel):
    """A customer of the story, with one service of `plan` or several by their numbers."""

    id: int
    name: str
    plan: str = ""
    services: dict[int, str] = Field(default_factory=dict)
    suspended: bool = False
    pays_on_day: int = DAYS + 1


class Opening(FileModel):
    """How a ticket is reported; `channel` as the panel shows it."""

    at: At
    channel: str
    subject: str
    text: str


class VisitDate(FileModel):
    """A visit date as staff set it in the panel."""

    day: int
    half_day: str


class Step(FileModel):
    """One thing that somebody does with a ticket."""

    at: At
    who: int | None = None
    tell: str = ""
    reply: str | None = None
    note: str | None = None
    close: str | None = None
    message: str | None = None
    reopen: bool = False
    visit: VisitDate | None = None


class TicketScript(FileModel):
    """One ticket from its report to where the story leaves it."""

    ticket: int
    title: str
    customer: int
    opens: Opening
    steps: tuple[Step, ...]


class Script(FileModel):
    """The whole story."""

    customers: tuple[Person, ...]
    tickets: tuple[TicketScript, ...]

    @property
    def names(self) -> Mapping[int, str]:
        """The customers' names by number."""
        return {person.id: person.name for person in self.customers}

    def in_order(self) -> list[tuple[Moment, TicketScript, Step | None]]:
        """Return every opening (None) and step, oldest first."""
        return sorted(self._happenings(), key=lambda one: (one[0].days, one[0].clock))

    def _happenings(self) -> Iterator[tuple[Moment, TicketScript, Step | None]]:
        for ticket in self.tickets:
            yield ticket.opens.at, ticket, None
            for step in ticket.steps:
                yield step.at, ticket, step


def read_script(path: Path = SCRIPT) -> Script:
    """Read the story. Raises FileFaults."""
    return checked(parse(path.name, read_text(path, path.name)), Script)
