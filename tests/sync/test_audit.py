"""People change the panel by hand: each difference to the ledger is listed, nothing is repaired silently."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from bridge.desk.credits import BillingDesk
from bridge.desk.person import Deed
from bridge.domain.decisions import Line
from bridge.errors import UsageFault
from tests.acceptance.town import T0, Town, hours, town
from tests.servers import Sandbox


@pytest.fixture
def place(tmp_path: Path, panel: Sandbox) -> Iterator[Town]:
    """A town in which customer 1 has been given 40.00 for 80 hours, which wait for an invoice."""
    with town(tmp_path, customers=9, running=panel) as one:
        credited(one)
        yield one


def credited(place: Town, after: float = 80) -> int:
    ticket = place.ticket(1, T0)
    place.sync(T0 + hours(0.1))
    place.staff("tag", T0 + hours(1), ticket=ticket, text="#sin-servicio", operator=31)
    place.staff("close", T0 + hours(after), ticket=ticket, reason="Listo", operator=31)
    place.sync(T0 + hours(after + 0.5))
    assert [str(amount) for amount, _ in place.balances(1)] == ["-40.00"]
    return ticket


def by_hand(place: Town, statement: str, *values: object) -> None:
    """Change the panel's tables as somebody with the database open would."""
    path = place.panel.database_url.removeprefix("sqlite:///")
    with sqlite3.connect(path) as connection:
        connection.execute(statement, values)
    connection.close()


def later(place: Town, times: int = 1) -> None:
    for _ in range(times):
        place.sync(place.clock.now() + timedelta(minutes=5))


def difference(place: Town) -> list[str]:
    return [line.key for line in place.store.worklist.open_lines() if line.kind == "difference"]


def line(place: Town, credit_id: str) -> Line:
    found = place.store.ledger.line(credit_id)
    assert found is not None
    return found


def deed(place: Town) -> Deed:
    return Deed(by="Ana", at=place.clock.now(), reason="lo revisé")


def desk(place: Town) -> BillingDesk:
    return BillingDesk(place.store, place.cycle.parts.rulebook)


def credit_id(place: Town) -> str:
    [one] = place.store.ledger.lines_of_client(1)
    return one.credit_id


def test_nothing_is_listed_while_ledger_and_panel_agree(place: Town) -> None:
    later(place)
    place.bill()
    later(place, 2)

    assert difference(place) == []
    assert line(place, credit_id(place)).status == "invoiced"


def test_a_credit_deleted_by_hand_goes_out_again_once_by_approval(place: Town) -> None:
    first = credit_id(place)
    by_hand(place, "DELETE FROM saldos")
    later(place, 3)

    assert difference(place) == [f"differs/{first}/gone"]
    assert (line(place, first).status, line(place, first).reason) == ("held", "gone_from_panel")
    assert place.balances(1) == []

    desk(place).approve([first], deed(place))
    later(place, 3)

    second = first.replace("/C1", "/C2")
    assert [(amount, text[-len(second) - 2 :]) for amount, text in place.balances(1)] == [
        (Decimal("-40.00"), f"[{second}]")
    ]
    assert (line(place, first).status, line(place, second).status) == ("voided", "posted")
    assert line(place, second).reason == "days"
    assert difference(place) == []
    with pytest.raises(UsageFault):
        desk(place).approve([first], deed(place))


def test_a_deletion_that_was_meant_is_never_earned_again(place: Town) -> None:
    first = credit_id(place)
    by_hand(place, "DELETE FROM saldos")
    later(place)

    desk(place).void([first], deed(place))
    place.staff("reply", ticket=line(place, first).ticket_ids[0], text="Gracias", operator=31)
    later(place, 3)

    assert place.balances(1) == []
    assert [one.status for one in place.store.ledger.lines_of_client(1)] == ["voided"]
    assert difference(place) == []


def test_a_credit_that_comes_back_is_followed_again(place: Town) -> None:
    first = credit_id(place)
    by_hand(place, "UPDATE saldos SET descripcion = replace(descripcion, '[', '<')")
    later(place)
    assert line(place, first).status == "held"

    by_hand(place, "UPDATE saldos SET descripcion = replace(descripcion, '<', '[')")
    later(place)

    assert (line(place, first).status, line(place, first).reason) == ("posted", "days")
    assert difference(place) == []


def test_an_amount_edited_by_hand_is_listed_until_one_side_gives_way(place: Town) -> None:
    first = credit_id(place)
    by_hand(place, "UPDATE saldos SET monto = -25")
    later(place, 2)

    assert difference(place) == [f"differs/{first}/amount"]
    assert str(line(place, first).amount) == "40.00"

    desk(place).set_amount(first, Decimal("25.00"), deed(place))
    later(place)

    assert difference(place) == []
    assert str(line(place, first).amount) == "25.00"
    assert [str(amount) for amount, _ in place.balances(1)] == ["-25.00"]


