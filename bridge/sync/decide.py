"""From events to decisions, ledger and outbox, customer by customer, inside one transaction."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from bridge.domain.assess import assess, homeless, is_past, route_enquiry
from bridge.domain.decisions import CreditStatus, Decision, Line
from bridge.domain.events import Event
from bridge.domain.intents import Push, PushKind
from bridge.domain.lineage import Kin, trace
from bridge.domain.ownership import Ownership, own, visit_helper
from bridge.domain.policy import Rulebook
from bridge.domain.pushes import (
    Scene,
    enquiry_closing,
    enquiry_push,
    incident_pushes,
    line_push,
)
from bridge.domain.timeline import Enquiry, Incident, tell
from bridge.store.decisions import Judgement
from bridge.store.incidents import IncidentRow
from bridge.store.push_states import PushState
from bridge.store.store import Store
from bridge.sync.flags import Flags
from bridge.sync.rows import enquiry_row, incident_row

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
        self.flags = Flags(store, now)
        self.taken: list[Decision] = []
        self._last_event_id = self._last_entry_id = 0
        self._decisions: list[Decision] = []  # of the customer being judged
        self._in_flight: set[str] = set()  # and their credits beyond recall

    def decide(self, client_ids: Iterable[int]) -> list[Decision]:
        """Judge every incident of these customers; return the decisions that are new."""
        ids = sorted(client_ids)
        self._last_event_id, self._last_entry_id = self.store.events.last_id(), self.store.ledger.last_id()
        for client_id, events in self.store.events.of_clients(ids).items():
            self._client(client_id, events)
        return self.taken

    def _client(self, client_id: int, events: Sequence[Event]) -> None:
        story = tell(client_id, events, self.rulebook)
        fired = self.store.incidents.fired(client_id)
        before = {row.incident_id: row for row in self.store.incidents.of_client(client_id)}
        lines = self.store.ledger.lines_of_client(client_id)
        lineage = trace(story, fired, lines)
        rows: list[IncidentRow] = []
        self._decisions, self._in_flight = [], set()
        for kin in lineage.kin:
            if not is_past(kin.incident, self.rulebook):
                row, lines = self._incident(kin, before.get(kin.incident.incident_id), lines)
                rows.append(row)
        lines = self._homeless([line for line in lines if line.incident_id in lineage.homeless], lines)
        rows += [self._enquiry(client_id, ticket, fired) for ticket in story.enquiries]
        self.taken += self.store.incidents.append_decisions(self._decisions, self._judgement(client_id))
        self.store.incidents.replace_client(client_id, rows)
        self.flags.of_customer([kin.incident for kin in lineage.kin], events)
        self.flags.gone(lineage.gone)

    def _judgement(self, client_id: int) -> Judgement:
        """What the decisions about this customer rest on, for replay."""
        return Judgement(
            client_id=client_id,
            at=self.now,
            digest=self.rulebook.digest,
            last_event_id=self._last_event_id,
            last_entry_id=self._last_entry_id,
            beyond_recall=tuple(sorted(self._in_flight)),
        )

    def _homeless(self, unfounded: Sequence[Line], lines: list[Line]) -> list[Line]:
        """What a fault earned that proves to be an enquiry is billing's to decide (I-5, C-12)."""
        changed, decisions = homeless(unfounded, self.now)
        in_flight = self._beyond_recall(changed)
        self._in_flight |= in_flight
        self._decisions += [one for one in decisions if one.facts["credit"] not in in_flight]
        return self._settle([line for line in changed if line.credit_id not in in_flight], lines)

    def _incident(
        self, kin: Kin, before: IncidentRow | None, lines: list[Line]
    ) -> tuple[IncidentRow, list[Line]]:
        incident, fired = kin.incident, kin.fired
        assessment = assess(incident, kin.memory(lines), self.rulebook, self.now)
        ownership = own(assessment, fired, self.loads, self.rulebook, self.now)
        in_flight = self._beyond_recall(assessment.lines)
        decisions = [one for one in assessment.decisions if one.facts.get("credit") not in in_flight]
        helper = visit_helper(assessment, fired, self.loads, self.rulebook, self.now)
        decisions += [one for one in (ownership.decision, helper) if one is not None]
        self._decisions += decisions
        self._in_flight |= in_flight
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
        self.flags.nobody(assessment, ownership)
        self.flags.overpaid(assessment)
        row = incident_row(assessment, ownership, self.now)
        return (replace(row, next_due_at=self.now) if in_flight else row), after

    def _was_told(self, incident: Incident) -> bool:
        """A number given while the incident had ended is told when it goes on (L-3, L-9)."""
        if len(incident.spans) == 1:
            return True
        rows = self.store.outbox.of_incident(incident.incident_id)
        return any(row.push.kind is PushKind.NOTE and row.state is not PushState.DISCARDED for row in rows)

    def _beyond_recall(self, lines: Iterable[Line]) -> frozenset[str]:
        """Withdraw the pushes of lines voided or held now; return those that may stand on the panel.

        Whether they do is found out first; the rules look at them again with the next cycle (C-13).
        """
        found = set()
        for line in lines:
            before = self.store.ledger.line(line.credit_id)
            if (
                line.status in {CreditStatus.VOIDED, CreditStatus.HELD}
                and before is not None
                and before.status is CreditStatus.DUE
            ):
                reason = f"{line.credit_id} is {line.status}: {line.reason}"
                if not self._take_back(line.credit_id, reason):
                    found.add(line.credit_id)
        return frozenset(found)

    def _settle(self, changed: Iterable[Line], lines: list[Line]) -> list[Line]:
        """Write the changed lines and the pushes of those that are due."""
        by_id = {line.credit_id: line for line in lines}
        for line in changed:
            self.store.ledger.record(line, at=self.now, actor=BY_BRIDGE)
            by_id[line.credit_id] = line
            push = line_push(line, by_id, line.final_at or self.now, self.rulebook)
            if push is not None:
                self._push(push, line.incident_id, line.credit_id)
        return list(by_id.values())

    def _push(self, push: Push, incident_id: str, credit_id: str | None) -> None:
        """Wish for a push; an earlier one of its kind for the same ticket, still unsent, falls away."""
        if push.kind in _LATEST_COUNTS:
            reason = f"{push.key} replaces it"
            self._withdraw(incident_id, {push.kind}, reason, ticket_id=push.ticket_id, but=push.key)
        if push.kind is PushKind.CLOSE and push.ticket_id in self.store.outbox.being_closed(apart=True):
            return  # whoever took the call is closing it (I-2)
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

    def _enquiry(
        self, client_id: int, enquiry: Enquiry, fired: Mapping[str, Mapping[str, Decision]]
    ) -> IncidentRow:
        """Send an enquiry to its department, once (I-5); close it when staff say that it is resolved."""
        decision = route_enquiry(enquiry, self.now)
        ended = enquiry.spans[-1].end
        ticket = self.store.snapshots.tickets([enquiry.ticket_id]).get(enquiry.ticket_id)
        if ticket is not None and (ended is None or ended >= self.rulebook.enforce_from):
            wanted = [enquiry_closing(ticket, enquiry, decision.incident_id, self.rulebook)]
            if decision.subject not in fired.get(decision.incident_id, {}):
                self._decisions.append(decision)
                wanted.append(enquiry_push(ticket, enquiry, decision, self.rulebook.departments))
            for push in wanted:
                if push is not None:
                    self._push(push, decision.incident_id, None)
        return enquiry_row(client_id, decision.incident_id, enquiry)


def approved(line: Line, actor: str) -> Line:
    """The line once a person has released it: due, and the rules leave it alone."""
    return replace(line, status=CreditStatus.DUE, facts={**line.facts, "decided_by": actor})
