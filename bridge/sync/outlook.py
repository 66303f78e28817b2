"""What an incident stands at, and what becomes of it by the passing of time alone."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal

from bridge.domain.assess import Assessment, Memory, assess, is_past
from bridge.domain.decisions import CreditStatus, CreditType, Decision, Line, Reason
from bridge.domain.escalation import StepName
from bridge.domain.lineage import Kin, trace
from bridge.domain.money import Money
from bridge.domain.ownership import own
from bridge.domain.policy import Rulebook
from bridge.domain.timeline import tell
from bridge.store.store import Store

FORESEEN = timedelta(days=31)  # nobody plans further, and a limit of a thousand days must not cost a minute

_CREDITS = frozenset({CreditType.DAYS, CreditType.MONTH})
_CHARGES = frozenset({CreditType.CHARGE})
_REVERSALS = frozenset({CreditType.REVERSAL})
# A report number comes with level 2, or with level 3, and severity with level 3.
_STEPS = frozenset(StepName) - {StepName.REPORT_NUMBER, StepName.SEVERE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What stood fast before: decisions by incident and subject (L-10), and lines sent or given up."""

    fired: Mapping[str, Collection[str]]
    lines: Collection[str]

    @classmethod
    def of(cls, store: Store, client_ids: Iterable[int]) -> Settled:
        """What a store holds about these customers."""
        fired: dict[str, Collection[str]] = {}
        lines: set[str] = set()
        for client_id in client_ids:
            fired |= store.incidents.fired(client_id)
            lines |= {
                line.credit_id
                for line in store.ledger.lines_of_client(client_id)
                if not line.is_open and line.status is not CreditStatus.DUE
            }
        return cls(fired=fired, lines=lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A step that has not fired yet, or fires now: when, and by which rule."""

    rule: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Sum:
    """What a credit or charge stands at, and by which rule; `at` is when it comes to that, None: now."""

    rule: str = field(compare=False)
    status: CreditStatus
    reason: Reason
    amount: Money
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """An incident now, and as it goes on if nobody does anything.

    `nobody` says that nobody of its level is available, `leave_at` when the owner goes on leave and the
    incident is handed over. `steps` and `departments` (by level) are those that had not fired before.
    `credit` and `charge` are what is not on the panel yet, `reversal` what is proposed to be taken back;
    `course` is what the credit comes to later while the incident stays open. `overpaid` is what was credited
    beyond what is earned (C-10).
    """

    incident_id: str
    client_id: int
    ticket_ids: tuple[int, ...]
    report_number: str | None
    is_open: bool
    kind: str
    level: int | None
    level_rule: str
    breaches: tuple[str, ...]
    owner: int | None
    owner_rule: str
    nobody: bool = False
    leave_at: datetime | None = None
    steps: Mapping[StepName, Due] = field(default_factory=dict)
    departments: Mapping[int, int] = field(default_factory=dict)
    credit: Sum | None = None
    course: tuple[Sum, ...] = ()
    charge: Sum | None = None
    reversal: Sum | None = None
    overpaid: Money | None = None

    @property
    def comes_to(self) -> Money | None:
        """What the credit amounts to in the end, if the incident stays open that long."""
        last = (self.course or (self.credit,))[-1]
        return last.amount if last is not None else None


def outlooks(
    store: Store, rulebook: Rulebook, client_ids: Iterable[int], settled: Settled, now: datetime
) -> dict[str, Outlook]:
    """Return the outlook of every incident of these customers, after a cycle was run in `store` at `now`."""
    found = {}
    loads = store.incidents.loads()
    for client_id, events in store.events.of_clients(sorted(client_ids)).items():
        fired = store.incidents.fired(client_id)
        lines = store.ledger.lines_of_client(client_id)
        for kin in trace(tell(client_id, events, rulebook), fired, lines).kin:
            if not is_past(kin.incident, rulebook):
                outlook = _outlook(kin, lines, settled, rulebook, loads, now)
                found[outlook.incident_id] = outlook
    return found


def _outlook(  # noqa: PLR0913, PLR0917 - an incident, all that is known of it, and the rules
    kin: Kin,
    lines: Sequence[Line],
    settled: Settled,
    rulebook: Rulebook,
    loads: Mapping[int, int],
    now: datetime,
) -> Outlook:
    incident, memory = kin.incident, kin.memory(lines)
    future = list(_course(kin, lines, rulebook, now))
    present = future[0][1]
    owner = own(present, memory.fired, loads, rulebook, now)
    decisions = [*memory.fired.values(), *(one for _, assessed in future for one in assessed.decisions)]
    before = settled.fired.get(incident.incident_id, ())
    steps = {
        StepName(one.subject): Due(rule=one.rule, at=one.at)
        for one in decisions
        if one.subject in _STEPS and one.subject not in before
    }
    return Outlook(
        incident_id=incident.incident_id,
        client_id=incident.client_id,
        ticket_ids=incident.ticket_ids,
        report_number=present.report_number,
        is_open=incident.ended_at is None,
        kind=incident.kind,
        level=present.level,
        level_rule=_rule(memory.fired, f"level_{present.level}"),
        breaches=present.breaches,
        owner=owner.operator_id,
        owner_rule=_rule(memory.fired, f"assign:L{present.level}"),
        nobody=owner.nobody,
        leave_at=owner.again_at,
        steps=steps,
        departments={
            step.level: rulebook.departments.levels[step.level] for step in steps if step.level is not None
        },
        credit=_present_sum(memory, _CREDITS, settled),
        course=tuple(_later_sums(memory, future, settled)),
        charge=_present_sum(memory, _CHARGES, settled),
        reversal=_present_sum(memory, _REVERSALS, settled),
        overpaid=present.overpaid,
    )


def _course(
    kin: Kin, before: Sequence[Line], rulebook: Rulebook, now: datetime
) -> Iterator[tuple[datetime, Assessment]]:
    """The incident judged now and at every later instant at which time alone changes something."""
    fired = dict(kin.fired)
    lines = {line.credit_id: line for line in before}
    at: datetime | None = now
    while at is not None and at <= now + FORESEEN:
        known = replace(kin, fired=fired).memory(lines.values())
        assessment = assess(kin.incident, known, rulebook, at)
        yield at, assessment
        fired |= {decision.subject: decision for decision in assessment.decisions}
        lines |= {line.credit_id: line for line in assessment.lines}
        at = assessment.next_due_at if assessment.deadline is not None else None


def _rule(fired: Mapping[str, Decision], subject: str) -> str:
    """The rule of the latest decision with this subject, or a later round of it."""
    found = [one.rule for name, one in fired.items() if name == subject or name.startswith(f"{subject}:")]
    return found[-1] if found else ""


def _present_sum(memory: Memory, types: Collection[CreditType], settled: Settled) -> Sum | None:
    lines = _unsent(memory.lines, types, settled)
    if not lines:
        return None
    rules = [one.rule for one in memory.fired.values() if one.facts.get("credit") == lines[-1].credit_id]
    return _sum(lines, rules[-1] if rules else "", None)


def _later_sums(
    memory: Memory, future: Iterable[tuple[datetime, Assessment]], settled: Settled
) -> Iterator[Sum]:
    """What the credit comes to, each time that it comes to something else."""
    lines = {line.credit_id: line for line in memory.lines}
    last = _present_sum(memory, _CREDITS, settled)
    for at, assessment in future:
        lines |= {line.credit_id: line for line in assessment.lines}
        changed = _unsent(assessment.lines, _CREDITS, settled)
        if not changed:
            continue
        rules = {one.facts.get("credit"): one.rule for one in assessment.decisions}
        present = _sum(
            _unsent(lines.values(), _CREDITS, settled),
            rules.get(changed[-1].credit_id, ""),
            changed[-1].final_at or at,
        )
        if last is None or replace(present, at=last.at) != last:
            yield present
        last = present


def _unsent(lines: Iterable[Line], types: Collection[CreditType], settled: Settled) -> list[Line]:
    return [line for line in lines if line.type in types and line.credit_id not in settled.lines]


def _sum(lines: Sequence[Line], rule: str, at: datetime | None) -> Sum:
    """All that an incident's lines come to, in the state of the last one that is not voided, if any."""
    live = [line for line in lines if line.status is not CreditStatus.VOIDED]
    last = (live or lines)[-1]
    amount = sum((line.amount.amount for line in live), Decimal(0))
    return Sum(
        rule=rule, status=last.status, reason=last.reason, amount=Money(amount, last.amount.currency), at=at
    )
