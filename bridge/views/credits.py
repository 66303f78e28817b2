"""The ledger as lists show it: credits, charges and reversals in their present state."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from bridge.domain.decisions import CreditStatus, Line
from bridge.store.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditView:
    """One line with its report number; None where the incident never got one."""

    line: Line
    report_number: str | None

    def as_json(self) -> dict[str, Any]:
        """The line with the field names promised to users (design section 5)."""
        line = self.line
        return {
            "credit_id": line.credit_id,
            "client_id": line.client_id,
            "service_id": line.service_id,
            "report_number": self.report_number,
            "ticket_ids": list(line.ticket_ids),
            "type": str(line.type),
            "days": _number(line.days),
            "amount": str(line.amount),
            "currency": line.amount.currency,
            "status": str(line.status),
            "reason": str(line.reason),
            "invoice_id": line.invoice_ids[-1] if line.invoice_ids else None,
            "invoice_ids": list(line.invoice_ids),
            "marker": line.marker,
        }


def list_credits(store: Store, *, refusals: bool = False) -> list[CreditView]:
    """Return what has or had an amount, or waits for one, oldest first; with `refusals` every line."""
    lines = store.ledger.lines()
    if not refusals:
        priced = store.ledger.ever_priced()
        lines = [
            line for line in lines if line.status is not CreditStatus.REFUSED or line.credit_id in priced
        ]
    return credit_views(store, lines)


def credit_views(store: Store, lines: list[Line]) -> list[CreditView]:
    """Return lines with their report numbers; what is more than a refusal always has one."""
    rows = (
        {row.incident_id: row for row in store.incidents.all()}
        if any(line.status is CreditStatus.REFUSED for line in lines)
        else {}
    )
    return [
        CreditView(
            line=line,
            report_number=rows[line.incident_id].report_number
            if line.status is CreditStatus.REFUSED and line.incident_id in rows
            else line.incident_id,
        )
        for line in lines
    ]


def _number(days: Decimal | None) -> int | float | None:
    """Days are whole, or have four decimals; they are no money."""
    if days is None:
        return None
    return int(days) if days == days.to_integral_value() else float(days)
