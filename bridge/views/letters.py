"""The receipt as a letter to the customer: what was reported, what was done, what is credited and why.

Every word comes from `messages.yaml`, and from the labels of kinds and departments. Notes, names of staff,
marks of the bridge and other customers never get here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from bridge.domain.calendar import age
from bridge.domain.credits import outage_spans
from bridge.domain.decisions import Decision
from bridge.domain.escalation import StepName
from bridge.domain.events import Event, EventKind
from bridge.domain.policy import Rulebook
from bridge.domain.timeline import Incident, tell
from bridge.store.store import Store
from bridge.views.letter_money import money_told
from bridge.views.letter_words import Words
from bridge.views.receipts import Receipt

_CONTACTS = {
    EventKind.CONTACTED: "contact",
    EventKind.CONTACT_FAILED: "contact_failed",
    EventKind.VISIT_DONE: "visit_done",
    EventKind.VISIT_FAILED: "visit_failed",
    EventKind.REOPENED: "reopened",
    EventKind.RESOLVED: "resolved",
}
_LEVELS = {StepName.LEVEL_2: "level_2", StepName.LEVEL_3: "level_3"}


def letter(store: Store, receipt: Receipt, rulebook: Rulebook, now: datetime) -> str:
    """Return the letter, paragraphs apart by an empty line; `rulebook` has the present texts."""
    row = receipt.view.incident
    incident = None
    if row.is_fault:
        story = tell(row.client_id, store.events.of_client(row.client_id), rulebook)
        incident = next((one for one in story.incidents if one.incident_id == row.incident_id), None)
    writer = _Writer(receipt, rulebook, now, incident)
    return "\n\n".join(paragraph for paragraph in writer.paragraphs() if paragraph)


def steps_done(receipt: Receipt, rulebook: Rulebook) -> list[tuple[datetime, str]]:
    """Return what was done about a ticket's incident and when, oldest first, in words for the customer."""
    return _Writer(receipt, rulebook, receipt.view.incident.opened_at, None).told()


def visit_told(event: Event, words: Words) -> str:
    """Return when a visit is fixed for."""
    start = event.data.get("start")
    if start:
        return words.moment(datetime.fromisoformat(start))
    return words.day(datetime.fromisoformat(event.data["date"]), event.data.get("half_day", ""))


@dataclass(frozen=True, slots=True)
class _Writer:
    receipt: Receipt
    rulebook: Rulebook
    now: datetime
    incident: Incident | None

    @property
    def words(self) -> Words:
        return Words(self.rulebook.texts, self.rulebook.zone)

    def paragraphs(self) -> Iterator[str]:
        row = self.receipt.view.incident
        yield self.words.say("greeting")
        yield self._reported()
        yield self._steps()
        if row.is_fault:
            yield self._duration()
            yield from money_told(self.receipt, self.rulebook, self._outage())
        yield self.words.say("farewell", report_number=row.report_number or self.receipt.view.ticket_id)

    def _reported(self) -> str:
        view, row = self.receipt.view, self.receipt.view.incident
        kind = next((one.label for one in self.rulebook.kinds.kinds if one.name == row.kind), None)
        facts = {"opened": self.words.moment(view.opened_at), "ticket": view.ticket_id}
        if not row.is_fault:
            departments = self.rulebook.departments
            number = departments.enquiries.get(row.kind, departments.reception)
            handled = self.words.say("handled_by", department=departments.names[number])
            return f"{self.words.say('enquiry', kind=kind or row.kind, **facts)} {handled}"
        reported = (
            self.words.say("fault", kind=kind, **facts) if kind else self.words.say("fault_unrouted", **facts)
        )
        if row.report_number is None:
            return reported
        return f"{reported} {self.words.say('report_number', report_number=row.report_number)}"

    def _steps(self) -> str:
        lines = [self.words.say("step", when=self.words.moment(at), what=what) for at, what in self.told()]
        if not lines:
            return ""
        return "\n".join([self.words.say("steps"), *dict.fromkeys(lines)])

    def told(self) -> list[tuple[datetime, str]]:
        """What was done and when, oldest first."""
        return sorted([*self._from_events(), *self._from_decisions()], key=lambda step: step[0])

    def _from_events(self) -> Iterator[tuple[datetime, str]]:
        for event in self.receipt.events:
            what = self._step(event)
            if what:
                yield event.at, what

    def _step(self, event: Event) -> str | None:
        match event.kind:
            case EventKind.VISIT_FIXED:
                return self.words.say("visit_fixed", visit=visit_told(event, self.words))
            case EventKind.OUTAGE_SINCE:
                since = datetime.fromisoformat(event.data["since"])
                return self.words.say("outage_since", since=self.words.moment(since))
            case EventKind.OUTAGE_RESTORED:
                restored = datetime.fromisoformat(event.data["restored"])
                return self.words.say("outage_restored", restored=self.words.moment(restored))
            case EventKind.CLOSED:
                return self.words.say("closed", ticket=event.ticket_id)
            case _:
                name = _CONTACTS.get(event.kind)
                return self.words.say(name) if name else None

    def _from_decisions(self) -> Iterator[tuple[datetime, str]]:
        """The levels, when they were reached in fact; none that was only seen after the end (L-8)."""
        ended = self.receipt.view.incident.ended_at
        for taken in self.receipt.decisions:
            decision = taken.decision
            if ended is not None and decision.decided_at > ended:
                continue
            name = self._level(decision)
            if name:
                yield decision.decided_at, self.words.say(name)

    @staticmethod
    def _level(decision: Decision) -> str | None:
        if decision.rule == "I-6":
            return "unrouted"
        return next((name for step, name in _LEVELS.items() if step == decision.subject), None)

    def _duration(self) -> str:
        lasted = self._outage()
        if self.receipt.view.incident.ended_at is not None:
            return self.words.say("lasted", duration=self.words.duration(lasted))
        minutes = timedelta(minutes=lasted // timedelta(minutes=1))
        return self.words.say("lasting", duration=self.words.duration(minutes))

    def _outage(self) -> timedelta:
        """How long the fault lasted (C-2)."""
        if self.incident is None:
            return self.receipt.view.age
        return age(outage_spans(self.incident), self.now)
