"""`bridge credits`: what billing decides, each with a name and a reason, and what cannot be decided."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from bridge.domain.decisions import CreditStatus, CreditType, Reason
from bridge.domain.money import Money

from .conftest import Isp, after

SIGNED = ("--by", "Ana", "--reason", "looked at it")


def held(isp: Isp) -> str:
    """A month's credit that waits for approval."""
    isp.configure(database=True, limits={"approval_above": 100})
    ticket = isp.ticket()
    isp.sync(97)
    return f"RC-{ticket}/C1"


def charge(isp: Isp) -> str:
    """A charge that waits for its amount."""
    ticket = isp.ticket()
    isp.sync(1)
    isp("fact", ticket, "attribution", "customer", "--by", "Ana")
    isp.staff("close", ticket=ticket)
    isp.sync(2)
    return f"RC-{ticket}/X1"


def status(isp: Isp) -> dict[str, tuple[str, str]]:
    rows = isp("credits", "list", "--format", "json").json
    return {row["credit_id"]: (row["status"], row["amount"]) for row in rows}


def saldos(isp: Isp) -> list[str]:
    return [row["monto"] for row in isp.panel.control("dump", {"sections": ["saldos"]})["saldos"]]


def test_an_approved_credit_goes_to_the_panel_with_the_next_sync(isp: Isp) -> None:
    credit = held(isp)
    assert status(isp) == {credit: ("awaiting_approval", "300.00")}

    result = isp("credits", "approve", credit, *SIGNED)

    assert result.words == f"{credit} 300.00 MXN due: goes to the panel with the next sync."
    isp.sync(97.1)
    assert status(isp) == {credit: ("posted", "300.00")}
    assert saldos(isp) == ["-300.00"]


def test_who_approved_and_why_stays_in_the_ledger(isp: Isp) -> None:
    credit = held(isp)
    isp("credits", "approve", credit, *SIGNED)

    store = isp.store()
    entry = store.ledger.entries(credit)[-1]
    store.close()

    assert (entry.actor, entry.note, entry.line.status) == ("Ana", "looked at it", CreditStatus.DUE)
    assert entry.line.facts["decided_by"] == "Ana"


def test_approval_is_all_or_nothing(isp: Isp) -> None:
    credit = held(isp)

    result = isp("credits", "approve", credit, "RC-99/C1", *SIGNED)

    assert result.code == 1
    assert "no credit RC-99/C1" in result.err
    assert status(isp) == {credit: ("awaiting_approval", "300.00")}


@pytest.mark.parametrize("command", ["approve", "hold", "void"])
def test_what_stands_on_the_panel_is_left_alone(isp: Isp, command: str) -> None:
    ticket = isp.ticket()
    isp.sync(97)

    result = isp("credits", command, f"RC-{ticket}/C1", *SIGNED)

    assert result.code == 1
    assert "stands on the panel" in result.err


def test_what_still_grows_cannot_be_approved(isp: Isp) -> None:
    ticket = isp.ticket()
    isp.sync(80)

    result = isp("credits", "approve", f"RC-{ticket}/C1", *SIGNED)

    assert result.code == 1
    assert "C-9" in result.err


@pytest.mark.parametrize("command", ["approve", "hold", "void"])
def test_a_refusal_cannot_be_decided(isp: Isp, command: str) -> None:
    ticket = isp.ticket()
    isp.sync(1)
    isp.staff("close", ticket=ticket)
    isp.sync(2)

    result = isp("credits", command, f"RC-{ticket}/C1", *SIGNED)

    assert result.code == 1
    assert "below_threshold" in result.err


def test_a_held_credit_stays_until_it_is_approved(isp: Isp) -> None:
    credit = held(isp)

    assert isp("credits", "hold", credit, *SIGNED).code == 0
    isp.sync(98)
    assert status(isp)[credit][0] == "held"

    assert isp("credits", "hold", credit, *SIGNED).code == 1
    assert isp("credits", "approve", credit, *SIGNED).code == 0
    isp.sync(99)
    assert status(isp)[credit][0] == "posted"


