"""The ledger against the panel: every way in which they can differ, and when they do not (C-11, C-12)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from bridge.domain.books import (
    Difference,
    Differs,
    differences,
    letter_of,
    markers_in,
    numbered_next,
    strays,
)
from bridge.domain.decisions import AFTER_SENDING, CreditStatus, CreditType, Line, Reason
from bridge.domain.intents import ABSENT, HIDDEN, SHOWN, Posting, Push, PushKind, Sight
from bridge.domain.money import Money
from tests.domain.ledger import line, reversal
from tests.domain.story import CLIENT, T0

POSTED = line("C1", "posted")
WHOLE = replace(SHOWN, amount=POSTED.amount)
PENDING = replace(WHOLE, pending=True)
SINCE = date(2026, 11, 1)


def found(sight: Sight, of: Line = POSTED, *, client_left: bool = False) -> list[tuple[Differs, object]]:
    """What differs, with its facts."""
    return [(one.kind, one.facts) for one in differences(of, sight, client_left=client_left)]


def money(text: str) -> Money:
    return Money(Decimal(text))


# --- one line against one look ----------------------------------------------------------------------------


def test_what_a_look_cannot_show_is_no_difference() -> None:
    assert found(HIDDEN) == []
    assert found(replace(HIDDEN, copies=2, pending=True), replace(POSTED, status=CreditStatus.VOIDED)) == []


def test_c_11_a_line_that_stands_as_it_was_sent_is_in_order() -> None:
    assert found(PENDING) == []
    assert found(replace(WHOLE, invoice_ids=(5,))) == []
    assert found(replace(SHOWN, pending=True)) == []


def test_c_12_a_line_that_vanished_is_gone() -> None:
    (one,) = differences(POSTED, ABSENT, client_left=True)

    assert one == Difference(kind=Differs.GONE, credit_id="RC-1201/C1", client_id=CLIENT)
    assert one.key == "differs/RC-1201/C1/gone"


def test_another_amount_on_the_panel_is_told_in_full() -> None:
    assert found(replace(PENDING, amount=money("39.99"))) == [(Differs.AMOUNT, {"on_panel": "39.99"})]


def test_a_copy_is_told_as_a_copy_and_not_as_another_amount() -> None:
    twice = replace(PENDING, amount=money("80.00"), copies=2)

    assert found(twice) == [(Differs.COPIES, {"copies": "2", "on_panel": "80.00"})]
    assert found(replace(twice, amount=None)) == [(Differs.COPIES, {"copies": "2", "on_panel": ""})]


def test_c_11_an_invoice_that_died_took_all_of_it_or_a_part() -> None:
    dead = replace(WHOLE, dead_invoices=(5, 6))

    assert found(dead) == [(Differs.INVOICE_GONE, {"invoices": "5, 6"})]
    assert found(replace(dead, pending=True)) == [(Differs.PART_GONE, {"invoices": "5, 6"})]
    assert found(replace(dead, invoice_ids=(7,))) == [(Differs.PART_GONE, {"invoices": "5, 6"})]


def test_c_11_called_charged_without_an_invoice_is_taken_off_unless_it_still_counts() -> None:
    off = replace(WHOLE, taken_off=True)

    assert found(off) == [(Differs.TAKEN_OFF, {})]
    assert found(replace(off, pending=True)) == []
    assert found(replace(off, invoice_ids=(7,))) == []
    assert found(replace(off, dead_invoices=(5,))) == [(Differs.INVOICE_GONE, {"invoices": "5"})]


def test_c_11_an_invoice_that_had_been_paid_reduces_nothing() -> None:
    late = replace(WHOLE, invoice_ids=(7, 8), paid_before=(7, 8))

    assert found(late) == [(Differs.PAID_BEFORE, {"invoices": "7, 8"})]


def test_c_11_a_remainder_that_was_not_carried_over_is_lost() -> None:
    assert found(replace(WHOLE, invoice_ids=(7,), lost=money("12.50"))) == [
        (Differs.REMAINDER_LOST, {"rest": "12.50"})
    ]


def test_c_12_who_has_left_gets_no_invoice_any_more() -> None:
    assert found(PENDING, client_left=True) == [(Differs.CLIENT_LEFT, {})]
    assert found(replace(WHOLE, invoice_ids=(7,)), client_left=True) == []


def test_several_differences_of_one_line_are_all_told() -> None:
    sight = replace(
        PENDING, amount=money("10.00"), dead_invoices=(5,), paid_before=(7,), lost=money("1.00"), copies=1
    )

    kinds = [kind for kind, _ in found(sight, client_left=True)]

    assert kinds == [
        Differs.AMOUNT,
        Differs.PART_GONE,
        Differs.PAID_BEFORE,
        Differs.REMAINDER_LOST,
        Differs.CLIENT_LEFT,
    ]


def test_c_12_what_was_given_up_differs_as_soon_as_it_counts_again() -> None:
    given_up = replace(POSTED, status=CreditStatus.VOIDED)

    assert found(PENDING, given_up) == [(Differs.CAME_BACK, {})]
    assert found(replace(WHOLE, invoice_ids=(7,)), given_up) == [(Differs.CAME_BACK, {})]
    assert found(replace(WHOLE, dead_invoices=(5,), copies=2), given_up) == []
    assert found(ABSENT, given_up) == []


# --- every balance with a marker --------------------------------------------------------------------------


def posting(tag: str = "C1", *, client: int = CLIENT, day: date | None = date(2026, 11, 2)) -> Posting:
    return Posting(client_id=client, marker=f"[RC-1201/{tag}]", pending=False, written_on=day)


def strange(*postings: Posting, lines: tuple[Line, ...] = ()) -> list[Difference]:
    return list(strays(postings, {one.credit_id: one for one in lines}, since=SINCE))


def test_a_marker_nobody_knows_is_strange_only_where_the_store_would_remember_it() -> None:
    assert strange(posting(client=78)) == [
        Difference(kind=Differs.UNKNOWN, credit_id="RC-1201/C1", client_id=78)
    ]
    assert strange(posting(day=SINCE), posting(day=date(2026, 10, 31)), posting(day=None)) == []


def test_an_unknown_marker_hides_no_other() -> None:
    found = strange(posting("C1", day=None), posting("C2"), posting("C3"))

    assert [one.credit_id for one in found] == ["RC-1201/C2", "RC-1201/C3"]


def test_a_line_at_another_customer_belongs_to_whom_the_ledger_says() -> None:
    assert strange(posting(client=78), lines=(POSTED,)) == [
        Difference(
            kind=Differs.OTHER_CLIENT,
            credit_id="RC-1201/C1",
            client_id=CLIENT,
            facts={"other_client": "78"},
        )
    ]


@pytest.mark.parametrize("status", ["refused", "accruing", "awaiting_approval", "awaiting_amount", "held"])
def test_c_9_a_line_that_was_never_sent_should_not_stand_there(status: str) -> None:
    assert [one.kind for one in strange(posting(), lines=(line("C1", status),))] == [Differs.UNSENT]


def test_c_13_a_reversal_nobody_approved_should_not_stand_there() -> None:
    proposed = reversal("R1", "reversal_proposed", "C1")

    assert [one.kind for one in strange(posting("R1"), lines=(proposed,))] == [Differs.UNSENT]


@pytest.mark.parametrize("status", ["due", "posted", "invoiced"])
def test_a_line_on_its_way_or_there_is_in_order(status: str) -> None:
    assert strange(posting(), lines=(line("C1", status),)) == []


@pytest.mark.parametrize("reason", sorted(AFTER_SENDING))
def test_c_12_a_line_that_waits_for_a_person_after_sending_may_stand_there(reason: Reason) -> None:
    assert strange(posting(), lines=(line("C1", "held", reason=reason),)) == []


def test_a_line_in_order_hides_no_other() -> None:
    assert [one.credit_id for one in strange(posting("C1"), posting("C2"), lines=(POSTED,))] == ["RC-1201/C2"]


def test_what_was_given_up_should_not_stand_there() -> None:
    given_up = line("C1", "voided")
    replaced = replace(given_up, facts={"replaced_by": "RC-1201/C2"})
    waiting = replace(posting(), pending=True)

    assert [one.kind for one in strange(posting(), lines=(given_up,))] == [Differs.VOIDED]
    # its old balance may lie on the cancelled invoice; one that waits for the next would be paid twice
    assert strange(posting(), lines=(replaced,)) == []
    assert [one.kind for one in strange(waiting, lines=(replaced,))] == [Differs.VOIDED]


def test_two_balances_of_one_kind_are_one_difference() -> None:
    first, second = posting(client=78), posting(client=79)

    assert [one.facts for one in strange(first, second, lines=(POSTED,))] == [{"other_client": "78"}]


# --- markers and numbers ----------------------------------------------------------------------------------


def test_markers_are_found_wherever_they_stand() -> None:
    text = "4 dias RC-1201 [RC-1201/C1]\nCargo [RC-1201-2/X10] y [A9-7/R2][RC-1201/C2]"

    assert markers_in(text) == ["[RC-1201/C1]", "[RC-1201-2/X10]", "[A9-7/R2]", "[RC-1201/C2]"]


@pytest.mark.parametrize(
    "text", ["RC-1201/C1", "[RC-1201]", "[RC-1201/C0]", "[RC-1201/D1]", "[rc-1201/C1]", "[RC-/C1]", ""]
)
def test_what_only_looks_like_a_marker_is_none(text: str) -> None:
    assert markers_in(text) == []


def test_l_3_a_number_is_never_used_twice_whatever_gaps_there_are() -> None:
    lines = [line("C1", "voided"), line("C10", "posted"), line("C9", "posted"), line("X12", "posted")]

    assert numbered_next(lines[0], lines) == "RC-1201/C11"
    assert numbered_next(lines[3], lines) == "RC-1201/X13"
    assert numbered_next(reversal("R7", "posted", "C1"), lines) == "RC-1201/R1"


def test_l_3_the_numbers_of_another_report_do_not_count() -> None:
    later = line("C5", "posted", credit_id="RC-1201-2/C5", incident_id="RC-1201-2")

    assert numbered_next(POSTED, [later]) == "RC-1201/C1"
    assert numbered_next(later, [POSTED, later]) == "RC-1201-2/C6"


def test_each_type_has_its_letter() -> None:
    assert {kind: letter_of(kind) for kind in CreditType} == {
        CreditType.DAYS: "C",
        CreditType.MONTH: "C",
        CreditType.CHARGE: "X",
        CreditType.REVERSAL: "R",
    }


# --- the states these rest on -----------------------------------------------------------------------------


@pytest.mark.parametrize("reason", sorted(AFTER_SENDING))
def test_c_12_a_held_line_that_was_sent_is_not_open(reason: Reason) -> None:
    assert not line("C1", "held", reason=reason).is_open
    assert line("C1", "held", reason=Reason.SUSPENDED_CUSTOMER).is_open


def test_a_line_has_vanished_only_while_it_is_held_for_that() -> None:
    gone = {Reason.GONE_FROM_PANEL, Reason.INVOICE_GONE}

    assert {reason for reason in Reason if line("C1", "held", reason=reason).has_vanished} == gone
    assert not any(line("C1", "voided", reason=reason).has_vanished for reason in gone)


def test_a_sight_is_of_a_push_once_and_with_its_amount_where_it_tells_one() -> None:
    push = Push(key="RC-1201/C1", kind=PushKind.CREDIT, client_id=CLIENT, due_at=T0, amount=money("40.00"))

    assert WHOLE.is_of(push)
    assert SHOWN.is_of(push)
    assert not replace(WHOLE, copies=2).is_of(push)
    assert not replace(SHOWN, copies=2).is_of(push)
    assert not replace(WHOLE, amount=money("39.99")).is_of(push)
