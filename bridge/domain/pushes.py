"""What an assessment asks of the panel: departments, technicians, replies, closings, credits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from bridge.domain.assess import Assessment
from bridge.domain.decisions import CreditStatus, CreditType, Decision, Line
from bridge.domain.escalation import StepName
from bridge.domain.events import Event, EventKind
from bridge.domain.intents import Push, PushKind
from bridge.domain.policy import UNROUTED, Departments, Rulebook
from bridge.domain.records import Ticket
from bridge.domain.timeline import Enquiry
from bridge.domain.visits import visit_words

_TOLD_TO_CUSTOMER = (StepName.SEVERE, StepName.REPORT_NUMBER)  # the last step first (L-8)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What the pushes of one incident depend on besides its assessment.

    `tickets` are the incident's tickets as last seen; `fresh` those that joined since the last decision.
    `technician` is the owner, `assigned_now` whether this assessment chose them. `told` says that the
    customer has been given the report number, if there is one. `round` counts the choices of a technician
    for this level; `helper` is the decision that gives a visit to one beside the owner.
    """

    tickets: Mapping[int, Ticket]
    fresh: frozenset[int]
    technician: int | None
    assigned_now: bool
    told: bool
    now: datetime
    round: int = 1
    helper: Decision | None = None


def incident_pushes(assessment: Assessment, scene: Scene, rulebook: Rulebook) -> tuple[Push, ...]:
    """Return the pushes for the ticket side of an incident; none for one that has ended, but its closing.

    Keys name the step that asked, so the same wish is never made twice, and what a person changes by hand
    afterwards is left alone.
    """
    if assessment.incident.ended_at is not None:
        return tuple(_closings(assessment, scene, rulebook))
    return (
        *_departments(assessment, scene, rulebook),
        *_assignments(assessment, scene),
        *_notices(assessment, scene, rulebook),
        *_visit_note(assessment, scene, rulebook),
    )


def _open_tickets(assessment: Assessment, scene: Scene) -> list[Ticket]:
    tickets = (scene.tickets.get(ticket_id) for ticket_id in assessment.incident.ticket_ids)
    return [ticket for ticket in tickets if ticket is not None and ticket.is_open]


def _departments(assessment: Assessment, scene: Scene, rulebook: Rulebook) -> Iterator[Push]:
    level = assessment.level
    if level is None:
        return
    rose = [decision for decision in assessment.decisions if decision.subject == f"level_{level}"]
    department = _department(assessment, level, rulebook.departments)
    for ticket in _open_tickets(assessment, scene):
        state = rulebook.departments.states.get(level)
        routed = _is_routed(assessment, ticket, rulebook.departments)
        if not rose and not routed and ticket.ticket_id not in scene.fresh:
            continue
        if ticket.department_id == department and state is None:
            continue
        step = "routed" if routed else f"L{level}"
        yield Push(
            key=f"{assessment.incident.incident_id}/status/{step}/{ticket.ticket_id}",
            kind=PushKind.SET_STATUS,
            client_id=ticket.client_id,
            ticket_id=ticket.ticket_id,
            due_at=rose[-1].at if rose else scene.now,
            department_id=department,
            state=state,
        )


def _department(assessment: Assessment, level: int, departments: Departments) -> int:
    """The level's department; an unrouted ticket waits at reception while on level 1 (I-6)."""
    if level == 1 and assessment.incident.kind == UNROUTED:
        return departments.reception
    return departments.levels[level]


def _is_routed(assessment: Assessment, ticket: Ticket, departments: Departments) -> bool:
    """Whether reception still has a ticket that matched nothing and that staff have since named (I-6)."""
    incident = assessment.incident
    unmatched = any(
        event.data["kind"] == UNROUTED and event.ticket_id == ticket.ticket_id
        for event in incident.all_of(EventKind.CLASSIFIED)
    )
    at_reception = ticket.department_id == departments.reception
    return unmatched and at_reception and incident.kind != UNROUTED and assessment.level == 1


def _assignments(assessment: Assessment, scene: Scene) -> Iterator[Push]:
    if scene.technician is None:
        return
    level = f"L{assessment.level}" if scene.round == 1 else f"L{assessment.level}:{scene.round}"
    for ticket in _open_tickets(assessment, scene):
        wanted = scene.assigned_now or ticket.ticket_id in scene.fresh
        if wanted and ticket.technician_id != scene.technician:
            yield Push(
                key=f"{assessment.incident.incident_id}/assign/{level}/{scene.technician}/{ticket.ticket_id}",
                kind=PushKind.ASSIGN,
                client_id=ticket.client_id,
                ticket_id=ticket.ticket_id,
                due_at=scene.now,
                technician_id=scene.technician,
            )


def _notices(assessment: Assessment, scene: Scene, rulebook: Rulebook) -> Iterator[Push]:
    """The customer reads the report number in a reply, and is told once, about the last step (L-3, L-8)."""
    new = {decision.subject: decision for decision in assessment.decisions}
    step = next((name for name in _TOLD_TO_CUSTOMER if name in new), None)
    if step is None and assessment.report_number is not None and not scene.told:
        step = StepName.SEVERE if assessment.severe else StepName.REPORT_NUMBER
    tickets = _open_tickets(assessment, scene)
    if step is None or not tickets:
        return
    incident_id = assessment.incident.incident_id
    marker = f"[{incident_id}/{'N3' if step is StepName.SEVERE else 'N2'}]"
    due_at = new[step].at if step in new else scene.now
    again = "" if step in new else "/again"
    yield Push(
        key=f"{incident_id}/note/{step}{again}",
        kind=PushKind.NOTE,
        client_id=assessment.incident.client_id,
        ticket_id=tickets[0].ticket_id,
        due_at=due_at,
        marker=marker,
        text=rulebook.texts.render(f"{step}_reply", report_number=incident_id, marker=marker),
    )


