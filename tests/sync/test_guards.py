"""The guards: money waits for a person while the rest goes on; a doubtful panel or clock stops everything."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bridge.bootstrap import Bridge
from bridge.domain.decisions import CreditStatus
from bridge.domain.events import Event, EventKind
from bridge.errors import GuardStopped, UsageFault
from bridge.store.push_states import PushState
from bridge.sync.decide import approved
from tests.acceptance.town import T0, Town, hours, town


def month_each(place: Town, customers: int) -> None:
    """Everybody's fault passes 96 h, each credit being 300.00."""
    for number in range(1, customers + 1):
        place.ticket(number, T0)
    for at in (0, 3, 49, 97):
        place.sync(T0 + hours(at))


@pytest.mark.parametrize(
    ("limits", "posted"),
    [
        ("credits_per_cycle: 2", 2),
        ("credits_per_cycle: 1", 0),
        ("amount_per_cycle: 600.00", 2),
        ("amount_per_cycle: 599.99", 0),
    ],
)
def test_over_a_money_limit_no_money_moves_while_escalation_goes_on(
    tmp_path: Path, limits: str, posted: int
) -> None:
    with town(tmp_path, customers=2, config=f"limits: {{{limits}}}\n") as place:
        month_each(place, 2)

        report = place.reports[-1]
        assert len(place.store.ledger.lines({CreditStatus.POSTED})) == posted
        assert report.exit_code == (0 if posted else 3)
        assert len(report.guards) == (0 if posted else 1)
        assert {row.level for row in place.store.incidents.open()} == {3}


def test_a_person_releases_what_the_money_guard_holds(tmp_path: Path) -> None:
    with town(tmp_path, customers=2, config="limits: {credits_per_cycle: 1}\n") as place:
        month_each(place, 2)
        for line in place.store.ledger.lines({CreditStatus.DUE}):
            place.store.ledger.record(approved(line, "Ana"), at=place.clock.now(), actor="Ana")

        report = place.sync(T0 + hours(97.5))

        assert report.exit_code == 0
        assert [str(amount) for number in (1, 2) for amount, _ in place.balances(number)] == ["-300.00"] * 2


def test_a_single_amount_above_the_limit_waits_and_stops_nothing(tmp_path: Path) -> None:
    """C-12, design section 4: it waits as awaiting_approval; the cycle is a good one."""
    with town(tmp_path, customers=1, config="limits: {approval_above: 299.99}\n") as place:
        month_each(place, 1)

        [line] = place.store.ledger.lines()
        assert (line.status, line.reason, str(line.amount)) == (
            "awaiting_approval",
            "above_approval",
            "300.00",
        )
        assert place.reports[-1].exit_code == 0
        assert place.balances(1) == []


def test_more_pushes_than_a_cycle_may_send_wait_oldest_deadline_first(tmp_path: Path) -> None:
    with town(tmp_path, customers=3, config="limits: {pushes_per_cycle: 1}\n") as place:
        for number in (1, 2, 3):
            place.ticket(number, T0 + timedelta(minutes=number))

        sent = [place.sync(T0 + hours(0.1 + number / 10)).pushed["sent"] for number in range(4)]

        assert sent == [1, 1, 1, 0]
        assert len(place.store.outbox.in_states(PushState.VERIFIED)) == 3


def test_a_clock_that_runs_backwards_stops_the_cycle(tmp_path: Path) -> None:
    with town(tmp_path, customers=1) as place:
        place.ticket(1, T0)
        place.sync(T0 + hours(5))
        place.clock.set(T0 + hours(4))

        with pytest.raises(GuardStopped) as caught:
            place.cycle.sync()

        assert (caught.value.guard, caught.value.exit_code) == ("clock_backwards", 2)


