"""One incident judged: what is new, what is next, which lines of the ledger change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from bridge.domain.ahead import Deadline, deadline_of, next_change
from bridge.domain.calendar import exact
from bridge.domain.charges import charge_lines
from bridge.domain.credits import Entitlement, entitlement, outage_at
from bridge.domain.decisions import Because, CreditStatus, CreditType, Decision, Line, Reason
from bridge.domain.escalation import BREACHES, LEVELS, Cause, StepName, climb
from bridge.domain.events import EventKind
from bridge.domain.lines import Account, credit_lines, lines_of_no_fault, overpaid
from bridge.domain.money import Money
from bridge.domain.policy import UNROUTED, Attribution, BonusPolicy, ChargePolicy, Rulebook
from bridge.domain.terms import Terms, terms_at
from bridge.domain.timeline import Enquiry, Incident

# What credits and charges depend on; every decision about money names those of its incident.
_OF_MONEY = frozenset(
    {
        EventKind.OPENED,
        EventKind.REOPENED,
        EventKind.CLOSED,
        EventKind.GONE,
        EventKind.CLASSIFIED,
        EventKind.KIND_SET,
        EventKind.ATTRIBUTED,
        EventKind.SERVICE_NAMED,
        EventKind.SUBSCRIBED,
        EventKind.CLIENT_STATUS,
        EventKind.OUTAGE_SINCE,
        EventKind.OUTAGE_RESTORED,
        EventKind.RESOLVED,
        EventKind.CANCELLED,
        EventKind.VISIT_DONE,
        EventKind.VISIT_FAILED,
    }
)
_BECAUSE = {reason: Because[reason.name] for reason in Reason}


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """An incident's present state and what has just become true of it.

    `decisions` and `lines` are the new ones only. `next_due_at` is the first instant at which anything can
    change without a new event; None when only events can. `overpaid` is what was credited beyond what is
    earned by what is known now (C-10): billing decides about it.
    """

    incident: Incident
    level: int | None
    severe: bool
    report_number: str | None
    breaches: tuple[str, ...]
    attribution: Attribution
    decisions: tuple[Decision, ...]
    lines: tuple[Line, ...]
    deadline: Deadline | None
    next_due_at: datetime | None
    overpaid: Money | None = None


def is_past(incident: Incident, rulebook: Rulebook) -> bool:
    """Whether the incident ended before the bridge took over: such are not touched at all (C-14)."""
    ended = incident.ended_at
    return ended is not None and ended < rulebook.enforce_from and not incident.open_ticket_ids


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """What was already decided of an incident: decisions by subject, which stand (L-10), and ledger lines.

    `lines` are the incident's own, `inherited` those of incidents that proved to be this one (`lineage`),
    `others` those of the customer's other incidents (C-10). `told_apart` says that a ticket of it was
    credited while it belonged to another.
    """

    fired: Mapping[str, Decision]
    lines: Sequence[Line]
    others: Sequence[Line]
    inherited: Sequence[Line] = ()
    told_apart: bool = False


def assess(incident: Incident, memory: Memory, rulebook: Rulebook, now: datetime) -> Assessment:
    """Judge an incident by every rule of the ladder and of the ledger."""
    now = exact(now)
    fired, zone = memory.fired, rulebook.zone
    terms = terms_at(incident.opened_at, rulebook)
    reported = fired.get(StepName.REPORT_NUMBER)
    ladder = climb(incident, terms.escalation, zone, reported_at=reported.at if reported else None)
    ahead = [(name, cause) for name, cause in ladder if name not in fired]
    steps = [(name, cause) for name, cause in ahead if cause.from_at <= now]
    coming = ahead[len(steps)][1] if len(steps) < len(ahead) else None
    outage = outage_at(incident, now)
    earned = entitlement(incident, outage, terms.bonus, zone, rulebook.enforce_from)
    credit_changes, too_much = _credits(incident, earned, memory, terms, rulebook)
    charge_changes = charge_lines(
        incident,
        terms.charges,
        (*memory.inherited, *memory.lines),
        terms.begun_month,
        rulebook.enforce_from,
    )
    decisions = [
        *_unmatched(incident, fired, now),
        *_step_decisions(incident, steps, terms.escalation.version, now),
    ]
    if credit_changes or charge_changes:
        decisions += _line_decisions(incident, credit_changes, earned, terms.bonus, now)
        decisions += _line_decisions(incident, charge_changes, None, terms.charges, now)
    passed = {*fired, *[name for name, _ in steps]}
    return Assessment(
        incident=incident,
        level=max([level for name, level in LEVELS.items() if name in passed], default=None),
        severe=StepName.SEVERE in passed,
        report_number=incident.incident_id if StepName.REPORT_NUMBER in passed else None,
        breaches=tuple([breach for name, breach in BREACHES.items() if name in passed]),
        attribution=incident.attribution,
        decisions=tuple(decisions),
        lines=(*credit_changes, *charge_changes),
        overpaid=too_much,
        deadline=deadline_of(incident, coming, outage, terms.bonus),
        next_due_at=next_change(incident, coming, outage, terms.bonus, zone),
    )


def _credits(
    incident: Incident, earned: Entitlement | None, memory: Memory, terms: Terms, rulebook: Rulebook
) -> tuple[tuple[Line, ...], Money | None]:
    """The credit lines that change, and what was credited beyond what is earned (C-9 to C-13)."""
    if earned is None and not memory.lines and not memory.inherited:
        return (), None
    account = Account(
        lines=memory.lines,
        inherited=memory.inherited,
        told_apart=memory.told_apart,
        others=memory.others,
        begun_month=terms.begun_month,
        monthly_cap=(terms.bonus or rulebook.bonus[0]).monthly_cap,
        approval_above=rulebook.approval_above,
    )
    return credit_lines(incident, earned, account), overpaid(earned, account)


def _step_decisions(
    incident: Incident, steps: Sequence[tuple[StepName, Cause]], policy: str, now: datetime
) -> Iterator[Decision]:
    """The steps that fire, with the working of each cause."""
    if not steps:
        return
    opened = {"opened_at": incident.opened_at.isoformat()}
    facts, shown = opened, None
    for name, cause in steps:
        if cause is not shown:  # steps of one cause follow each other, mostly
            facts, shown = opened | cause.facts(incident.opened_at), cause
        yield Decision(
            incident_id=incident.incident_id,
            subject=name,
            rule=cause.rule,
            because=cause.because,
            at=cause.due_at,
            decided_at=now,
            policy=policy,
            events=cause.events,
            facts=facts,
        )


def _unmatched(incident: Incident, fired: Mapping[str, Decision], now: datetime) -> Iterator[Decision]:
    """I-6: a ticket that matched no category, and that staff had not named by then, goes to reception."""
    for event in incident.all_of(EventKind.CLASSIFIED):
        if event.data["kind"] != UNROUTED:
            continue
        subject = f"unrouted:{event.ticket_id}"
        by_staff = any(
            one.ticket_id == event.ticket_id and one.seen_at <= event.seen_at
            for one in incident.all_of(EventKind.KIND_SET)
        )
        if subject not in fired and not by_staff:
            yield Decision(
                incident_id=incident.incident_id,
                subject=subject,
                rule="I-6",
                because=Because.UNMATCHED,
                at=event.at,
                decided_at=now,
                policy="",
                events=(event.key,),
            )


def _line_decisions(
    incident: Incident,
    lines: Sequence[Line],
    earned: Entitlement | None,
    policy: BonusPolicy | ChargePolicy | None,
    now: datetime,
) -> Iterator[Decision]:
    """Changed lines as decisions; the rule is the clause that decided, C-13 or X-4 when taken back."""
    if not lines:
        return
    version = policy.version if policy else ""
    events = tuple([event.key for event in incident.events if event.kind in _OF_MONEY])
    word = incident.last_of(EventKind.ATTRIBUTED)
    for line in lines:
        at, to_whom = line.final_at or now, {}
        if word is not None and line.because_of_attribution:
            at, to_whom = word.at, {"attribution": word.data["attribution"]}
        yield _line_decision(line, _line_rule(line, earned), at, now, version, events, to_whom)


def _line_decision(  # noqa: PLR0913, PLR0917 - a decision and what it rests on
    line: Line,
    rule: str,
    at: datetime,
    now: datetime,
    policy: str = "",
    events: tuple[str, ...] = (),
    facts: Mapping[str, str] = MappingProxyType({}),
) -> Decision:
    tag, amount = line.credit_id.rpartition("/")[2], str(line.amount)
    return Decision(
        incident_id=line.incident_id,
        subject=f"{tag}:{line.status}:{line.reason}:{amount}",
        rule=rule,
        because=_BECAUSE[line.reason],
        at=at,
        decided_at=now,
        policy=policy,
        events=events,
        facts={"credit": line.credit_id, "amount": amount, **line.facts, **facts},
    )


def homeless(lines: Sequence[Line], now: datetime) -> tuple[tuple[Line, ...], tuple[Decision, ...]]:
    """Settle the lines of a fault that proves to be none (I-5): nothing is lost, billing decides.

    What is not on the panel is held, what stands there gets a proposed reversal.
    """
    changed = lines_of_no_fault(lines)
    return changed, tuple(_line_decision(line, "I-5", now, now) for line in changed)


def _line_rule(line: Line, earned: Entitlement | None) -> str:
    if line.reason is Reason.REGROUPED:
        return "L-9"
    changed_mind = line.because_of_attribution
    if line.type is CreditType.CHARGE:
        if changed_mind:
            return "X-4"
        return "X-2" if line.status is CreditStatus.AWAITING_AMOUNT else "X-1"
    if changed_mind:
        return "X-4" if "/X" in line.facts.get("of", "") else "C-13"
    if "cut_by_cap" in line.facts:
        return "C-10"
    return earned.rule if earned is not None else "C-3"


def route_enquiry(ticket: Enquiry, now: datetime) -> Decision:
    """I-5: an enquiry goes to its department; it has no ladder and no credit."""
    opened = ticket.spans[0].start
    return Decision(
        incident_id=f"T-{ticket.ticket_id}",
        subject=f"routed:{ticket.kind}",
        rule="I-5",
        because=Because.ENQUIRY,
        at=opened,
        decided_at=now,
        policy="",
        facts={"kind": ticket.kind},
    )
