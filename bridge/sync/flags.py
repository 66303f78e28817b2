"""What people must look at beside the pushes: nobody available, unrouted tickets, evidence, unread tags."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from bridge.domain.assess import Assessment
from bridge.domain.events import Event, EventKind
from bridge.domain.ownership import Ownership
from bridge.domain.policy import UNROUTED
from bridge.domain.timeline import Incident
from bridge.store.store import Store

BY_BRIDGE = "bridge"


class Flags:
    """Puts lines on the worklist, and takes them off when their cause is over."""

    def __init__(self, store: Store, now: datetime) -> None:
        self.worklist = store.worklist
        self.now = now

    def nobody(self, assessment: Assessment, ownership: Ownership) -> None:
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
            self._over(key)

    def overpaid(self, assessment: Assessment) -> None:
        """C-10: more was credited than is earned by what was learnt since; nothing is taken back silently."""
        incident = assessment.incident
        key = f"overpaid/{incident.incident_id}"
        if assessment.overpaid is None:
            self._over(key)
            return
        text = (
            f"{incident.incident_id}: {assessment.overpaid} more was credited than the incident earns by "
            "what is known now. Decide in the panel whether it stays; "
            f"`bridge tickets show {incident.ticket_ids[0]}` tells why."
        )
        self._line(key, "overpaid", text, incident)

    def of_customer(self, incidents: Iterable[Incident], events: Iterable[Event]) -> None:
        """Flag a customer's incidents, and what was just learnt of them."""
        for incident in incidents:
            self._unrouted(incident)
            for event in incident.all_of(EventKind.EVIDENCE_MISSING):
                self._evidence(event, incident)
        for event in events:
            if event.kind is EventKind.TAG_UNREAD and event.seen_at == self.now:
                text = (
                    f"Ticket {event.ticket_id}: the tag `{event.data['text']}` could not be read. Write it "
                    "again in the panel as mappings/signals.yaml describes, or use `bridge fact`."
                )
                self.worklist.add(
                    event.key,
                    "unread_tag",
                    text,
                    client_id=event.client_id,
                    ticket_id=event.ticket_id,
                    at=self.now,
                )

    def _unrouted(self, incident: Incident) -> None:
        """I-6: a ticket that matches nothing is listed until someone routes it."""
        key = f"unrouted/{incident.incident_id}"
        if incident.kind == UNROUTED and incident.ended_at is None:
            text = (
                f"{incident.incident_id}: the ticket matches no category. Say what it is with a tag, "
                f"`bridge fact {incident.ticket_ids[0]} kind ...`, or by moving it to its department."
            )
            self._line(key, "unrouted", text, incident)
        else:
            self._over(key)

    def _evidence(self, event: Event, incident: Incident) -> None:
        """I-8: a low-speed report without captures is listed while it is open."""
        if incident.ended_at is not None:
            self._over(event.key)
        elif event.seen_at == self.now:
            text = f"Ticket {event.ticket_id}: low speed without speed-test captures. Level 1 asks for them."
            self._line(event.key, "evidence", text, incident)

    def _line(self, key: str, kind: str, text: str, incident: Incident) -> None:
        client_id, ticket_id = incident.client_id, incident.ticket_ids[0]
        self.worklist.add(key, kind, text, client_id=client_id, ticket_id=ticket_id, at=self.now)

    def _over(self, key: str) -> None:
        self.worklist.close_key(key, BY_BRIDGE, self.now)
