"""Whom the probe refuses to touch, and what it leaves when things go wrong."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from bridge.doctor import Outcome, Probe, ProbeStep
from bridge.domain.decisions import CreditStatus
from bridge.errors import LeaseHeld, UsageFault
from bridge.store.lease import Lease
from tests.doctor.conftest import NOW, SUBJECT, ZONE, Isp
from tests.servers import Sandbox

WRITING = ("NewTicket", "CreateInvoice", "CreateInvoiceLibre", "PaidInvoice", "NewBalance")


def written(panel: Sandbox) -> list[str]:
    """The commands that have changed something on the panel."""
    return [entry["command"] for entry in panel.control("journal")["entries"] if entry["applied"]]


def pending(isp: Isp) -> Decimal:
    return sum((Decimal(row["monto"]) for row in isp.rows("saldos") if not row["iddestino"]), Decimal(0))


def left(outcome: Outcome) -> list[tuple[str, int | None, bool]]:
    return [(one.what, one.number, one.harmless) for one in outcome.left]


def stopped(outcome: Outcome) -> dict[str, str]:
    return {step.number: step.stopped for step in outcome.record.steps if step.stopped}


@pytest.fixture(autouse=True)
def _clean_journal(isp: Isp) -> None:
    isp.panel.control("journal/clear")


def test_a_customer_who_is_not_there_or_not_active_is_refused(isp: Isp) -> None:
    with isp.bridge() as bridge, pytest.raises(UsageFault, match="no customer 77"):
        Probe.prepared(bridge, 77, with_money=True, despite_open=False)
    isp.panel.control("staff", {"action": "suspend_customer", "customer": SUBJECT})
    with pytest.raises(UsageFault, match="customer 3 is suspended: choose an active one"):
        isp.probe()

    assert written(isp.panel) == []


def test_a_customer_with_an_open_ticket_is_refused_unless_told(isp: Isp) -> None:
    number = isp.ticket(SUBJECT)
    with pytest.raises(UsageFault, match=rf"open tickets \({number}\); --despite-open"):
        isp.probe()
    assert written(isp.panel) == []

    outcome = isp.probe(money=False, despite_open=True)

    assert outcome.exit_code == 0
    assert {row["id"]: row["estado"] for row in isp.rows("tickets")}[number] == "abierto"


def test_an_incident_that_only_the_store_knows_is_refused(isp: Isp) -> None:
    number = isp.ticket(SUBJECT)
    with isp.bridge() as bridge, bridge.store() as store:
        bridge.clock.real = bridge.clock.now  # type: ignore[method-assign]
        bridge.cycle(store).sync()
    isp.panel.control("staff", {"action": "close", "ticket": number})

    with pytest.raises(UsageFault, match="customer 3 has an open incident; --despite-open"):
        isp.probe()


@pytest.mark.parametrize(
    ("at", "refused"), [("03:00", False), ("03:01", True), ("03:59", True), ("04:00", False)]
)
def test_money_is_left_alone_near_the_billing_hour(isp: Isp, at: str, refused: bool) -> None:
    now = datetime.fromisoformat(f"2026-11-25T{at}").replace(tzinfo=ZONE)
    with isp.bridge() as bridge:
        bridge.clock.set(now)  # type: ignore[attr-defined]
        if refused:
            with pytest.raises(UsageFault, match="invoices at 03:30, less than half an hour away"):
                Probe.prepared(bridge, SUBJECT, with_money=True, despite_open=False)
        else:
            Probe.prepared(bridge, SUBJECT, with_money=True, despite_open=False)
        Probe.prepared(bridge, SUBJECT, with_money=False, despite_open=False)

    assert written(isp.panel) == []


def test_no_probe_while_a_cycle_is_at_work_and_no_cycle_while_it_probes(isp: Isp) -> None:
    with isp.bridge() as bridge, bridge.store() as store:
        other = Lease(store.database, "cycle", "elsewhere, process 7")
        other.acquire(bridge.clock.real(), timedelta(minutes=3))
        with pytest.raises(LeaseHeld, match="elsewhere"):
            isp.probe(money=False)
        assert written(isp.panel) == []
        other.release()

        def tell(_: ProbeStep) -> None:
            with pytest.raises(LeaseHeld):
                other.acquire(bridge.clock.real(), timedelta(minutes=3))

        Probe.prepared(bridge, SUBJECT, with_money=False, despite_open=False).run(tell)


def test_a_customer_with_a_balance_of_their_own_gets_no_invoice(isp: Isp) -> None:
    isp.panel.control("staff", {"action": "add_saldo", "customer": SUBJECT, "amount": "-50.00"})

    outcome = isp.probe()

    [skipped] = (step for step in outcome.record.steps if step.number == "1-4")
    assert "pending balances of their own" in skipped.seen[0]
    assert "CreateInvoice" not in written(isp.panel)
    assert pending(isp) == Decimal("-50.00")


def test_a_ticket_whose_answer_was_lost_is_found_and_closed(isp: Isp) -> None:
    isp.panel.control("faults", {"kind": "drop_after", "command": "NewTicket"})

    outcome = isp.probe(money=False)

    [row] = isp.rows("tickets")
    assert (row["estado"], left(outcome)) == ("cerrado", [("ticket", row["id"], True)])
    assert "broke before the answer" in stopped(outcome)["9"]
    assert outcome.exit_code == 3


def test_an_invoice_whose_answer_was_lost_is_named_and_no_other_is_issued(isp: Isp) -> None:
    """Nobody can know whose it is, so it is not deleted."""
    isp.panel.control("faults", {"kind": "drop_after", "command": "CreateInvoice"})

    outcome = isp.probe()

    assert written(isp.panel).count("CreateInvoice") == 1
    assert left(outcome)[0] == ("invoice", 1, False)
    assert "delete it unless somebody else issued it" in outcome.left[0].words
    assert isp.rows("invoices")[0]["estado"] == "No pagado"
    assert (pending(isp), outcome.exit_code) == (Decimal(0), 3)


def test_an_invoice_that_cannot_be_deleted_is_the_last_one(isp: Isp) -> None:
    refusal = {"kind": "refuse", "command": "DeleteInvoice", "times": None, "message": "Sin permiso"}
    isp.panel.control("faults", {**refusal, "match": {"idfactura": 1}})

    outcome = isp.probe()

    assert stopped(outcome)["3a"] == "invoice 1 cannot be deleted, so no other is issued: Sin permiso"
    assert written(isp.panel).count("CreateInvoice") == 1
    assert ("invoice", 1, False) in left(outcome)


def test_one_that_can_be_deleted_at_the_second_try_is(isp: Isp) -> None:
    isp.panel.control("faults", {"kind": "refuse", "command": "DeleteInvoice", "message": "Intente de nuevo"})

    outcome = isp.probe()

    assert {row["estado"] for row in isp.rows("invoices")} == {"anulado"}
    assert all(harmless for _, _, harmless in left(outcome))
    assert outcome.exit_code == 3


def test_a_balance_whose_answer_was_lost_is_evened_out(isp: Isp) -> None:
    isp.configure(database=False, extensions=True, credit=["api"], charge=["api"])
    isp.panel.control("faults", {"kind": "drop_after", "command": "NewBalance"})

    outcome = isp.probe({"extension": True})

    assert [Decimal(row["monto"]) for row in isp.rows("saldos")] == [Decimal("-1.00"), Decimal("1.00")]
    assert all(harmless for _, _, harmless in left(outcome))


def test_balances_that_cannot_be_evened_out_are_told_loudly(isp: Isp) -> None:
    isp.configure(database=False, extensions=True, credit=["api"], charge=["api"])
    isp.panel.control("faults", {"kind": "refuse", "command": "NewBalance", "after": 2, "times": None})

    outcome = isp.probe({"extension": True})

    assert pending(isp) < 0
    assert ("balance", None, False) in left(outcome)
    assert outcome.exit_code == 3


@pytest.mark.parametrize("number", ["9", "10", "3a", "1", "3", "4", "5"])
def test_an_interrupted_probe_still_cleans_up(isp: Isp, number: str) -> None:
    """Ctrl-C comes when a step has just ended."""

    def tell(step: ProbeStep) -> None:
        if step.number == number:
            raise KeyboardInterrupt

    with isp.bridge() as bridge:
        prepared = Probe.prepared(bridge, SUBJECT, with_money=True, despite_open=False)
        with pytest.raises(KeyboardInterrupt):
            prepared.run(tell)

    assert prepared.left[0].what == "ticket"
    assert {row["estado"] for row in isp.rows("tickets")} == {"cerrado"}
    assert {row["estado"] for row in isp.rows("invoices")} <= {"anulado"}
    assert pending(isp) == 0
    with isp.bridge() as bridge, bridge.store() as store:
        Lease(store.database, "cycle", "next").acquire(bridge.clock.real(), timedelta(minutes=3))


@pytest.mark.parametrize("kind", ["html200", "http500", "empty200", "drop_before"])
def test_a_panel_that_fails_from_the_first_invoice_on_leaves_nothing_untold(isp: Isp, kind: str) -> None:
    isp.panel.control("faults", {"kind": kind, "command": "GetInvoice", "times": None})

    outcome = isp.probe()

    assert stopped(outcome)["3a"] != ""
    assert written(isp.panel).count("CreateInvoice") == 1
    assert {row["estado"] for row in isp.rows("invoices")} <= {"anulado"}
    assert outcome.exit_code == 3


def test_passwords_of_customers_appear_nowhere(isp: Isp) -> None:
    outcome = isp.probe()

    customers: list[dict[str, Any]] = isp.panel.control("dump", {"sections": ["customers"]})["customers"]
    secrets = [one["codigo"] for one in customers] + [
        service["ppppass"] for one in customers for service in one["servicios"]
    ]
    told = repr(outcome) + isp.commands.read_text()
    assert len(secrets) > 6
    assert [secret for secret in secrets if secret and secret in told] == []


def test_what_the_probe_leaves_earns_nothing_and_escalates_nothing(isp: Isp) -> None:
    """The next cycle sees a ticket that was closed within seconds."""
    isp.probe()

    with isp.bridge() as bridge, bridge.store() as store:
        bridge.clock.set(NOW + timedelta(minutes=5))  # type: ignore[attr-defined]
        bridge.clock.real = bridge.clock.now  # type: ignore[method-assign]
        report = bridge.cycle(store).sync()
        assert {line.status for line in store.ledger.lines()} == {CreditStatus.REFUSED}

    assert sum(report.pushed.values()) == 0
