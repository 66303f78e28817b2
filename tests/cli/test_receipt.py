"""What the receipt shows: every rule with its number, sums of deadlines and money, policy versions."""

from __future__ import annotations

from typing import Any

from tests.cli.conftest import Isp


def receipt(isp: Isp, ticket: int) -> dict[str, Any]:
    found: dict[str, Any] = isp("tickets", "show", ticket, "--format", "json").json
    return found


def decided(isp: Isp, ticket: int, rule: str) -> list[dict[str, Any]]:
    return [one for one in receipt(isp, ticket)["decisions"] if one["rule"] == rule]


def test_l_8_each_step_has_when_it_was_due_and_when_that_was_seen(isp: Isp) -> None:
    ticket = isp.ticket()
    isp.sync(1)
    isp.sync(60)

    deadlines = {one["subject"]: one["deadline"] for one in receipt(isp, ticket)["decisions"]}

    assert deadlines["level_1"] is None
    assert deadlines["breach:level_1_contact"] == {
        "counted_from": "2026-11-02T08:00:00-06:00",
        "limit": "2:00:00",
        "not_counted": "0:00:00",
        "due_at": "2026-11-02T10:00:00-06:00",
        "seen_at": "2026-11-04T20:00:00-06:00",
    }
    shown = isp("tickets", "show", ticket).words
    assert "2026-11-02 10:00 2026-11-04 20:00 L-2 breach:level_1_contact" in shown
    assert "2026-11-02 08:00 + 2:00:00" in shown


def test_l_9_time_in_which_no_ticket_was_open_is_not_counted(isp: Isp) -> None:
    ticket = isp.ticket()
    isp.sync(0.5)
    isp.at(1)
    isp.staff("close", ticket=ticket)
    isp.sync(1)
    isp.at(10)
    isp.staff("reopen", ticket=ticket)
    isp.sync(10)
    isp.sync(12)

    [late] = decided(isp, ticket, "L-2")

    assert (late["deadline"]["not_counted"], late["deadline"]["due_at"]) == (
        "9:00:00",
        "2026-11-02T19:00:00-06:00",
    )
    assert "2:00:00 + 9:00:00 not counted" in isp("tickets", "show", ticket).words


def test_l_5_a_visit_that_passed_is_counted_from_its_end(isp: Isp) -> None:
    ticket = isp.ticket()
    isp.at(1)
    isp.staff("reply", ticket=ticket, text="#visita 2026-11-03 16:00")
    isp.sync(3)
    isp.sync(40)

    severe = next(one for one in receipt(isp, ticket)["decisions"] if one["subject"] == "severe")

    assert (severe["because"], severe["deadline"]) == (
        "visit_passed",
        {
            "counted_from": "2026-11-03T18:00:00-06:00",
            "limit": "4:00:00",
            "not_counted": "0:00:00",
            "due_at": "2026-11-03T22:00:00-06:00",
            "seen_at": "2026-11-04T00:00:00-06:00",
        },
    )


def test_c_3_a_refusal_shows_its_number_and_both_sides(isp: Isp) -> None:
    ticket = isp.ticket()
    isp.sync(1)
    isp.at(1.5)
    isp.staff("close", ticket=ticket)
    isp.sync(1.5)

    [refused] = decided(isp, ticket, "C-3")

    assert (refused["because"], refused["facts"]["outage"], refused["facts"]["days_from"]) == (
        "below_threshold",
        "1:30:00",
        "72:00:00",
    )
    assert f"t{ticket}:opened" in refused["events"]
    shown = isp("tickets", "show", ticket).words
    assert "without service for 1:30:00 (days from 72:00:00, a month over 96:00:00)" in shown


def test_c_6_the_sum_says_when_the_price_was_seen_and_what_was_credited_before(isp: Isp) -> None:
    ticket = isp.ticket()
    isp.sync(1)
    isp.at(80)
    isp.staff("close", ticket=ticket)
    isp.sync(80)
    isp.at(90)
    isp.staff("reopen", ticket=ticket)
    isp.sync(90)
    isp.sync(107)

    first, second = receipt(isp, ticket)["credits"]
    shown = isp("tickets", "show", ticket).words

    assert first["facts"] == {
        "outage": "80:00:00",
        "days_from": "72:00:00",
        "month_over": "96:00:00",
        "kind": "no_access",
        "attribution": "unknown",
        "days": "4",
        "counting": "started_24h",
        "monthly_price": "300.00",
        "service": "1",
        "plan": first["facts"]["plan"],
        "price_seen_at": "2026-11-02T15:00:00+00:00",
        "sum": "300.00 x 4 / 30",
    }
    assert second["facts"]["already_credited"] == "40.00"
    assert "300.00 x 4 / 30 = 40.00" in shown
    assert "300.00 = 300.00 - 40.00 credited before = 260.00" in shown
    assert "monthly price 300.00 as the panel showed it first, 2026-11-02 09:00 (C-6)" in shown


def test_what_people_did_to_a_credit_is_on_the_receipt(isp: Isp) -> None:
    isp.configure(database=True, limits={"approval_above": 10})
    ticket = isp.ticket()
    isp.sync(1)
    isp.at(80)
    isp.staff("close", ticket=ticket)
    isp.sync(80)
    isp("credits", "approve", f"RC-{ticket}/C1", "--by", "Irma", "--reason", "revisado")

    [credit] = receipt(isp, ticket)["credits"]

    assert [(one["actor"], one["status"], one["note"]) for one in credit["entries"]] == [
        ("bridge", "awaiting_approval", ""),
        ("Irma", "due", "revisado"),
    ]
    assert credit["final_at"] == "2026-11-05T16:00:00-06:00"
    assert "due 40.00, by Irma: revisado" in isp("tickets", "show", ticket).words


def test_i_6_the_first_decision_about_an_unrouted_ticket(isp: Isp) -> None:
    ticket = isp.ticket(subject="Hola", body="Buenas tardes")
    isp.sync(1)

    first = receipt(isp, ticket)["decisions"][0]

    assert (first["rule"], first["because"], first["words"]) == (
        "I-6",
        "unmatched",
        "no category matches, so reception routes it",
    )


def test_the_policy_that_ruled_is_named(isp: Isp) -> None:
    ticket = isp.ticket()
    isp.sync(97)

    found = receipt(isp, ticket)

    assert found["policies"] == ["escalation@2019-01-01", "bonus@2019-01-01"]
    [digest] = found["rulebooks"]
    assert {one["rulebook"] for one in found["decisions"]} == {digest}
    assert (
        f"policy: escalation@2019-01-01, bonus@2019-01-01; policy texts {digest[:12]}"
        in isp("tickets", "show", ticket).words
    )
    with isp.store() as store:
        assert "bonus.yaml" in store.journal.policy(digest)
