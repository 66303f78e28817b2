"""One incident judged: what is new, what is next, which lines of the ledger change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from bridge.domain.calendar import exact, instant_at, moment
from bridge.domain.charges import charge_lines
from bridge.domain.credits import Entitlement, Outage, attribution_of, entitlement, outage_at
from bridge.domain.decisions import Because, CreditStatus, CreditType, Decision, Line, Reason
from bridge.domain.escalation import BREACHES, LEVELS, Cause, Step, StepName, climb
from bridge.domain.events import EventKind
from bridge.domain.lines import Account, credit_lines, lines_of_no_fault, overpaid
from bridge.domain.money import Money
from bridge.domain.policy import UNROUTED, Attribution, BonusPolicy, DayCounting, Rulebook, in_force
from bridge.domain.timeline import Enquiry, Incident, escalation_at

_DAY = timedelta(hours=24)
_INSTANT = timedelta(microseconds=1)

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """What falls due next, by which rule."""

    rule: str
    at: datetime


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
    fired, opened_at = memory.fired, incident.opened_at
    policy = escalation_at(opened_at, rulebook)
    reported = fired.get(StepName.REPORT_NUMBER)
    ladder = climb(incident, policy, rulebook.zone, reported_at=reported.at if reported else None)
    ahead = [step for step in ladder if step.name not in fired]
    steps = [step for step in ahead if step.cause.from_at <= now]
    coming = ahead[len(steps)].cause if len(steps) < len(ahead) else None
    bonus = in_force(rulebook.bonus, opened_at, rulebook.zone)
    outage = outage_at(incident, now)
    earned = entitlement(incident, outage, bonus, rulebook.zone, rulebook.enforce_from)
    credit_changes, too_much = _credits(incident, earned, memory, bonus, rulebook)
    charges = in_force(rulebook.charges, opened_at, rulebook.zone)
    begun_month = _begun_month(incident, rulebook.zone)
    charge_changes = charge_lines(
        incident, charges, (*memory.inherited, *memory.lines), begun_month, rulebook.enforce_from
    )
    decisions = (
        *_unmatched(incident, fired, now),
        *_step_decisions(incident, steps, policy.version, now),
        *_line_decisions(incident, credit_changes, earned, bonus.version if bonus else "", now),
        *_line_decisions(incident, charge_changes, None, charges.version if charges else "", now),
    )
    passed = {*fired, *[step.name for step in steps]}
    return Assessment(
        incident=incident,
        level=max([level for name, level in LEVELS.items() if name in passed], default=None),
        severe=StepName.SEVERE in passed,
        report_number=incident.incident_id if StepName.REPORT_NUMBER in passed else None,
        breaches=tuple([breach for name, breach in BREACHES.items() if name in passed]),
        attribution=attribution_of(incident),
        decisions=decisions,
        lines=(*credit_changes, *charge_changes),
        overpaid=too_much,
        deadline=_deadline(incident, coming, outage, bonus),
        next_due_at=min(_changes(incident, coming, outage, bonus, rulebook.zone), default=None),
    )


def _credits(
    incident: Incident,
    earned: Entitlement | None,
    memory: Memory,
    bonus: BonusPolicy | None,
    rulebook: Rulebook,
) -> tuple[tuple[Line, ...], Money | None]:
    """The credit lines that change, and what was credited beyond what is earned (C-9 to C-13)."""
    if earned is None and not memory.lines and not memory.inherited:
        return (), None
    account = Account(
        lines=memory.lines,
        inherited=memory.inherited,
        told_apart=memory.told_apart,
        others=memory.others,
        begun_month=_begun_month(incident, rulebook.zone),
        monthly_cap=bonus.monthly_cap if bonus else rulebook.bonus[0].monthly_cap,
        approval_above=rulebook.approval_above,
    )
    return credit_lines(incident, earned, account), overpaid(earned, account)


def _begun_month(incident: Incident, zone: ZoneInfo) -> str:
    """The calendar month of t0, `2026-11` (C-10)."""
    return incident.opened_at.astimezone(zone).date().isoformat()[:7]


def _step_decisions(
    incident: Incident, steps: Sequence[Step], policy: str, now: datetime
) -> Iterator[Decision]:
    """The steps that fire, with the working of each cause."""
    opened = {"opened_at": incident.opened_at.isoformat()}
    facts, shown = opened, None
    for step in steps:
        cause = step.cause
        if cause is not shown:  # steps of one cause follow each other, mostly
            facts, shown = opened | cause.facts(incident.opened_at), cause
        yield Decision(
            incident_id=incident.incident_id,
            subject=step.name,
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
    incident: Incident, lines: Sequence[Line], earned: Entitlement | None, policy: str, now: datetime
) -> Iterator[Decision]:
    """Changed lines as decisions; the rule is the clause that decided, C-13 or X-4 when taken back."""
    if not lines:
        return
    events = tuple([event.key for event in incident.events if event.kind in _OF_MONEY])
    word = incident.last_of(EventKind.ATTRIBUTED)
    for line in lines:
        changed = word if line.because_of_attribution else None
        to_whom = {"attribution": changed.data["attribution"]} if changed else {}
        at = changed.at if changed else line.final_at or now
        yield _line_decision(line, _line_rule(line, earned), at, now, policy, events, to_whom)


def _line_decision(  # noqa: PLR0913, PLR0917 - a decision and what it rests on
    line: Line,
    rule: str,
    at: datetime,
    now: datetime,
    policy: str = "",
    events: tuple[str, ...] = (),
    facts: Mapping[str, str] | None = None,
) -> Decision:
    tag, amount = line.credit_id.rpartition("/")[2], str(line.amount)
    return Decision(
        incident_id=line.incident_id,
        subject=f"{tag}:{line.status}:{line.reason}:{amount}",
        rule=rule,
        because=Because[line.reason.name],
        at=at,
        decided_at=now,
        policy=policy,
        events=events,
        facts={"credit": line.credit_id, "amount": amount, **line.facts, **(facts or {})},
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


def _deadline(
    incident: Incident, coming: Cause | None, outage: Outage, bonus: BonusPolicy | None
) -> Deadline | None:
    """The ladder's next step, else the instant from which a month is earned."""
    if incident.ended_at is not None:
        return None
    if coming is not None:
        return Deadline(rule=coming.rule, at=coming.due_at)
    month = instant_at(outage.spans, bonus.month_over) if bonus else None
    return Deadline(rule="C-5", at=month) if month is not None and month >= outage.now else None


def _changes(
    incident: Incident, coming: Cause | None, outage: Outage, bonus: BonusPolicy | None, zone: ZoneInfo
) -> list[datetime]:
    """The next instants, in no order, at which the passing of time alone changes something.

    An amount by exact hours grows all the time; until it is final it is looked at once a day.
    """
    found = [] if coming is None else [coming.from_at]
    if bonus is None or incident.ended_at is not None:
        return found
    now, days = outage.now, outage.lasted // _DAY
    for limit in (bonus.days_from, bonus.month_over, days * _DAY, (days + 1) * _DAY):
        if limit < outage.lasted or not bonus.days_from <= limit <= bonus.month_over:
            continue
        instant = instant_at(outage.spans, limit)
        if instant is not None:
            found += instant, instant + _INSTANT
    if bonus.day_counting is DayCounting.CALENDAR_DAYS:
        today = now.astimezone(zone).date()
        midnights = [moment(today + timedelta(days=days), time(), zone) for days in (0, 1)]
        found += [begun + _INSTANT for begun in (*midnights, *(span.start for span in outage.spans[-1:]))]
    return [instant for instant in found if instant > now]


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