def _visit_note(assessment: Assessment, scene: Scene, rulebook: Rulebook) -> Iterator[Push]:
    """L-6: an internal note names the technician who goes there; the panel holds one owner a ticket."""
    tickets = _open_tickets(assessment, scene)
    if scene.helper is None or not tickets:
        return
    operator_id = scene.helper.facts["technician"]
    names = {str(one.operator_id): one.name for one in rulebook.roster.technicians}
    incident_id = assessment.incident.incident_id
    marker = f"[{incident_id}/V{tickets[0].ticket_id}]"
    yield Push(
        key=f"{incident_id}/{scene.helper.subject}",
        kind=PushKind.NOTE,
        client_id=assessment.incident.client_id,
        ticket_id=tickets[0].ticket_id,
        due_at=scene.helper.at,
        marker=marker,
        text=rulebook.texts.render(
            "visit_helper_note",
            report_number=incident_id,
            technician=names[operator_id],
            visit=visit_words(scene.helper.facts["visit"], scene.helper.facts.get("half_day", ""), rulebook),
            marker=marker,
        ),
        internal=True,
    )


def _closings(assessment: Assessment, scene: Scene, rulebook: Rulebook) -> Iterator[Push]:
    """Staff recorded the fault as resolved: the bridge closes what is still open (design section 3)."""
    incident = assessment.incident
    resolved = incident.last_of(EventKind.RESOLVED)
    if resolved is None:
        return
    for ticket in _open_tickets(assessment, scene):
        if ticket.ticket_id in incident.open_ticket_ids:
            number = assessment.report_number or f"{ticket.ticket_id}"
            marker = _closing_marker(incident.incident_id)
            text = rulebook.texts.render("resolved_closing", report_number=number, marker=marker)
            yield _closing(incident.incident_id, ticket, resolved, text)


def enquiry_closing(ticket: Ticket, enquiry: Enquiry, incident_id: str, rulebook: Rulebook) -> Push | None:
    """The closing of an enquiry that staff recorded as resolved; None where there is nothing to close."""
    resolved = enquiry.resolution
    if resolved is None or resolved.kind is not EventKind.RESOLVED or not ticket.is_open:
        return None
    marker = _closing_marker(incident_id)
    text = rulebook.texts.render("enquiry_closing", ticket_id=ticket.ticket_id, marker=marker)
    return _closing(incident_id, ticket, resolved, text)


def _closing_marker(incident_id: str) -> str:
    return f"[{incident_id}/F]"


def _closing(incident_id: str, ticket: Ticket, resolved: Event, text: str) -> Push:
    return Push(
        key=f"{incident_id}/close/{ticket.ticket_id}/{resolved.key}",
        kind=PushKind.CLOSE,
        client_id=ticket.client_id,
        ticket_id=ticket.ticket_id,
        due_at=resolved.at,
        marker=_closing_marker(incident_id),
        text=text,
    )


def line_push(line: Line, lines: Mapping[str, Line], due_at: datetime, rulebook: Rulebook) -> Push | None:
    """The push that puts a due line of the ledger on the panel; None for a line in any other state."""
    if line.status is not CreditStatus.DUE:
        return None
    kind, template = _line_kind(line, lines)
    report_number = line.incident_id
    text = rulebook.texts.render(
        template,
        report_number=report_number,
        marker=line.marker,
        days=line.days if line.days is not None else "",
        amount=line.amount,
        credit_id=line.facts.get("of", line.credit_id),
    )
    return Push(
        key=line.credit_id,
        kind=kind,
        client_id=line.client_id,
        ticket_id=line.ticket_ids[0],
        due_at=due_at,
        marker=line.marker,
        text=text,
        amount=line.amount,
    )


def _line_kind(line: Line, lines: Mapping[str, Line]) -> tuple[PushKind, str]:
    """A reversal goes the other way of what it takes back."""
    match line.type:
        case CreditType.DAYS:
            return PushKind.CREDIT, "credit_one_day" if line.days == 1 else "credit_days"
        case CreditType.MONTH:
            return PushKind.CREDIT, "credit_month"
        case CreditType.CHARGE:
            return PushKind.CHARGE, "charge"
        case CreditType.REVERSAL:
            taken_back = lines[line.facts["of"]]
            is_charge = taken_back.type is CreditType.CHARGE
            return (PushKind.CREDIT if is_charge else PushKind.CHARGE), "reversal"


def enquiry_push(ticket: Ticket, story: Enquiry, decision: Decision, departments: Departments) -> Push | None:
    """I-5: the enquiry goes to the department that handles it; None where it is already there."""
    department = departments.enquiries.get(story.kind, departments.reception)
    if not ticket.is_open or ticket.department_id == department:
        return None
    return Push(
        key=f"{decision.incident_id}/status/{story.kind}",
        kind=PushKind.SET_STATUS,
        client_id=ticket.client_id,
        ticket_id=ticket.ticket_id,
        due_at=decision.at,
        department_id=department,
    )
