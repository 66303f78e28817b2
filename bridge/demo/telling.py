"""Turns what happened into lines of a story: people's steps, and the bridge's decisions in plain words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bridge.demo.panel import IssuedInvoice
from bridge.demo.script import Script, Step, TicketScript
from bridge.domain.decisions import Because, CreditStatus, Decision, Line
from bridge.domain.escalation import StepName
from bridge.domain.policy import UNROUTED, Rulebook
from bridge.store.store import Store

_OUTAGE = re.compile(r"(?:(\d+) days?, )?(\d+):(\d{2}):(\d{2})")


class Tone(StrEnum):
    """What sort of line it is, for those who show it in colours."""

    PEOPLE = "people"  # customers and staff, in the panel
    LADDER = "ladder"
    LATE = "late"
    SEVERE = "severe"
    CREDIT = "credit"
    NOTHING = "nothing"  # a credit refused, or not yet sent
    WAITING = "waiting"  # a person must look


Words = tuple[str, str, Tone]  # the rule (empty for people), the text, and what sort of line it is


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One line of the story. `about` is the report number, or the ticket's while it has none."""

    at: datetime
    about: str
    customer: str
    rule: str
    text: str
    tone: Tone


class Teller:
    """Tells the story of one demo."""

    def __init__(self, script: Script, rulebook: Rulebook, store: Store) -> None:
        self.names = script.names
        self.rulebook = rulebook
        self.store = store
        self.unrouted: set[str] = set()

    def people(self, script: TicketScript, step: Step | None, at: datetime) -> Said | None:
        """What a customer or staff did in the panel; None for what the script does not tell."""
        text = self._opening(script) if step is None else step.tell
        if not text:
            return None
        return self._said(at, str(script.ticket), script.customer, ("", text, Tone.PEOPLE))

    @staticmethod
    def _opening(script: TicketScript) -> str:
        return f"reports “{script.opens.subject}” ({_CHANNELS[script.opens.channel]})"

    def decided(self, decisions: Iterable[Decision], now: datetime) -> Iterator[Said]:
        """What the bridge decided in one cycle, incident by incident."""
        by_incident: dict[str, dict[str, Decision]] = {}
        for decision in decisions:
            by_incident.setdefault(decision.incident_id, {})[decision.subject] = decision
        for incident_id, taken in by_incident.items():
            row = self.store.incidents.get(incident_id)
            if row is None:
                continue
            about = row.report_number or str(row.ticket_ids[0])
            for words in self._taken(incident_id, row.kind, taken):
                yield self._said(now, about, row.client_id, words)
        yield from self._routed(now)

    def _taken(self, incident_id: str, kind: str, taken: Mapping[str, Decision]) -> Iterator[Words]:
        if StepName.LEVEL_1 in taken:
            yield self._new(incident_id, kind, taken)
        if late := taken.get(StepName.LATE_CONTACT):
            yield late.rule, f"late: {late.because.label}", Tone.LATE
        severe, report = taken.get(StepName.SEVERE), taken.get(StepName.REPORT_NUMBER)
        if report and StepName.LEVEL_2 in taken:
            to = self._given(taken, 2)
            yield (
                report.rule,
                f"report number {incident_id}, level 2{to}: {report.because.label}",
                Tone.LADDER,
            )
        if late := taken.get(StepName.LATE_CALL):
            yield late.rule, f"late: {late.because.label}", Tone.LATE
        if severe:
            yield severe.rule, f"severe, level 3{self._given(taken, 3)}: {severe.because.label}", Tone.SEVERE
        for decision in taken.values():
            if decision.because is Because.ENQUIRY:
                department = self.rulebook.departments.enquiries[kind]
                name = self.rulebook.departments.names[department]
                yield decision.rule, f"an enquiry: goes to department “{name}”, no ladder", Tone.LADDER
            elif "credit" in decision.facts:
                yield self._money(decision)

    def _new(self, incident_id: str, kind: str, taken: Mapping[str, Decision]) -> Words:
        to = self._given(taken, 1)
        if kind == UNROUTED:
            self.unrouted.add(incident_id)
            reception = self.rulebook.departments.names[self.rulebook.departments.reception]
            text = f"matches no category: “{reception}” routes it; until then a fault at level 1{to}"
            return "I-6", text, Tone.WAITING
        return taken[StepName.LEVEL_1].rule, f"a fault, {self._label(kind)}: level 1{to}", Tone.LADDER

    def _given(self, taken: Mapping[str, Decision], level: int) -> str:
        chosen = taken.get(f"assign:L{level}")
        if chosen is None:
            return ""
        number = int(chosen.facts["technician"])
        name = next(one.name for one in self.rulebook.roster.technicians if one.operator_id == number)
        return f", {name}"

    def _label(self, kind: str) -> str:
        known = (one.label for one in self.rulebook.kinds.kinds if one.name == kind)
        return f"“{next(known, kind)}”"

    def _money(self, decision: Decision) -> Words:
        """What became of a line of the ledger."""
        facts, because = decision.facts, decision.because.label
        outage = outage_in_words(facts.get("outage", ""))
        ends = f"still open after {outage}" if self._is_open(decision) else f"ends after {outage}"
        match _status(decision):
            case CreditStatus.REFUSED:
                return decision.rule, f"{ends}, no credit: {because}", Tone.NOTHING
            case CreditStatus.ACCRUING:
                return (
                    decision.rule,
                    f"{ends}, by now {_worth(facts)}; not sent while it is open",
                    Tone.NOTHING,
                )
            case CreditStatus.HELD:
                return decision.rule, f"{ends}, {_worth(facts)} held for billing: {because}", Tone.WAITING
            case CreditStatus.AWAITING_AMOUNT:
                return decision.rule, f"extra charge for a {facts['support']}: {because}", Tone.WAITING
            case _:
                return decision.rule, f"{ends}, credit {_worth(facts)} goes to the panel", Tone.CREDIT

    def _is_open(self, decision: Decision) -> bool:
        row = self.store.incidents.get(decision.incident_id)
        return row is not None and row.ended_at is None

    def _routed(self, now: datetime) -> Iterator[Said]:
        """An unrouted ticket that somebody has routed since (I-6)."""
        for incident_id in sorted(self.unrouted):
            row = self.store.incidents.get(incident_id)
            if row is not None and row.kind != UNROUTED:
                self.unrouted.discard(incident_id)
                text = f"routed by hand: {self._label(row.kind)}"
                yield self._said(now, str(row.ticket_ids[0]), row.client_id, ("I-6", text, Tone.LADDER))

    @staticmethod
    def billed(invoices: Sequence[int], now: datetime) -> Said:
        """The panel's billing job has run."""
        text = f"the panel's billing job has issued {len(invoices)} invoice{'s' if len(invoices) > 1 else ''}"
        return Said(at=now, about="", customer="", rule="", text=text, tone=Tone.PEOPLE)

    def invoiced(
        self, lines: Iterable[Line], invoices: Mapping[int, IssuedInvoice], now: datetime
    ) -> Iterator[Said]:
        """Credits that a read has just found on an invoice (C-11)."""
        for line in lines:
            bill = invoices[line.invoice_ids[-1]]
            text = (
                f"credit of {line.amount} found on invoice {bill.invoice_id}: "
                f"{bill.before:.2f} becomes {bill.total:.2f}"
            )
            yield self._said(now, line.incident_id, line.client_id, ("C-11", text, Tone.CREDIT))

    def _said(self, at: datetime, about: str, client_id: int, words: Words) -> Said:
        rule, text, tone = words
        name = " ".join(self.names[client_id].split()[:2])
        return Said(at=at, about=about, customer=name, rule=rule, text=text, tone=tone)


