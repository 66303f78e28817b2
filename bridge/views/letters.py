"""The receipt as a letter to the customer: what was reported, what was done, what is credited and why.

Every word comes from `messages.yaml`, and from the labels of kinds and departments. Notes, names of staff,
marks of the bridge and other customers never get here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from bridge.domain.calendar import age
from bridge.domain.credits import outage_spans
from bridge.domain.decisions import CreditStatus, CreditType, Decision, Line, Reason
from bridge.domain.escalation import StepName
from bridge.domain.events import Event, EventKind
from bridge.domain.money import Money
from bridge.domain.policy import Rulebook, in_force
from bridge.domain.timeline import Incident, tell
from bridge.store.store import Store
from bridge.views.letter_words import Words
from bridge.views.receipts import Receipt

_S = CreditStatus
_CONTACTS = {
    EventKind.CONTACTED: "contact",
    EventKind.CONTACT_FAILED: "contact_failed",
    EventKind.VISIT_DONE: "visit_done",
    EventKind.VISIT_FAILED: "visit_failed",
    EventKind.REOPENED: "reopened",
    EventKind.RESOLVED: "resolved",
}
_LEVELS = {StepName.LEVEL_2: "level_2", StepName.LEVEL_3: "level_3"}
_UNDER_REVIEW = {_S.HELD, _S.AWAITING_APPROVAL, _S.AWAITING_AMOUNT}


def letter(store: Store, receipt: Receipt, rulebook: Rulebook, now: datetime) -> str:
    """Return the letter, paragraphs apart by an empty line; `rulebook` has the present texts."""
    row = receipt.view.incident
    incident = None
    if row.is_fault:
        story = tell(row.client_id, store.events.of_client(row.client_id), rulebook)
        incident = next((one for one in story.incidents if one.incident_id == row.incident_id), None)
    writer = _Writer(receipt, rulebook, now, incident)
    return "\n\n".join(paragraph for paragraph in writer.paragraphs() if paragraph)


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
            yield from self._money()
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
        told = [*self._from_events(), *self._from_decisions()]
        lines = [
            self.words.say("step", when=self.words.moment(at), what=what)
            for at, what in sorted(told, key=lambda step: step[0])
        ]
        if not lines:
            return ""
        return "\n".join([self.words.say("steps"), *dict.fromkeys(lines)])

    def _from_events(self) -> Iterator[tuple[datetime, str]]:
        for event in self.receipt.events:
            what = self._step(event)
            if what:
                yield event.at, what

    def _step(self, event: Event) -> str | None:
        match event.kind:
            case EventKind.VISIT_FIXED:
                return self.words.say("visit_fixed", visit=self._visit(event))
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

    def _visit(self, event: Event) -> str:
        start = event.data.get("start")
        if start:
            return self.words.moment(datetime.fromisoformat(start))
        return self.words.day(datetime.fromisoformat(event.data["date"]))

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

    def _money(self) -> Iterator[str]:
        """Each credit, correction and charge in a paragraph of its own."""
        credited = self._lines(CreditType.DAYS, CreditType.MONTH)
        if not credited:
            yield self._nothing_yet()
        for line in credited:
            yield " ".join(filter(None, self._credit(line)))
        for line in self._lines(CreditType.REVERSAL):
            if line.status not in {_S.REVERSAL_PROPOSED, _S.VOIDED}:
                yield self.words.say("reversal", amount=self.words.money(line.amount))
        for line in self._lines(CreditType.CHARGE):
            yield " ".join(self._charge(line))

    def _credit(self, line: Line) -> Iterator[str]:
        if line.status is _S.REFUSED:
            yield self._refused(line.reason, line)
        elif line.status is _S.VOIDED:
            changed = line.because_of_attribution
            yield self.words.say("refused_attribution_changed" if changed else "voided")
        elif line.status in _UNDER_REVIEW:
            yield self.words.say("in_review")
            yield self.words.say_if_known(f"held_{line.reason}")
        else:
            yield from self._granted(line)

    def _refused(self, reason: Reason, line: Line) -> str:
        """The reason in a customer's words; limits come from the sum that refused it."""
        limit = "month_over" if reason is Reason.NO_DAYS_FOR_KIND else "days_from"
        return self.words.say(f"refused_{reason}", hours=self._hours(line, limit))

    def _hours(self, line: Line, name: str) -> str:
        known = line.facts.get(name, "")
        return known.removesuffix(":00:00") or self._limit(name)

    def _limit(self, name: str) -> str:
        policy = in_force(self.rulebook.bonus, self.receipt.view.incident.opened_at, self.rulebook.zone)
        limit = getattr(policy, name, timedelta(0))
        return f"{limit / timedelta(hours=1):g}"

    def _granted(self, line: Line) -> Iterator[str]:
        amount = self.words.money(line.amount)
        if line.status is _S.ACCRUING:
            yield self.words.say("credit_accruing", amount=amount)
        elif line.type is CreditType.MONTH:
            yield self.words.say("credit_month", amount=amount, hours=self._hours(line, "month_over"))
        else:
            yield self.words.say("credit_days", amount=amount, days=line.days)
        yield from self._sum(line)
        if line.status is not _S.ACCRUING:
            yield self._where(line, "next_invoice")

    def _sum(self, line: Line) -> Iterator[str]:
        facts = line.facts
        if "amount_set_by" in facts or "sum" not in facts:
            return
        price = self.words.money(Money(Decimal(facts["monthly_price"]), line.amount.currency))
        _, divided, divisor = facts["sum"].partition(" / ")
        if divided:
            yield self.words.say("sum_days", days=facts["days"], monthly_price=price, divisor=divisor)
        else:
            yield self.words.say("sum_month", monthly_price=price)
        if "already_credited" in facts:
            before = Money(Decimal(facts["already_credited"]), line.amount.currency)
            yield self.words.say("already_credited", amount=self.words.money(before))
        if "cut_by_cap" in facts:
            yield self.words.say("cut_by_cap")

    def _where(self, line: Line, otherwise: str) -> str:
        """On which invoice it stands, or that it will."""
        if not line.invoice_ids:
            return self.words.say(otherwise)
        found = self.words.say("on_invoice", invoices=", ".join(map(str, line.invoice_ids)))
        carried = line.status is _S.POSTED and line.type is not CreditType.CHARGE
        return f"{found} {self.words.say('carried_over')}" if carried else found

    def _nothing_yet(self) -> str:
        """Nothing is earned so far, and not refused either."""
        row = self.receipt.view.incident
        policy = in_force(self.rulebook.bonus, row.opened_at, self.rulebook.zone)
        if policy is None or row.ended_at is not None:
            return ""
        earns = policy.kinds.get(row.kind)
        return self.words.say("nothing_yet", hours=self._limit(_first_limit(days=not earns or earns.days)))

    def _charge(self, line: Line) -> Iterator[str]:
        if line.status in _UNDER_REVIEW:
            yield self.words.say("charge_pending")
        elif line.status is not _S.VOIDED:
            yield self.words.say("charge", amount=self.words.money(line.amount))
            yield self._where(line, "charge_next_invoice")

    def _lines(self, *types: CreditType) -> Sequence[Line]:
        return [view.line for view in self.receipt.credits if view.line.type in types]


def _first_limit(*, days: bool) -> str:
    return "days_from" if days else "month_over"
