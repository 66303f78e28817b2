"""From events to decisions, ledger and outbox, customer by customer, inside one transaction."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from bridge.domain.assess import Assessment, Memory, assess, is_past, route_enquiry
from bridge.domain.decisions import CreditStatus, Decision, Line
from bridge.domain.events import Event, EventKind
from bridge.domain.intents import Push, PushKind
from bridge.domain.ownership import Ownership, own, visit_helper
from bridge.domain.policy import UNROUTED, Attribution, Rulebook
from bridge.domain.pushes import Scene, credit_notice, enquiry_push, incident_pushes, line_push
from bridge.domain.timeline import Enquiry, Incident, tell
from bridge.store.incidents import IncidentRow
from bridge.store.push_states import PushState
from bridge.store.store import Store

BY_BRIDGE = "bridge"

_LATEST_COUNTS = {PushKind.SET_STATUS, PushKind.ASSIGN}
_ON_TICKET = {PushKind.SET_STATUS, PushKind.ASSIGN, PushKind.NOTE}
_UNSENT = {PushState.PENDING, PushState.RETRY_AT, PushState.MANUAL}


class Decider:
    """Applies the rules to customers. `loads` counts open incidents per technician while it works."""

    def __init__(self, store: Store, rulebook: Rulebook, now: datetime) -> None:
        self.store = store
        self.rulebook = rulebook
        self.now = now
        self.loads = dict(store.incidents.loads())
        self.taken: list[Decision] = []

    def decide(self, client_ids: Iterable[int]) -> list[Decision]:
        """Judge every incident of these customers; return the decisions that are new."""
        ids = sorted(client_ids)
        for client_id, events in self.store.events.of_clients(ids).items():
            self._client(client_id, events)
        return self.taken

    def _client(self, client_id: int, events: Sequence[Event]) -> None:
        story = tell(client_id, events, self.rulebook)
        fired = self.store.incidents.fired(client_id)
        before = {row.incident_id: row for row in self.store.incidents.of_client(client_id)}
        lines = self.store.ledger.lines_of_client(client_id)
        rows: list[IncidentRow] = []
        for incident in story.incidents:
            if is_past(incident, self.rulebook):
                continue
            known = fired.get(incident.incident_id, {})
            row, lines = self._incident(incident, known, before.get(incident.incident_id), lines)
            rows.append(row)
        rows += [self._enquiry(client_id, ticket, fired) for ticket in story.enquiries]
        self.store.incidents.replace_client(client_id, rows)
        self._flag(story.incidents, events)

    def _incident(
        self,
        incident: Incident,
        fired: Mapping[str, Decision],
        before: IncidentRow | None,
        lines: list[Line],
    ) -> tuple[IncidentRow, list[Line]]:
        memory = Memory(
            fired=fired,
            lines=[line for line in lines if line.incident_id == incident.incident_id],
            others=[line for line in lines if line.incident_id != incident.incident_id],
        )
        assessment = assess(incident, memory, self.rulebook, self.now)
        ownership = own(assessment, fired, self.loads, self.rulebook, self.now)
        in_flight = self._beyond_recall(assessment.lines)
        decisions = [one for one in assessment.decisions if one.facts.get("credit") not in in_flight]
        helper = visit_helper(assessment, fired, self.loads, self.rulebook, self.now)
        decisions += [one for one in (ownership.decision, helper) if one is not None]
        self.taken += self.store.incidents.append_decisions(decisions)
        after = self._settle([line for line in assessment.lines if line.credit_id not in in_flight], lines)
        known = frozenset(before.ticket_ids if before else ())
        scene = Scene(
            tickets=self.store.snapshots.tickets(incident.ticket_ids),
            fresh=frozenset(incident.ticket_ids) - known,
            technician=ownership.operator_id,
            assigned_now=ownership.decision is not None,
            told=self._was_told(incident),
            now=self.now,
            round=ownership.round,
            helper=helper,
        )
        if ownership.by_hand:
            self._withdraw(incident.incident_id, {PushKind.ASSIGN}, "a person assigned somebody else")
        if incident.ended_at is not None:
            self._withdraw(incident.incident_id, _ON_TICKET, f"{incident.incident_id} has ended")
        for push in incident_pushes(assessment, scene, self.rulebook):
            self._push(push, incident.incident_id, None)
        self._count(before, ownership)
        self._list_nobody(assessment, ownership)
        row = self._row(assessment, ownership)
        return (replace(row, next_due_at=self.now) if in_flight else row), after

    def _was_told(self, incident: Incident) -> bool:
        """A number given while the incident had ended is told when it goes on (L-3, L-9)."""
        if len(incident.spans) == 1:
            return True
        rows = self.store.outbox.of_incident(incident.incident_id)
        return any(row.push.kind is PushKind.NOTE and row.state is not PushState.DISCARDED for row in rows)

    def _beyond_recall(self, lines: Iterable[Line]) -> frozenset[str]:
        """Withdraw the pushes of lines that are to be voided; return those that may stand on the panel.

        Whether they do is found out first; the rules look at them again with the next cycle (C-13).
        """
        found = set()
        for line in lines:
            before = self.store.ledger.line(line.credit_id)
            if (
                line.status is CreditStatus.VOIDED
                and before is not None
                and before.status is CreditStatus.DUE
            ):
                reason = f"{line.credit_id} was voided: {line.reason}"
                if not self._take_back(line.credit_id, reason):
                    found.add(line.credit_id)
        return frozenset(found)

    def _settle(self, changed: Iterable[Line], lines: list[Line]) -> list[Line]:
        """Write the changed lines and the pushes of those that are due."""
        by_id = {line.credit_id: line for line in lines}
        for line in changed:
            self.store.ledger.record(line, at=self.now, actor=BY_BRIDGE)
            by_id[line.credit_id] = line
            for push in self._line_pushes(line, by_id):
                self._push(push, line.incident_id, line.credit_id if push.kind.moves_money else None)
        return list(by_id.values())

    def _line_pushes(self, line: Line, by_id: Mapping[str, Line]) -> Iterable[Push]:
        due_at = line.final_at or self.now
        wanted = (line_push(line, by_id, due_at, self.rulebook), credit_notice(line, due_at, self.rulebook))
        return [push for push in wanted if push is not None]

    def _push(self, push: Push, incident_id: str, credit_id: str | None) -> None:
        """Wish for a push; an earlier one of its kind for the same ticket, still unsent, falls away."""
        if push.kind in _LATEST_COUNTS:
            reason = f"{push.key} replaces it"
            self._withdraw(incident_id, {push.kind}, reason, ticket_id=push.ticket_id, but=push.key)
        self.store.outbox.add(push, incident_id=incident_id, credit_id=credit_id, at=self.now)

    def _withdraw(
        self,
        incident_id: str,
        kinds: Collection[PushKind],
        reason: str,
        *,
        ticket_id: int | None = None,
        but: str = "",
    ) -> None:
        for row in self.store.outbox.of_incident(incident_id):
            if row.push.kind not in kinds or row.state not in _UNSENT or row.push.key == but:
                continue
            if ticket_id is None or row.push.ticket_id == ticket_id:
                self._take_back(row.push.key, reason)

    def _take_back(self, key: str, reason: str) -> bool:
        """Withdraw a push that nobody has sent, with its line on the worklist."""
        withdrawn = self.store.outbox.withdraw(key, self.now, BY_BRIDGE, reason)
        if withdrawn:
            self.store.worklist.close_key(f"push/{key}", BY_BRIDGE, self.now)
        return withdrawn

    def _count(self, before: IncidentRow | None, ownership: Ownership) -> None:
        """Keep the loads right within a cycle."""
        old = before.technician_id if before is not None and before.ended_at is None else None
        if ownership.decision is None or ownership.operator_id is None or old == ownership.operator_id:
            return
        if old is not None:
            self.loads[old] = self.loads.get(old, 1) - 1
        self.loads[ownership.operator_id] = self.loads.get(ownership.operator_id, 0) + 1

    def _row(self, assessment: Assessment, ownership: Ownership) -> IncidentRow:
        incident, deadline = assessment.incident, assessment.deadline
        return IncidentRow(
            incident_id=incident.incident_id,
            client_id=incident.client_id,
            service_id=self._service(incident),
            kind=incident.kind,
            is_fault=True,
            channel=str(incident.channel),
            level=assessment.level,
            severe=assessment.severe,
            attribution=str(assessment.attribution),
            report_number=assessment.report_number,
            opened_at=incident.opened_at,
            ended_at=incident.ended_at,
            spans=tuple((span.start, span.end) for span in incident.spans),
            technician_id=ownership.operator_id,
            next_deadline_rule=deadline.rule if deadline else None,
            next_deadline_at=deadline.at if deadline else None,
            next_due_at=self.now if ownership.nobody else _first(assessment.next_due_at, ownership.again_at),
            breaches=assessment.breaches,
            ticket_ids=incident.ticket_ids,
        )

    @staticmethod
    def _service(incident: Incident) -> int | None:
        if incident.service_id is not None or incident.subscription is None:
            return incident.service_id
        services = incident.subscription.services
        return services[0].service_id if len(services) == 1 else None

    def _enquiry(
        self, client_id: int, story: Enquiry, fired: Mapping[str, Mapping[str, Decision]]
    ) -> IncidentRow:
        decision = route_enquiry(story, self.now)
        is_past_one = story.spans[-1].end is not None and story.spans[-1].end < self.rulebook.enforce_from
        if not is_past_one and decision.subject not in fired.get(decision.incident_id, {}):
            self.taken += self.store.incidents.append_decisions([decision])
            ticket = self.store.snapshots.tickets([story.ticket_id]).get(story.ticket_id)
            push = (
                enquiry_push(ticket, story, decision, self.rulebook.departments)
                if ticket is not None
                else None
            )
            if push is not None:
                self._push(push, decision.incident_id, None)
        return IncidentRow(
            incident_id=decision.incident_id,
            client_id=client_id,
            service_id=story.service_id,
            kind=story.kind,
            is_fault=False,
            channel=str(story.channel),
            level=None,
            severe=False,
            attribution=str(Attribution.UNKNOWN),
            report_number=None,
            opened_at=story.spans[0].start,
            ended_at=story.spans[-1].end,
            spans=tuple((span.start, span.end) for span in story.spans),
            technician_id=None,
            next_deadline_rule=None,
            next_deadline_at=None,
            next_due_at=None,
            breaches=(),
            ticket_ids=(story.ticket_id,),
        )

    def _list_nobody(self, assessment: Assessment, ownership: Ownership) -> None:
        """Nobody available is the supervisor's line; it goes away when somebody has been found."""
        incident = assessment.incident
        key = f"nobody/{incident.incident_id}"
        if ownership.nobody:
            text = (
                f"{incident.incident_id}: nobody of level {assessment.level} is available. "
                "Assign somebody in the panel, or mend technicians.yaml."
            )
            self._line(key, "supervisor", text, incident)
        elif ownership.decision is not None or incident.ended_at is not None:
            self.store.worklist.close_key(key, BY_BRIDGE, self.now)

    def _flag(self, incidents: Iterable[Incident], events: Iterable[Event]) -> None:
        """Lists for people: unrouted tickets (I-6), missing evidence (I-8), tags nobody could read."""
        for incident in incidents:
            key = f"unrouted/{incident.incident_id}"
            if incident.kind == UNROUTED and incident.ended_at is None:
                text = (
                    f"{incident.incident_id}: the ticket matches no category. Say what it is with a tag, "
                    f"`bridge fact {incident.ticket_ids[0]} kind ...`, or by moving it to its department."
                )
                self._line(key, "unrouted", text, incident)
            else:
                self.store.worklist.close_key(key, BY_BRIDGE, self.now)
        for event in events:
            if event.kind is EventKind.EVIDENCE_MISSING and event.seen_at == self.now:
                text = (
                    f"Ticket {event.ticket_id}: low speed without speed-test captures. Level 1 asks for them."
                )
                self._note(event, "evidence", text)
            elif event.kind is EventKind.TAG_UNREAD and event.seen_at == self.now:
                text = (
                    f"Ticket {event.ticket_id}: the tag `{event.data['text']}` could not be read. Write it "
                    "again in the panel as mappings/signals.yaml describes, or use `bridge fact`."
                )
                self._note(event, "unread_tag", text)

    def _line(self, key: str, kind: str, text: str, incident: Incident) -> None:
        self.store.worklist.add(
            key,
            kind,
            text,
            client_id=incident.client_id,
            ticket_id=incident.ticket_ids[0],
            at=self.now,
        )

    def _note(self, event: Event, kind: str, text: str) -> None:
        self.store.worklist.add(
            event.key, kind, text, client_id=event.client_id, ticket_id=event.ticket_id, at=self.now
        )


def _first(*instants: datetime | None) -> datetime | None:
    return min((instant for instant in instants if instant is not None), default=None)


def approved(line: Line, actor: str) -> Line:
    """The line once a person has released it: due, and the rules leave it alone."""
    return replace(line, status=CreditStatus.DUE, facts={**line.facts, "decided_by": actor})