_CHANNELS = {
    "PAGINA WEB": "portal",
    "VIA TELEFONICA": "phone",
    "CORREO": "mail",
    "RED SOCIAL": "social network",
    "PRESENCIAL": "at the office",
}


def _status(decision: Decision) -> CreditStatus:
    """The state of the line that the decision is about: its subject is `C1:state:reason:amount`."""
    return CreditStatus(decision.subject.split(":")[1])


def outage_in_words(text: str) -> str:
    """`3 days, 3:05:00` as `75 h 05`."""
    match = _OUTAGE.fullmatch(text)
    if match is None:
        return text
    days, hours, minutes, seconds = match.groups()
    parts = (
        "" if minutes == seconds == "00" else f" {minutes}" if seconds == "00" else f" {minutes}:{seconds}"
    )
    return f"{24 * int(days or 0) + int(hours)} h{parts}"


def _worth(facts: Mapping[str, str]) -> str:
    """The amount and its working: `46.53 (349.00 x 4 / 30)`, or a month less what was credited before."""
    if "sum" not in facts:
        return (
            f"{facts['days']} days of an unknown price" if "days" in facts else "a month of an unknown price"
        )
    working = facts["sum"] if "x" in facts["sum"] else f"a month of {facts['sum']}"
    before = facts.get("already_credited")
    return (
        f"{facts['amount']} ({working}, less {before} before)" if before else f"{facts['amount']} ({working})"
    )
