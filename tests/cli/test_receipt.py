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


def test_what_a_message_says_has_its_author(isp: Isp) -> None:
    ticket = isp.ticket()
    isp.at(1)
    isp.staff("reply", ticket=ticket, operator=21, text="Le marco. #grave")
    isp.sync(1)

    told = {one["source"]: one for one in receipt(isp, ticket)["events"]}
    shown = isp("tickets", "show", ticket).words

    assert told["tag"]["data"] == {"operator_id": "21"}
    assert told["reply"]["data"] == {"operator_id": "21"}
    assert "severity:set tag by operator 21" in shown
    assert "contact:made reply by operator 21" in shown


def test_c_10_what_was_credited_too_much_is_explained(isp: Isp) -> None:
    ticket = isp.ticket()
    isp.sync(97)
    before = receipt(isp, ticket)["overpaid"]
    isp.at(98)
    isp.staff("reply", ticket=ticket, text="#resuelto 4/11 7:50")
    isp.sync(98)

    found = receipt(isp, ticket)["overpaid"]
    shown = isp("tickets", "show", ticket).words

    assert before is None
    assert (found["amount"], found["earned"], found["reason"]) == ("300.00", "0.00", "below_threshold")
    assert found["facts"]["outage"] == "47:50:00"
    assert (
        "300.00 MXN more was credited than is earned by what is known now (C-10) earned now: 0.00 MXN "
        "(below_threshold) without service for 47:50:00 (days from 72:00:00, a month over 96:00:00)"
    ) in shown


def test_c_13_a_reversal_is_due_from_the_word_that_caused_it_and_says_to_whom(isp: Isp) -> None:
    ticket = isp.ticket()
    isp.sync(1)
    isp.at(80)
    isp.staff("close", ticket=ticket)
    isp.sync(80)
    isp.at(90)
    isp("fact", ticket, "attribution", "third_party", "--by", "Irma")
    isp.sync(91)

    [decision] = decided(isp, ticket, "C-13")
    reversal = next(one for one in receipt(isp, ticket)["credits"] if one["type"] == "reversal")
    shown = isp("tickets", "show", ticket).words

    assert (decision["at"], decision["facts"]["attribution"]) == ("2026-11-06T02:00:00-06:00", "third_party")
    assert reversal["final_at"] == "2026-11-06T02:00:00-06:00"
    assert "afterwards: third_party" in shown
    assert "proposed for what was recorded 2026-11-06 02:00" in shown


def test_c_6_a_growing_credit_without_its_service_says_what_is_missing(isp: Isp) -> None:
    two = [{"id": 7, "services": [{"id": 70, "price": "300.00"}, {"id": 71, "price": "400.00"}]}]
    isp.panel.control("seed", {"customers": two})
    ticket = isp.ticket(customer=7)
    isp.sync(1)
    isp.sync(80)

    shown = isp("tickets", "show", ticket).words

    assert f"no amount yet: name the service, `#servicio N` in the ticket, or `bridge fact {ticket}" in shown
    assert "a credit is earned, and nobody has named the service it is reckoned by (0.00)" in shown
    assert "the days without service are credited" not in shown


def test_a_fault_that_is_over_while_its_ticket_is_still_open_says_both(isp: Isp) -> None:
    ticket = isp.ticket()
    isp.sync(1)
    isp.at(5)
    isp("fact", ticket, "resolved", "--by", "Irma")

    isp.sync(5)

    [title, *_] = isp("tickets", "show", ticket).out.strip().splitlines()
    assert title.endswith("no_access · over, its ticket still open in the panel")
