"""Whatever `pagina` means, the walk ends and finds every customer who was there all the time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.errors import PanelUnusable
from bridge.mikrowisp import paging

Row = dict[str, Any]


class List:
    """A panel's list with a first page, a meaning of `pagina`, a limit of its own, and its bad days."""

    def __init__(
        self,
        ids: list[int],
        *,
        first: int = 1,
        meaning: Literal["page", "offset", "ignored"] = "page",
        limit: int = 10,
        below_first: Literal["same", "empty"] = "same",
    ) -> None:
        self.ids = ids
        self.calls: list[int] = []
        self.happens: dict[int, Callable[[], None]] = {}
        self.repeats: set[int] = set()
        self._first, self._meaning, self._limit, self._below = first, meaning, limit, below_first
        self._last: list[Row] = []

    def fetch(self, page: int) -> list[Row]:
        self.happens.pop(len(self.calls), lambda: None)()
        if len(self.calls) in self.repeats and self._last:
            self.calls.append(page)
            return self._last
        self.calls.append(page)
        at = page - self._first
        if at < 0 and self._below == "empty":
            return []
        at = max(0, at)
        start = {"page": at * self._limit, "offset": at, "ignored": 0}[self._meaning]
        self._last = [{"id": number} for number in self.ids[start : start + self._limit]]
        return self._last

    def walk(self, first: int | Literal["auto"] = "auto") -> set[int]:
        return {row["id"] for row in paging.walk(self.fetch, lambda row: row["id"], first=first)}


SHAPES = {
    "first": st.integers(0, 1),
    "meaning": st.sampled_from(["page", "offset", "ignored"]),
    "limit": st.integers(1, 30),
    "below_first": st.sampled_from(["same", "empty"]),
}


@given(st.integers(0, 100), st.fixed_dictionaries(SHAPES))
def test_quiet_list_is_found_whole_whatever_its_pages(count: int, shape: dict[str, Any]) -> None:
    if shape["meaning"] == "ignored":
        shape["limit"] = max(1, count)
    panel = List(list(range(1, count + 1)), **shape)

    assert panel.walk() == set(range(1, count + 1))


@given(st.integers(0, 100), st.fixed_dictionaries(SHAPES), st.sets(st.integers(0, 30), max_size=1))
def test_page_shown_twice_hides_nobody(count: int, shape: dict[str, Any], repeats: set[int]) -> None:
    if shape["meaning"] == "ignored":
        shape["limit"] = max(1, count)
    panel = List(list(range(1, count + 1)), **shape)
    panel.repeats = repeats

    assert panel.walk() == set(range(1, count + 1))


@settings(max_examples=300)
@given(
    st.integers(10, 80),
    st.integers(0, 1),
    st.sampled_from(["page", "offset"]),
    st.integers(3, 30),
    st.lists(st.tuples(st.integers(0, 6), st.integers(0, 79)), max_size=4),
    st.booleans(),
)
def test_customers_who_leave_or_appear_during_the_walk_hide_nobody_else(  # noqa: PLR0917 - drawn one by one
    count: int,
    first: int,
    meaning: Literal["page", "offset"],
    limit: int,
    changes: list[tuple[int, int]],
    leaving: bool,
) -> None:
    ids = list(range(1, count + 1))
    panel = List(ids, first=first, meaning=meaning, limit=limit)
    left: set[int] = set()

    def change(where: int) -> None:
        if leaving and ids:
            left.add(ids.pop(where % len(ids)))
        elif not leaving:
            ids.insert(where % (len(ids) + 1), 1000 + where)

    for call, where in changes:
        panel.happens[call] = lambda where=where: change(where)

    assert panel.walk() >= set(range(1, count + 1)) - left


@given(st.data())
def test_walk_ends_whatever_the_answers(data: st.DataObject) -> None:
    calls = 0

    def fetch(page: int) -> list[Row]:
        nonlocal calls
        calls += 1
        return [{"id": number} for number in data.draw(st.lists(st.integers(0, 8), max_size=5))]

    paging.walk(fetch, lambda row: row["id"])

    assert calls <= 4 * 9 * 4


def test_endless_list_is_unusable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paging, "_MOST", 1000)

    with pytest.raises(PanelUnusable, match="does not end"):
        paging.walk(lambda page: [{"id": page}], lambda row: row["id"])


@pytest.mark.parametrize(
    ("shape", "first", "calls"),
    [
        ({"first": 1, "limit": 100}, "auto", [0, 1, 2]),
        ({"first": 0, "limit": 100}, "auto", [0, 1]),
        ({"first": 1, "limit": 100}, 1, [1, 2]),
        ({"first": 1, "limit": 100, "below_first": "empty"}, "auto", [0, 1, 2]),
        ({"meaning": "ignored", "limit": 100}, "auto", [0, 1, 2, 3]),
    ],
)
def test_small_panel_costs_few_calls(
    shape: dict[str, Any], first: int | Literal["auto"], calls: list[int]
) -> None:
    panel = List(list(range(40)), **shape)

    panel.walk(first)

    assert panel.calls == calls * 2  # the second pass shows that nobody moved meanwhile


def test_empty_list_costs_one_pass() -> None:
    panel = List([])

    assert panel.walk() == set()
    assert panel.calls == [0, 1]


def test_rows_counted_by_offset_are_not_read_one_by_one() -> None:
    panel = List(list(range(2000)), meaning="offset", limit=100)

    assert panel.walk() == set(range(2000))
    assert len(panel.calls) < 60
