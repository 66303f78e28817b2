"""Incidents and enquiries in their present state, as the store lists them."""

from __future__ import annotations

from datetime import datetime

from bridge.domain.assess import Assessment
from bridge.domain.ownership import Ownership
from bridge.domain.policy import Attribution
from bridge.domain.timeline import Enquiry, Incident
from bridge.store.incidents import IncidentRow


def incident_row(assessment: Assessment, ownership: Ownership, now: datetime) -> IncidentRow:
    """The row of an incident. While nobody can take it, it is looked at again with every cycle."""
    incident, deadline = assessment.incident, assessment.deadline
    next_due_at = now if ownership.nobody else _first(assessment.next_due_at, ownership.again_at)
    return IncidentRow(
        incident_id=incident.incident_id,
        client_id=incident.client_id,
        service_id=_service(incident),
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
        next_due_at=next_due_at,
        breaches=assessment.breaches,
        ticket_ids=incident.ticket_ids,
    )


def enquiry_row(client_id: int, incident_id: str, enquiry: Enquiry) -> IncidentRow:
    """The row of an enquiry: no level, no deadline (I-5)."""
    return IncidentRow(
        incident_id=incident_id,
        client_id=client_id,
        service_id=enquiry.service_id,
        kind=enquiry.kind,
        is_fault=False,
        channel=str(enquiry.channel),
        level=None,
        severe=False,
        attribution=str(Attribution.UNKNOWN),
        report_number=None,
        opened_at=enquiry.spans[0].start,
        ended_at=enquiry.spans[-1].end,
        spans=tuple((span.start, span.end) for span in enquiry.spans),
        technician_id=None,
        next_deadline_rule=None,
        next_deadline_at=None,
        next_due_at=None,
        breaches=(),
        ticket_ids=(enquiry.ticket_id,),
    )


def _service(incident: Incident) -> int | None:
    if incident.service_id is not None or incident.subscription is None:
        return incident.service_id
    services = incident.subscription.services
    return services[0].service_id if len(services) == 1 else None


def _first(*instants: datetime | None) -> datetime | None:
    return min((instant for instant in instants if instant is not None), default=None)
