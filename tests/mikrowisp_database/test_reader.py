from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from sqlalchemy import event

from bridge.domain.intents import Route
from bridge.domain.money import Money
from bridge.domain.reading import Wanted
from bridge.domain.records import (
    Author,
    Channel,
    Client,
    ClientStatus,
    Message,
    Service,
    Ticket,
    TicketState,
)
from tests.mikrowisp_database.conftest import BRIDGE, NOW, Panel

OPENED = datetime(2026, 11, 24, 15, 15, tzinfo=UTC)


def test_an_open_ticket_is_read_with_its_customer(panel: Panel) -> None:
    reading = panel.reader().read(Wanted(now=NOW))

    assert reading.tickets == (
        Ticket(
            ticket_id=1201,
            client_id=77,
            subject="Sin internet",
            state=TicketState.OPEN,
            opened_at=OPENED,
            last_activity_at=OPENED,
            channel=Channel.PORTAL,
            department_id=1,
            technician_id=0,
            messages=(Message(message_id=1, author=Author.CUSTOMER, text="No navega", at=OPENED),),
            has_attachment=False,
        ),
    )
    assert reading.clients == (
        Client(
            client_id=77,
            name="CLIENTE 77",
            status=ClientStatus.ACTIVE,
            services=(
                Service(
                    service_id=91,
                    plan="Plan 50M",
                    price=Money(Decimal("300.00")),
                    tax_percent=Decimal(16),
                    node=1,
                ),
            ),
            zone="Centro Histórico",
        ),
    )
    assert (reading.route, reading.polled, reading.client_count) == (Route.DATABASE, {77}, 1)
    assert (reading.last_ticket_id, reading.last_message_id, reading.broken) == (1201, 1, ())


def test_messages_tell_who_wrote_them_and_the_opening_one_is_the_customers(panel: Panel) -> None:
    panel.ticket(1202, turno="(TARDE)", fechavisita="2026-11-26", agendado="VIA TELEFO")
    for words, author, note in [("#grave", 5, 0), ("llamé", 5, 1), ("aviso", BRIDGE, 0), ("gracias", 0, 0)]:
        panel.message(1202, words, idtecnico=author, nota=note, fecha_hora="0000-00-00 00:00:00")

    [ticket] = [one for one in panel.reader().read(Wanted(now=NOW)).tickets if one.ticket_id == 1202]

    assert [(one.text, one.author, one.internal, one.at) for one in ticket.messages] == [
        ("#grave", Author.CUSTOMER, False, None),
        ("llamé", Author.STAFF, True, None),
        ("aviso", Author.BRIDGE, False, None),
        ("gracias", Author.CUSTOMER, False, None),
    ]
    assert (ticket.channel, ticket.visit_half_day) == (Channel.PHONE, "tarde")
    assert ticket.visit_date == date(2026, 11, 26)


def test_an_attachment_in_any_message_is_seen(panel: Panel) -> None:
    panel.message(1201, "aquí está", adjunto="prueba.png")

    [ticket] = panel.reader().read(Wanted(now=NOW)).tickets

    assert ticket.has_attachment is True


def test_the_first_read_goes_back_35_days_and_later_ones_do_not(panel: Panel) -> None:
    panel.ticket(1100, estado="cerrado", fecha_cerrado="2026-10-21 12:29:59")
    panel.ticket(1101, estado="cerrado", fecha_cerrado="2026-10-21 12:30:00", motivo_cierre="Listo &amp; ya")

    first = panel.reader().read(Wanted(now=NOW))
    later = panel.reader().read(Wanted(now=NOW, last_ticket_id=1201))

    assert [one.ticket_id for one in first.tickets] == [1101, 1201]
    assert first.tickets[0].closed_at == datetime(2026, 10, 21, 18, 30, tzinfo=UTC)
    assert first.tickets[0].closing_reason == "Listo & ya"
    assert [one.ticket_id for one in later.tickets] == [1201]


def test_a_closing_time_counts_only_on_a_closed_ticket(panel: Panel) -> None:
    panel.ticket(1202, estado="respondido", fecha_cerrado="2026-11-24 10:00:00")
    panel.ticket(1203, estado="Cerrado", fecha_cerrado="0000-00-00 00:00:00")

    tickets = {
        one.ticket_id: one for one in panel.reader().read(Wanted(now=NOW, last_ticket_id=1201)).tickets
    }

    assert (tickets[1202].state, tickets[1202].closed_at) == (TicketState.ANSWERED, None)
    assert (tickets[1203].state, tickets[1203].closed_at) == (TicketState.CLOSED, None)


def test_tickets_known_open_are_read_when_closed_and_missed_when_gone(panel: Panel) -> None:
    panel.client(78)
    panel.ticket(1300, estado="cerrado", fecha_cerrado="2026-11-25 10:00:00")

    reading = panel.reader().read(
        Wanted(now=NOW, known_open={1300: 77, 1250: 78, 1201: 77}, last_ticket_id=1300)
    )

    assert [(one.ticket_id, one.state) for one in reading.tickets] == [
        (1201, TicketState.OPEN),
        (1300, TicketState.CLOSED),
    ]
    assert reading.polled == {77, 78}


