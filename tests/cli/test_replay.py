"""`bridge replay`: its words, its JSON, its exit code."""

from __future__ import annotations

import sqlite3
from contextlib import closing

from tests.cli.conftest import Isp

DIFFERENCE = {
    "finding",
    "client_id",
    "incident_id",
    "subject",
    "decided_at",
    "rulebook",
    "values",
    "detail",
}


def tamper(isp: Isp, statement: str) -> None:
    """Change what was decided, past the triggers that forbid it."""
    with isp.store() as store:
        path = store.database.name
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("DROP TRIGGER decisions_no_update")
        connection.execute(statement)
        connection.commit()


def test_an_empty_store_has_nothing_to_decide_again(isp: Isp) -> None:
    result = isp("replay")

    assert (result.code, result.words) == (
        0,
        "0 decisions about 0 customers decided again, under 0 policy versions. No difference.",
    )


def test_nothing_comes_out_otherwise(isp: Isp) -> None:
    isp.ticket()
    isp.sync(80)

    result = isp("replay", "--format", "json")

    assert result.code == 0
    assert result.json["differences"] == []
    assert result.json["decisions"] > 5
    assert set(result.json) == {"customers", "judgements", "decisions", "rulebooks", "differences"}


def test_a_difference_is_told_by_name_and_ends_with_3(isp: Isp) -> None:
    ticket = isp.ticket()
    isp.sync(3)
    tamper(isp, "UPDATE decisions SET rule = 'L-9' WHERE subject = 'level_2'")

    shown, told = isp("replay"), isp("replay", "--format", "json")

    assert (shown.code, told.code) == (3, 3)
    assert "rule: stored `L-9`, again `L-3`" in shown.words
    [difference] = told.json["differences"]
    assert set(difference) == DIFFERENCE
    assert (difference["finding"], difference["incident_id"], difference["subject"]) == (
        "changed",
        f"RC-{ticket}",
        "level_2",
    )
    assert difference["values"] == [{"field": "rule", "stored": "L-9", "again": "L-3"}]
