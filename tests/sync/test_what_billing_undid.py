"""Reversals, holds and regroupings, one after the other: nothing is paid or taken back twice."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from bridge.desk.facts import Fact, FactDesk, Statement
from bridge.store.push_states import PushState
from tests.acceptance.town import T0, Town, hours, town
from tests.servers import Sandbox
from tests.sync.test_audit import by_hand, credited, deed, desk, difference, later
from tests.sync.test_lost_store import again, statuses


@pytest.fixture
def place(tmp_path: Path, panel: Sandbox) -> Iterator[Town]:
    """A town in which customer 1 has been given 40.00 for 80 hours."""
    with town(tmp_path, customers=9, running=panel) as one:
        credited(one)
        yield one


def say(place: Town, text: str) -> None:
    """Staff write a tag on the first ticket."""
    [first, *_] = place.store.ledger.lines_of_client(1)
    place.staff("tag", ticket=first.ticket_ids[0], text=text, operator=31)
    later(place)


def record(place: Town, ticket: int, what: str, value: str) -> None:
    """Staff record a fact by the command."""
    facts = FactDesk(place.store, place.cycle.parts.rulebook, place.clock)
    facts.record(Statement(ticket=str(ticket), what=Fact(what), by="Ana", value=value))
    later(place)


def net(place: Town) -> Decimal:
    return sum((amount for amount, _ in place.balances(1)), Decimal(0))


def test_a_reversal_that_is_held_takes_nothing_back(place: Town) -> None:
    say(place, "#no-atribuible")
    desk(place).hold(["RC-1/R1"], deed(place))
    say(place, "#atribuible")
    later(place, 2)

    assert net(place) == -40
    assert statuses(place)["RC-1/R1"] == "voided"


def test_a_charge_is_made_once_while_its_reversal_is_held(place: Town) -> None:
    say(place, "#no-atribuible")
    desk(place).set_amount("RC-1/X1", Decimal("100.00"), deed(place))
    desk(place).approve(["RC-1/X1"], deed(place))
    later(place, 2)
    say(place, "#atribuible")
    [reversal] = [name for name, status in statuses(place).items() if "/R" in name and "proposed" in status]
    desk(place).hold([reversal], deed(place))
    say(place, "#no-atribuible")
    later(place, 2)

    assert [name for name in statuses(place) if "/X" in name] == ["RC-1/X1"]


def test_what_is_gone_from_the_panel_is_not_taken_back(place: Town) -> None:
    say(place, "#no-atribuible")
    assert statuses(place)["RC-1/R1"] == "reversal_proposed"
    by_hand(place, "DELETE FROM saldos")
    later(place, 2)

    assert statuses(place)["RC-1/C1"] == "voided"
    assert statuses(place)["RC-1/R1"] == "voided"
    assert net(place) == 0


def test_a_credit_deleted_beside_its_reversal_stays_listed(place: Town) -> None:
    say(place, "#no-atribuible")
    desk(place).approve(["RC-1/R1"], deed(place))
    later(place, 2)
    by_hand(place, "DELETE FROM saldos WHERE monto < 0")
    later(place, 3)

    assert net(place) == 40
    assert difference(place) == ["differs/RC-1/C1/gone"]
    assert statuses(place)["RC-1/C1"] == "held"


def test_a_credit_put_back_is_taken_back_by_the_reversal_of_the_one_before(place: Town) -> None:
    say(place, "#no-atribuible")
    desk(place).approve(["RC-1/R1"], deed(place))
    later(place, 2)
    by_hand(place, "DELETE FROM saldos WHERE monto < 0")
    later(place, 2)
    desk(place).approve(["RC-1/C1"], deed(place))
    later(place, 2)
    say(place, "#no-atribuible")

    assert net(place) == 0
    assert [name for name in statuses(place) if "/R" in name] == ["RC-1/R1"]


def test_a_proposed_reversal_follows_an_amount_corrected_on_the_panel(place: Town) -> None:
    say(place, "#no-atribuible")
    by_hand(place, "UPDATE saldos SET monto = -25")
    later(place)
    desk(place).set_amount("RC-1/C1", Decimal("25.00"), deed(place))
    say(place, "#no-atribuible")

    proposals = {
        line.credit_id: (str(line.status), str(line.amount))
        for line in place.store.ledger.lines_of_client(1)
        if "/R" in line.credit_id
    }
    assert proposals == {"RC-1/R1": ("voided", "40.00"), "RC-1/R2": ("reversal_proposed", "25.00")}


def test_after_a_put_back_a_lost_store_posts_nothing_more(place: Town, tmp_path: Path) -> None:
    by_hand(place, "DELETE FROM saldos")
    later(place)
    desk(place).approve(["RC-1/C1"], deed(place))
    later(place, 2)
    with again(place, tmp_path / "new") as second:
        later(second, 3)

        assert net(second) == -40
        assert statuses(second) == {"RC-1/C1": "voided", "RC-1/C2": "posted"}
        assert difference(second) == []


def test_numbers_with_a_gap_are_counted_on_from_the_highest(place: Town, tmp_path: Path) -> None:
    by_hand(place, "UPDATE saldos SET descripcion = replace(descripcion, '/C1]', '/C3]'), monto = -10")
    with again(place, tmp_path / "new") as second:
        later(second, 3)

        found = {line.credit_id: (str(line.status), str(line.amount)) for line in second.store.ledger.lines()}
        assert found == {
            "RC-1/C1": ("voided", "40.00"),
            "RC-1/C3": ("posted", "10.00"),
            "RC-1/C4": ("awaiting_approval", "30.00"),
        }


@pytest.mark.parametrize("amount", ["5", "0"])
def test_a_balance_of_the_wrong_sign_or_of_nothing_stops_one_credit_only(
    place: Town, tmp_path: Path, amount: str
) -> None:
    by_hand(place, "UPDATE saldos SET monto = ?", amount)
    with again(place, tmp_path / "new") as second:
        later(second, 2)

        assert len(second.store.outbox.in_states(PushState.PARKED)) == 1
        assert net(second) == Decimal(amount)


def test_a_hold_goes_with_the_money_to_another_report(tmp_path: Path, panel: Sandbox) -> None:
    with town(tmp_path, customers=9, running=panel) as place:
        first = place.ticket(1, T0)
        place.sync(T0 + hours(0.1))
        place.staff("close", T0 + hours(5), ticket=first, reason="Listo", operator=31)
        second = place.ticket(1, T0 + hours(6), subject="Otra vez", body="Sigue igual")
        place.sync(T0 + hours(6.1))
        place.staff("close", T0 + hours(90), ticket=second, reason="Listo", operator=31)
        place.sync(T0 + hours(90.1))
        desk(place).hold(["RC-2/C1"], deed(place))
        record(place, second, "kind", "no_access")
        later(place, 2)

        assert statuses(place) == {"RC-1/C1": "held", "RC-2/C1": "voided"}
        assert place.store.ledger.line("RC-1/C1").facts["decided_by"] == "Ana"
        assert place.balances(1) == []


def test_what_was_no_fault_for_a_while_goes_out_under_a_new_number(tmp_path: Path, panel: Sandbox) -> None:
    with town(tmp_path, customers=9, running=panel, routes=", credit: [manual]") as place:
        ticket = place.ticket(1, T0)
        place.sync(T0 + hours(0.1))
        place.staff("close", T0 + hours(80), ticket=ticket, reason="Listo", operator=31)
        place.sync(T0 + hours(80.5))
        assert statuses(place) == {"RC-1/C1": "due"}
        record(place, ticket, "kind", "enquiry_billing")
        assert statuses(place) == {"RC-1/C1": "held"}
        record(place, ticket, "kind", "no_access")

        assert statuses(place) == {"RC-1/C1": "voided", "RC-1/C2": "due"}
        open_lines = [line.push_key for line in place.store.worklist.open_lines() if line.kind == "credit"]
        assert open_lines == ["RC-1/C2"]


def test_one_outage_told_apart_after_it_was_paid_is_a_persons_matter(tmp_path: Path, panel: Sandbox) -> None:
    with town(tmp_path, customers=9, running=panel) as place:
        first = place.ticket(1, T0)
        place.sync(T0 + hours(0.1))
        place.staff("close", T0 + hours(5), ticket=first, reason="Listo", operator=31)
        second = place.ticket(1, T0 + hours(20))
        place.sync(T0 + hours(20.1))
        place.staff("close", T0 + hours(101), ticket=second, reason="Listo", operator=31)
        place.sync(T0 + hours(101.1))
        later(place)
        assert net(place) == -40
        record(place, first, "kind", "low_speed")
        later(place, 2)

        assert net(place) == -40
        assert statuses(place) == {"RC-1/C1": "posted", "RC-2/C1": "awaiting_approval"}


def test_an_amount_that_billing_set_lower_is_not_topped_up(tmp_path: Path, panel: Sandbox) -> None:
    config = "limits: {approval_above: 30.00}\n"
    with town(tmp_path, customers=9, running=panel, config=config) as place:
        ticket = place.ticket(1, T0)
        place.sync(T0 + hours(0.1))
        place.staff("close", T0 + hours(80), ticket=ticket, reason="Listo", operator=31)
        place.sync(T0 + hours(80.5))
        desk(place).set_amount("RC-1/C1", Decimal("25.00"), deed(place))
        desk(place).approve(["RC-1/C1"], deed(place))
        later(place, 2)
        say(place, "Gracias")
        later(place)

        assert net(place) == -25
        assert statuses(place) == {"RC-1/C1": "posted"}


def test_a_lost_store_proposes_to_take_back_what_it_would_not_give(place: Town, tmp_path: Path) -> None:
    ticket = place.store.ledger.lines()[0].ticket_ids[0]
    place.staff("tag", ticket=ticket, text="#no-atribuible", operator=31)
    with again(place, tmp_path / "new") as second:
        later(second, 2)

        found = statuses(second)
        assert (found["RC-1/C1"], found["RC-1/R1"]) == ("posted", "reversal_proposed")
        assert net(second) == -40


def test_a_lost_store_knows_what_was_taken_back(place: Town, tmp_path: Path) -> None:
    say(place, "#no-atribuible")
    desk(place).approve(["RC-1/R1"], deed(place))
    later(place, 2)
    with again(place, tmp_path / "new") as second:
        later(second, 3)

        found = statuses(second)
        assert (found["RC-1/C1"], found["RC-1/R1"]) == ("posted", "posted")
        assert [name for name in found if "/R" in name] == ["RC-1/R1"]
        assert net(second) == 0


def test_what_was_earned_while_a_credit_was_held_follows_its_approval(tmp_path: Path, panel: Sandbox) -> None:
    stopped = "limits: {amount_per_cycle: 1.00}\n"
    with town(tmp_path, customers=9, running=panel, config=stopped) as place:
        ticket = place.ticket(1, T0)
        place.sync(T0 + hours(0.1))
        place.staff("close", T0 + hours(80), ticket=ticket, reason="Listo", operator=31)
        place.sync(T0 + hours(80.5))
        desk(place).hold(["RC-1/C1"], deed(place))
        place.staff("reopen", T0 + hours(90), ticket=ticket, operator=31)
        place.sync(T0 + hours(90.1))
        place.staff("close", T0 + hours(111), ticket=ticket, reason="Listo", operator=31)
        place.sync(T0 + hours(111.1))
        desk(place).approve(["RC-1/C1"], deed(place))
        later(place, 2)

        found = {line.credit_id: (str(line.status), str(line.amount)) for line in place.store.ledger.lines()}
        assert found == {"RC-1/C1": ("posted", "40.00"), "RC-1/C2": ("due", "260.00")}


def test_a_reversal_once_held_and_dropped_is_proposed_again(place: Town) -> None:
    say(place, "#no-atribuible")
    desk(place).hold(["RC-1/R1"], deed(place))
    say(place, "#atribuible")
    say(place, "#no-atribuible")

    assert statuses(place)["RC-1/R1"] == "voided"
    assert statuses(place)["RC-1/R2"] == "reversal_proposed"


def test_a_decision_while_the_panel_is_looked_at_stops_nothing(
    place: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_hand(place, "DELETE FROM saldos")
    later(place)
    looked = place.cycle.parts.books.marked

    def slowly(since: date) -> object:
        monkeypatch.undo()
        desk(place).approve(["RC-1/C1"], deed(place))
        return looked(since)

    monkeypatch.setattr(place.cycle.parts.books, "marked", slowly)
    later(place, 2)

    assert statuses(place) == {"RC-1/C1": "voided", "RC-1/C2": "posted"}
