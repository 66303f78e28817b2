"""What an edit of the mappings would change in incidents under way: levels, owners, deadlines, credits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from bridge.clock import Clock
from bridge.domain.escalation import StepName
from bridge.domain.intents import Route
from bridge.domain.money import Money
from bridge.domain.notices import NoticePolicy
from bridge.domain.policy import Rulebook, Texts
from bridge.domain.reading import Reading, Wanted
from bridge.rulebook import LoadedRulebook
from bridge.store.store import Store
from bridge.sync.cycle import Cycle, Parts
from bridge.sync.guards import Limits
from bridge.sync.outlook import Due, Outlook, Settled, Sum, outlooks
from bridge.sync.ports import Progress

_NOTHING = Money(Decimal(0))
_UNLIMITED = Limits(
    credits_per_cycle=0, amount_per_cycle=Decimal(0), shrink_percent=Decimal(100), pushes_per_cycle=0
)


class What(StrEnum):
    """What of an incident changes."""

    REPORT_NUMBER = "report_number"
    KIND = "kind"
    LEVEL = "level"
    BREACH = "breach"  # a broken promise that the next cycle would record
    DEADLINE = "deadline"  # a step that has not fired, if nothing more happens
    DEPARTMENT = "department"  # where the ticket goes with a level that is not reached yet
    OWNER = "owner"
    NOBODY = "nobody"  # nobody of its level is available: a line for the supervisor
    LEAVE = "leave"  # when the incident is handed over because its owner goes on leave
    CREDIT = "credit"  # what it stands at
    CREDIT_LATER = "credit_later"  # what it comes to later, if the incident stays open
    CHARGE = "charge"
    REVERSAL = "reversal"  # a credit or charge on the panel that is proposed to be taken back (C-13, X-4)
    OVERPAID = "overpaid"  # more was credited than is earned (C-10)


Value = str | int | datetime | Money | Sum | tuple[Sum, ...] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One difference: what it is under the mappings before and after, None: nothing.

    `step` names the deadline's step, `level` the department's level; `rule` is the clause that brings the
    new value, or brought the old one.
    """

    what: What
    rule: str
    before: Value
    after: Value
    step: StepName | None = None
    level: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Affected:
    """An incident that changes, as it is under the mappings after (before, where it is no more)."""

    incident: Outlook
    changes: Sequence[Change]


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """Credits that are not on the panel yet, of every incident looked at."""

    before: Money = _NOTHING
    after: Money = _NOTHING

    @property
    def difference(self) -> Money:
        """What the edit adds; below zero, what it takes away."""
        return self.after - self.before


@dataclass(frozen=True, slots=True, kw_only=True)
class Impact:
    """The effect of an edit at one instant.

    `credits` is what they stand at, `credits_later` what they come to if every incident stays open until its
    credit is final (at most 31 days are foreseen).
    """

    at: datetime
    affected: Sequence[Affected] = ()
    unchanged: int = 0
    credits: Totals = field(default_factory=Totals)
    credits_later: Totals = field(default_factory=Totals)

    def in_brief(self) -> Mapping[str, int | str]:
        """The few numbers that a log line needs; amounts in MXN, as text."""
        return {
            "incidents_changed": len(self.affected),
            "incidents_unchanged": self.unchanged,
            "credits_difference": str(self.credits.difference),
            "credits_later_difference": str(self.credits_later.difference),
        }


def impact(store: Store, before: LoadedRulebook, after: LoadedRulebook, clock: Clock) -> Impact:
    """Rehearse the next cycle from what the store knows, under each of two mappings, and compare.

    Neither panel nor store is touched. Steps that have fired and credits that are final stay as they are
    (L-10), and a dated version counts for the incidents that it rules, because the cycle itself is run.
    """
    now = clock.now()
    open_rows = store.incidents.open()
    if _decides_alike(before.rulebook, after.rulebook):
        return Impact(at=now, unchanged=sum(row.is_fault for row in open_rows))
    client_ids = {row.client_id for row in open_rows} | store.incidents.due(now)
    settled = Settled.of(store, client_ids)
    old, new = (_foreseen(store, loaded, client_ids, settled, clock) for loaded in (before, after))
    affected = list(_affected(old, new))
    looked_at = {one.incident_id for one in (*old.values(), *new.values()) if one.is_open}
    return Impact(
        at=now,
        affected=affected,
        unchanged=len(looked_at - {one.incident.incident_id for one in affected}),
        credits=Totals(before=_standing(old), after=_standing(new)),
        credits_later=Totals(before=_coming(old), after=_coming(new)),
    )


def _decides_alike(before: Rulebook, after: Rulebook) -> bool:
    """Whether only comments or texts differ."""
    one, other = (replace(rulebook, digest="", texts=Texts(templates={})) for rulebook in (before, after))
    return one == other


