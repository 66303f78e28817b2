"""What people decide about money and pushes by hand: nothing goes out twice, too much, or without a word."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import suppress
from decimal import Decimal
from pathlib import Path

import pytest

from bridge.desk.credits import BillingDesk
from bridge.desk.person import Deed
from bridge.desk.pushes import discard, retry, work_done
from bridge.domain.decisions import Line
from bridge.errors import UsageFault
from bridge.store.push_states import PushState
from tests.acceptance.town import T0, Town, hours, town
from tests.servers import Sandbox

GUARDED = "limits: {amount_per_cycle: 1.00}\n"


@pytest.fixture
def stopped(tmp_path: Path, panel: Sandbox) -> Iterator[Town]:
    """Customer 1 is owed 40.00 for 80 hours, and a money guard keeps them back."""
    with town(tmp_path, customers=3, running=panel, config=GUARDED) as place:
        close_after(place, 80)
        assert place.balances(1) == []
        yield place


def close_after(place: Town, after: float, customer: int = 1) -> int:
    ticket = place.ticket(customer, T0)
    place.sync(T0 + hours(0.1))
    place.staff("tag", T0 + hours(1), ticket=ticket, text="#sin-servicio", operator=31)
    place.staff("close", T0 + hours(after), ticket=ticket, reason="Listo", operator=31)
    place.sync(T0 + hours(after + 0.5))
    return ticket


def later(place: Town, times: int = 1) -> None:
    for _ in range(times):
        place.sync(place.clock.now() + hours(0.1))


def deed(place: Town) -> Deed:
    return Deed(by="Ana", at=place.clock.now(), reason="lo revisé")


def desk(place: Town) -> BillingDesk:
    return BillingDesk(place.store, place.cycle.parts.rulebook)


def line(place: Town, credit_id: str) -> Line:
    found = place.store.ledger.line(credit_id)
    assert found is not None
    return found


def first_credit(place: Town) -> str:
    return place.store.ledger.lines_of_client(1)[0].credit_id


def state(place: Town, key: str) -> PushState:
    row = place.store.outbox.get(key)
    assert row is not None
    return row.state


def again(place: Town, key: str) -> None:
    retry(place.store, key, "Ana", place.clock.now())


def amounts(place: Town, customer: int = 1) -> list[str]:
    return [str(amount) for amount, _ in place.balances(customer)]


def listed(place: Town) -> list[str]:
    return [one.key for one in place.store.worklist.open_lines()]


@pytest.mark.parametrize(
    ("decision", "way_out"), [("void", "given up for good"), ("hold", "credits approve")]
)
def test_the_push_of_a_credit_that_is_not_owed_cannot_be_sent_again(
    stopped: Town, decision: str, way_out: str
) -> None:
    credit = first_credit(stopped)
    getattr(desk(stopped), decision)([credit], deed(stopped))

    with pytest.raises(UsageFault, match=way_out):
        again(stopped, credit)
    later(stopped, 2)

    assert amounts(stopped) == []
    assert state(stopped, credit) is PushState.DISCARDED


def test_a_push_discarded_by_hand_goes_out_by_approval_of_its_credit(stopped: Town) -> None:
    credit = first_credit(stopped)
    discard(stopped.store, credit, deed(stopped))

    with pytest.raises(UsageFault, match="credits approve"):
        again(stopped, credit)
    desk(stopped).approve([credit], deed(stopped))
    later(stopped)

    assert amounts(stopped) == ["-40.00"]


def test_a_push_under_way_whose_credit_was_given_up_is_not_sent(stopped: Town) -> None:
    credit = first_credit(stopped)
    desk(stopped).void([credit], deed(stopped))
    stopped.store.outbox.move(credit, PushState.IN_DOUBT, at=stopped.clock.now(), actor="Ana")

    later(stopped, 2)

    assert amounts(stopped) == []
    assert state(stopped, credit) is PushState.DISCARDED


def test_money_of_a_credit_that_was_given_up_is_listed_and_stops_no_cycle(stopped: Town) -> None:
    credit = first_credit(stopped)
    text = stopped.store.outbox.get(credit)
    assert text is not None
    desk(stopped).void([credit], deed(stopped))
    stopped.staff("add_saldo", customer=1, amount="-40.00", text=text.push.text)
    stopped.store.outbox.move(credit, PushState.IN_DOUBT, at=stopped.clock.now(), actor="Ana")

    later(stopped, 2)

    assert line(stopped, credit).status == "voided"
    assert [one for one in listed(stopped) if one.startswith(f"differs/{credit}/")]
    assert state(stopped, credit) is PushState.VERIFIED


@pytest.fixture
def in_doubt(tmp_path: Path, panel: Sandbox, extended_mappings: Path) -> Iterator[Town]:
    """Over HTTP: 40.00 stand on the panel, the answer was lost, and so was the look: the push is parked."""
    with town(
        tmp_path,
        customers=2,
        running=panel,
        read="api",
        http_only=True,
        mappings=extended_mappings,
        routes=", credit: [api]",
    ) as place:
        place.panel.control("switches", {"extension": True})
        place.panel.control("faults", {"command": "NewBalance", "kind": "drop_after", "times": 1})
        ticket = place.ticket(1, T0)
        place.sync(T0 + hours(0.1))
        place.staff("close", T0 + hours(80), ticket=ticket, reason="Listo", operator=31)
        place.sync(T0 + hours(80.5))
        place.panel.control("faults", {"command": "ListBalances", "kind": "http500", "times": 50})
        later(place)
        assert state(place, first_credit(place)) is PushState.PARKED
        assert len(amounts(place)) == 1
        yield place


def panel_is_well(place: Town) -> None:
    place.panel.control("faults/clear", {})


@pytest.mark.parametrize("not_there", [False, True])
def test_what_may_have_arrived_is_looked_for_before_it_is_sent_again(in_doubt: Town, not_there: bool) -> None:
    credit = first_credit(in_doubt)
    retry(in_doubt.store, credit, "Ana", in_doubt.clock.now(), not_there=not_there)
    panel_is_well(in_doubt)

    later(in_doubt, 2)

    assert len(amounts(in_doubt)) == 1
    assert state(in_doubt, credit) is PushState.VERIFIED
    assert line(in_doubt, credit).status == "posted"


def test_what_nobody_can_see_goes_again_only_on_the_word_of_a_person_who_looked(in_doubt: Town) -> None:
    credit = first_credit(in_doubt)
    in_doubt.panel.control("faults", {"command": "NewBalance", "kind": "refuse"})

    again(in_doubt, credit)
    later(in_doubt)
    assert state(in_doubt, credit) is PushState.PARKED
    assert f"push/{credit}" in listed(in_doubt)

    retry(in_doubt.store, credit, "Ana", in_doubt.clock.now(), not_there=True)
    later(in_doubt)
    row = in_doubt.store.outbox.get(credit)
    assert row is not None
    assert (row.attempts, row.state) == (2, PushState.PARKED)  # sent, and refused this time


def test_a_credit_at_a_customer_who_is_the_same_person_is_over_when_it_is_ticked_off(stopped: Town) -> None:
    credit = first_credit(stopped)
    push = stopped.store.outbox.get(credit)
    assert push is not None
    stopped.staff("add_saldo", customer=2, amount="-40.00", text=push.push.text)
    desk(stopped).approve([credit], deed(stopped))
    later(stopped)
    [parked] = [one for one in stopped.store.worklist.open_lines() if one.key == f"push/{credit}"]

    work_done(stopped.store, parked.line_id, "Ana", stopped.clock.now())
    later(stopped, 4)

    assert f"push/{credit}" not in listed(stopped)
    assert state(stopped, credit) is PushState.DISCARDED
    assert [one.status for one in stopped.store.ledger.lines_of_client(1)] == ["voided"]
    assert (amounts(stopped, 1), amounts(stopped, 2)) == ([], ["-40.00"])


@pytest.fixture
def credited(tmp_path: Path, panel: Sandbox) -> Iterator[Town]:
    """Customer 1 has 40.00 on the panel, which wait for an invoice."""
    with town(tmp_path, customers=3, running=panel) as place:
        close_after(place, 80)
        assert amounts(place) == ["-40.00"]
        yield place


def by_hand(place: Town, statement: str) -> None:
    """Change the panel's tables as somebody with the database open would."""
    path = place.panel.database_url.removeprefix("sqlite:///")
    with sqlite3.connect(path) as connection:
        connection.execute(statement)
    connection.close()


