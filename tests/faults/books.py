"""What the customers are owed, worked out by hand: a second set of books that knows nothing of the bridge."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")
NOTHING = Decimal("0.00")


def earned(price: Decimal, outage: timedelta) -> Decimal:
    """The credit for one fault of the ISP's with no access, by C-3 to C-5 and C-7, in pesos.

    Below 72 hours nothing, up to 96 hours a thirtieth of the price for each started day, above that the
    whole month.
    """
    if outage < timedelta(hours=72):
        return NOTHING
    if outage > timedelta(hours=96):
        return price
    started_days = -(-outage // timedelta(days=1))
    return (price * started_days / 30).quantize(CENT, ROUND_HALF_UP)


@dataclass(kw_only=True)
class Books:
    """What must stand on the panel in the end.

    `balances` is the sum of each customer's rows with the panel's sign (a credit is negative), `closed` are
    is owed at most.
    """

    balances: defaultdict[int, Decimal] = field(default_factory=lambda: defaultdict(lambda: NOTHING))
    closed: set[int] = field(default_factory=set)
    departments: dict[int, int] = field(default_factory=dict)

    def credit(self, customer: int, amount: Decimal | str) -> None:
        """Enter what the ISP owes a customer."""
        self.balances[customer] -= Decimal(amount)

    def charge(self, customer: int, amount: Decimal | str) -> None:
        """Enter what a customer owes for support."""
        self.balances[customer] += Decimal(amount)