def test_a_ticket_opened_and_closed_between_two_reads_is_not_missed(panel: Panel) -> None:
    panel.ticket(1202, estado="cerrado", fecha_cerrado="2026-11-25 10:00:00")

    reading = panel.reader().read(Wanted(now=NOW, last_ticket_id=1201))

    assert [one.ticket_id for one in reading.tickets] == [1201, 1202]


def test_a_new_message_on_a_closed_ticket_brings_it_back(panel: Panel) -> None:
    panel.ticket(1100, estado="cerrado", fecha_cerrado="2025-10-21 12:29:59")
    panel.message(1100, "opening")
    panel.message(1100, "#no-atribuible", idtecnico=5)
    wanted = Wanted(now=NOW, last_ticket_id=1201, last_message_id=2)

    reading = panel.reader().read(wanted)

    assert [one.ticket_id for one in reading.tickets] == [1100, 1201]
    assert reading.last_message_id == 3


def test_an_empty_panel_reads_as_nothing(panel: Panel) -> None:
    for table in ("soporte", "ticket", "usuarios"):
        panel.run(f"DELETE FROM {table}")  # noqa: S608 - test's own words

    reading = panel.reader().read(Wanted(now=NOW))

    assert (reading.tickets, reading.clients, reading.polled) == ((), (), frozenset())
    assert (reading.client_count, reading.last_ticket_id, reading.last_message_id) == (0, 0, 0)


def test_customers_who_left_are_not_counted(panel: Panel) -> None:
    panel.client(78, estado="RETIRADO")
    panel.client(79, estado="Retirado")
    panel.client(80, estado="SUSPENDIDO")

    assert panel.reader().read(Wanted(now=NOW)).client_count == 2


def test_a_broken_ticket_is_set_aside_and_the_rest_goes_on(panel: Panel) -> None:
    panel.client(78)
    panel.ticket(1202, client=78, fecha_soporte="0000-00-00 00:00:00")

    reading = panel.reader().read(Wanted(now=NOW, known_open={1202: 78, 1201: 77}))

    assert [one.ticket_id for one in reading.tickets] == [1201]
    assert [(one.subject, one.client_id) for one in reading.broken] == [("ticket 1202", 78)]
    assert reading.polled == {77}


def test_a_broken_or_missing_customer_is_set_aside_with_its_tickets(panel: Panel) -> None:
    panel.client(78, estado="PENDIENTE")
    panel.ticket(1202, client=78)
    panel.ticket(1203, client=79)

    reading = panel.reader().read(Wanted(now=NOW, known_open={1202: 78, 1203: 79, 1201: 77}))

    assert [one.ticket_id for one in reading.tickets] == [1201]
    assert {(one.subject, one.client_id) for one in reading.broken} == {("client 78", 78), ("client 79", 79)}
    assert reading.polled == {77}


def test_a_service_without_a_price_takes_its_plans(panel: Panel) -> None:
    panel.service(92, costo=None)
    panel.service(93, costo=None, idperfil=99)

    reading = panel.reader().read(Wanted(now=NOW))

    assert [str(one) for one in reading.broken] == [
        "client 77: service 93 has no price, nor has its plan",
    ]
    panel.run("DELETE FROM tblservicios WHERE id = 93")
    [client] = panel.reader().read(Wanted(now=NOW)).clients
    assert [(one.service_id, str(one.price)) for one in client.services] == [(91, "300.00"), (92, "350.00")]


def test_a_panel_without_zones_taxes_or_nodes_is_read_without_them(panel: Panel) -> None:
    panel.run("DROP TABLE zonas")
    panel.run("ALTER TABLE perfiles DROP COLUMN impuesto")
    panel.run("ALTER TABLE tblservicios DROP COLUMN nodo")

    [client] = panel.reader().read(Wanted(now=NOW)).clients

    assert (client.zone, client.services[0].node, client.services[0].tax_percent) == (None, None, Decimal(0))


def test_the_panels_clock_is_told_where_the_database_has_one(panel: Panel) -> None:
    reading = panel.reader().read(Wanted(now=NOW))

    if panel.dialect == "mysql":
        [row] = panel.rows("SELECT UNIX_TIMESTAMP() AS seconds")
        told = datetime.fromtimestamp(row["seconds"], UTC)
        assert reading.panel_time is not None
        assert abs(reading.panel_time - told) < timedelta(seconds=5)
    else:
        assert reading.panel_time is None


def test_the_number_of_statements_grows_by_chunks_of_500(panel: Panel) -> None:
    statements: list[str] = []
    event.listen(panel.engine, "before_cursor_execute", lambda *arguments: statements.append(arguments[2]))

    small = panel.reader().read(Wanted(now=NOW, last_ticket_id=1201, known_open={1201: 77, 1: 77}))
    few = len(statements)
    statements.clear()
    known = dict.fromkeys(range(1, 1002), 77)
    panel.reader().read(Wanted(now=NOW, last_ticket_id=1201, known_open=known))

    assert small.calls == 9
    assert few <= small.calls + 1  # the driver's own ping
    assert len(statements) == few + 2


def test_progress_is_told_in_tickets(panel: Panel) -> None:
    seen: list[tuple[int, int]] = []

    panel.reader().read(Wanted(now=NOW), lambda done, whole: seen.append((done, whole)))

    assert seen == [(1, 1)]
