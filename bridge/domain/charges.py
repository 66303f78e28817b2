"""Extra charges for support on faults that are not the ISP's (X-1 to X-4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from bridge.domain.books import numbered_next
from bridge.domain.decisions import CreditStatus, CreditType, Line, Reason
from bridge.domain.events import EventKind
from bridge.domain.lines import charge_reversals_dropped, charges_withdrawn
from bridge.domain.money import Money
from bridge.domain.policy import ChargePolicy, Support
from bridge.domain.reversals import taken_back
from bridge.domain.timeline import Incident


def support_given(incident: Incident) -> Support:
    """A visit, done or in vain, is priced as one; everything else is remote support (X-2)."""
    visited = incident.last_of(EventKind.VISIT_DONE, EventKind.VISIT_FAILED)
    return Support.VISIT if visited else Support.REMOTE


def charge_lines(
    incident: Incident,
    policy: ChargePolicy | None,
    lines: Sequence[Line],
    begun_month: str,
    enforce_from: datetime,
) -> tuple[Line, ...]:
    """Return the charge that the incident's end brings, or what a changed attribution takes back (X-4).

    Without a price it waits for billing to set one (X-2); with one it waits for approval unless the mapping
    says otherwise (X-3). It is a line of its own, never netted with a credit.
    """
    if incident.opened_at < enforce_from or policy is None:
        return ()
    if incident.attribution not in policy.attributions:
        return charges_withdrawn(incident, lines) if lines else ()
    undone = taken_back(lines)
    live = any(
        line.type is CreditType.CHARGE and not _fell_away(line) and line.credit_id not in undone
        for line in lines
    )
    if incident.ended_at is None or live:
        return charge_reversals_dropped(lines)
    support = support_given(incident)
    price = policy.prices.get(support)
    if price is None:
        status, reason = CreditStatus.AWAITING_AMOUNT, Reason.AWAITING_AMOUNT
    else:
        status = CreditStatus.AWAITING_APPROVAL if policy.needs_approval else CreditStatus.DUE
        reason = Reason.NOT_ATTRIBUTABLE
    charge = Line(
        credit_id="",
        incident_id=incident.incident_id,
        client_id=incident.client_id,
        ticket_ids=incident.ticket_ids,
        type=CreditType.CHARGE,
        status=status,
        reason=reason,
        amount=price or Money(Decimal(0)),
        begun_month=begun_month,
        final_at=incident.ended_at,
        facts={"support": str(support)},
    )
    return (replace(charge, credit_id=numbered_next(charge, lines)),)


def _fell_away(line: Line) -> bool:
    """Whether the rules voided it (X-4). A charge that a person voided is not made a second time."""
    by_rule = {Reason.ATTRIBUTION_CHANGED, Reason.REGROUPED}
    return line.status is CreditStatus.VOIDED and line.reason in by_rule