def set_amount(place: Town, credit: str, amount: str) -> None:
    desk(place).set_amount(credit, Decimal(amount), deed(place))


def attributed(place: Town, ticket: int, to: str) -> None:
    place.staff(
        "tag", ticket=ticket, text={"customer": "#no-atribuible", "isp": "#atribuible"}[to], operator=31
    )
    later(place)


def reversal(place: Town) -> tuple[str, str]:
    """The credit of customer 1, and the reversal that is proposed for it."""
    credit = first_credit(place)
    attributed(place, line(place, credit).ticket_ids[0], "customer")
    [proposed] = [one.credit_id for one in place.store.ledger.lines_of_client(1) if one.type == "reversal"]
    assert line(place, proposed).status == "reversal_proposed"
    return credit, proposed


def test_a_reversal_takes_back_no_more_than_the_credit(credited: Town) -> None:
    """C-13."""
    _, proposed = reversal(credited)
    desk(credited).hold([proposed], deed(credited))

    with pytest.raises(UsageFault, match=r"40\.00 stand on the panel.*C-13"):
        set_amount(credited, proposed, "40.01")
    set_amount(credited, proposed, "25.00")
    desk(credited).approve([proposed], deed(credited))
    later(credited)

    assert amounts(credited) == ["-40.00", "25.00"]


