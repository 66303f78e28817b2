"""The commands that are not part of the public API exist only behind their switch."""

import pytest


@pytest.fixture
def extended(panel):
    panel.control("switches", {"extension": True})
    return panel


@pytest.mark.parametrize("name", ["UpdateTicket", "ReplyTicket", "NewBalance", "ListBalances", "ListTickets"])
def test_off_by_default(panel, name):
    """Without the switch they are unknown commands."""
    answer = panel.api(name, idticket=1, idcliente=77)

    assert answer == {"estado": "error", "mensaje": "El comando solicitado no existe."}


def test_update_ticket_changes_what_is_named(extended, ticket):
    """Department, technician and state; closing is CloseTicket's business."""
    extended.api("UpdateTicket", idticket=ticket, dp=4, idtecnico="21")
    extended.api("UpdateTicket", idticket=ticket, estado="respondido")

    row = extended.control("dump")["tickets"][0]
    assert (row["dp"], row["idsoporte"], row["estado"]) == (4, 21, "respondido")
    assert extended.api("UpdateTicket", idticket=ticket, estado="cerrado")["estado"] == "error"
    assert extended.api("UpdateTicket", idticket=ticket, dp=99)["estado"] == "error"


def test_replies_and_notes_are_listed_with_author_and_time(extended, ticket):
    """ListTickets shows what ListTicket hides; a note leaves the state alone."""
    extended.api("ReplyTicket", idticket=ticket, contenido="nota interna", nota=1)
    noted = extended.control("dump")["tickets"][0]["estado"]
    extended.api("ReplyTicket", idticket=ticket, contenido="hola", nota=0)

    listed = extended.api("ListTickets")["tickets"]

    assert noted == "abierto"
    assert (listed[0]["id"], listed[0]["estado"], listed[0]["idtecnico"], listed[0]["dp"]) == (
        1201,
        "respondido",
        0,
        1,
    )
    assert listed[0]["mensajes"][1:] == [
        {
            "id": 2,
            "contenido": "nota interna",
            "fecha_hora": "2026-02-03 10:00:00",
            "idtecnico": 9,
            "nota": 1,
        },
        {"id": 3, "contenido": "hola", "fecha_hora": "2026-02-03 10:00:00", "idtecnico": 9, "nota": 0},
    ]


def test_a_reply_can_leave_the_state_alone(extended, ticket):
    """Switch extension_reply_answers."""
    extended.control("switches", {"extension_reply_answers": False})

    extended.api("ReplyTicket", idticket=ticket, contenido="hola")

    assert extended.control("dump")["tickets"][0]["estado"] == "abierto"


def test_ticket_list_is_filtered_by_id_and_state(extended, ticket):
    """`desde_id` is inclusive; `estado` is one state, several with commas, or a list."""
    extended.control(
        "tickets", {"id": 1300, "customer": 78, "closed_at": "2026-02-03T09:00:00", "at": "2026-02-02"}
    )

    def ids(**body):
        return [item["id"] for item in extended.api("ListTickets", **body)["tickets"]]

    assert ids() == [1201, 1300]
    assert ids(desde_id=1202) == [1300]
    assert ids(desde_id=1201, estado="abierto,respondido") == [1201]
    assert ids(estado=["cerrado"]) == [1300]


def test_balances_are_added_and_listed(extended):
    """A negative amount is a credit; the list shows pending and taken ones."""
    added = extended.api("NewBalance", idcliente=77, monto="-34.90", descripcion="BONIF [RC-1/C1]")
    extended.control("billing", {"day": "2026-02-10"})

    assert added["idsaldo"] == "1"
    assert extended.api("ListBalances", idcliente=77)["saldos"] == [
        {
            "id": 1,
            "idcliente": 77,
            "idorigen": 0,
            "iddestino": 1,
            "estado": "cobrado",
            "monto": "-34.90",
            "fecha": "2026-02-03",
            "descripcion": "BONIF [RC-1/C1]",
        }
    ]
    assert extended.api("ListBalances", idcliente=78)["saldos"] == []
    assert extended.api("NewBalance", idcliente=77, monto="x", descripcion="y")["estado"] == "error"
