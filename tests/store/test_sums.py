"""What the ledger adds up to."""

from __future__ import annotations

from decimal import Decimal

from bridge.domain.decisions import CreditStatus, CreditType
from bridge.domain.money import Money
from bridge.store.store import Store
from bridge.store.sums import Sum, credit_sums

from .samples import at, line


def test_lines_are_added_up_by_type_and_present_status_in_exact_decimals(store: Store) -> None:
    """Ten times 0.10 is 1.00, which it is not in floats; a line counts where it stands now."""
    for number in range(10):
        credit = line(credit_id=f"RC-{number}/C1", incident_id=f"RC-{number}", amount=Money(Decimal("0.10")))
        store.ledger.record(credit, at=at(0), actor="bridge")
    moved = line(credit_id="RC-77/C1", incident_id="RC-77", amount=Money(Decimal("34.90")))
    store.ledger.record(moved, at=at(0), actor="bridge")
    due = line(
        credit_id="RC-77/C1",
        incident_id="RC-77",
        amount=Money(Decimal("34.90")),
        status=CreditStatus.DUE,
        final_at=at(1),
    )
    store.ledger.record(due, at=at(1), actor="bridge")

    assert credit_sums(store.database) == [
        Sum(type=CreditType.DAYS, status=CreditStatus.ACCRUING, lines=10, amount=Money(Decimal("1.00"))),
        Sum(type=CreditType.DAYS, status=CreditStatus.DUE, lines=1, amount=Money(Decimal("34.90"))),
    ]


def test_refusals_are_no_money(store: Store) -> None:
    store.ledger.record(line(status=CreditStatus.REFUSED), at=at(0), actor="bridge")

    assert credit_sums(store.database) == []
