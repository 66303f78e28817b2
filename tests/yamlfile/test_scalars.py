"""Values as people write them."""

from __future__ import annotations

from datetime import time, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.yamlfile import scalars


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2 h", timedelta(hours=2)),
        ("48h", timedelta(hours=48)),
        ("30 min", timedelta(minutes=30)),
        ("3 días", timedelta(days=3)),
        ("3 DIAS", timedelta(days=3)),
        ("1 h 30 min", timedelta(minutes=90)),
        ("1 hora", timedelta(hours=1)),
        ("0 min", timedelta(0)),
    ],
)
def test_durations(text, value):
    assert scalars.duration(text) == value


@pytest.mark.parametrize(
    "text", ["", "h", "2", "2 x", "-2 h", "1.5 h", "2 h!", "h 2", "1,5 h", 48, None, True]
)
def test_what_is_no_duration_is_refused(text):
    with pytest.raises(ValueError, match="expected a duration such as"):
        scalars.duration(text)


@given(st.decimals(min_value=0, max_value=999_999_999, places=2))
def test_amounts_are_exact(value):
    assert scalars.amount(str(value)) == value
    assert str(scalars.amount(str(value))) == str(value)


@pytest.mark.parametrize(
    "text", ["1,500.00", "12,50", "1e3", "NaN", "-1", "1.005", "", "$5", "1_000", None, True, 1.5]
)
def test_what_is_no_amount_is_refused(text):
    with pytest.raises(ValueError, match="expected an amount such as"):
        scalars.amount(text)


def test_times_and_amounts_of_whole_numbers():
    assert scalars.time_of_day("9:05") == time(9, 5)
    assert scalars.amount(349) == Decimal(349)


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("America/Mexico_city", "did you mean `America/Mexico_City`?"),
        ("CDMX!", "such as `America/Mexico_City`"),
        (6, "such as `America/Mexico_City`"),
        ("../etc/passwd", "such as `America/Mexico_City`"),
    ],
)
def test_an_unknown_zone_gives_the_nearest(name, hint):
    with pytest.raises(ValueError, match="expected the name of a time zone") as caught:
        scalars.zone(name)

    assert str(caught.value) == f"expected the name of a time zone; {hint}"
