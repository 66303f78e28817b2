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

# What the ISP's staff read on the worklist, by the kind of line.
_WORDS = {
    "supervisor": (
        "{incident}: no hay técnico disponible de nivel {level}. Abra el ticket {ticket}, elija Editar y "
        "asigne a alguien, o corrija los turnos y las ausencias en technicians.yaml."
    ),
    "overpaid": (
        "{incident}: según lo que se sabe ahora se bonificaron {amount} {currency} de más. Decida si se "
        "queda así o corríjalo en Facturación > Saldos del cliente {client}; `bridge tickets show "
        "{ticket}` dice por qué."
    ),
    "unread_tag": (
        "Ticket {ticket}: no se entendió la etiqueta `{tag}`. Escríbala de nuevo en el ticket como dice "
        "mappings/signals.yaml, o use `bridge fact`."
    ),
    "unrouted": (
        "{incident}: el ticket {ticket} no coincide con ninguna categoría. Diga qué es con una etiqueta "
        "en el ticket, con `bridge fact {ticket} kind ...`, o pasándolo a su departamento."
    ),
    "evidence": (
        "Ticket {ticket}: baja velocidad sin capturas de la prueba de velocidad. Nivel 1 se las pide al "
        "cliente."
    ),
}


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
            self._line(key, "supervisor", incident, level=assessment.level)
        elif ownership.decision is not None or incident.ended_at is not None:
            self._over(key)

    def overpaid(self, assessment: Assessment) -> None:
        """C-10: more was credited than is earned by what was learnt since; nothing is taken back silently."""
        incident, more = assessment.incident, assessment.overpaid
        key = f"overpaid/{incident.incident_id}"
        if more is None:
            self._over(key)
        else:
            self._line(key, "overpaid", incident, amount=more, currency=more.currency)

    def gone(self, incident_ids: Iterable[str]) -> None:
        """What was listed of incidents that prove to be others, or none, is over."""
        for incident_id in incident_ids:
            for cause in ("nobody", "overpaid", "unrouted"):
                self._over(f"{cause}/{incident_id}")

    def of_customer(self, incidents: Iterable[Incident], events: Iterable[Event]) -> None:
        """Flag a customer's incidents, and what was just learnt of them."""
        for incident in incidents:
            self._unrouted(incident)
            for event in incident.all_of(EventKind.EVIDENCE_MISSING):
                self._evidence(event, incident)
        for event in events:
            if event.kind is EventKind.TAG_UNREAD and event.seen_at == self.now:
                self.worklist.add(
                    event.key,
                    "unread_tag",
                    _WORDS["unread_tag"].format(ticket=event.ticket_id, tag=event.data["text"]),
                    client_id=event.client_id,
                    ticket_id=event.ticket_id,
                    at=self.now,
                )

    def _unrouted(self, incident: Incident) -> None:
        """I-6: a ticket that matches nothing is listed until someone routes it."""
        key = f"unrouted/{incident.incident_id}"
        if incident.kind == UNROUTED and incident.ended_at is None:
            self._line(key, "unrouted", incident)
        else:
            self._over(key)

    def _evidence(self, event: Event, incident: Incident) -> None:
        """I-8: a low-speed report without captures is listed while it is open."""
        if incident.ended_at is not None:
            self._over(event.key)
        elif event.seen_at == self.now:
            self._line(event.key, "evidence", incident, ticket=event.ticket_id)

    def _line(self, key: str, kind: str, incident: Incident, **more: object) -> None:
        client_id, ticket_id = incident.client_id, incident.ticket_ids[0]
        fields = {"incident": incident.incident_id, "client": client_id, "ticket": ticket_id} | more
        text = _WORDS[kind].format(**fields)
        self.worklist.add(key, kind, text, client_id=client_id, ticket_id=ticket_id, at=self.now)

    def _over(self, key: str) -> None:
        self.worklist.close_key(key, BY_BRIDGE, self.now)
