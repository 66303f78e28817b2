"""Money: an exact decimal amount with its currency, and the one rounding function (C-7)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True, order=True)
class Money:
    """An exact amount; `str()` gives two decimals at least, e.g. `34.90`."""

    amount: Decimal
    currency: str = "MXN"

    def __add__(self, other: Money) -> Money:
        return Money(self.amount + self._same(other), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.amount - self._same(other), self.currency)

    def _same(self, other: Money) -> Decimal:
        if other.currency != self.currency:
            raise ValueError(f"cannot mix {self.currency} with {other.currency}")
        return other.amount

    def rounded(self) -> Money:
        """Round half up to the cent (C-7)."""
        return Money(in_cents(self.amount), self.currency)

    def __bool__(self) -> bool:
        return self.amount != 0

    def __str__(self) -> str:
        text = f"{self.amount:.2f}"
        return text if Decimal(text) == self.amount else f"{self.amount:f}"


def in_cents(amount: Decimal) -> Decimal:
    """Round half up to the cent (C-7)."""
    return amount.quantize(CENT, ROUND_HALF_UP)
