"""The ladder: levels, report number, severity and breaches, each with the instant it is due (L-1 to L-8)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import zip_longest
from typing import NamedTuple
from zoneinfo import ZoneInfo

from bridge.domain.calendar import after, age, in_hours, instant_at, moment
from bridge.domain.decisions import Because
from bridge.domain.events import Event, EventKind
from bridge.domain.policy import ClockStart, EscalationPolicy
from bridge.domain.stretches import in_order
from bridge.domain.timeline import Incident
from bridge.domain.words import normalise

_INSTANT = timedelta(microseconds=1)
_Told = Mapping[EventKind, Sequence[Event]]


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
        return LEVELS.get(self)

    @property
    def breach(self) -> str | None:
        """The name of the broken promise, if the step is one."""
        return BREACHES.get(self)


LEVELS = {StepName.LEVEL_1: 1, StepName.LEVEL_2: 2, StepName.LEVEL_3: 3}
BREACHES = {name: name.removeprefix("breach:") for name in StepName if name.startswith("breach:")}


class Visit(NamedTuple):
    """A visit that was fixed, from when it was recorded to when it ends, and the grace it has then."""

    recorded_at: datetime
    ends_at: datetime
    grace: timedelta
    event: str


class Cause(NamedTuple):
    """Why steps fire, at the first instant `from_at` (for "later than x": just after `due_at`).

    `age_limit` is the limit of age that was passed, `visit` the visit whose time was, where one was.
    """

    rule: str
    because: Because
    due_at: datetime
    from_at: datetime
    events: tuple[str, ...] = ()
    age_limit: timedelta | None = None
    visit: Visit | None = None

    def facts(self, opened_at: datetime) -> dict[str, str]:
        """The sum of a receipt: t0 + the limit of age + what did not count, while all tickets were closed."""
        if self.visit is not None:
            return {"visit_ends": self.visit.ends_at.isoformat(), "grace": in_hours(self.visit.grace)}
        if self.age_limit is None:
            return {}
        closed = self.due_at - opened_at - self.age_limit
        facts = {"age_limit": in_hours(self.age_limit)}
        if closed:
            facts["not_counted"] = in_hours(closed)
        return facts


def climb(
    incident: Incident, policy: EscalationPolicy, zone: ZoneInfo, *, reported_at: datetime | None = None
) -> list[tuple[StepName, Cause]]:
    """Work out the ladder of an incident from what is known of it: every step if nothing more happens.

    `reported_at` is the instant of a report number that was already given; it stands whatever is learnt
    later (L-3, L-10). Steps are ordered as they fall due; at the same instant as they are named above.
    """
    steps = _Climber(incident, policy, zone, reported_at).steps()
    return sorted(steps.items(), key=lambda step: step[1].from_at)


class _Climber:
    def __init__(
        self, incident: Incident, policy: EscalationPolicy, zone: ZoneInfo, reported_at: datetime | None
    ) -> None:
        self.incident = incident
        self.spans = incident.spans
        self.policy = policy
        self.zone = zone
        self.reported_at = reported_at
        self.told = _until(incident.ended_at, incident.by_kind)
        self.contacts = self._of(EventKind.CONTACTED, EventKind.CONTACT_FAILED)
        self.visits_fixed = self.told.get(EventKind.VISIT_FIXED, ())
        self.visits = [self._visit(event) for event in self.visits_fixed]

    def steps(self) -> dict[StepName, Cause]:
        """L-1, then each rule in its order, which is that of `StepName`."""
        opened = self.incident.opened_at
        steps = {StepName.LEVEL_1: Cause("L-1", Because.OPENED, opened, opened)}
        late_contact = self._late_contact()
        if late_contact is not None:
            steps[StepName.LATE_CONTACT] = late_contact
        ways = self._known_ways()
        no_visit = self._no_visit(ways)
        severe = _earliest(*ways, no_visit)
        report = self._report(severe)
        if report is not None:
            steps[StepName.REPORT_NUMBER] = report
            if severe is None or report.from_at < severe.from_at:
                steps[StepName.LEVEL_2] = report
            late_call = self._late_call(no_visit, self.reported_at or report.due_at)
            if late_call is not None:
                steps[StepName.LATE_CALL] = late_call
        if severe is not None:
            steps[StepName.SEVERE] = steps[StepName.LEVEL_3] = severe
        return steps

    def _of(self, *kinds: EventKind) -> list[Event]:
        found: list[Event] = []
        for kind in kinds:
            found += self.told.get(kind, ())
        return found

    def _over(self, rule: str, because: Because, limit: timedelta) -> Cause | None:
        """What comes once the age is over `limit`."""
        due = instant_at(self.spans, limit)
        return None if due is None else Cause(rule, because, due, due + _INSTANT, (), limit)

    def _late_contact(self) -> Cause | None:
        """L-2: level 1 must have contacted the customer by age 2 h; exactly 2:00:00 is on time."""
        late = self._over("L-2", Because.NO_CONTACT, self.policy.level_1_contact)
        return None if late and _any_by(self.contacts, late.due_at) else late

    def _report(self, severe: Cause | None) -> Cause | None:
        """L-3: at a recorded unsuccessful contact, else once the age is over 2 h; L-5: or with severity."""
        failed = [
            _at("L-3", Because.CONTACT_FAILED, event) for event in self.told.get(EventKind.CONTACT_FAILED, ())
        ]
        overdue = self._over("L-3", Because.NOT_SOLVED_IN_TIME, self.policy.report_after)
        return _earliest(*failed, overdue, severe)

    def _level_2_limit(self, ways: Sequence[Cause]) -> timedelta | None:
        """L-4: 48 h of age, counted from t0 or from the report number."""
        if self.policy.level_2_counted_from is ClockStart.OPENING:
            return self.policy.level_2_call
        reported = self.reported_at
        if reported is None:
            report = self._report(_earliest(*ways))
            reported = report.due_at if report else None
        return None if reported is None else age(self.spans, reported) + self.policy.level_2_call

    def _no_visit(self, ways: Sequence[Cause]) -> Cause | None:
        """L-4, L-5: level 2's 48 h are over, and no visit was fixed by then."""
        limit = self._level_2_limit(ways)
        late = self._over("L-5", Because.NO_VISIT_FIXED, limit) if limit else None
        return None if late and _any_by(self.visits_fixed, late.due_at) else late

    def _late_call(self, no_visit: Cause | None, reported: datetime) -> Cause | None:
        """L-4: a visit fixed or made, or a staff contact after the report number, by age 48 h."""
        if no_visit is None or any(reported < call.at <= no_visit.due_at for call in self.contacts):
            return None
        if _any_by(self._of(EventKind.VISIT_DONE, EventKind.VISIT_FAILED), no_visit.due_at):
            return None
        return Cause("L-4", Because.NO_LEVEL_2_CALL, *no_visit[2:])

    def _known_ways(self) -> list[Cause]:
        """L-5: the ways to become severe that do not depend on when the report number was given."""
        ways = []
        for event in sorted(self._of(EventKind.CLASSED_SEVERE, EventKind.VISIT_FAILED), key=in_order):
            failed = event.kind is EventKind.VISIT_FAILED
            ways.append(_at("L-5", Because.VISIT_FAILED if failed else Because.CLASSED_SEVERE, event))
        for visit, following in zip_longest(self.visits, self.visits[1:]):
            due = max(after(visit.ends_at, visit.grace), visit.recorded_at)
            replaced = following is not None and following.recorded_at <= due
            if not replaced and not self._is_done(visit, due) and self._is_open_after(due):
                passed = Cause("L-5", Because.VISIT_PASSED, due, due + _INSTANT, (visit.event,), visit=visit)
                ways.append(passed)
        limit = self.policy.severe_after
        due_at = instant_at(self.spans, limit)
        if due_at is not None:
            ways.append(Cause("L-5", Because.TOO_OLD, due_at, due_at, (), limit))
        return ways

    def _is_done(self, visit: Visit, by: datetime) -> bool:
        return any(visit.recorded_at <= event.at <= by for event in self._of(EventKind.VISIT_DONE))

    def _is_open_after(self, instant: datetime) -> bool:
        return any(span.holds(instant) for span in self.spans)

    def _visit(self, event: Event) -> Visit:
        return Visit(
            recorded_at=event.at,
            ends_at=self._visit_end(event),
            grace=self.policy.visit_grace,
            event=event.key,
        )

    def _visit_end(self, event: Event) -> datetime:
        """A start lasts 2 h unless stated; a date with its half-day ends when the half-day does (L-5)."""
        start, hours = event.data.get("start"), event.data.get("hours")
        if start:
            lasts = timedelta(hours=int(hours)) if hours else self.policy.visit_hours
            return after(datetime.fromisoformat(start), lasts)
        ends = {normalise(word): end for word, end in self.policy.half_day_ends.items()}
        end = ends.get(normalise(event.data.get("half_day", "")), ends[""])
        return moment(date.fromisoformat(event.data["date"]), end, self.zone)


def _until(end: datetime | None, told: _Told) -> _Told:
    """What was told before the incident's end."""
    if end is None:
        return told
    return {kind: [event for event in events if event.at < end] for kind, events in told.items()}


def _any_by(events: Iterable[Event], instant: datetime) -> bool:
    """Whether any of these happened by then."""
    for event in events:  # noqa: SIM110 - most often there are none, and `any` costs more to set up
        if event.at <= instant:
            return True
    return False


def _at(rule: str, because: Because, event: Event) -> Cause:
    return Cause(rule, because, due_at=event.at, from_at=event.at, events=(event.key,))


def _earliest(*causes: Cause | None) -> Cause | None:
    first = None
    for cause in causes:
        if cause is not None and (first is None or cause.from_at < first.from_at):
            first = cause
    return first
