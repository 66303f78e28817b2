"""The ticket commands answer as section 2.1 of the contract says."""

import pytest

from tests.sandbox.conftest import switch
from tests.servers import Sandbox

NEW = {
    "idcliente": 77,
    "dp": 1,
    "asunto": "Sin internet",
    "fechavisita": "2026-02-04",
    "turno": "TARDE",
    "agendado": "VIA TELEFONICA",
    "contenido": "<p>No navega & parpadea</p>",
}
MISSING = {
    "estado": "error",
    "mensaje": "Falta un campo requerido (asunto,fechavisita,turno,agendado ó contenido).",
}


def _listed(panel: Sandbox, customer: int = 77) -> list[dict]:
    return panel.api("ListTicket", idcliente=customer)["data"]["tickets"]


def test_new_ticket_answers_a_string_id(panel):
    """The id of a new ticket is a string, the words are those of the contract."""
    answer = panel.api("NewTicket", **NEW)

    assert answer == {"estado": "exito", "idticket": "1", "mensaje": "Ticket Registrado correctamente."}


def test_new_ticket_twice_makes_two_tickets(panel):
    """Nothing guards against a repeated request."""
    ids = [panel.api("NewTicket", **NEW)["idticket"] for _ in range(2)]

    assert ids == ["1", "2"]
    assert [item["id"] for item in _listed(panel)] == [2, 1]


@pytest.mark.parametrize("name", ["asunto", "fechavisita", "turno", "agendado", "contenido"])
def test_new_ticket_without_a_required_field_is_refused(panel, name):
    """Each of the five fields is required, empty counts as missing."""
    assert panel.api("NewTicket", **(NEW | {name: ""})) == MISSING
    assert panel.control("dump")["tickets"] == []


def test_list_ticket_shows_exactly_the_known_keys(panel):
    """A listed ticket has the contract's keys: no technician, no priority, no author."""
    panel.api("NewTicket", **NEW, propiedad=3, idtecnico="11")

    answer = panel.api("ListTicket", idcliente="77")

    assert answer == {
        "estado": "exito",
        "mensaje": "",
        "data": {
            "abiertos": 1,
            "cerrados": 0,
            "respondidos": 0,
            "respuesta_cliente": 0,
            "tickets": [
                {
                    "id": 1,
                    "idcliente": 77,
                    "asunto": "Sin internet",
                    "fecha_soporte": "2026-02-03 10:00:00",
                    "estado": "abierto",
                    "fecha_cerrado": "0000-00-00 00:00:00",
                    "solicitante": "TITULAR",
                    "fechavisita": "2026-02-04",
                    "turno": "TARDE",
                    "agendado": "VIA TELEFO",
                    "lastdate": "2026-02-03 10:00:00",
                    "dp": "Soporte técnico",
                    "motivo_cierre": "",
                    "mensajes": [{"contenido": "&lt;p&gt;No navega &amp; parpadea&lt;/p&gt;"}],
                }
            ],
        },
    }
    assert panel.control("dump")["tickets"][0]["idsoporte"] == 11


def test_list_ticket_needs_a_customer(panel):
    """There is no list of everybody's tickets."""
    answer = panel.api("ListTicket")

    assert answer == {"estado": "error", "mensaje": "Falta un campo requerido (idcliente)."}


def test_close_ticket_stores_reason_and_time(panel, ticket):
    """Closing sets state, time and reason; lastdate stays by default."""
    panel.control("clock", {"advance": 3600})

    answer = panel.api("CloseTicket", idticket=ticket, motivo_cierre="#resuelto")

    assert answer == {"estado": "exito", "mensaje": "Ticket cerrado correctamente."}
    row = panel.control("dump")["tickets"][0]
    assert (row["estado"], row["fecha_cerrado"], row["motivo_cierre"], row["lastdate"]) == (
        "cerrado",
        "2026-02-03 11:00:00",
        "#resuelto",
        "2026-02-03 10:00:00",
    )


def test_an_unknown_ticket_cannot_be_closed(panel):
    """Closing what does not exist is an error."""
    assert panel.api("CloseTicket", idticket=9)["estado"] == "error"


def test_emoji_are_lost_in_latin1_text(panel):
    """What latin1 cannot hold comes back as a question mark."""
    panel.api("NewTicket", **(NEW | {"contenido": "ñandú \N{SATELLITE}"}))

    assert _listed(panel)[0]["mensajes"] == [{"contenido": "ñandú ?"}]


# Switches.


def test_without_tickets_the_answer_is_an_error_an_empty_list_or_no_list(panel):
    """Switch no_tickets."""
    answers = []
    for form in ("error", "empty_list", "no_list"):
        switch(panel, no_tickets=form)
        answers.append(panel.api("ListTicket", idcliente=77))

    assert answers[0]["estado"] == "error"
    assert answers[1]["data"]["tickets"] == []
    assert "tickets" not in answers[2]["data"]


