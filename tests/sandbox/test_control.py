"""Control does what its README says, and refuses what it does not understand."""

import pytest
import requests

from bridge.sandbox.switches import CATALOGUE
from tests.sandbox.conftest import NOW
from tests.servers import ControlRefusedError


def _refused(panel, path, payload):
    with pytest.raises(ControlRefusedError) as caught:
        panel.control(path, payload)
    return str(caught.value)


def test_switches_are_listed_set_and_put_back(panel):
    """Null puts a switch back; a wrong name or value changes nothing."""
    panel.control("switches", {"page_first": 0, "no_tickets": "no_list"})

    assert "page_first takes 0 | 1" in _refused(panel, "switches", {"dp_as": "id", "page_first": 7})
    assert "no switch 'nothing'" in _refused(panel, "switches", {"nothing": 1})
    after = panel.control("switches", {"page_first": None})["switches"]
    assert (after["page_first"], after["no_tickets"], after["dp_as"]) == (1, "no_list", "name")
    assert set(after) == {item.name for item in CATALOGUE}


def test_clock_is_set_frozen_advanced_and_real(panel):
    """The clock stands still once set, and runs again on request."""
    still = panel.control("clock", {"set": "2026-03-01T12:00:00", "billing": False})
    later = panel.control("clock", {"advance": 90, "billing": False})
    running = panel.control("clock", {"frozen": False, "billing": False})
    real = panel.control("clock", {"real": True, "billing": False})
    panel.control("clock", {"set": NOW, "billing": False})

    assert (still["now"], still["frozen"]) == ("2026-03-01T12:00:00-06:00", True)
    assert later["local"] == "2026-03-01 12:01:30"
    assert (running["frozen"], real["frozen"]) == (False, False)
    assert real["local"] > "2025-01-01"
    assert "no ISO time" in _refused(panel, "clock", {"set": "tomorrow"})


def test_past_tickets_come_with_messages_and_any_channel(panel):
    """A ticket opens at any time, with its history."""
    panel.control(
        "tickets",
        {
            "tickets": [
                {
                    "id": 1300,
                    "customer": 77,
                    "subject": "Internet lento",
                    "at": "2025-12-24T22:15:00-06:00",
                    "channel": "VIA TELEFONICA",
                    "department": "Soporte nivel 2",
                    "technician": 21,
                    "closed_at": "2025-12-26 08:00:00",
                    "close_reason": "#resuelto",
                    "messages": [
                        {"at": "2025-12-25 09:00:00", "author": 11, "text": "#visita", "internal": True}
                    ],
                },
                {"customer": 78},
            ]
        },
    )

    old, new = panel.control("dump")["tickets"]
    assert (old["fecha_soporte"], old["estado"], old["dp"], old["idsoporte"], old["agendado"]) == (
        "2025-12-24 22:15:00", "cerrado", 4, 21, "VIA TELEFO",
    )  # fmt: skip
    assert (old["lastdate"], old["mensajes"][1]["nota"]) == ("2025-12-25 09:00:00", 1)
    assert (new["id"], new["fecha_soporte"]) == (1301, "2026-02-03 10:00:00")


def test_staff_actions_show_in_the_rows(panel, ticket):
    """Each action does its one thing, at the time and by the operator given."""

    def act(action, **payload):
        panel.control("staff", {"action": action, "ticket": ticket, **payload})

    act("reply", text="hola", operator=11, at="2026-02-03T10:30:00")
    act("tag", text="#grave", operator=12)
    act("tag", text="#visita", operator=12, internal=False)
    act("department", department="Soporte nivel 3")
    act("assign", technician=31)
    act("visit", fechavisita="2026-02-06", turno="TARDE")

    row = panel.control("dump")["tickets"][0]
    assert (row["estado"], row["dp"], row["idsoporte"]) == ("respondido", 5, 31)
    assert (row["fechavisita"], row["turno"]) == ("2026-02-06", "TARDE")
    assert [(item["idtecnico"], item["nota"], item["fecha_hora"][11:]) for item in row["mensajes"]] == [
        (0, 0, "10:00:00"),
        (11, 0, "10:30:00"),
        (12, 1, "10:00:00"),
        (12, 0, "10:00:00"),
    ]


def test_staff_change_customers_prices_and_money(panel, ticket):
    """Suspend, activate, retire, price, delete ticket, delete saldo."""
    states = [
        panel.control("staff", {"action": f"{verb}_customer", "customer": 77})["state"]
        for verb in ("suspend", "activate", "retire")
    ]
    panel.control("staff", {"action": "price", "service": 1, "price": "310.50"})
    panel.control("staff", {"action": "price", "service": 1, "price": "310.50"})
    saldo = panel.control("staff", {"action": "add_saldo", "customer": 77, "amount": "-1.00", "text": "x"})[
        "saldo"
    ]
    panel.control("staff", {"action": "delete_saldo", "saldo": saldo})
    panel.control("staff", {"action": "delete_ticket", "ticket": ticket})

    state = panel.control("dump", {"sections": ["tickets", "saldos", "customers"], "customer": 77})
    assert states == ["SUSPENDIDO", "ACTIVO", "RETIRADO"]
    assert state["customers"][0]["servicios"][0]["costo"] == "310.50"
    assert (state["saldos"], state["tickets"]) == ([], [])


def test_ids_of_deleted_tickets_are_not_given_out_again(panel, ticket):
    """A new ticket never takes the place of a deleted one."""
    panel.control("staff", {"action": "delete_ticket", "ticket": ticket})

    assert panel.api(
        "NewTicket",
        idcliente=77,
        dp=1,
        asunto="a",
        fechavisita="2026-02-04",
        turno="TARDE",
        agendado="x",
        contenido="y",
    )["idticket"] == str(ticket + 1)


