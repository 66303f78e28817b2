"""Spans of time, their union, and ages counted over them."""

from __future__ import annotations

import pytest

from bridge.domain.calendar import Span, after, age, cut_at, elapsed, instant_at, union
from tests.domain.story import HOUR, T0


def span(start: float, end: float | None = None) -> Span:
    return Span(T0 + start * HOUR, None if end is None else T0 + end * HOUR)


@pytest.mark.parametrize(
    ("spans", "merged"),
    [
        ([], ()),
        ([span(0, 2), span(1, 3)], (span(0, 3),)),
        ([span(0, 2), span(2, 3)], (span(0, 3),)),
        ([span(0, 2), span(2.1, 3)], (span(0, 2), span(2.1, 3))),
        ([span(0, 5), span(1, 2)], (span(0, 5),)),
        ([span(3, 4), span(0, 1)], (span(0, 1), span(3, 4))),
        ([span(0), span(1, 3)], (span(0),)),
        ([span(0, 2), span(1)], (span(0),)),
        ([span(2, 2)], ()),
        ([span(3, 2)], ()),
    ],
    ids=[
        "none",
        "overlap",
        "touch",
        "apart",
        "inside",
        "unsorted",
        "open first",
        "open last",
        "empty",
        "back",
    ],
)
def test_c_2_a_union_counts_overlapping_time_once(spans: list[Span], merged: tuple[Span, ...]) -> None:
    assert union(spans) == merged


def test_a_span_holds_its_start_but_not_its_end() -> None:
    held = [span(1, 2).holds(T0 + hours * HOUR) for hours in (0.9, 1, 1.9, 2)]

    assert held == [False, True, True, False]
    assert span(1).holds(T0 + 99 * HOUR)


def test_a_cut_leaves_what_lies_before() -> None:
    spans = (span(0, 1), span(2, 5), span(6))

    assert cut_at(spans, T0 + 3 * HOUR) == (span(0, 1), span(2, 3))
    assert cut_at(spans, T0 + 2 * HOUR) == (span(0, 1),)
    assert cut_at(spans, T0 + 9 * HOUR) == (span(0, 1), span(2, 5), span(6, 9))


def test_age_leaves_out_the_gaps() -> None:
    spans = (span(0, 1), span(2, 5), span(6))

    ages = [age(spans, T0 + hours * HOUR) / HOUR for hours in (-1, 0.5, 1.5, 3, 5.5, 8)]

    assert ages == [0, 0.5, 1, 2, 4, 6]


def test_l_7_an_age_reached_only_as_the_last_span_ends_is_never_reached() -> None:
    spans = (span(0, 1), span(2, 5))

    instants = [instant_at(spans, hours * HOUR) for hours in (0.5, 1, 3.9, 4, 9)]

    assert instants == [T0 + 0.5 * HOUR, T0 + 2 * HOUR, T0 + 4.9 * HOUR, None, None]


def test_time_that_counts_is_never_negative() -> None:
    assert elapsed(T0 + HOUR, T0) == 0 * HOUR
    assert after(T0, HOUR) == T0 + HOUR
