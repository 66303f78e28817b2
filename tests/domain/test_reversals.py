"""Taking back what was credited or charged: once, in full, and by a person's word (C-13, X-4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

import pytest

from bridge.domain.decisions import CreditStatus, CreditType, Line, Reason
from bridge.domain.money import Money
from bridge.domain.reversals import (
    dropped,
    is_on_panel,
    is_unsent,
    proposed,
    sum_taken_back,
    taken_back,
    withdrawn,
)
from tests.domain.ledger import line, reversal, shown
from tests.domain.mappings import edited
from tests.domain.story import Bridge, at, told

WORD = at("90 h")  # when it was said that the fault is not the ISP's
POSTED = line("C1", "posted")


def blamed(*all_lines: Line, since: datetime | None = WORD) -> tuple[Line, ...]:
    """What becomes of the credits among these when the fault proves not to be the ISP's."""
    return withdrawn([one for one in all_lines if one.type is CreditType.DAYS], all_lines, since)


def asked(*all_lines: Line, reason: Reason = Reason.ATTRIBUTION_CHANGED) -> tuple[Line, ...]:
    """The proposals to take back the credits among these."""
    credits_ = [one for one in all_lines if one.type is CreditType.DAYS]
    return proposed(credits_, all_lines, reason, WORD)


# --- withdrawn --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", ["due", "accruing", "awaiting_approval", "awaiting_amount", "held"])
def test_c_13_what_is_not_on_the_panel_is_voided(status: str) -> None:
    assert shown(blamed(line("C1", status))) == ["C1 voided 40.00 attribution_changed"]


@pytest.mark.parametrize("status", ["refused", "voided", "reversed"])
def test_c_13_what_gave_nothing_is_left_as_it_was(status: str) -> None:
    assert blamed(line("C1", status)) == ()


@pytest.mark.parametrize("status", ["posted", "invoiced"])
def test_c_13_what_is_on_the_panel_gets_a_proposal(status: str) -> None:
    credit = line("C1", status, days=Decimal(4), service_id=91, begun_month="2026-11", invoice_ids=(5,))

    (proposal,) = blamed(credit)

    assert proposal == replace(
        credit,
        credit_id="RC-1201/R1",
        type=CreditType.REVERSAL,
        status=CreditStatus.REVERSAL_PROPOSED,
        reason=Reason.ATTRIBUTION_CHANGED,
        final_at=WORD,
        invoice_ids=(),
        facts={"of": "RC-1201/C1"},
    )


def test_c_13_a_reversal_without_a_word_is_final_with_its_credit() -> None:
    (proposal,) = blamed(POSTED, since=None)

    assert proposal.final_at == POSTED.final_at


def test_c_12_c_13_waiting_in_vain_for_an_invoice_is_on_the_panel() -> None:
    assert shown(blamed(line("C1", "held", reason=Reason.NO_NEXT_INVOICE))) == [
        "R1 reversal_proposed 40.00 attribution_changed"
    ]


@pytest.mark.parametrize("reason", [Reason.GONE_FROM_PANEL, Reason.INVOICE_GONE])
def test_c_13_what_vanished_from_the_panel_is_voided(reason: Reason) -> None:
    assert shown(blamed(line("C1", "held", reason=reason))) == ["C1 voided 40.00 attribution_changed"]


def test_c_13_what_vanished_is_a_persons_matter_where_its_reversal_stands() -> None:
    gone = line("C1", "held", reason=Reason.GONE_FROM_PANEL)

    assert blamed(gone, reversal("R1", "posted", "C1")) == ()
    assert shown(blamed(gone, reversal("R1", "posted", "C7"))) == ["C1 voided 40.00 attribution_changed"]


def test_c_13_nor_where_the_reversal_of_the_one_it_replaced_stands() -> None:
    first = line("C1", "voided", facts={"replaced_by": "RC-1201/C2"})
    again = line("C2", "held", reason=Reason.INVOICE_GONE, facts={"replaces": "RC-1201/C1"})

    assert blamed(first, again, reversal("R1", "invoiced", "C1")) == ()


def test_c_13_the_proposal_of_a_line_that_vanished_falls_away_with_it() -> None:
    gone = line("C1", "held", reason=Reason.GONE_FROM_PANEL)
    other = line("C2", "posted")

    found = blamed(
        gone, other, reversal("R1", "reversal_proposed", "C1"), reversal("R2", "reversal_proposed", "C2")
    )

    assert shown(found) == ["C1 voided 40.00 attribution_changed", "R1 voided 40.00 attribution_changed"]


# --- proposed, each once ----------------------------------------------------------------------------------


@pytest.mark.parametrize("status", ["reversal_proposed", "due", "posted", "invoiced", "reversed", "held"])
def test_c_13_a_line_is_taken_back_once(status: str) -> None:
    assert asked(POSTED, reversal("R1", status, "C1")) == ()