def test_a_reversal_of_a_charge_takes_back_no_more_than_the_charge(credited: Town) -> None:
    """X-4."""
    ticket = credited.ticket(2, credited.clock.now())
    later(credited)
    attributed(credited, ticket, "customer")
    credited.staff("close", ticket=ticket, reason="Listo", operator=31)
    later(credited)
    charge = f"RC-{ticket}/X1"
    set_amount(credited, charge, "100.00")
    desk(credited).approve([charge], deed(credited))
    later(credited)
    assert amounts(credited, 2) == ["100.00"]
    attributed(credited, ticket, "isp")
    desk(credited).hold([f"RC-{ticket}/R1"], deed(credited))

    with pytest.raises(UsageFault, match=r"100\.00 stand on the panel"):
        set_amount(credited, f"RC-{ticket}/R1", "100.01")


def test_a_reversal_of_a_credit_that_was_edited_on_the_panel_is_not_released_as_it_was(
    credited: Town,
) -> None:
    """C-13."""
    credit, proposed = reversal(credited)
    by_hand(credited, "UPDATE saldos SET monto = -25")
    later(credited)
    set_amount(credited, credit, "25.00")

    with suppress(UsageFault):
        desk(credited).approve([proposed], deed(credited))
    later(credited)

    assert sum(amount for amount, _ in credited.balances(1)) <= 0


def test_a_credit_that_is_gone_is_not_taken_back(credited: Town) -> None:
    """C-13."""
    _, proposed = reversal(credited)
    by_hand(credited, "DELETE FROM saldos")
    later(credited)

    with pytest.raises(UsageFault):
        desk(credited).approve([proposed], deed(credited))
    later(credited)

    assert amounts(credited) == []


def test_the_credits_of_a_report_are_never_set_above_one_monthly_price(
    tmp_path: Path, panel: Sandbox
) -> None:
    """C-10."""
    with town(tmp_path, customers=1, running=panel, config="limits: {approval_above: 100.00}\n") as place:
        ticket = close_after(place, 80)
        place.staff("reopen", ticket=ticket)
        later(place)
        place.sync(T0 + hours(200))
        first, second = place.store.ledger.lines_of_client(1)
        assert (first.status, str(first.amount)) == ("posted", "40.00")
        assert (second.status, str(second.amount)) == ("awaiting_approval", "260.00")

        with pytest.raises(UsageFault, match=r"here 300\.00, and 40\.00 of it .*C-10"):
            set_amount(place, second.credit_id, "260.01")
        set_amount(place, second.credit_id, "200.00")
        set_amount(place, second.credit_id, "260.00")


