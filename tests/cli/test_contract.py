"""The JSON that programs rely on: names, types and lists of design section 5, by both read routes."""

from __future__ import annotations

from datetime import datetime

from .conftest import ZONE, Isp, after

TICKET = {
    "ticket_id",
    "client_id",
    "service_id",
    "report_number",
    "kind",
    "channel",
    "status",
    "level",
    "severe",
    "attribution",
    "opened_at",
    "age_seconds",
    "technician_id",
    "next_deadline",
    "breaches",
}
CREDIT = {
    "credit_id",
    "client_id",
    "service_id",
    "report_number",
    "ticket_ids",
    "type",
    "days",
    "amount",
    "currency",
    "status",
    "reason",
    "invoice_id",
    "marker",
}
REPORT = {
    "started_at",
    "finished_at",
    "clients_polled",
    "tickets_seen",
    "tickets_changed",
    "decisions",
    "pushed",
    "guards",
    "exit_code",
}


def test_a_ticket_in_the_list_has_every_promised_field_and_no_other(isp_by_both: Isp) -> None:
    isp = isp_by_both
    ticket = isp.ticket()
    isp.sync(1)

    [found] = isp("tickets", "list", "--format", "json").json

    assert set(found) == TICKET
    assert found == {
        "ticket_id": ticket,
        "client_id": 1,
        "service_id": 1,
        "report_number": None,
        "kind": "no_access",
        "channel": "portal",
        "status": "open",
        "level": 1,
        "severe": False,
        "attribution": "unknown",
        "opened_at": "2026-11-02T08:00:00-06:00",
        "age_seconds": 3600,
        "technician_id": 11,
        "next_deadline": {"rule": "L-2", "at": "2026-11-02T10:00:00-06:00"},
        "breaches": [],
    }


def test_a_ticket_past_all_its_deadlines_says_so(isp_by_both: Isp) -> None:
    isp = isp_by_both
    ticket = isp.ticket()
    isp.sync(80)

    [found] = isp("tickets", "list", "--open", "--format", "json").json

    assert (found["report_number"], found["level"], found["severe"]) == (f"RC-{ticket}", 3, True)
    assert found["breaches"] == ["level_1_contact", "level_2_call"]
    assert found["next_deadline"] == {"rule": "C-5", "at": after(96).isoformat()}


def test_an_enquiry_has_no_level_and_no_deadline(isp: Isp) -> None:
    isp.ticket(subject="Factura", body="no entiendo mi factura")
    isp.sync(1)

    [found] = isp("tickets", "list", "--format", "json").json

    assert (found["kind"], found["level"], found["next_deadline"]) == ("enquiry_billing", None, None)


def test_the_list_holds_what_is_open_and_what_was_closed_in_the_last_30_days(isp: Isp) -> None:
    old, recent, still_open = (isp.ticket(customer) for customer in (1, 2, 3))
    isp.sync(1)
    isp.at(2)
    isp.staff("close", ticket=old)
    isp.sync(2.5)
    isp.at(24)
    isp.staff("close", ticket=recent)
    isp.sync(25)
    isp.sync(30 * 24 + 3)

    def listed(*options: str) -> dict[int, str]:
        rows = isp("tickets", "list", *options, "--format", "json").json
        return {row["ticket_id"]: row["status"] for row in rows}

    assert listed() == {recent: "closed", still_open: "open"}
    assert listed("--open") == {still_open: "open"}
    assert listed("--all") == {old: "closed", recent: "closed", still_open: "open"}


def test_empty_lists_are_empty_arrays(isp: Isp) -> None:
    isp.sync(0)

    for command in (("tickets", "list"), ("credits", "list"), ("work", "list"), ("outbox", "list")):
        result = isp(*command, "--format", "json")
        assert (result.code, result.json) == (0, [])


def test_a_receipt_adds_events_and_decisions_to_the_ticket(isp_by_both: Isp) -> None:
    isp = isp_by_both
    ticket = isp.ticket()
    isp.sync(3)

    by_number = isp("tickets", "show", ticket, "--format", "json").json
    by_report = isp("tickets", "show", f"RC-{ticket}", "--format", "json").json

    assert by_number == by_report
    assert by_number.keys() > TICKET | {"events", "decisions"}
    assert by_number["events"][0]["kind"] == "ticket:opened"
    late = next(one for one in by_number["decisions"] if one["rule"] == "L-2")
    assert (late["because"], late["at"]) == ("no_contact", "2026-11-02T10:00:00-06:00")


def test_a_receipt_holds_the_refusal_of_a_short_outage(isp: Isp) -> None:
    ticket = isp.ticket()
    isp.sync(1)
    isp.staff("close", ticket=ticket)
    isp.sync(1.5)

    receipt = isp("tickets", "show", ticket, "--format", "json").json

    assert [one["because"] for one in receipt["decisions"] if one["rule"].startswith("C")] == [
        "below_threshold"
    ]
    assert isp("credits", "list", "--format", "json").json == []
    [refused] = isp("credits", "list", "--all", "--format", "json").json
    assert (refused["status"], refused["reason"], refused["report_number"]) == (
        "refused",
        "below_threshold",
        None,
    )


def test_a_credit_has_every_promised_field_with_money_as_text(isp: Isp) -> None:
    ticket = isp.ticket()
    isp.sync(1)
    isp.at(75)
    isp.staff("close", ticket=ticket)
    isp.sync(75.5)

    [found] = isp("credits", "list", "--format", "json").json

    assert set(found) == CREDIT | {"invoice_ids"}
    assert {name: found[name] for name in CREDIT} == {
        "credit_id": f"RC-{ticket}/C1",
        "client_id": 1,
        "service_id": 1,
        "report_number": f"RC-{ticket}",
        "ticket_ids": [ticket],
        "type": "days",
        "days": 4,
        "amount": "40.00",
        "currency": "MXN",
        "status": "posted",
        "reason": "days",
        "invoice_id": None,
        "marker": f"[RC-{ticket}/C1]",
    }


def test_a_credit_on_an_invoice_names_it(isp: Isp) -> None:
    ticket = isp.ticket()
    isp.sync(97)
    [invoice] = isp.panel.control("billing", {"customers": [1], "force": True})["invoices"]
    isp.sync(98)

    [found] = isp("credits", "list", "--format", "json").json

    assert (found["credit_id"], found["type"], found["days"]) == (f"RC-{ticket}/C1", "month", None)
    assert (found["amount"], found["status"], found["invoice_id"]) == ("300.00", "invoiced", invoice)


def test_the_run_report_has_every_promised_field(isp_by_both: Isp) -> None:
    isp = isp_by_both
    isp.ticket()

    report = isp.sync(1).json

    assert report.keys() >= REPORT
    assert set(report["pushed"]) == {"verified", "sent", "retry", "in_doubt", "parked", "manual"}
    assert report["decisions"] == {"L-1": 2}
    assert report["started_at"] == "2026-11-02T09:00:00-06:00"


def test_every_time_has_the_offset_of_the_panels_zone(isp: Isp) -> None:
    ticket = isp.ticket()
    isp.sync(80)

    receipt = isp("tickets", "show", ticket, "--format", "json").json

    times = [one[name] for one in receipt["events"] for name in ("at", "seen_at")]
    times += [one[name] for one in receipt["decisions"] for name in ("at", "decided_at")]
    times += [one["due_at"] for one in receipt["pushes"]]
    assert {datetime.fromisoformat(at).utcoffset() for at in times} == {after(0).utcoffset()}
    assert ZONE.key == "America/Mexico_City"