def test_an_edited_amount_can_be_mended_in_the_panel(place: Town) -> None:
    by_hand(place, "UPDATE saldos SET monto = -25")
    later(place)
    by_hand(place, "UPDATE saldos SET monto = -40")
    later(place)

    assert difference(place) == []
    with pytest.raises(UsageFault):
        desk(place).set_amount(credit_id(place), Decimal("25.00"), deed(place))


def test_a_copy_by_hand_is_listed_until_it_is_deleted(place: Town) -> None:
    first = credit_id(place)
    by_hand(place, COPY, 1)
    later(place, 2)

    assert difference(place) == [f"differs/{first}/copies"]
    [listed] = [one for one in place.store.worklist.open_lines() if one.kind == "difference"]
    assert "2 veces" in listed.text
    assert "80.00" in listed.text

    by_hand(place, "DELETE FROM saldos WHERE id = (SELECT max(id) FROM saldos)")
    later(place)

    assert difference(place) == []


COPY = (
    "INSERT INTO saldos (iduser, idorigen, iddestino, estado, monto, fecha, descripcion, codigopasarela) "
    "SELECT ?, idorigen, iddestino, estado, monto, fecha, descripcion, codigopasarela FROM saldos LIMIT 1"
)


def test_a_copy_at_another_customer_is_listed(place: Town) -> None:
    first = credit_id(place)
    by_hand(place, COPY, 2)
    later(place, 2)

    assert difference(place) == [f"differs/{first}/other_client"]

    by_hand(place, "DELETE FROM saldos WHERE iduser = 2")
    later(place)

    assert difference(place) == []


def test_a_credit_moved_to_another_customer_is_gone_here_and_found_there(place: Town) -> None:
    """As when the panel's people merge two customers."""
    first = credit_id(place)
    by_hand(place, "UPDATE saldos SET iduser = 2")
    later(place, 2)

    assert sorted(difference(place)) == [f"differs/{first}/gone", f"differs/{first}/other_client"]


def test_a_marker_that_nobody_wrote_is_listed(place: Town) -> None:
    later(place, 1)
    place.at(T0 + hours(24 * 6))
    place.staff("add_saldo", customer=2, amount="-5.00", text="Cortesía [RC-9999/C1]")
    later(place)

    assert difference(place) == ["differs/RC-9999/C1/unknown"]


@pytest.mark.parametrize("remove", [False, True])
@pytest.mark.parametrize("released", [True, False])
def test_an_invoice_that_vanished_gives_its_credit_back_once(
    place: Town, remove: bool, released: bool
) -> None:
    """Where the panel gives the balance back nothing need be done; where it does not, a person approves."""
    first = credit_id(place)
    place.panel.control("switches", {"cancel_releases_saldos": released})
    place.bill()
    later(place)
    [invoice] = line(place, first).invoice_ids
    if remove:
        place.panel.control("switches", {"delete_invoice": "remove"})
        place.panel.post("/api/v1/DeleteInvoice", {"token": place.panel.token, "idfactura": invoice})
    else:
        place.staff("cancel_invoice", invoice=invoice)
    later(place, 3)

    if released:
        assert (line(place, first).status, line(place, first).invoice_ids) == ("posted", ())
        assert difference(place) == []
    else:
        assert (line(place, first).status, line(place, first).reason) == ("held", "invoice_gone")
        assert difference(place) == [f"differs/{first}/invoice_gone"]
        desk(place).approve([first], deed(place))
        later(place, 2)
    place.at(place.clock.now() + timedelta(days=1))
    place.bill()
    later(place, 2)

    live = [one for one in place.invoices(1) if one["estado"] != "anulado"]
    assert [one["total"] for one in live] == ["260.00"]
    assert difference(place) == []
    assert [one.status for one in place.store.ledger.lines_of_client(1)] == (
        ["invoiced"] if released else ["voided", "invoiced"]
    )


def test_a_deleted_invoice_whose_rest_still_waits_is_not_put_back_whole(place: Town) -> None:
    first = credit_id(place)
    place.panel.control("switches", {"cancel_releases_saldos": False, "delete_invoice": "remove"})
    by_hand(place, "UPDATE tblservicios SET costo = 15")
    place.bill()
    later(place)
    [invoice] = line(place, first).invoice_ids
    place.panel.post("/api/v1/DeleteInvoice", {"token": place.panel.token, "idfactura": invoice})
    later(place, 2)

    assert difference(place) == [f"differs/{first}/part_gone"]
    assert line(place, first).status == "posted"
    with pytest.raises(UsageFault):
        desk(place).approve([first], deed(place))


def test_an_invoice_that_was_paid_before_the_credit_reached_it(place: Town) -> None:
    first = credit_id(place)
    place.bill()
    by_hand(place, "UPDATE facturas SET estado = 'pagado', pago = '2026-11-01'")
    later(place, 2)

    assert difference(place) == [f"differs/{first}/paid_before"]