def test_a_shrunken_list_is_accepted_when_a_person_says_so(tmp_path: Path) -> None:
    with town(tmp_path, customers=20, read="api") as place:
        place.sync()
        for number in range(1, 11):
            place.panel.control("staff", {"action": "retire_customer", "customer": number})
        place.panel.control(
            "faults", {"kind": "shrunken_list", "command": "GetAllClients", "fraction": 0.5, "times": None}
        )

        with pytest.raises(GuardStopped):
            place.sync(T0 + hours(1))
        report = place.cycle.sync(accept_shrink=True)

        assert report.exit_code == 0


def test_a_manual_assignment_wins_until_the_level_rises(tmp_path: Path) -> None:
    """L-1, L-6: a person's choice is recorded and respected; the next level brings its own technician."""
    with town(tmp_path, customers=1) as place:
        ticket = place.ticket(1, T0)
        owners = []
        for at, deed in ((0, None), (1, 13), (1.5, None), (3, None), (3.5, None)):
            if deed:
                place.staff("assign", ticket=ticket, technician=deed)
            place.sync(T0 + hours(at))
            row = place.store.incidents.by_ticket(ticket)
            assert row is not None
            owners.append(row.technician_id)

        assert owners == [11, 13, 13, 21, 21]


def test_a_credit_voided_in_time_never_reaches_the_panel(tmp_path: Path) -> None:
    """C-13: attributed to somebody else while the money guard held it back."""
    with town(tmp_path, customers=2, config="limits: {credits_per_cycle: 1}\n") as place:
        month_each(place, 2)
        place.staff("tag", ticket=1, text="#no-atribuible tercero", operator=31)

        report = place.sync(T0 + hours(98))

        lines = {line.client_id: line for line in place.store.ledger.lines()}
        assert (lines[1].status, lines[1].reason) == ("voided", "attribution_changed")
        assert place.balances(1) == []
        assert (report.exit_code, lines[2].status) == (0, "posted")
        assert replace(lines[2], facts={}).amount == lines[1].amount


def test_a_credit_that_no_invoice_takes_up_is_held_and_never_posted_twice(tmp_path: Path) -> None:
    """C-12: after 62 days billing is told; an invoice that comes late all the same ends it."""
    with town(tmp_path, customers=1) as place:
        month_each(place, 1)
        place.panel.control("staff", {"action": "pay_day", "customer": 1, "pay_day": 31})
        place.panel.control("clock", {"set": (T0 + hours(24 * 80)).isoformat(), "billing": False})
        place.clock.set(T0 + hours(24 * 80))

        place.cycle.sync()
        held = place.store.ledger.lines()
        place.bill()
        place.cycle.sync()
        ended = place.store.ledger.lines()

        assert [(line.status, line.reason) for line in held] == [("held", "no_next_invoice")]
        assert [(line.status, line.reason, line.invoice_ids) for line in ended] == [
            ("invoiced", "month", (1,))
        ]
        assert [str(amount) for amount, _ in place.balances(1)] == ["-300.00"]


def test_a_customer_who_leaves_before_the_credit_is_sent_is_held(tmp_path: Path) -> None:
    """C-12: seen by the database too, though no ticket of theirs is open any more."""
    with town(tmp_path, customers=10, config="limits: {approval_above: 1.00}\n") as place:
        ticket = place.ticket(1, T0)
        place.sync(T0 + hours(1))
        place.staff("close", T0 + hours(80), ticket=ticket)
        place.sync(T0 + hours(81))
        before = [line.status for line in place.store.ledger.lines()]
        place.staff("retire_customer", customer=1)

        place.sync(T0 + hours(82))

        assert before == ["awaiting_approval"]
        assert [(line.status, line.reason) for line in place.store.ledger.lines()] == [
            ("held", "customer_left")
        ]


