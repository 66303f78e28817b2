"""The ledger follows what happens to the pushes of its lines, and says which of them it still owes."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bridge.domain.books import Difference, Differs
from bridge.domain.decisions import AFTER_SENDING, CreditStatus, CreditType, Line, Reason
from bridge.domain.intents import Sight
from bridge.domain.policy import Rulebook
from bridge.store.ledger import NEXT
from bridge.store.outbox_rows import OutboxRow
from bridge.store.store import Store

BY_BRIDGE = "bridge"

# A line that is posted is owed again where somebody undid it on the panel and its push goes out once more.
_OWED = frozenset({CreditStatus.DUE, CreditStatus.POSTED})


def is_owed(store: Store, row: OutboxRow) -> bool:
    """Whether a push may go out as far as the ledger is concerned; one without a line always may."""
    line = store.ledger.line(row.credit_id) if row.credit_id else None
    return line is None or line.status in _OWED


def post(
    store: Store, row: OutboxRow, at: datetime, status: CreditStatus, sight: Sight | None = None
) -> bool:
    """Record that the line of a push stands on the panel (`posted`) or on an invoice (`invoiced`).

    A reversal that stands there is `reversed`. Nothing is written for pushes without a line, or where the
    line says so already. Returns False, and writes nothing, where the line was given up or cannot be there:
    that is for a person (`list_stray`).
    """
    line = store.ledger.line(row.credit_id) if row.credit_id else None
    if line is None:
        return True
    invoice_ids = sight.invoice_ids if sight is not None else line.invoice_ids
    if line.type is CreditType.REVERSAL and status is CreditStatus.INVOICED:
        status = CreditStatus.REVERSED
    if status is not line.status and status not in NEXT[line.status]:
        return False
    reason = earned(line) if line.reason in AFTER_SENDING else line.reason
    now = replace(line, status=status, reason=reason, invoice_ids=invoice_ids)
    store.ledger.record(now, at=at, actor=BY_BRIDGE)
    return True


def list_stray(store: Store, row: OutboxRow, rulebook: Rulebook, at: datetime) -> None:
    """Put on the worklist that the panel holds the money of a line that was given up.

    The line of the worklist is the one under which the audit lists it, where a route shows all balances.
    """
    line = store.ledger.line(row.credit_id or "")
    if line is None:
        return
    stray = Difference(kind=Differs.VOIDED, credit_id=line.credit_id, client_id=line.client_id)
    words = rulebook.texts.render(
        f"differs_{stray.kind}",
        credit_id=line.credit_id,
        client_id=line.client_id,
        amount=line.amount,
        marker=line.marker,
    )
    store.worklist.add(stray.key, "difference", words, client_id=line.client_id, at=at)


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


def give_up(store: Store, line: Line, at: datetime) -> None:
    """Void a due line because the panel holds others of its report, unless it may stand there itself.

    What is still earned beside them gets a number of its own.
    """
    note = "the panel holds others of this report"
    if not store.outbox.withdraw(line.credit_id, at, BY_BRIDGE, note):
        return
    store.worklist.close_key(f"push/{line.credit_id}", BY_BRIDGE, at)
    voided = replace(line, status=CreditStatus.VOIDED, reason=Reason.FOUND_ON_PANEL)
    store.ledger.record(voided, at=at, actor=BY_BRIDGE, note=note)
