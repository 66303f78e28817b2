"""Every stored decision taken again, from the events and the policy texts that were known then.

What is not taken again, because no store keeps it: how many open incidents each technician had at that
moment. The numbers noted in the decision are used, so the choice itself is repeated. That nobody was
available is no decision.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from enum import StrEnum

from bridge.domain.assess import Assessment, assess, homeless, is_past, route_enquiry
from bridge.domain.decisions import Decision, Line
from bridge.domain.events import Event
from bridge.domain.lineage import trace
from bridge.domain.ownership import loads_noted, own, visit_helper
from bridge.domain.policy import Rulebook
from bridge.domain.timeline import tell
from bridge.errors import UserFault
from bridge.store.decisions import Judgement
from bridge.store.ledger import Entry
from bridge.store.store import Store
from bridge.sync.archived import archived


class Finding(StrEnum):
    """In which way a replay differs."""

    CHANGED = "changed"  # decided again, with other values
    NOT_DECIDED_AGAIN = "not_decided_again"  # stored, and the rules do not say so
    NOT_STORED = "not_stored"  # the rules say so, and it is not stored
    LEDGER_CHANGED = "ledger_changed"  # the ledger holds another line than the rules make
    LEDGER_MISSING = "ledger_missing"  # the ledger does not hold the line at all
    POLICY_UNREADABLE = "policy_unreadable"  # the texts are missing, damaged or not understood any more


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One difference, by the name of what differs.

    `subject` is the decision's, or the credit's number; `values` are the fields that differ, each with what
    is stored and what the rules say now; `detail` are words where there are no values to compare.
    """

    finding: Finding
    client_id: int
    incident_id: str
    subject: str
    decided_at: datetime
    digest: str
    values: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    detail: str = ""


@dataclass(slots=True, kw_only=True)
class Replayed:
    """What a replay has gone through, and what it found."""

    customers: int = 0
    judgements: int = 0
    decisions: int = 0
    rulebooks: int = 0
    differences: list[Difference] = field(default_factory=list)


class Replay:
    """Decides again, customer by customer; writes nothing."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.result = Replayed()
        self._rulebooks: dict[str, Rulebook | str] = {}

    def run(self) -> Replayed:
        """Go through every customer about whom anything was decided."""
        for client_id in self.store.incidents.judged_clients():
            self._client(client_id)
        self.result.rulebooks = len(self._rulebooks)
        return self.result

    def _client(self, client_id: int) -> None:
        history = _History(
            client_id, self.store.events.numbered(client_id), self.store.ledger.entries_of_client(client_id)
        )
        self.result.customers += 1
        for judgement, stored in self.store.incidents.judged(client_id):
            self.result.judgements += 1
            self.result.decisions += len(stored)
            rulebook = self._rulebook(judgement.digest)
            if isinstance(rulebook, str):
                self.result.differences += [
                    _difference(Finding.POLICY_UNREADABLE, one, judgement, detail=rulebook) for one in stored
                ]
            else:
                self.result.differences += _found(history, judgement, stored, rulebook)
            history.remember(stored)

    def _rulebook(self, digest: str) -> Rulebook | str:
        """The rulebook of a digest, or in words why there is none."""
        if digest not in self._rulebooks:
            try:
                self._rulebooks[digest] = archived(self.store, digest).rulebook
            except UserFault as fault:
                self._rulebooks[digest] = str(fault)
        return self._rulebooks[digest]


class _History:
    """What was known of one customer, at any moment of the past."""

    def __init__(self, client_id: int, events: Sequence[tuple[int, Event]], entries: Sequence[Entry]) -> None:
        self.client_id = client_id
        self._events = events
        self._entries = entries
        self._fired: dict[str, list[Decision]] = defaultdict(list)

    def remember(self, decisions: Iterable[Decision]) -> None:
        """What was decided stands from now on, whatever a replay says (L-10)."""
        for decision in decisions:
            self._fired[decision.incident_id].append(decision)

    def fired(self, incident_id: str) -> dict[str, Decision]:
        """The decisions taken so far about one incident, in order of time."""
        taken = sorted(self._fired.get(incident_id, []), key=lambda decision: decision.at)
        return {decision.subject: decision for decision in taken}

    def all_fired(self) -> dict[str, dict[str, Decision]]:
        """The decisions taken so far, by incident."""
        return {incident_id: self.fired(incident_id) for incident_id in self._fired}

    def events(self, judgement: Judgement) -> list[Event]:
        """The events known at a judgement."""
        return [event for number, event in self._events if number <= judgement.last_event_id]

    def lines(self, judgement: Judgement) -> list[Line]:
        """The customer's lines as they stood before a judgement, oldest first."""
        first: dict[str, datetime] = {}
        present: dict[str, Line] = {}
        for entry in self._entries:
            if entry.entry_id <= judgement.last_entry_id:
                first.setdefault(entry.line.credit_id, entry.at)
                present[entry.line.credit_id] = entry.line
        order = sorted(present, key=lambda credit_id: (first[credit_id], credit_id))
        return [present[credit_id] for credit_id in order]

    def written(self, credit_id: str, judgement: Judgement) -> Line | None:
        """The state of a line that a judgement wrote."""
        return next(
            (
                entry.line
                for entry in self._entries
                if entry.line.credit_id == credit_id and entry.entry_id > judgement.last_entry_id
            ),
            None,
        )