class _Remembered:
    """The panel as it was last read."""

    route = Route.DATABASE

    def __init__(self, store: Store) -> None:
        self.store = store

    def read(self, wanted: Wanted, progress: Progress | None = None) -> Reading:  # noqa: ARG002 - the port
        tickets = self.store.snapshots.tickets(wanted.known_open)
        return Reading(
            route=self.route,
            polled=frozenset(),
            tickets=tuple(tickets[key] for key in sorted(tickets)),
            clients=(),
        )


def _foreseen(
    store: Store, loaded: LoadedRulebook, client_ids: set[int], settled: Settled, clock: Clock
) -> dict[str, Outlook]:
    with store.rehearsal():
        parts = Parts(
            store=store,
            clock=clock,
            rulebook=loaded.rulebook,
            policy_texts=loaded.archive,
            readers=[_Remembered(store)],
            notices=NoticePolicy(),
            routes={},
            wanted={},
            limits=_UNLIMITED,
            sweep=timedelta(),
            settling=timedelta(),
            books=None,
            invoices=None,
        )
        Cycle(parts).rehearse(accept_shrink=True)
        return outlooks(store, loaded.rulebook, client_ids, settled, clock.now())


def _affected(old: Mapping[str, Outlook], new: Mapping[str, Outlook]) -> Iterator[Affected]:
    for incident_id in sorted({*old, *new}):
        before, after = old.get(incident_id), new.get(incident_id)
        changes = [one for one in _changes(before, after) if one.before != one.after]
        present = after or before
        if changes and present is not None:
            yield Affected(incident=present, changes=changes)


def _changes(before: Outlook | None, after: Outlook | None) -> Iterator[Change]:
    """Every pair of values, equal ones too."""
    b, a = before or _ABSENT, after or _ABSENT
    number = What.REPORT_NUMBER
    yield Change(what=number, rule="L-3", before=b.report_number, after=a.report_number)
    yield Change(what=What.KIND, rule="I-7", before=b.kind or None, after=a.kind or None)
    yield Change(what=What.LEVEL, rule=a.level_rule or b.level_rule, before=b.level, after=a.level)
    for name in (StepName.LATE_CONTACT, StepName.LATE_CALL):
        was, is_ = (name.breach if name.breach in one.breaches else None for one in (b, a))
        yield Change(what=What.BREACH, rule=_RULES[name], before=was, after=is_, step=name)
    for name in StepName:
        was_due, due = b.steps.get(name), a.steps.get(name)
        yield Change(
            what=What.DEADLINE, rule=_rule(due, was_due), before=_at(was_due), after=_at(due), step=name
        )
    for level in sorted(b.departments.keys() & a.departments.keys()):
        yield Change(
            what=What.DEPARTMENT,
            rule=_LEVELS[level],
            before=b.departments[level],
            after=a.departments[level],
            level=level,
        )
    yield Change(what=What.OWNER, rule=a.owner_rule or b.owner_rule, before=b.owner, after=a.owner)
    yield Change(what=What.NOBODY, rule=_LEVELS[a.level or b.level or 1], before=b.nobody, after=a.nobody)
    yield Change(what=What.LEAVE, rule=a.owner_rule or b.owner_rule, before=b.leave_at, after=a.leave_at)
    yield Change(what=What.CREDIT, rule=_rule(a.credit, b.credit), before=b.credit, after=a.credit)
    only_before = tuple(one for one in b.course if one not in a.course)
    only_after = tuple(one for one in a.course if one not in b.course)
    rule = _rule(*only_after[:1], *only_before[:1])
    yield Change(what=What.CREDIT_LATER, rule=rule, before=only_before or None, after=only_after or None)
    yield Change(what=What.CHARGE, rule=_rule(a.charge, b.charge), before=b.charge, after=a.charge)
    yield Change(what=What.REVERSAL, rule=_rule(a.reversal, b.reversal), before=b.reversal, after=a.reversal)
    yield Change(what=What.OVERPAID, rule="C-10", before=b.overpaid, after=a.overpaid)


_RULES = {StepName.LATE_CONTACT: "L-2", StepName.LATE_CALL: "L-4"}
_LEVELS = {1: "L-1", 2: "L-3", 3: "L-5"}
_ABSENT = Outlook(
    incident_id="",
    client_id=0,
    ticket_ids=(),
    report_number=None,
    is_open=False,
    kind="",
    level=None,
    level_rule="",
    breaches=(),
    owner=None,
    owner_rule="",
)


def _rule(*found: Due | Sum | None) -> str:
    return next((one.rule for one in found if one is not None and one.rule), "")


def _at(due: Due | None) -> datetime | None:
    return due.at if due is not None else None


def _standing(found: Mapping[str, Outlook]) -> Money:
    return sum((one.credit.amount for one in found.values() if one.credit is not None), _NOTHING)


def _coming(found: Mapping[str, Outlook]) -> Money:
    return sum((one.comes_to for one in found.values() if one.comes_to is not None), _NOTHING)
