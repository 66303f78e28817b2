"""The ladder: levels, report number, severity and breaches, each with the instant it is due (L-1 to L-8)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import zip_longest
from zoneinfo import ZoneInfo

from bridge.domain.calendar import after, age, in_hours, instant_at, moment
from bridge.domain.decisions import Because
from bridge.domain.events import Event, EventKind
from bridge.domain.policy import ClockStart, EscalationPolicy
from bridge.domain.timeline import Incident
from bridge.domain.words import normalise

_INSTANT = timedelta(microseconds=1)


class StepName(StrEnum):
    """The steps of the ladder; each fires once (L-10)."""

    LEVEL_1 = "level_1"
    LATE_CONTACT = "breach:level_1_contact"
    REPORT_NUMBER = "report_number"
    LEVEL_2 = "level_2"
    LATE_CALL = "breach:level_2_call"
    SEVERE = "severe"
    LEVEL_3 = "level_3"

    @property
    def level(self) -> int | None:
        """The level the incident is at from this step on."""
        return _LEVELS.get(self)

    @property
    def breach(self) -> str | None:
        """The name of the broken promise, if the step is one."""
        return _BREACHES.get(self)


_LEVELS = {StepName.LEVEL_1: 1, StepName.LEVEL_2: 2, StepName.LEVEL_3: 3}
_BREACHES = {name: name.removeprefix("breach:") for name in StepName if name.startswith("breach:")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step that fires at the first instant `from_at` (for "later than x": just after `due_at`)."""

    name: StepName
    rule: str
    because: Because
    due_at: datetime
    from_at: datetime
    events: tuple[str, ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A visit that was fixed, from when it was recorded to when it ends."""

    recorded_at: datetime
    ends_at: datetime
    event: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ladder:
    """Every step the incident takes if nothing more happens, oldest first, also those still to come."""

    steps: tuple[Step, ...]

    def fired(self, now: datetime) -> tuple[Step, ...]:
        """The steps due by `now`."""
        return tuple(step for step in self.steps if step.from_at <= now)

    def next(self, now: datetime) -> Step | None:
        """The first step still to come."""
        return next((step for step in self.steps if step.from_at > now), None)


def climb(
    incident: Incident, policy: EscalationPolicy, zone: ZoneInfo, *, reported_at: datetime | None = None
) -> Ladder:
    """Work out the ladder of an incident from what is known of it.

    `reported_at` is the instant of a report number that was already given; it stands whatever is learnt
    later (L-3, L-10). Steps are ordered as they fall due; at the same instant as they are named here.
    """
    steps = list(_Climber(incident, policy, zone, reported_at).steps())
    order = list(StepName)
    return Ladder(steps=tuple(sorted(steps, key=lambda step: (step.from_at, order.index(step.name)))))


class _Climber:
    def __init__(
        self, incident: Incident, policy: EscalationPolicy, zone: ZoneInfo, reported_at: datetime | None
    ) -> None:
        self.incident = incident
        self.policy = policy
        self.zone = zone
        self.reported_at = reported_at
        ended = incident.ended_at
        self.events = [event for event in incident.events if ended is None or event.at < ended]

    def steps(self) -> Iterator[Step]:
        """L-1, then each rule in its order."""
        opened = self.incident.opened_at
        yield Step(name=StepName.LEVEL_1, rule="L-1", because=Because.OPENED, due_at=opened, from_at=opened)
        contacts = self._of(EventKind.CONTACTED, EventKind.CONTACT_FAILED)
        yield from self._late_contact(contacts)
        severe = self._severe()
        report = self._report(severe)
        if report is not None:
            yield report
            if severe is None or report.from_at < severe.from_at:
                yield self._same(report, StepName.LEVEL_2)
            yield from self._late_call(report, contacts)
        if severe is not None:
            yield severe
            yield self._same(severe, StepName.LEVEL_3)

    def _of(self, *kinds: EventKind) -> list[Event]:
        return [event for event in self.events if event.kind in kinds]

    @staticmethod
    def _same(step: Step, name: StepName) -> Step:
        return Step(
            name=name,
            rule=step.rule,
            because=step.because,
            due_at=step.due_at,
            from_at=step.from_at,
            events=step.events,
            facts=step.facts,
        )

    def _passed(
        self, name: StepName, rule: str, because: Because, limit: timedelta, *, inclusive: bool = False
    ) -> Step | None:
        """The step that fires once the age is over `limit` (inclusive: reaches it)."""
        due = instant_at(self.incident.spans, limit)
        if due is None:
            return None
        from_at = due if inclusive else due + _INSTANT
        return Step(
            name=name,
            rule=rule,
            because=because,
            due_at=due,
            from_at=from_at,
            facts=self._arithmetic(limit, due),
        )

    def _arithmetic(self, limit: timedelta, due: datetime) -> dict[str, str]:
        """The sum of a receipt: t0 + the limit of age + what did not count, while all tickets were closed."""
        closed = due - self.incident.opened_at - limit
        return {"age_limit": in_hours(limit)} | ({"not_counted": in_hours(closed)} if closed else {})

    def _late_contact(self, contacts: list[Event]) -> Iterator[Step]:
        """L-2: level 1 must have contacted the customer by age 2 h; exactly 2:00:00 is on time."""
        limit = self.policy.level_1_contact
        step = self._passed(StepName.LATE_CONTACT, "L-2", Because.NO_CONTACT, limit)
        if step is not None and not any(contact.at <= step.due_at for contact in contacts):
            yield step

    def _report(self, severe: Step | None) -> Step | None:
        """L-3: at a recorded unsuccessful contact, else once the age is over 2 h; L-5: or with severity."""
        found = [
            Step(
                name=StepName.REPORT_NUMBER,
                rule="L-3",
                because=Because.CONTACT_FAILED,
                due_at=event.at,
                from_at=event.at,
                events=(event.key,),
            )
            for event in self._of(EventKind.CONTACT_FAILED)
        ]
        overdue = self._passed(
            StepName.REPORT_NUMBER, "L-3", Because.NOT_SOLVED_IN_TIME, self.policy.report_after
        )
        found += [overdue] if overdue else []
        found += [self._same(severe, StepName.REPORT_NUMBER)] if severe else []
        return self._earliest(found)

    def _level_2_limit(self) -> timedelta | None:
        """L-4: 48 h of age, counted from t0 or from the report number."""
        if self.policy.level_2_counted_from is ClockStart.OPENING:
            return self.policy.level_2_call
        reported = self.reported_at
        if reported is None:
            report = self._report(self._earliest(self._known_ways()))
            reported = report.due_at if report else None
        return None if reported is None else age(self.incident.spans, reported) + self.policy.level_2_call

    def _late_call(self, report: Step, contacts: list[Event]) -> Iterator[Step]:
        """L-4: a visit fixed, or a staff contact after the report number, by age 48 h."""
        limit = self._level_2_limit()
        step = limit and self._passed(StepName.LATE_CALL, "L-4", Because.NO_LEVEL_2_CALL, limit)
        if not step:
            return
        reported = self.reported_at or report.due_at
        called = any(reported < contact.at <= step.due_at for contact in contacts)
        fixed = any(visit.recorded_at <= step.due_at for visit in self._visits())
        if not called and not fixed:
            yield step

    def _severe(self) -> Step | None:
        """L-5: the earliest of the four ways in which an incident becomes severe."""
        return self._earliest([*self._known_ways(), *self._no_visit()])

    @staticmethod
    def _earliest(steps: Iterable[Step]) -> Step | None:
        return min(steps, key=lambda step: step.from_at, default=None)

    def _no_visit(self) -> Iterator[Step]:
        limit = self._level_2_limit()
        late = limit and self._passed(StepName.SEVERE, "L-5", Because.NO_VISIT_FIXED, limit)
        if late and not any(visit.recorded_at <= late.due_at for visit in self._visits()):
            yield late

    def _known_ways(self) -> Iterator[Step]:
        """The ways that do not depend on when the report number was given."""
        for event in self._of(EventKind.CLASSED_SEVERE, EventKind.VISIT_FAILED):
            failed = event.kind is EventKind.VISIT_FAILED
            because = Because.VISIT_FAILED if failed else Because.CLASSED_SEVERE
            yield self._severe_step(because, event.at, event.at, (event.key,))
        visits = self._visits()
        for visit, following in zip_longest(visits, visits[1:]):
            due = max(after(visit.ends_at, self.policy.visit_grace), visit.recorded_at)
            replaced = following is not None and following.recorded_at <= due
            done = any(visit.recorded_at <= event.at <= due for event in self._of(EventKind.VISIT_DONE))
            if not replaced and not done and self._is_open_after(due):
                step = self._severe_step(Because.VISIT_PASSED, due, due + _INSTANT, (visit.event,))
                facts = {"visit_ends": visit.ends_at.isoformat(), "grace": in_hours(self.policy.visit_grace)}
                yield replace(step, facts=facts)
        backstop = self._passed(
            StepName.SEVERE, "L-5", Because.TOO_OLD, self.policy.severe_after, inclusive=True
        )
        if backstop is not None:
            yield backstop

    @staticmethod
    def _severe_step(because: Because, due_at: datetime, from_at: datetime, events: tuple[str, ...]) -> Step:
        return Step(
            name=StepName.SEVERE, rule="L-5", because=because, due_at=due_at, from_at=from_at, events=events
        )

    def _is_open_after(self, instant: datetime) -> bool:
        return any(span.holds(instant) for span in self.incident.spans)

    def _visits(self) -> list[Visit]:
        return [
            Visit(recorded_at=event.at, ends_at=self._visit_end(event), event=event.key)
            for event in self._of(EventKind.VISIT_FIXED)
        ]

    def _visit_end(self, event: Event) -> datetime:
        """A start lasts 2 h unless stated; a date with its half-day ends when the half-day does (L-5)."""
        start, hours = event.data.get("start"), event.data.get("hours")
        if start:
            lasts = timedelta(hours=int(hours)) if hours else self.policy.visit_hours
            return after(datetime.fromisoformat(start), lasts)
        ends = {normalise(word): end for word, end in self.policy.half_day_ends.items()}
        end = ends.get(normalise(event.data.get("half_day", "")), ends[""])
        return moment(date.fromisoformat(event.data["date"]), end, self.zone)
