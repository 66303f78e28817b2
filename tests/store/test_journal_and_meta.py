"""Runs, policies and single facts about the store."""

from __future__ import annotations

from datetime import datetime

import pytest

from bridge.store.journal import Run
from bridge.store.store import Store

from .samples import at


def test_the_last_run_is_told_whether_it_ended_or_not(store: Store) -> None:
    assert store.journal.last() is None
    first = store.journal.start(at(0))
    store.journal.finish(first, {"exit_code": 0, "guards": [], "pushed": {"sent": 1}}, at(1))
    ended = store.journal.last()

    second = store.journal.start(at(2))

    assert ended == Run(
        run_id=first,
        started_at=at(0),
        finished_at=at(1),
        report={"exit_code": 0, "guards": [], "pushed": {"sent": 1}},
    )
    assert store.journal.last() == Run(run_id=second, started_at=at(2), finished_at=None, report=None)


def test_runs_of_the_last_hours_are_told_newest_first_and_no_more_than_asked_for(store: Store) -> None:
    numbers = [store.journal.start(at(hour)) for hour in range(5)]

    assert [run.run_id for run in store.journal.since(at(2), most=10)] == numbers[:1:-1]
    assert [run.run_id for run in store.journal.since(at(0), most=2)] == numbers[:2:-1]


def test_a_policy_is_kept_once_with_all_its_texts(store: Store) -> None:
    texts = {"bonus.yaml": "versions: []\n", "charges.yaml": "precio: ñ\n"}

    kept = [store.journal.archive("d1", texts, at(0)), store.journal.archive("d1", {"x": "y"}, at(1))]

    assert kept == [True, False]
    assert store.journal.policy("d1") == texts
    assert store.journal.policy("d2") == {}


def test_single_facts_are_set_and_changed(store: Store) -> None:
    found = [store.meta.get("panel_version")]
    for value in ("1", "2"):
        store.meta.set("panel_version", value)
        found.append(store.meta.get("panel_version"))

    assert found == [None, "1", "2"]


def test_single_instants_come_back_aware(store: Store) -> None:
    found = [store.meta.get_time("list_read_at")]

    store.meta.set_time("list_read_at", at(1.5))

    assert [*found, store.meta.get_time("list_read_at")] == [None, at(1.5)]


def test_a_naive_instant_is_refused(store: Store) -> None:
    with pytest.raises(ValueError, match="needs its offset"):
        store.meta.set_time("list_read_at", datetime(2026, 11, 22))  # noqa: DTZ001 - that is the case
