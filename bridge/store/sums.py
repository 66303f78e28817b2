"""What the ledger adds up to: lines and amounts by type and present status."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import func, select

from bridge.domain.decisions import CreditStatus, CreditType
from bridge.domain.money import Money
from bridge.store.database import Database
from bridge.store.schema import ledger_entries

_LAST = select(func.max(ledger_entries.c.entry_id)).group_by(ledger_entries.c.credit_id)
_AMOUNTS = select(
    ledger_entries.c.type, ledger_entries.c.status, ledger_entries.c.currency, ledger_entries.c.amount
).where(
    ledger_entries.c.entry_id.in_(_LAST),
    ledger_entries.c.status != CreditStatus.REFUSED.value,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sum:
    """All lines of one type that are in one status: how many, and their amount."""

    type: CreditType
    status: CreditStatus
    lines: int
    amount: Money


def credit_sums(database: Database) -> list[Sum]:
    """Return the sums of every type and status that has lines; refusals are no money and are left out."""
    found: dict[tuple[str, str, str], list[Decimal]] = defaultdict(list)
    with database.reading() as connection:
        # Added up here: SQLite would do it in floats.
        for row in connection.execute(_AMOUNTS):
            found[row.type, row.status, row.currency].append(row.amount)
    return [
        Sum(
            type=CreditType(type_),
            status=CreditStatus(status),
            lines=len(amounts),
            amount=Money(sum(amounts, Decimal(0)), currency),
        )
        for (type_, status, currency), amounts in sorted(found.items())
    ]
