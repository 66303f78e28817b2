"""`bridge plan` shows what a cycle would push; `bridge apply` pushes that or nothing."""

from __future__ import annotations

import json
from decimal import Decimal

from .conftest import Isp


def test_without_changes_a_plan_ends_with_0(isp: Isp) -> None:
    isp.ticket()
    isp.sync(0)
    isp.at(1)

    result = isp("plan")

    assert (result.code, result.words) == (0, "A cycle would push nothing.")


def test_a_plan_shows_each_push_with_its_rule_and_reason_and_writes_nothing(isp_by_both: Isp) -> None:
    isp = isp_by_both
    ticket = isp.ticket()
    isp.at(3)

    result = isp("plan")

    assert result.code == 4
    assert f"RC-{ticket} customer 1 + " in result.words
    assert f"+ set_status ticket {ticket} to department 4 Soporte nivel 2" in result.words
    assert "L-3: still open when level 1's time ran out" in result.words
    assert f"+ assign ticket {ticket} to technician 21 Norberto Galindo Sosa" in result.words
    assert "A cycle would make 3 pushes: assign 1, note 1, set_status 1." in result.words
    assert not (isp.folder / "var").exists()


def test_a_plan_for_programs_names_rule_and_reason_of_each_push(isp: Isp) -> None:
    ticket = isp.ticket()
    isp.at(97)

    steps = isp("plan", "--format", "json").json["steps"]

    credit = next(step for step in steps if step["kind"] == "credit")
    assert (credit["key"], credit["amount"], credit["rule"], credit["because"]) == (
        f"RC-{ticket}/C1",
        "300.00",
        "C-5",
        "month",
    )
    assert all(step["rule"] for step in steps)


def test_what_a_change_replaces_is_shown_where_the_panel_shows_it(isp: Isp) -> None:
    ticket = isp.ticket()
    isp.sync(0)
    isp.at(3)

    result = isp("plan")

    assert "to department 4 Soporte nivel 2 (now department 1 Soporte técnico)" in result.words
    technician = (
        f"ticket {ticket} to technician 21 Norberto Galindo Sosa (now technician 11 Luz Arriaga Pineda)"
    )
    assert technician in result.words


def test_the_money_of_a_plan_is_added_up(isp: Isp) -> None:
    isp.ticket(1)
    isp.ticket(2)
    isp.at(97)

    shown, document = isp("plan"), isp("plan", "--format", "json").json

    amounts = [Decimal(step["amount"]) for step in document["steps"] if step["kind"] == "credit"]
    assert len(amounts) == 2
    assert document["totals"]["credits"] == {"MXN": str(sum(amounts))}
    assert document["totals"]["charges"] == {}
    assert sum(document["totals"]["pushes"].values()) == len(document["steps"])
    assert f"Credits: {sum(amounts)} MXN in all." in shown.words


def test_a_saved_plan_is_applied_while_it_is_true(isp: Isp) -> None:
    isp.ticket()
    isp.at(3)
    file = isp.folder / "plan.json"
    planned = isp("plan", "--save", file)

    applied = isp("apply", file)

    assert (planned.code, applied.code) == (4, 0)
    assert "Pushed: sent 3, verified 3." in applied.words
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_plan_that_is_no_longer_true_is_refused_with_what_changed(isp: Isp) -> None:
    ticket = isp.ticket()
    isp.at(3)
    file = isp.folder / "plan.json"
    isp("plan", "--save", file)
    isp.staff("close", ticket=ticket)
    newer = isp.ticket(2, at=2.9)

    result = isp("apply", file)

    assert result.code == 1
    assert "is no longer true, nothing was pushed" in result.err
    assert f"no longer wanted: RC-{ticket} ticket {ticket} to department 4" in result.err
    assert f"new: RC-{newer} ticket {newer} to technician 11" in result.err
    assert not (isp.folder / "var").exists()


def test_what_changed_of_a_push_is_named_with_its_values(isp: Isp) -> None:
    ticket = isp.ticket()
    isp.at(97)
    file = isp.folder / "plan.json"
    isp("plan", "--save", file)
    document = json.loads(file.read_text(encoding="utf-8"))
    [credit] = [step for step in document["steps"] if step["kind"] == "credit"]
    credit["amount"] = "40.00"
    file.write_text(json.dumps(document), encoding="utf-8")

    result = isp("apply", file)

    assert result.code == 1
    assert f"changed: RC-{ticket} customer 1: -300.00 MXN" in result.err
    assert result.err.rstrip().endswith(": amount 40.00 -> 300.00")


def test_a_plan_file_is_not_overwritten(isp: Isp) -> None:
    file = isp.folder / "plan.json"
    file.write_text("mine")

    result = isp("plan", "--save", file)

    assert result.code == 1
    assert file.read_text() == "mine"


def test_what_is_no_plan_is_refused(isp: Isp) -> None:
    file = isp.folder / "plan.json"

    for text in (
        "",
        "[]",
        json.dumps({"version": 99, "steps": []}),
        json.dumps({"version": 1, "steps": [3]}),
    ):
        file.write_text(text)
        assert isp("apply", file).code == 1
    assert isp("apply", isp.folder / "missing.json").code == 1


def test_a_plan_leaves_out_the_money_that_a_guard_would_stop(isp: Isp) -> None:
    isp.configure(database=True, limits={"credits_per_cycle": 0})
    isp.ticket()
    isp.at(97)

    result, document = isp("plan"), isp("plan", "--format", "json").json

    assert result.code == 4
    assert "credit customer" not in result.words
    assert [guard.partition(" (")[0] for guard in document["guards"]] == [
        "1 credits and charges are due at once"
    ]
    assert "Would be stopped: 1 credits and charges are due at once (limit 0)" in result.words


def test_a_plan_is_no_longer_than_a_cycle(isp: Isp) -> None:
    isp.configure(database=True, limits={"pushes_per_cycle": 1})
    isp.ticket()
    isp.at(3)

    result = isp("plan")

    assert "2 pushes wait for the next cycle" in result.words
    assert "A cycle would make 1 push: " in result.words
