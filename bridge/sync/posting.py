"""The ledger follows what happens to the pushes of its lines."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bridge.domain.decisions import AFTER_SENDING, CreditStatus, CreditType, Line, Reason
from bridge.domain.intents import Sight
from bridge.store.outbox_rows import OutboxRow
from bridge.store.store import Store

BY_BRIDGE = "bridge"


def post(
    store: Store, row: OutboxRow, at: datetime, status: CreditStatus, sight: Sight | None = None
) -> None:
    """Record that the line of a push stands on the panel (`posted`) or on an invoice (`invoiced`).

    A reversal that stands there is `reversed`. Nothing is written for pushes without a line, or where the
    line says so already.
    """
    line = store.ledger.line(row.credit_id) if row.credit_id else None
    if line is None:
        return
    invoice_ids = sight.invoice_ids if sight is not None else line.invoice_ids
    if line.type is CreditType.REVERSAL and status is CreditStatus.INVOICED:
        status = CreditStatus.REVERSED
    reason = earned(line) if line.reason in AFTER_SENDING else line.reason
    now = replace(line, status=status, reason=reason, invoice_ids=invoice_ids)
    store.ledger.record(now, at=at, actor=BY_BRIDGE)


def earned(line: Line) -> Reason:
    """The reason a line had before it was held for what became of it on the panel."""
    match line.type:
        case CreditType.DAYS:
            return Reason.DAYS
        case CreditType.MONTH:
            return Reason.MONTH
        case CreditType.CHARGE:
            return Reason.NOT_ATTRIBUTABLE
        case CreditType.REVERSAL:
            return Reason.ATTRIBUTION_CHANGED
