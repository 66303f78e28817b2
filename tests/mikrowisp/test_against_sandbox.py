"""The client against the sandbox: every switch the contract leaves open, faults, and the extension."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from bridge.clock import SystemClock
from bridge.domain.intents import ABSENT, HIDDEN, SHOWN, Push, PushKind, Sight, Visibility
from bridge.domain.money import Money
from bridge.domain.reading import Reading, Wanted
from bridge.domain.records import ClientStatus, Ticket, TicketState
from bridge.domain.words import normalise
from bridge.errors import (
    AccessRefused,
    NothingPushed,
    OutcomeUnknown,
    PanelUnreachable,
    PanelUnusable,
    Refused,
)
from bridge.mikrowisp.api import PanelApi
from bridge.mikrowisp.retry import ReadRetry
from bridge.mikrowisp.route import ApiRoute
from bridge.mikrowisp.sweep import ApiReader
from bridge.mikrowisp.transport import Transport
from bridge.rulebook.commands import Commands
from tests.mikrowisp.panels import MEXICO
from tests.servers import Sandbox, start_sandbox

AT = "2026-02-03T10:00:00-06:00"
NOW = datetime(2026, 2, 3, 16, 0, tzinfo=UTC)
EXAMPLE = Path(__file__).parents[2] / "docs" / "commands-extension.example.yaml"
STATES = {7: "SUSPENDIDO", 8: "RETIRADO", 30: "SUSPENDIDO"}
SEED = {
    "token": "sandbox-token",
    "customers": [
        {
            "id": number,
            "nombre": f"CLIENTE {number} ",
            "plan": 2,
            "pay_day": 10,
            "estado": STATES.get(number, "ACTIVO"),
            **({"services": []} if number == 3 else {}),
        }
        for number in range(1, 31)
    ],
    "tickets": [
        {
            "id": 1201,
            "customer": 2,
            "subject": "Señal <b>débil</b>",
            "body": "<p>No navega & <5 Mbps></p>",
            "at": "2026-02-03T09:15:00",
            "fechavisita": "2026-02-04",
            "turno": "MAÑANA",
            "channel": "VIA TELEFONICA",
        },
        {
            "id": 1202,
            "customer": 2,
            "at": "2026-02-01T09:15:00",
            "closed_at": "2026-02-02T10:00:00",
            "close_reason": "#resuelto",
        },
        {"id": 1203, "customer": 3, "department": 4, "at": "2026-02-02T23:30:00"},
    ],
}
MARKER = "[RC-1201/C1]"
CLOSE = Push(key="a", kind=PushKind.CLOSE, client_id=2, due_at=NOW, ticket_id=1201, text="Resuelto")
CREDIT = Push(
    key="b",
    kind=PushKind.CREDIT,
    client_id=2,
    due_at=NOW,
    marker=MARKER,
    text=f"Bonificación 3 días {MARKER}",
    amount=Money(Decimal("34.90")),
)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with start_sandbox(tmp_path_factory.mktemp("sandbox") / "panel.db", now=AT) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running: Sandbox) -> Sandbox:
    running.control("clock", {"set": AT, "billing": False})
    running.control("reset", {"seed": SEED})
    return running


class Client:
    """The parts wired as the program wires them."""

    def __init__(
        self, sandbox: Sandbox, dialect: dict[str, Any] | None = None, token: str | None = None
    ) -> None:
        clock = SystemClock()
        commands = Commands.model_validate(dialect or {})
        self.transport = Transport(
            sandbox.url, token or sandbox.token, timeout=5, clock=clock, dialect=commands
        )
        bare = PanelApi(
            self.transport,
            dialect=commands,
            zone=MEXICO,
            clock=clock,
            retry=ReadRetry(clock, first_wait=0.01),
        )
        known = bare.departments()
        assert known is not None
        names = {normalise(one.name): one.department_id for one in known.records}
        self.api = PanelApi(
            self.transport,
            dialect=commands,
            zone=MEXICO,
            clock=clock,
            departments=names,
            retry=ReadRetry(clock, first_wait=0.01),
        )
        minutes = timedelta(minutes=1)
        self.reader = ApiReader(self.api, concurrency=8, sweep=30 * minutes, every=5 * minutes)
        self.route = ApiRoute(self.api, clock=clock, zone=MEXICO)

    def read(self, **wanted: Any) -> Reading:
        return self.reader.read(Wanted(now=NOW, **wanted))

    def ticket(self, number: int = 1201) -> Ticket:
        return next(one for one in self.read().tickets if one.ticket_id == number)


@pytest.fixture
def make(sandbox: Sandbox) -> Iterator[Any]:
    made: list[Client] = []

    def build(dialect: dict[str, Any] | None = None, token: str | None = None, **switches: Any) -> Client:
        sandbox.control("switches", switches)
        made.append(Client(sandbox, dialect, token))
        return made[-1]

    yield build
    for one in made:
        one.transport.close()


def facts(reading: Reading) -> list[Ticket]:
    return [replace(one, last_activity_at=None) for one in reading.tickets]


def test_first_cycle_and_the_next(make: Any) -> None:
    client = make()

    first = client.read()

    assert first.client_ids == set(range(1, 31))
    assert first.polled == set(range(1, 31)) - {8}
    assert [one.ticket_id for one in first.tickets] == [1201, 1202, 1203]
    assert first.broken == ()
    statuses = {one.client_id: one.status for one in first.clients if one.status is not ClientStatus.ACTIVE}
    assert statuses == {
        7: ClientStatus.SUSPENDED,
        8: ClientStatus.RETIRED,
        30: ClientStatus.SUSPENDED,
    }
    services = {one.client_id: one.services for one in first.clients}
    assert services[3] in {None, ()}
    assert [one.price for one in services[2]] == [Money(Decimal("349.00"))]
    assert client.ticket().messages[0].text == "No navega & <5 Mbps>"
    assert client.ticket().subject == "Señal débil"

    second = client.read(
        known_clients=dict.fromkeys(range(1, 31), NOW),
        list_read_at=NOW,
        urgent=frozenset({2, 3}),
        priced=frozenset({2, 3}),
        last_ticket_id=1203,
    )

    assert (second.polled, second.calls) == ({2, 3}, 2)


@pytest.mark.parametrize(
    "switches",
    [
        {"id_type": "string"},
        {"id_type": "padded", "dp_as": "id"},
        {"page_first": 0},
        {"page_meaning": "offset"},
        {"page_meaning": "offset", "page_first": 0},
        {"clients_key": "datos", "clients_record": "short", "empty_clients": "error"},
        {"get_all_clients": False},
        {"get_all_clients": False, "client_not_found": "empty", "no_services": "list"},
        {"no_tickets": "empty_list", "turno_brackets": True},
        {"no_tickets": "no_list", "message_escape": "entities"},
        {"message_escape": "none", "message_extra_keys": True},
        {"error_status": 400, "error_text_key": "salida"},
        {"error_text_key": "message", "operators_shape": "datos", "departments_shape": "datos"},
    ],
)
def test_every_form_the_contract_leaves_open_reads_the_same(make: Any, switches: dict[str, Any]) -> None:
    plain = make().read()
    dialect = {"customers": {"page_size": 7, "misses": 40}}

    other = make(dialect, **switches).read()

    assert facts(other) == facts(plain)
    assert (other.client_ids, other.polled, other.broken) == (plain.client_ids, plain.polled, ())
    assert other.panel_time is not None
    with_ticket = {one.client_id: one.services for one in other.clients if one.client_id in {2, 3}}
    assert len(with_ticket[2]) == 1
    assert with_ticket[3] in {None, ()}


def test_v11_reads_the_same(make: Any) -> None:
    assert make({"api": "v11"}, v11=True).read().client_count == 30


def test_customer_who_replied(make: Any, sandbox: Sandbox) -> None:
    sandbox.control("customer_message", {"ticket": 1201, "text": "sigue igual"})

    shown = make().ticket()

    assert shown.state is TicketState.CUSTOMER_REPLIED
    assert shown.messages[-1].text == "sigue igual"


@pytest.mark.parametrize(
    "fault", ["html200", "empty200", "http500", "http503", "drop_before", "drop_after", "text_before", "slow"]
)
@pytest.mark.parametrize("command", ["GetAllClients", "ListTicket"])
def test_one_bad_answer_to_a_read_is_healed(make: Any, sandbox: Sandbox, fault: str, command: str) -> None:
    client = make()
    sandbox.control("faults", {"command": command, "kind": fault, "after": 2, "ms": 20})

    reading = client.read()

    assert (reading.client_count, len(reading.tickets), reading.broken) == (30, 3, ())


@pytest.mark.parametrize(
    ("fault", "raised"),
    [
        ("html200", PanelUnusable),
        ("empty200", PanelUnusable),
        ("http502", PanelUnreachable),
        ("drop_before", PanelUnreachable),
        ("token_lost", AccessRefused),
        ("refuse", NothingPushed),
    ],
)
@pytest.mark.parametrize("command", ["GetAllClients", "ListTicket"])
def test_bad_answers_without_end_fail_the_read(
    make: Any, sandbox: Sandbox, fault: str, raised: type[Exception], command: str
) -> None:
    client = make()
    sandbox.control("faults", {"command": command, "kind": fault, "times": None})

    with pytest.raises(raised):
        client.read()


def test_wrong_token(make: Any) -> None:
    with pytest.raises(AccessRefused, match="refused the token"):
        make(token="another")


@pytest.mark.parametrize("status", [401, 403])
def test_wrong_token_with_a_status(make: Any, sandbox: Sandbox, status: int) -> None:
    sandbox.control("switches", {"token_error_status": status})

    with pytest.raises(AccessRefused):
        make(token="another")


def test_duplicate_page_hides_nobody(make: Any, sandbox: Sandbox) -> None:
    client = make({"customers": {"page_size": 7}})
    sandbox.control("faults", {"command": "GetAllClients", "kind": "duplicate_page", "page": 2})

    assert client.read().client_ids == set(range(1, 31))


def test_shrunken_list_is_told_as_it_is(make: Any, sandbox: Sandbox) -> None:
    client = make()
    sandbox.control(
        "faults", {"command": "GetAllClients", "kind": "shrunken_list", "fraction": 0.5, "times": None}
    )

    reading = client.read(known_clients=dict.fromkeys(range(1, 31), NOW))

    assert reading.client_count is not None
    assert reading.client_count < 20


@pytest.mark.parametrize(
    ("command", "subject"), [("ListTicket", "ticket 1201"), ("GetAllClients", "client 2")]
)
def test_broken_record_is_set_aside(make: Any, sandbox: Sandbox, command: str, subject: str) -> None:
    client = make()
    match = {"idcliente": 2} if command == "ListTicket" else {"estado": 0}
    number = int(subject.split()[1])
    sandbox.control(
        "faults", {"command": command, "kind": "broken_record", "id": number, "match": match, "times": None}
    )

    reading = client.read()

    assert [one.subject for one in reading.broken] == [subject]
    assert {one.ticket_id for one in reading.tickets} >= {1202, 1203}
    assert reading.client_count == 30


@pytest.mark.parametrize("again", ["ok", "again", "error"])
def test_ticket_is_closed_once(make: Any, sandbox: Sandbox, again: str) -> None:
    client = make(close_closed=again)

    before = client.route.look(CLOSE, None)
    client.route.send(CLOSE)
    client.route.send(CLOSE)

    assert (before, client.route.look(CLOSE, None)) == (ABSENT, SHOWN)
    assert len(sandbox.control("journal", {"command": "CloseTicket"})["entries"]) == 1


@pytest.mark.parametrize(("fault", "sight"), [("drop_after", SHOWN), ("drop_before", ABSENT)])
def test_lost_answer_of_a_write_is_in_doubt_and_a_look_settles_it(
    make: Any, sandbox: Sandbox, fault: str, sight: Sight
) -> None:
    client = make()
    sandbox.control("faults", {"command": "CloseTicket", "kind": fault})

    with pytest.raises(OutcomeUnknown):
        client.route.send(CLOSE)

    assert client.route.look(CLOSE, None) == sight
    assert len(sandbox.control("journal", {"command": "CloseTicket"})["entries"]) == 1


def test_opened_ticket_is_found_with_its_technician(make: Any, sandbox: Sandbox) -> None:
    client = make()
    push = replace(
        CREDIT,
        kind=PushKind.OPEN,
        department_id=1,
        technician_id=11,
        subject="Sin red",
        text=f"Llamada {MARKER}",
    )

    before = client.route.look(push, None)
    client.route.send(push)

    opened = sandbox.control("dump", {"sections": ["tickets"], "customer": 2})["tickets"][-1]
    assert (before, client.route.look(push, None)) == (ABSENT, replace(SHOWN, ticket_id=opened["id"]))
    assert (opened["asunto"], int(opened["idsoporte"])) == ("Sin red", 11)


def test_sms_is_queued(make: Any, sandbox: Sandbox) -> None:
    make().route.send(replace(CLOSE, kind=PushKind.SMS, text="Hola"))

    (sms,) = sandbox.control("dump", {"sections": ["sms"]})["sms"]
    assert sms["mensaje"] == "Hola"


def test_credit_booked_by_a_person_is_found_on_the_invoice(make: Any, sandbox: Sandbox) -> None:
    client = make()
    sandbox.control("staff", {"action": "add_saldo", "customer": 2, "amount": "-34.90", "text": CREDIT.text})

    pending = client.route.look(CREDIT, None)
    (invoice,) = sandbox.control("billing", {"customers": [2]})["invoices"]

    assert pending == HIDDEN
    assert client.route.look(CREDIT, None) == Sight(visibility=Visibility.SHOWN, invoice_ids=(invoice,))


@pytest.fixture
def extended(make: Any) -> Client:
    return make(YAML(typ="safe").load(EXAMPLE), extension=True)


@pytest.mark.parametrize(
    "push",
    [
        replace(CLOSE, kind=PushKind.SET_STATUS, department_id=4),
        replace(CLOSE, kind=PushKind.SET_STATUS, state="respondido"),
        replace(CLOSE, kind=PushKind.ASSIGN, technician_id=21),
        replace(CLOSE, kind=PushKind.NOTE, marker=MARKER, text=f"Nota {MARKER}", internal=True),
        replace(CLOSE, kind=PushKind.NOTE, marker=MARKER, text=f"Reporte {MARKER}"),
    ],
)
def test_extension_carries_and_shows_each_push(extended: Client, push: Push) -> None:
    before = extended.route.look(push, None)

    extended.route.send(push)

    assert (before, extended.route.look(push, None)) == (ABSENT, SHOWN)


@pytest.mark.parametrize("text", ["default", "original"])
def test_credit_through_the_extension_ends_on_the_invoices(
    extended: Client, sandbox: Sandbox, text: str
) -> None:
    sandbox.control("switches", {"remainder_text": text})
    credit = replace(CREDIT, amount=Money(Decimal("400.00")))

    before = extended.route.look(credit, None)
    extended.route.send(credit)
    pending = extended.route.look(credit, None)
    (first,) = sandbox.control("billing", {"customers": [2]})["invoices"]
    partly = extended.route.look(credit, None)
    (second,) = sandbox.control("billing", {"customers": [2], "force": True})["invoices"]
    wholly = extended.route.look(credit, None)

    whole = Sight(visibility=Visibility.SHOWN, amount=Money(Decimal("400.00")), pending=True)
    assert before == ABSENT
    assert pending == whole
    assert partly == replace(whole, invoice_ids=(first,))
    assert wholly == replace(whole, invoice_ids=(first, second), pending=False)


def test_charge_through_the_extension(extended: Client) -> None:
    charge = replace(CREDIT, kind=PushKind.CHARGE)

    extended.route.send(charge)

    assert extended.route.look(charge, None) == Sight(
        visibility=Visibility.SHOWN, amount=Money(Decimal("34.90")), pending=True
    )


def test_lost_answer_of_a_credit_is_in_doubt_and_the_balance_settles_it(
    extended: Client, sandbox: Sandbox
) -> None:
    sandbox.control("faults", {"command": "NewBalance", "kind": "drop_after"})

    with pytest.raises(OutcomeUnknown):
        extended.route.send(CREDIT)

    sight = extended.route.look(CREDIT, None)
    assert (sight.visibility, sight.copies) == (Visibility.SHOWN, 1)


def test_extension_that_is_switched_off_refuses(extended: Client, sandbox: Sandbox) -> None:
    sandbox.control("switches", {"extension": False})

    with pytest.raises(Refused, match="El comando solicitado no existe"):
        extended.route.send(CREDIT)
