"""Values as people write them."""

from __future__ import annotations

from datetime import time, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.yamlfile import WrongValue, scalars


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
    ("name", "meant"),
    [("America/Mexico_city", "America/Mexico_City"), ("CDMX!", None), (6, None), ("../etc/passwd", None)],
)
def test_an_unknown_zone_gives_the_nearest(name, meant):
    with pytest.raises(WrongValue, match="expected the name of a time zone") as caught:
        scalars.zone(name)

    assert caught.value.meant == meant


@pytest.mark.parametrize(
    ("read", "written", "meant"),
    [
        (scalars.duration, "1.5 h", "1 h 30 min"),
        (scalars.duration, "1,5 h", "1 h 30 min"),
        (scalars.duration, "72 hrs", "72 h"),
        (scalars.duration, "72 hs.", "72 h"),
        (scalars.duration, "72:00", "72 h"),
        (scalars.duration, "72:30:00", "72 h 30 min"),
        (scalars.duration, "2 semanas", "14 días"),
        (scalars.duration, "1.5 días", "36 h"),
        (scalars.duration, "0.5 min", None),
        (scalars.duration, 72, None),
        (scalars.amount, "349,00", "349.00"),
        (scalars.amount, "$1,500.00", "1500.00"),
        (scalars.amount, "1,500", "1500"),
        (scalars.amount, "150 pesos", "150"),
        (scalars.amount, "MXN 349", "349"),
        (scalars.amount, "00", "0"),
        (scalars.amount, "a lot", None),
        (scalars.day, "25/11/2026", "2026-11-25"),
        (scalars.day, "1-2-2027", "2027-02-01"),
        (scalars.day, "2026/11/25", "2026-11-25"),
        (scalars.day, "2026-1-5", "2026-01-05"),
        (scalars.day, "31/02/2027", None),
        (scalars.time_of_day, "19.00", "19:00"),
        (scalars.time_of_day, "7 pm", "19:00"),
        (scalars.time_of_day, "7:30 p.m.", "19:30"),
        (scalars.time_of_day, "12 am", "0:00"),
        (scalars.time_of_day, 9, "9:00"),
        (scalars.time_of_day, "25", None),
        (scalars.switch, "Sí", "true"),
        (scalars.switch, "no", "false"),
        (scalars.switch, "quizá", None),
    ],
)
def test_what_was_most_likely_meant_is_offered_and_would_be_read(read, written, meant):
    with pytest.raises(WrongValue) as caught:
        read(written)

    assert caught.value.meant == meant
    assert meant is None or read(meant) is not None