def test_a_rest_that_the_panel_drops_is_listed(tmp_path: Path, panel: Sandbox) -> None:
    with town(tmp_path, customers=1, running=panel) as place:
        place.panel.control("switches", {"remainder": "lost"})
        credited(place)
        by_hand(place, "UPDATE tblservicios SET costo = 15")
        place.bill()
        later(place, 2)
        first = credit_id(place)

        assert difference(place) == [f"differs/{first}/remainder_lost"]
        [listed] = [one for one in place.store.worklist.open_lines() if one.kind == "difference"]
        assert "22.60" in listed.text  # 40.00 less 15.00 with its tax on top; the tax may be in the price


def test_a_credit_of_somebody_who_left_is_listed_while_it_waits(place: Town) -> None:
    first = credit_id(place)
    place.staff("retire_customer", customer=1)
    later(place, 3)

    assert difference(place) == [f"differs/{first}/client_left"]


def test_what_is_ticked_off_does_not_come_back_until_it_happens_again(place: Town) -> None:
    by_hand(place, COPY, 1)
    later(place)
    [listed] = [one for one in place.store.worklist.open_lines() if one.kind == "difference"]
    place.store.worklist.done(listed.line_id, "Ana", place.clock.now())
    later(place, 2)
    assert difference(place) == []

    by_hand(place, "DELETE FROM saldos WHERE id = (SELECT max(id) FROM saldos)")
    later(place)
    by_hand(place, COPY, 1)
    later(place)

    assert len(difference(place)) == 1


@pytest.mark.parametrize("gone", ["invoice", "row"])
def test_a_credit_put_back_whose_old_balance_counts_again_is_listed(place: Town, gone: str) -> None:
    """It is quiet only while the old balance stands on a dead invoice or nowhere."""
    first = credit_id(place)
    if gone == "invoice":
        place.panel.control("switches", {"cancel_releases_saldos": False})
        place.bill()
        later(place)
        [invoice] = line(place, first).invoice_ids
        place.staff("cancel_invoice", invoice=invoice)
    else:
        by_hand(place, "UPDATE saldos SET descripcion = replace(descripcion, '[', '<')")
    later(place)
    desk(place).approve([first], deed(place))
    later(place, 2)
    assert difference(place) == []

    if gone == "invoice":
        by_hand(place, "UPDATE facturas SET estado = 'No pagado'")
    else:
        by_hand(place, "UPDATE saldos SET descripcion = replace(descripcion, '<', '[')")
    later(place, 2)

    assert difference(place) == [f"differs/{first}/came_back"]
    assert line(place, first).status == "voided"

    by_hand(place, "DELETE FROM saldos WHERE id = (SELECT min(id) FROM saldos)")
    later(place)

    assert difference(place) == []


@pytest.mark.parametrize("billed", [False, True])
def test_a_credit_called_charged_without_an_invoice_goes_out_again_once_by_approval(
    place: Town, billed: bool
) -> None:
    first = credit_id(place)
    if billed:
        place.bill()
        later(place)
        by_hand(place, "DELETE FROM facturas")
    by_hand(place, "UPDATE saldos SET estado = 'cobrado', iddestino = 0")
    later(place, 2)

    assert difference(place) == [f"differs/{first}/taken_off"]
    assert (line(place, first).status, line(place, first).reason) == ("held", "gone_from_panel")

    desk(place).approve([first], deed(place))
    later(place, 2)

    assert [one.status for one in place.store.ledger.lines_of_client(1)] == ["voided", "posted"]
    assert difference(place) == []

    by_hand(place, "UPDATE saldos SET estado = 'no cobrado'")
    later(place)

    assert difference(place) == [f"differs/{first}/came_back"]


def test_a_credit_that_is_held_and_entered_by_a_person_all_the_same_is_listed(
    tmp_path: Path, panel: Sandbox
) -> None:
    with town(tmp_path, customers=1, running=panel, routes=", credit: [manual]") as place:
        ticket = place.ticket(1, T0)
        place.sync(T0 + hours(0.1))
        place.staff("tag", T0 + hours(1), ticket=ticket, text="#sin-servicio", operator=31)
        place.staff("close", T0 + hours(80), ticket=ticket, reason="Listo", operator=31)
        place.sync(T0 + hours(80.5))
        first = credit_id(place)
        desk(place).hold([first], deed(place))
        place.staff("add_saldo", customer=1, amount="-40.00", text=f"Bonificación [{first}]")
        later(place, 2)

        assert difference(place) == [f"differs/{first}/unsent"]

        desk(place).approve([first], deed(place))
        later(place, 2)

        assert [str(amount) for amount, _ in place.balances(1)] == ["-40.00"]
        assert line(place, first).status == "posted"
        assert difference(place) == []