def _found(
    history: _History, judgement: Judgement, stored: Sequence[Decision], rulebook: Rulebook
) -> list[Difference]:
    """The differences of one judgement; history that no rule can read any more is one for each decision."""
    try:
        return list(_compared(history, judgement, stored, rulebook))
    except (ArithmeticError, LookupError, TypeError, ValueError) as error:
        detail = f"what it rests on cannot be read: {type(error).__name__} {error}"
        return [_difference(Finding.NOT_DECIDED_AGAIN, one, judgement, detail=detail) for one in stored]


def _compared(
    history: _History, judgement: Judgement, stored: Sequence[Decision], rulebook: Rulebook
) -> Iterator[Difference]:
    again: dict[tuple[str, str], Decision] = {}
    lines: list[Line] = []
    for decisions, changed in _judged(history, judgement, stored, rulebook):
        again |= {(one.incident_id, one.subject): one for one in decisions}
        lines += changed
    for decision in stored:
        found = again.pop((decision.incident_id, decision.subject), None)
        if found is None:
            yield _difference(Finding.NOT_DECIDED_AGAIN, decision, judgement)
        elif found != decision:
            yield _difference(Finding.CHANGED, decision, judgement, values=_values(decision, found))
    for decision in again.values():
        yield _difference(Finding.NOT_STORED, decision, judgement)
    yield from _ledger(history, judgement, lines)


def _judged(
    history: _History, judgement: Judgement, stored: Sequence[Decision], rulebook: Rulebook
) -> Iterator[tuple[list[Decision], list[Line]]]:
    """The new decisions and lines of each incident, as `Decider` makes them."""
    story = tell(judgement.client_id, history.events(judgement), rulebook)
    lines = {line.credit_id: line for line in history.lines(judgement)}
    lineage = trace(story, history.all_fired(), lines.values())
    held_back = set(judgement.beyond_recall)
    for kin in lineage.kin:
        if is_past(kin.incident, rulebook):
            continue
        assessment = assess(kin.incident, kin.memory(lines.values()), rulebook, judgement.at)
        changed = [line for line in assessment.lines if line.credit_id not in held_back]
        lines |= {line.credit_id: line for line in changed}
        decisions = [one for one in assessment.decisions if one.facts.get("credit") not in held_back]
        decisions += _technicians(assessment, kin.fired, stored, rulebook, judgement.at)
        yield [one for one in decisions if one.subject not in kin.fired], changed
    unfounded = [line for line in lines.values() if line.incident_id in lineage.homeless]
    settled, decided = homeless(unfounded, judgement.at)
    yield (
        [one for one in decided if one.facts["credit"] not in held_back],
        [line for line in settled if line.credit_id not in held_back],
    )
    for enquiry in story.enquiries:
        decision = route_enquiry(enquiry, judgement.at)
        ended = enquiry.spans[-1].end
        is_past_one = ended is not None and ended < rulebook.enforce_from
        if not is_past_one and decision.subject not in history.fired(decision.incident_id):
            yield [decision], []


def _technicians(
    assessment: Assessment,
    fired: Mapping[str, Decision],
    stored: Sequence[Decision],
    rulebook: Rulebook,
    at: datetime,
) -> Iterator[Decision]:
    """The choices of technicians that were stored, made again from the loads noted in them."""
    for decision in stored:
        if decision.incident_id != assessment.incident.incident_id:
            continue
        chosen = None
        if decision.subject.startswith("assign:"):
            chosen = own(assessment, fired, loads_noted(decision), rulebook, at).decision
        elif decision.subject.startswith("visit_helper:"):
            chosen = visit_helper(assessment, fired, loads_noted(decision), rulebook, at)
        if chosen is not None:
            yield chosen


def _ledger(history: _History, judgement: Judgement, lines: Iterable[Line]) -> Iterator[Difference]:
    """Whether the ledger holds what the rules made."""
    for line in {line.credit_id: line for line in lines}.values():
        written = history.written(line.credit_id, judgement)
        if written != line:
            yield Difference(
                finding=Finding.LEDGER_MISSING if written is None else Finding.LEDGER_CHANGED,
                client_id=judgement.client_id,
                incident_id=line.incident_id,
                subject=line.credit_id,
                decided_at=judgement.at,
                digest=judgement.digest,
                values={} if written is None else _values(written, line),
            )


def _difference(
    finding: Finding,
    decision: Decision,
    judgement: Judgement,
    *,
    values: Mapping[str, tuple[str, str]] | None = None,
    detail: str = "",
) -> Difference:
    return Difference(
        finding=finding,
        client_id=judgement.client_id,
        incident_id=decision.incident_id,
        subject=decision.subject,
        decided_at=judgement.at,
        digest=judgement.digest,
        values=values or {},
        detail=detail,
    )


def _values(stored: Decision | Line, again: Decision | Line) -> dict[str, tuple[str, str]]:
    """The fields that differ; facts one by one."""
    found: dict[str, tuple[str, str]] = {}
    for one in fields(stored):
        before, after = getattr(stored, one.name), getattr(again, one.name)
        if before == after:
            continue
        if isinstance(before, Mapping):
            found |= {
                f"{one.name}.{name}": (before.get(name, ""), after.get(name, ""))
                for name in sorted({*before, *after})
                if before.get(name) != after.get(name)
            }
        else:
            found[one.name] = (_words(before), _words(after))
    return found


def _words(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return value.isoformat() if isinstance(value, datetime) else str(value)
