"""Lines of the ledger for tests that need no story: `line("C1", "posted", "40.00")`."""

from __future__ import annotations

from decimal import Decimal

from bridge.domain.decisions import CreditStatus, CreditType, Line, Reason
from bridge.domain.money import Money
from tests.domain.story import CLIENT, TICKET, at

_TYPES = {"C": CreditType.DAYS, "X": CreditType.CHARGE, "R": CreditType.REVERSAL}


def line(tag: str, status: str, amount: str = "40.00", **changes: object) -> Line:
    """A line of RC-1201 by its letter and number, final when the incident ended at 80 h."""
    values = {
        "credit_id": f"RC-{TICKET}/{tag}",
        "incident_id": f"RC-{TICKET}",
        "client_id": CLIENT,
        "ticket_ids": (TICKET,),
        "type": _TYPES[tag[0]],
        "status": CreditStatus(status),
        "reason": Reason.DAYS,
        "amount": Money(Decimal(amount)),
        "final_at": at("80 h"),
    }
    return Line(**{**values, **changes})  # type: ignore[arg-type]


def reversal(tag: str, status: str, of: str, amount: str = "40.00", **facts: str) -> Line:
    """A reversal of one of RC-1201's lines."""
    return line(
        tag,
        status,
        amount,
        reason=Reason.ATTRIBUTION_CHANGED,
        facts={"of": f"RC-{TICKET}/{of}", **facts},
    )


def shown(lines: object) -> list[str]:
    """Lines as `C1 posted 40.00 days`."""
    return [
        f"{one.credit_id.rpartition('/')[2]} {one.status} {one.amount} {one.reason}"
        for one in lines  # type: ignore[attr-defined]
    ]