def test_a_credit_stopped_by_a_guard_can_be_held_and_sent_later(isp: Isp) -> None:
    isp.configure(database=True, limits={"amount_per_cycle": 10})
    credit = f"RC-{isp.ticket()}/C1"
    isp.sync(97)

    assert isp("credits", "hold", credit, *SIGNED).code == 0
    isp.sync(98)
    assert (status(isp)[credit][0], saldos(isp)) == ("held", [])

    assert isp("credits", "approve", credit, *SIGNED).code == 0
    isp.sync(99)
    isp.sync(100)
    assert (status(isp)[credit][0], saldos(isp)) == ("posted", ["-300.00"])


def test_a_voided_credit_is_never_earned_again(isp: Isp) -> None:
    credit = held(isp)

    assert isp("credits", "void", credit, *SIGNED).code == 0
    isp.sync(98)
    isp.sync(200)

    assert status(isp) == {credit: ("voided", "300.00")}
    assert isp("credits", "approve", credit, *SIGNED).code == 1


def test_a_charge_gets_its_amount_then_its_approval(isp: Isp) -> None:
    line = charge(isp)
    assert status(isp)[line] == ("awaiting_amount", "0.00")
    unpriced = isp("credits", "approve", line, *SIGNED)
    assert (unpriced.code, "set-amount" in unpriced.err) == (1, True)

    assert isp("credits", "set-amount", line, "250.50", *SIGNED).code == 0
    assert status(isp)[line] == ("awaiting_approval", "250.50")
    isp.sync(3)
    assert isp("credits", "approve", line, *SIGNED).code == 0
    isp.sync(4)

    assert status(isp)[line] == ("posted", "250.50")
    assert saldos(isp) == ["250.50"]


@pytest.mark.parametrize("amount", ["0", "-5", "1.001", "NaN", "much"])
def test_a_wrong_amount_is_refused(isp: Isp, amount: str) -> None:
    assert isp("credits", "set-amount", charge(isp), "--by", "Ana", "--reason", "x", "--", amount).code == 1


def test_a_credit_is_never_set_above_a_monthly_price(isp: Isp) -> None:
    result = isp("credits", "set-amount", held(isp), "300.01", *SIGNED)

    assert result.code == 1
    assert "C-10" in result.err


def test_a_proposed_reversal_is_approved_like_a_credit(isp: Isp) -> None:
    ticket = isp.ticket()
    isp.sync(97)
    isp("fact", ticket, "attribution", "customer", "--by", "Ana")
    isp.sync(98)
    assert status(isp)[f"RC-{ticket}/R1"] == ("reversal_proposed", "300.00")

    assert isp("credits", "approve", f"RC-{ticket}/R1", *SIGNED).code == 0
    isp.sync(99)

    assert saldos(isp) == ["-300.00", "300.00"]


def test_nothing_is_decided_without_a_reason(isp: Isp) -> None:
    result = isp("credits", "approve", held(isp), "--by", "Ana", "--reason", " ")

    assert result.code == 1
    assert "--reason" in result.err


def test_a_wide_list_of_credits_cuts_no_word(isp: Isp) -> None:
    """The longest states and reasons beside each other, in a hundred columns."""
    ticket = isp.ticket()
    credit = f"RC-{ticket}/C1"
    isp.sync(97)
    store = isp.store()
    line = store.ledger.line(credit)
    assert line is not None
    wide = replace(
        line,
        credit_id="RC-123456/R1",
        incident_id="RC-123456",
        type=CreditType.REVERSAL,
        status=CreditStatus.REVERSAL_PROPOSED,
        reason=Reason.ATTRIBUTION_CHANGED,
        amount=Money(Decimal("12345.00")),
        days=Decimal("2.6667"),
        facts={"of": credit},
    )
    store.ledger.record(wide, at=after(97), actor="bridge")
    store.close()

    listed = isp("credits", "list").out

    assert "…" not in listed
    assert "reversal_proposed" in listed
    assert "attribution_changed" in listed
    assert max(map(len, listed.splitlines())) <= 100
