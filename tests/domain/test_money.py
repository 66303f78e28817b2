"""Exact amounts and the one rounding."""

from __future__ import annotations

from decimal import Decimal

import pytest

from bridge.domain.money import Money


@pytest.mark.parametrize(
    ("exact", "rounded"),
    [
        ("34.904", "34.90"),
        ("34.905", "34.91"),
        ("34.906", "34.91"),
        ("-0.005", "-0.01"),
        ("53.3333", "53.33"),
    ],
)
def test_c_7_half_a_cent_goes_up(exact: str, rounded: str) -> None:
    assert str(Money(Decimal(exact)).rounded()) == rounded


def test_an_amount_shows_two_decimals_or_all_that_it_has() -> None:
    amounts = [str(Money(Decimal(text))) for text in ("30", "30.5", "30.50", "30.123", "0")]

    assert amounts == ["30.00", "30.50", "30.50", "30.123", "0.00"]


def test_sums_and_differences_keep_the_currency() -> None:
    assert Money(Decimal("1.10")) + Money(Decimal("2.20")) == Money(Decimal("3.30"))
    assert Money(Decimal("1.10")) - Money(Decimal("2.20")) == Money(Decimal("-1.10"))
    assert (bool(Money(Decimal("0.00"))), bool(Money(Decimal("0.01")))) == (False, True)


def test_currencies_do_not_mix() -> None:
    with pytest.raises(ValueError, match="cannot mix MXN with USD"):
        Money(Decimal(1)) + Money(Decimal(1), "USD")
