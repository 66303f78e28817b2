"""Each fault strikes as armed: what the client sees, and what the panel has applied."""

import http.client
import json
import urllib.parse

import pytest
import requests

from tests.sandbox.test_api_tickets import NEW


def _arm(panel, **fault):
    return panel.control("faults", fault)["fault"]


def _post(panel, command, **body):
    return requests.post(f"{panel.url}/api/v1/{command}", json={"token": panel.token, **body}, timeout=10)


def _tickets(panel):
    return len(panel.control("dump", {"sections": ["tickets"]})["tickets"])


def test_refusal_is_a_business_error_and_applies_nothing(panel):
    """Refuse, once by default."""
    _arm(panel, command="NewTicket", kind="refuse", message="Intente más tarde.")

    answers = [panel.api("NewTicket", **NEW) for _ in range(2)]

    assert answers[0] == {"estado": "error", "mensaje": "Intente más tarde."}
    assert answers[1]["estado"] == "exito"
    assert _tickets(panel) == 1


def test_slow_answers_take_their_time(panel):
    """Slow, and the switch latency_ms."""
    _arm(panel, command="*", kind="slow", ms=150)
    panel.control("switches", {"latency_ms": 20})

    for _ in range(2):
        panel.api("GetDepartamentos")

    times = [entry["milliseconds"] for entry in panel.control("journal")["entries"]]
    assert times[0] >= 170
    assert 20 <= times[1] < 150


@pytest.mark.parametrize(("kind", "applied"), [("drop_before", 0), ("drop_after", 1)])
def test_dropped_connections_leave_no_answer(panel, kind, applied):
    """A dropped connection looks the same whether or not the write took effect."""
    _arm(panel, command="NewTicket", kind=kind)

    with pytest.raises(requests.ConnectionError):
        _post(panel, "NewTicket", **NEW)

    entry = panel.control("journal")["entries"][0]
    assert _tickets(panel) == applied
    assert (entry["status"], entry["applied"], entry["faults"]) == (None, bool(applied), [kind])


@pytest.mark.parametrize(
    ("kind", "status"),
    [("html200", 200), ("empty200", 200), ("http500", 500), ("http502", 502), ("http503", 503)],
)
@pytest.mark.parametrize("applied", [False, True])
def test_answers_that_are_no_json(panel, kind, status, applied):
    """HTML, empty bodies and 5xx, with the write applied or not."""
    _arm(panel, command="NewTicket", kind=kind, applied=applied)

    answer = _post(panel, "NewTicket", **NEW)

    assert answer.status_code == status
    assert answer.text == "" if kind == "empty200" else answer.text.startswith("<!DOCTYPE html>")
    assert _tickets(panel) == int(applied)


def test_lost_token_is_refused_until_cleared(panel):
    """Token lost, for ever; the words follow the switches token_error_text and token_error_status."""
    panel.control("switches", {"token_error_text": "Token vencido", "token_error_status": 401})
    _arm(panel, command="*", kind="token_lost", times=None)

    answers = [_post(panel, "GetDepartamentos") for _ in range(3)]
    panel.control("faults/clear")

    assert [(answer.status_code, answer.json()["mensaje"]) for answer in answers] == [
        (401, "Token vencido")
    ] * 3
    assert panel.api("GetDepartamentos")["estado"] == "exito"


def test_a_page_can_repeat(panel):
    """Duplicate page: the page after `page` shows it again."""
    _arm(panel, command="GetAllClients", kind="duplicate_page", page=1)

    pages = [
        [item["id"] for item in panel.api("GetAllClients", limit=2, pagina=page)["clientes"]]
        for page in (1, 2, 2)
    ]

    assert pages == [[77, 78], [77, 78], [79]]


def test_the_client_list_can_shrink(panel):
    """Shrunken list: only a fraction of the customers is known."""
    _arm(panel, command="GetAllClients", kind="shrunken_list", fraction=0.34, times=2)

    sizes = [len(panel.api("GetAllClients")["clientes"]) for _ in range(3)]

    assert sizes == [1, 1, 3]


def test_a_record_can_be_broken(panel, ticket):
    """Broken record: nonsense types in one customer, one ticket, one invoice; ids stay readable."""
    _arm(panel, command="GetAllClients", kind="broken_record", id=78)
    _arm(panel, command="ListTicket", kind="broken_record")
    _arm(panel, command="GetInvoices", kind="broken_record")
    panel.api("CreateInvoice", idcliente=77, vencimiento="2026-02-10")

    clients = panel.api("GetAllClients")["clientes"]
    tickets = panel.api("ListTicket", idcliente=77)["data"]["tickets"]
    invoices = panel.api("GetInvoices")["facturas"]

    assert [isinstance(item["servicios"], str) for item in clients] == [False, True, False]
    assert (tickets[0]["id"], tickets[0]["fecha_soporte"]) == (ticket, "ayer")
    assert invoices[0]["total"] == "mil"


def test_text_can_stand_before_the_json(panel):
    """A PHP warning comes first, the JSON after it is whole."""
    _arm(panel, command="GetDepartamentos", kind="text_before")

    text = _post(panel, "GetDepartamentos").text

    assert "Warning" in text.partition("{")[0]
    assert json.loads(text[text.index("{") :])["estado"] == "exito"


def test_faults_wait_count_and_choose(panel):
    """`after` lets requests pass, `times` limits, `match` picks by body values."""
    _arm(panel, command="listticket", kind="refuse", after=1, times=2, match={"idcliente": 78})

    words = [
        panel.api("ListTicket", idcliente=customer)["mensaje"] == "No se pudo procesar la solicitud."
        for customer in (78, 77, 78, 78, 78)
    ]

    assert words == [False, False, True, True, False]
    assert panel.control("faults")["faults"][0]["fired"] == 2


def test_chance_is_the_same_with_the_same_seed(panel):
    """Probability with a seed strikes the same requests every time."""
    rounds = []
    for _ in range(2):
        panel.control("faults/clear")
        _arm(panel, command="*", kind="refuse", probability=0.5, seed=7)
        rounds.append([panel.api("GetDepartamentos")["estado"] for _ in range(12)])

    assert rounds[0] == rounds[1]
    assert set(rounds[0]) == {"exito", "error"}


def test_kept_connection_survives_errors(panel):
    """Many requests share one connection, also after an error page."""
    _arm(panel, command="*", kind="http500")
    host = urllib.parse.urlsplit(panel.url).netloc
    connection = http.client.HTTPConnection(host, timeout=10)
    statuses = []
    for _ in range(3):
        connection.request("POST", "/api/v1/GetDepartamentos", json.dumps({"token": panel.token}))
        statuses.append((answer := connection.getresponse()).status)
        answer.read()
    connection.close()

    assert statuses == [500, 200, 200]