def test_c_13_a_proposal_that_the_rules_gave_up_is_made_again_under_the_next_number() -> None:
    assert shown(asked(POSTED, reversal("R1", "voided", "C1"))) == [
        "R2 reversal_proposed 40.00 attribution_changed"
    ]


def test_c_13_a_proposal_that_a_person_gave_up_stays_so() -> None:
    assert asked(POSTED, reversal("R1", "voided", "C1", decided_by="Ana")) == ()


def test_c_13_the_proposal_for_another_line_does_not_count() -> None:
    lines = POSTED, line("C2", "posted", "260.00"), reversal("R1", "reversal_proposed", "C1")

    assert shown(asked(*lines)) == ["R2 reversal_proposed 260.00 attribution_changed"]


def test_c_13_lines_after_one_that_has_its_proposal_get_theirs() -> None:
    lines = POSTED, line("C2", "posted", "1.00"), line("C3", "posted", "2.00")

    assert shown(asked(*lines, reversal("R4", "posted", "C1"))) == [
        "R5 reversal_proposed 1.00 attribution_changed",
        "R6 reversal_proposed 2.00 attribution_changed",
    ]


def test_c_13_a_proposal_of_an_amount_that_was_corrected_gives_way() -> None:
    found = asked(line("C1", "posted", "30.00"), reversal("R1", "reversal_proposed", "C1", "40.00"))

    assert shown(found) == [
        "R1 voided 40.00 attribution_changed",
        "R2 reversal_proposed 30.00 attribution_changed",
    ]


def test_c_13_a_stale_proposal_gives_way_to_one_that_stands() -> None:
    lines = line("C1", "posted", "30.00"), reversal("R1", "reversal_proposed", "C1", "40.00")

    assert shown(asked(*lines, reversal("R2", "reversal_proposed", "C1", "30.00"))) == [
        "R1 voided 40.00 attribution_changed"
    ]


def test_c_13_what_stands_on_the_panel_with_another_amount_is_not_taken_back_again() -> None:
    assert asked(line("C1", "posted", "30.00"), reversal("R1", "posted", "C1", "40.00")) == ()


def test_c_13_a_line_put_back_under_another_number_is_taken_back_with_the_first() -> None:
    again = line("C3", "posted", facts={"replaces": "RC-1201/C2"})
    between = line("C2", "voided", facts={"replaces": "RC-1201/C1", "replaced_by": "RC-1201/C3"})

    found = proposed(
        [again],
        [line("C1", "voided"), between, again, reversal("R1", "posted", "C1")],
        Reason.ATTRIBUTION_CHANGED,
        WORD,
    )

    assert found == ()


def test_c_13_replacements_that_go_round_or_are_not_known_end() -> None:
    one = line("C1", "posted", facts={"replaces": "RC-1201/C2"})
    other = line("C2", "voided", facts={"replaces": "RC-1201/C1"})

    for known in ([one, other], [one]):
        assert shown(proposed([one], known, Reason.REGROUPED, WORD)) == [
            "R1 reversal_proposed 40.00 regrouped"
        ]


# --- dropped, and what counts -----------------------------------------------------------------------------


def test_c_13_turned_back_only_what_did_not_go_out_falls_away() -> None:
    waiting = [
        reversal("R1", "reversal_proposed", "C1"),
        reversal("R2", "held", "C1", decided_by="Ana"),
        reversal("R3", "reversal_proposed", "C2"),
        reversal("R4", "due", "C1"),
        reversal("R5", "posted", "C1"),
        replace(reversal("R6", "held", "C1"), reason=Reason.GONE_FROM_PANEL),
    ]

    assert shown(dropped([POSTED], [POSTED, *waiting])) == [
        "R1 voided 40.00 attribution_changed",
        "R2 voided 40.00 attribution_changed",
    ]


def test_c_13_a_credit_that_names_another_is_not_dropped() -> None:
    held = line("C2", "held", facts={"of": "RC-1201/C1"})

    assert dropped([POSTED], [POSTED, held]) == ()


_IN_EFFECT = {"due", "posted", "invoiced", "reversed"}


@pytest.mark.parametrize("status", [str(status) for status in CreditStatus])
def test_c_9_what_an_approved_reversal_takes_back_counts_and_no_other(status: str) -> None:
    lines = [POSTED, reversal("R1", status, "C1", "15.00")]

    assert taken_back(lines) == ({"RC-1201/C1"} if status in _IN_EFFECT else set())
    assert sum_taken_back([POSTED], lines) == (Decimal(15) if status in _IN_EFFECT else 0)