def test_department_turno_and_messages_follow_their_switches(panel, ticket):
    """Switches dp_as, turno_brackets, message_escape, message_extra_keys."""
    panel.control("staff", {"action": "visit", "ticket": ticket, "turno": "MAÑANA"})
    switch(panel, dp_as="id", turno_brackets=True, message_escape="none", message_extra_keys=True)

    shown = _listed(panel)[0]

    assert (shown["dp"], shown["turno"]) == ("1", "(MAÑANA)")
    assert shown["mensajes"] == [
        {"contenido": "<p>No navega</p>", "autor": "CLIENTE", "fecha": "2026-02-03 10:00:00"}
    ]


def test_entities_can_be_escaped_altogether(panel):
    """Switch message_escape: entities also replaces accented letters."""
    panel.control("tickets", {"customer": 77, "body": "<b>ñ</b>"})
    switch(panel, message_escape="entities")

    assert _listed(panel)[0]["mensajes"] == [{"contenido": "&lt;b&gt;&ntilde;&lt;/b&gt;"}]


def test_replies_show_and_notes_do_not_unless_switched(panel, ticket):
    """Switches messages_replies and messages_notes."""
    panel.control("staff", {"action": "reply", "ticket": ticket, "text": "reply", "operator": 11})
    panel.control("staff", {"action": "note", "ticket": ticket, "text": "note", "operator": 11})
    seen = []
    for replies, notes in ((True, False), (False, False), (True, True)):
        switch(panel, messages_replies=replies, messages_notes=notes)
        seen.append([item["contenido"] for item in _listed(panel)[0]["mensajes"]][1:])

    assert seen == [["reply"], [], ["reply", "note"]]


def test_too_long_values_are_cut_or_refused(panel):
    """Switch strict_lengths."""
    switch(panel, strict_lengths=True)

    answer = panel.api("NewTicket", **NEW)

    assert answer == {"estado": "error", "mensaje": "Data too long for column 'agendado' at row 1"}


def test_priority_keys_can_be_refused(panel):
    """Switch priority_key."""
    switch(panel, priority_key="refused")

    assert panel.api("NewTicket", **NEW, prioridad=2)["estado"] == "error"


def test_technician_at_creation_and_author_follow_their_switches(panel):
    """Switches new_ticket_assigns, new_ticket_author and idticket_type."""
    switch(panel, new_ticket_assigns=False, new_ticket_author="operator", idticket_type="number")

    answer = panel.api("NewTicket", **NEW, idtecnico=11)

    row = panel.control("dump")["tickets"][0]
    assert answer["idticket"] == 1
    assert (row["idsoporte"], row["mensajes"][0]["idtecnico"]) == (0, 9)


@pytest.mark.parametrize(
    ("form", "estado", "closed_at"),
    [
        ("ok", "exito", "2026-02-03 10:00:00"),
        ("again", "exito", "2026-02-03 11:00:00"),
        ("error", "error", "2026-02-03 10:00:00"),
    ],
)
def test_closing_a_closed_ticket(panel, ticket, form, estado, closed_at):
    """Switch close_closed."""
    panel.api("CloseTicket", idticket=ticket)
    panel.control("clock", {"advance": 3600})
    switch(panel, close_closed=form)

    answer = panel.api("CloseTicket", idticket=ticket)

    assert answer["estado"] == estado
    assert panel.control("dump")["tickets"][0]["fecha_cerrado"] == closed_at


def test_lastdate_moves_where_switched(panel, ticket):
    """Switches lastdate_on_close, lastdate_on_assign, lastdate_on_note, lastdate_on_reopen."""
    switch(
        panel,
        lastdate_on_assign=True,
        lastdate_on_note=True,
        lastdate_on_close=True,
        lastdate_on_reopen=False,
    )
    seen = []
    for step in (
        {"action": "assign", "technician": 21},
        {"action": "note", "text": "x"},
        {"action": "close"},
        {"action": "reopen"},
    ):
        panel.control("clock", {"advance": 60})
        panel.control("staff", {**step, "ticket": ticket})
        seen.append(panel.control("dump")["tickets"][0]["lastdate"][11:])

    assert seen == ["10:01:00", "10:02:00", "10:03:00", "10:03:00"]


def test_reopening_keeps_or_clears_the_closing_date(panel, ticket):
    """Switch reopen_clears_closed_date."""
    seen = []
    for clears in (False, True):
        switch(panel, reopen_clears_closed_date=clears)
        panel.control("staff", {"action": "close", "ticket": ticket, "reason": "r"})
        panel.control("staff", {"action": "reopen", "ticket": ticket})
        row = panel.control("dump")["tickets"][0]
        seen.append((row["estado"], row["fecha_cerrado"], row["motivo_cierre"]))

    assert seen == [("abierto", "2026-02-03 10:00:00", "r"), ("abierto", "0000-00-00 00:00:00", "")]


def test_customer_reply_sets_the_switched_state_and_is_counted(panel, ticket):
    """Switch customer_replied_state."""
    switch(panel, customer_replied_state="respuesta cliente")

    panel.control("customer_message", {"ticket": ticket, "text": "sigue igual"})

    data = panel.api("ListTicket", idcliente=77)["data"]
    assert (data["tickets"][0]["estado"], data["respuesta_cliente"]) == ("respuesta cliente", 1)