def test_approving_a_credit_whose_push_is_parked_says_what_stops_it(stopped: Town) -> None:
    credit = first_credit(stopped)
    push = stopped.store.outbox.get(credit)
    assert push is not None
    stopped.staff("add_saldo", customer=2, amount="-40.00", text=push.push.text)
    desk(stopped).approve([credit], deed(stopped))
    later(stopped)

    with pytest.raises(UsageFault, match=rf"another customer: 2.*bridge outbox retry {credit}"):
        desk(stopped).approve([credit], deed(stopped))


def test_approving_a_credit_that_a_person_is_to_enter_says_so(tmp_path: Path, panel: Sandbox) -> None:
    with town(tmp_path, customers=1, running=panel, routes=", credit: [manual]") as place:
        close_after(place, 80)

        with pytest.raises(UsageFault, match="a person enters it in the panel"):
            desk(place).approve([first_credit(place)], deed(place))


def test_what_was_held_and_approved_can_be_held_again_before_it_is_sent(stopped: Town) -> None:
    credit = first_credit(stopped)
    desk(stopped).hold([credit], deed(stopped))
    desk(stopped).approve([credit], deed(stopped))

    desk(stopped).hold([credit], deed(stopped))
    later(stopped, 2)

    assert amounts(stopped) == []
    assert line(stopped, credit).status == "held"
    desk(stopped).approve([credit], deed(stopped))
    later(stopped)
    assert amounts(stopped) == ["-40.00"]


def test_an_edited_amount_is_believed_of_a_credit_that_waits_for_an_invoice_in_vain(credited: Town) -> None:
    """C-12."""
    credit = first_credit(credited)
    now = T0 + hours(24 * 70)
    credited.panel.control("clock", {"set": now.isoformat(), "billing": False})
    credited.clock.set(now)
    later(credited)
    assert line(credited, credit).reason == "no_next_invoice"
    by_hand(credited, "UPDATE saldos SET monto = -25")
    later(credited)
    assert listed(credited) == [f"differs/{credit}/amount"]

    set_amount(credited, credit, "25.00")
    later(credited)

    assert listed(credited) == []
    assert (line(credited, credit).status, str(line(credited, credit).amount)) == ("held", "25.00")


def reversed_on_an_invoice(place: Town) -> str:
    _, proposed = reversal(place)
    desk(place).approve([proposed], deed(place))
    later(place)
    place.bill()
    later(place)
    assert line(place, proposed).status == "reversed"
    return proposed


def test_an_edited_amount_is_believed_of_a_reversal_on_an_invoice(credited: Town) -> None:
    proposed = reversed_on_an_invoice(credited)
    by_hand(credited, "UPDATE saldos SET monto = 25 WHERE monto = 40")
    later(credited)
    assert listed(credited) == [f"differs/{proposed}/amount"]

    set_amount(credited, proposed, "25.00")
    later(credited)

    assert listed(credited) == []
    assert str(line(credited, proposed).amount) == "25.00"


def test_a_reversal_whose_invoice_was_cancelled_is_listed_with_what_a_person_can_do(credited: Town) -> None:
    """Issued corrections cannot be released a second time: the text tells of another way."""
    credited.panel.control("switches", {"cancel_releases_saldos": False})
    proposed = reversed_on_an_invoice(credited)
    [invoice] = credited.invoices(1)
    credited.staff("cancel_invoice", invoice=invoice["id"])
    later(credited)

    [text] = [
        one.text
        for one in credited.store.worklist.open_lines()
        if one.key == f"differs/{proposed}/invoice_gone"
    ]
    assert "agréguela a mano" in text
    assert "bridge credits" not in text