def test_c_9_reversals_of_other_lines_are_not_summed() -> None:
    lines = [POSTED, reversal("R1", "posted", "C1", "15.00"), reversal("R2", "posted", "C2", "7.00")]

    assert sum_taken_back([POSTED], [*lines, reversal("R3", "due", "C1", "5.00")]) == Decimal(20)
    assert sum_taken_back([line("C2", "posted")], lines) == Decimal(7)


def test_c_12_a_reversal_that_waits_in_vain_for_an_invoice_is_in_effect() -> None:
    waits = replace(reversal("R1", "held", "C1"), reason=Reason.NO_NEXT_INVOICE)

    assert taken_back([waits]) == {"RC-1201/C1"}
    assert taken_back([replace(waits, reason=Reason.GONE_FROM_PANEL)]) == set()


def test_what_has_not_left_the_bridge_is_unsent() -> None:
    unsent = {status for status in CreditStatus if is_unsent(line("C1", status))}

    assert unsent == {
        CreditStatus.DUE,
        CreditStatus.ACCRUING,
        CreditStatus.AWAITING_APPROVAL,
        CreditStatus.AWAITING_AMOUNT,
        CreditStatus.HELD,
    }
    assert not is_unsent(line("C1", "held", reason=Reason.NO_NEXT_INVOICE))


def test_what_stands_on_the_panel() -> None:
    there = {status for status in CreditStatus if is_on_panel(line("C1", status))}

    assert there == {CreditStatus.POSTED, CreditStatus.INVOICED}
    assert is_on_panel(line("C1", "held", reason=Reason.NO_NEXT_INVOICE))
    assert not is_on_panel(line("C1", "held", reason=Reason.GONE_FROM_PANEL))
    assert not is_on_panel(line("C1", "voided", reason=Reason.NO_NEXT_INVOICE))


# --- in a story: charges after a reversal -----------------------------------------------------------------

_PRICED = edited("prices = remote 150.00; charges need approval = no")
_TO_AND_FRO = "3 h attributed to customer; 20 h closed; 30 h attributed to isp; 40 h attributed to customer"


def _lines(bridge: Bridge, kinds: Sequence[str] = ("X", "R")) -> list[str]:
    return shown(
        one for one in bridge.lines.values() if one.credit_id.rpartition("/")[2].startswith(tuple(kinds))
    )


def test_x_4_a_charge_whose_reversal_was_approved_is_charged_again_when_the_blame_turns_back() -> None:
    bridge = told(_TO_AND_FRO, "20 h", "30 h", rules=_PRICED)
    bridge.decide("RC-1201/R1", by="Ana", status=CreditStatus.POSTED)

    bridge.sync(at("40 h"))

    assert _lines(bridge) == [
        "X1 posted 150.00 not_attributable",
        "R1 posted 150.00 attribution_changed",
        "X2 due 150.00 not_attributable",
    ]


def test_x_4_a_charge_whose_reversal_a_person_gave_up_stands() -> None:
    bridge = told(_TO_AND_FRO, "20 h", "30 h", rules=_PRICED)
    bridge.decide("RC-1201/R1", by="Ana", status=CreditStatus.VOIDED)

    bridge.sync(at("40 h"))

    assert _lines(bridge) == ["X1 posted 150.00 not_attributable", "R1 voided 150.00 attribution_changed"]


def test_x_4_a_refused_reversal_is_not_proposed_again() -> None:
    bridge = told(_TO_AND_FRO + "; 50 h attributed to isp", "20 h", "30 h", rules=_PRICED)
    bridge.decide("RC-1201/R1", by="Ana", status=CreditStatus.VOIDED)

    bridge.sync(at("40 h"))
    bridge.sync(at("50 h"))

    assert _lines(bridge) == ["X1 posted 150.00 not_attributable", "R1 voided 150.00 attribution_changed"]


def test_c_13_a_reversal_held_by_a_person_falls_away_when_the_blame_turns_back() -> None:
    bridge = told("80 h closed; 90 h attributed to planned; 95 h attributed to isp", "80 h", "90 h")
    bridge.decide("RC-1201/R1", by="Ana", status=CreditStatus.HELD)

    bridge.sync(at("95 h"))

    assert _lines(bridge, ("C", "R")) == ["C1 posted 40.00 days", "R1 voided 40.00 attribution_changed"]


def test_c_13_a_credit_that_billing_corrected_is_taken_back_at_its_new_amount() -> None:
    bridge = told("80 h closed; 90 h attributed to planned", "80 h", "90 h")
    bridge.decide("RC-1201/C1", amount=Money(Decimal("25.00")))

    bridge.sync(at("91 h"))

    assert _lines(bridge, ("R",)) == [
        "R1 voided 40.00 attribution_changed",
        "R2 reversal_proposed 25.00 attribution_changed",
    ]
