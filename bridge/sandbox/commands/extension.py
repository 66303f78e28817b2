"""Commands that are NOT part of the public API, such as an ISP's own script might add; off by default."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from bridge.sandbox import tickets
from bridge.sandbox.call import Call, Command
from bridge.sandbox.envelope import Answer, PanelError, done
from bridge.sandbox.saldos import add_saldo
from bridge.sandbox.schema import soporte, ticket
from bridge.sandbox.schema_money import saldos
from bridge.sandbox.values import amount, number, require, text

_LIST_LIMIT = 1000


def update_ticket(call: Call) -> Answer:
    """Change department, state or technician of a ticket; what is not named stays."""
    require(call.body, "idticket")
    ticket_id = number(call.body, "idticket")
    changes: dict[str, Any] = {}
    if call.body.get("dp") not in (None, ""):
        changes["dp"] = tickets.department_id(call, call.body["dp"])
    if call.body.get("idtecnico") not in (None, ""):
        changes["idsoporte"] = number(call.body, "idtecnico")
        tickets.operator_exists(call, changes["idsoporte"])
    if text(call.body, "estado"):
        changes["estado"] = text(call.body, "estado")
        if changes["estado"] == "cerrado":
            raise PanelError("Para cerrar un ticket use CloseTicket.")
    tickets.move(call, ticket_id, **changes)
    return done(idticket=str(ticket_id), mensaje="Ticket actualizado correctamente.")


def reply_ticket(call: Call) -> Answer:
    """Write a reply (`nota` 0) or an internal note (`nota` 1) in the name of the token's operator."""
    require(call.body, "idticket", "contenido")
    ticket_id = number(call.body, "idticket")
    words = text(call.body, "contenido")
    if number(call.body, "nota", 0):
        message = tickets.note(call, ticket_id, words, author=call.operator)
    else:
        answers = call.switches.on("extension_reply_answers")
        message = tickets.reply(call, ticket_id, words, author=call.operator, answers=answers)
    return done(idmensaje=str(message), mensaje="Respuesta registrada correctamente.")


def new_balance(call: Call) -> Answer:
    """Add a pending saldo; a negative `monto` is a credit to the customer (contract, 4.2)."""
    require(call.body, "idcliente", "monto", "descripcion")
    customer = number(call.body, "idcliente")
    tickets.customer_exists(call, customer)
    saldo = add_saldo(call, customer, amount(call.body["monto"], "monto"), text(call.body, "descripcion"))
    return done(idsaldo=str(saldo), mensaje="Saldo registrado correctamente.")


def list_balances(call: Call) -> Answer:
    """List a customer's saldos, pending and taken up, oldest first; none is an empty list."""
    require(call.body, "idcliente")
    rows = call.connection.execute(
        sa.select(saldos).where(saldos.c.iduser == number(call.body, "idcliente")).order_by(saldos.c.id)
    ).mappings()
    return done(
        saldos=[
            {
                "id": call.id(row["id"], 1),
                "idcliente": call.id(row["iduser"], 6),
                "idorigen": call.id(row["idorigen"], 8),
                "iddestino": call.id(row["iddestino"], 8),
                "estado": row["estado"],
                "monto": f"{row['monto']:.2f}",
                "fecha": row["fecha"],
                "descripcion": row["descripcion"],
            }
            for row in rows
        ]
    )


def list_tickets(call: Call) -> Answer:
    """List everybody's tickets by id, from `desde_id` on, at most 1000, with who wrote what when."""
    query = sa.select(soporte).where(soporte.c.id >= number(call.body, "desde_id", 0)).order_by(soporte.c.id)
    states = call.body.get("estado")
    if states not in (None, "", []):
        listed = states if isinstance(states, list) else str(states).split(",")
        query = query.where(soporte.c.estado.in_([str(state).strip() for state in listed]))
    rows = call.connection.execute(query.limit(_LIST_LIMIT)).mappings().all()
    messages = call.connection.execute(
        sa.select(ticket).where(ticket.c.idticket.in_([row["id"] for row in rows])).order_by(ticket.c.id)
    ).mappings()
    by_ticket: dict[int, list[dict[str, Any]]] = {}
    for message in messages:
        by_ticket.setdefault(message["idticket"], []).append(
            {
                "id": call.id(message["id"], 1),
                "contenido": message["contenido"],
                "fecha_hora": message["fecha_hora"],
                "idtecnico": call.id(message["idtecnico"], 1),
                "nota": message["nota"],
            }
        )
    return done(tickets=[_ticket(call, row, by_ticket.get(row["id"], [])) for row in rows])


def _ticket(call: Call, row: Any, messages: list[dict[str, Any]]) -> dict[str, Any]:
    plain = ("asunto", "fecha_soporte", "estado", "operador", "fecha_cerrado", "procede", "solicitante",
             "fechavisita", "turno", "agendado", "lastdate", "motivo_cierre")  # fmt: skip
    return {
        "id": call.id(row["id"], 7),
        "idcliente": call.id(row["idcliente"], 6),
        "idtecnico": call.id(row["idsoporte"], 1),
        "dp": call.id(row["dp"], 1),
        **{name: row[name] for name in plain},
        "mensajes": messages,
    }


COMMANDS = (
    Command(name="UpdateTicket", run=update_ticket, writes=True, extension=True),
    Command(name="ReplyTicket", run=reply_ticket, writes=True, extension=True),
    Command(name="NewBalance", run=new_balance, writes=True, extension=True),
    Command(name="ListBalances", run=list_balances, extension=True),
    Command(name="ListTickets", run=list_tickets, extension=True),
)