def test_a_credit_larger_than_the_invoice_is_followed_to_the_next_one(tmp_path: Path) -> None:
    """C-11: the panel carries the rest over, with a text of its own; both invoices are named."""
    with town(tmp_path, customers=1) as place:
        place.staff("add_saldo", customer=1, amount="-120.00", text="Ajuste de mayo")
        month_each(place, 1)
        place.bill()
        place.sync(T0 + hours(98))
        [between] = place.store.ledger.lines()
        place.sync(T0 + hours(24 * 30 + 1))

        [line] = place.store.ledger.lines()
        totals = [invoice["total"] for invoice in place.invoices(1)]
        assert totals == ["0.00", "180.00"]
        assert (between.status, between.invoice_ids) == ("posted", (1,))
        assert (line.status, line.invoice_ids) == ("invoiced", (1, 2))


def test_l_6_the_helper_of_a_visit_is_named_in_an_internal_note(tmp_path: Path) -> None:
    with town(tmp_path, customers=1) as place:
        ticket = place.ticket(1, T0)
        for at in (0, 3, 49):
            place.sync(T0 + hours(at))
        place.staff("tag", T0 + hours(50), ticket=ticket, text="#visita 05/11 16:00", operator=31)

        place.sync(T0 + hours(51))

        [row] = place.panel.control("dump", {"customer": 1, "sections": ["tickets"]})["tickets"]
        last = row["mensajes"][-1]
        assert (last["nota"], row["idsoporte"]) == (1, 31)
        assert "Visita del 05/11/2026 16:00: va Norberto Galindo Sosa, de nivel 2." in last["contenido"]


def test_an_enquiry_that_staff_resolve_is_closed(tmp_path: Path) -> None:
    """I-5: the tag works on enquiries too; the ticket stays listed until the panel shows it closed."""
    with town(tmp_path, customers=1) as place:
        ticket = place.ticket(1, T0, "Factura con error", body="Duda sobre mi factura")
        place.sync(T0 + hours(1))
        place.staff("tag", T0 + hours(2), ticket=ticket, text="#resuelto", operator=11)

        for at in (2.5, 3):
            place.sync(T0 + hours(at))

        [row] = place.panel.control("dump", {"customer": 1, "sections": ["tickets"]})["tickets"]
        found = place.store.incidents.by_ticket(ticket)
        assert (row["estado"], row["dp"]) == ("cerrado", 6)
        assert found is not None
        assert (found.kind, found.ended_at is not None) == ("enquiry_billing", True)


def test_a_shorter_outage_learnt_after_posting_is_listed_and_nothing_is_taken_back(tmp_path: Path) -> None:
    """C-10: more was credited than is earned; billing decides."""
    with town(tmp_path, customers=1) as place:
        ticket = place.ticket(1, T0)
        place.sync(T0 + hours(1))
        place.staff("close", T0 + hours(75), ticket=ticket)
        place.sync(T0 + hours(76))
        restored = (T0 + hours(3)).isoformat()
        said = Event(
            key="fact:restored",
            kind=EventKind.OUTAGE_RESTORED,
            client_id=1,
            ticket_id=ticket,
            at=T0 + hours(77),
            seen_at=T0 + hours(77),
            source="person:Ana",
            data={"restored": restored},
        )
        place.store.events.append([said])
        place.store.incidents.touch(1, T0 + hours(77))

        place.sync(T0 + hours(78))

        [line] = place.store.worklist.open_lines()
        assert line.kind == "overpaid"
        assert line.text.startswith("RC-1: según lo que se sabe ahora se bonificaron 40.00 MXN de más.")
        assert [(one.status, str(one.amount)) for one in place.store.ledger.lines()] == [("posted", "40.00")]


def test_a_store_serves_one_panel(tmp_path: Path) -> None:
    with town(tmp_path, customers=1) as place:
        place.ticket(1, T0)
        place.sync(T0 + hours(1))
        config = tmp_path / "config.yaml"
        config.write_text(config.read_text().replace("panel:\n", "panel:\n  instance: other\n", 1))

        with Bridge.configured(config, {}, place.clock) as other:
            store = other.store()
            with pytest.raises(UsageFault, match="belongs to the panel `default`"):
                other.cycle(store)
