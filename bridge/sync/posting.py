"""The ledger follows what happens to the pushes of its lines."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bridge.domain.decisions import CreditStatus, CreditType
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
    store.ledger.record(
        replace(line, status=status, invoice_ids=invoice_ids or line.invoice_ids), at=at, actor=BY_BRIDGE
    )