@pytest.mark.parametrize(
    ("path", "payload", "words"),
    [
        ("staff", {"action": "dance"}, "no action 'dance'"),
        ("staff", {"action": "reply", "ticket": 1, "text": "x", "tone": "kind"}, "unknown tone"),
        ("staff", {"action": "reply", "ticket": 1, "text": "x"}, "El ticket no existe."),
        ("staff", {"action": "reply", "ticket": 1, "text": "x", "operator": 99}, "El operador no existe."),
        ("staff", {"action": "reopen", "ticket": "one"}, "ticket is a whole number"),
        ("tickets", {"customer": 5}, "no customer 5"),
        ("tickets", {"customer": 77, "prioridad": 3}, "unknown prioridad"),
        ("seed", {"people": []}, "unknown people"),
        ("seed", {"customers": [{"id": 5, "plan": "Plan 1G"}]}, "no plan 'Plan 1G'"),
        ("seed", {"customers": [{"id": 77}]}, "an id is taken already"),
        ("faults", {"kind": "explode"}, "kind is one of"),
        ("faults", {"kind": "slow", "delay": 3}, "has no ['delay']"),
        ("dump", {"sections": ["secrets"]}, "no section secrets"),
        ("billing", {"day": "soon"}, "day is a date"),
        ("party", {}, "no operation 'party'"),
    ],
)
def test_payloads_that_make_no_sense_are_refused_with_words(panel, path, payload, words):
    """Status 400, words that say what is wrong, and nothing changed."""
    assert words in _refused(panel, path, payload)
    assert panel.control("dump")["tickets"] == []


def test_a_batch_runs_in_order_and_stops_at_the_first_fault(panel):
    """What came before the fault stays done, and the words say how far it got."""
    opening = {"do": "tickets", "id": 1201, "customer": 77}
    results = panel.control(
        "batch", {"actions": [opening, {"do": "staff", "action": "close", "ticket": 1201}, {"do": "dump"}]}
    )["results"]

    words = _refused(
        panel, "batch", {"actions": [{"do": "clock", "advance": 60}, {"do": "staff", "action": "x"}]}
    )

    assert results[2]["tickets"][0]["estado"] == "cerrado"
    assert "action 1 (staff)" in words
    assert panel.control("health")["local"] == "2026-02-03 10:01:00"


def test_the_journal_holds_no_token_and_is_filtered(panel):
    """Requests are kept with body, answer and outcome, but without the token."""
    panel.api("ListTicket", idcliente=77)
    panel.api("ListTicket", idcliente=78)
    panel.api("GetDepartamentos")

    url = f"{panel.url}/_sandbox/journal"
    found = requests.get(url, params={"command": "listticket", "idcliente": 78}, timeout=10).json()
    after = requests.get(url, params={"after": found["entries"][0]["number"]}, timeout=10).json()
    cleared = panel.control("journal/clear")

    assert found["counts"] == {"ListTicket": 2, "GetDepartamentos": 1}
    assert [(entry["body"], entry["ok"], entry["token_ok"]) for entry in found["entries"]] == [
        ({"idcliente": 78}, False, True)
    ]
    assert [entry["command"] for entry in after["entries"]] == ["GetDepartamentos"]
    assert cleared == {"entries": []}


def test_web_pages_cannot_reach_control(panel):
    """A browser's request bears an Origin, or a Host that is not this machine's; both are turned away."""
    url = f"{panel.url}/_sandbox/health"
    heads = [{"Origin": "https://example.com"}, {"Host": "panel.example.com"}]

    assert [requests.get(url, headers=head, timeout=10).status_code for head in heads] == [403, 403]
    assert requests.get(url, timeout=10).status_code == 200
    assert requests.get(f"{panel.url}/_sandbox/reset", timeout=10).status_code == 405


def test_reset_starts_ids_again_and_forgets_faults_and_switches(panel, ticket):
    """After a reset everything is as at the start, with the seed given."""
    panel.control("switches", {"page_first": 0})
    panel.control("faults", {"kind": "refuse"})

    answer = panel.control("reset", {"seed": {"customers": 2, "tickets": [{"customer": 1}]}})

    assert answer == {"customers": [1, 2], "tickets": [1]}
    assert panel.control("switches")["switches"]["page_first"] == 1
    assert panel.control("faults")["faults"] == []


def test_a_second_service_has_its_own_plans_price(panel):
    """A customer's own price is that of the one service they have; named services have theirs."""
    services = [{"plan": 2}, {"plan": 3, "price": "380.00"}]
    customers = [{"id": 1, "plan": 1, "price": "250.00"}, {"id": 2, "price": "1.00", "services": services}]

    panel.control("reset", {"seed": {"customers": customers}})

    rows = panel.control("dump", {"sections": ["customers"]})["customers"]
    assert [[item["costo"] for item in row["servicios"]] for row in rows] == [
        ["250.00"],
        ["349.00", "380.00"],
    ]


def test_a_large_seed_takes_seconds(panel):
    """2,000 customers and 2,200 tickets in one call."""
    tickets = [{"customer": 1 + number % 2000, "body": "No navega"} for number in range(2200)]

    answer = panel.control("reset", {"seed": {"customers": 2000, "tickets": tickets}})

    assert (len(answer["customers"]), len(answer["tickets"])) == (2000, 2200)
