"""NewTicket, ListTicket, CloseTicket (contract, section 2.1)."""

from __future__ import annotations

import base64
import binascii
import html
from collections.abc import Iterable
from html.entities import codepoint2name
from typing import Any

import sqlalchemy as sa

from bridge.sandbox.call import Call, Command
from bridge.sandbox.envelope import Answer, PanelError, done
from bridge.sandbox.faults import BROKEN_TICKET, spoil
from bridge.sandbox.schema import departamentos, login, soporte, ticket
from bridge.sandbox.tickets import (
    CUSTOMER,
    close,
    customer_exists,
    department_id,
    find,
    open_ticket,
    operator_exists,
)
from bridge.sandbox.values import number, require, text

_SPECIAL = ("amp", "lt", "gt", "quot")
_ENTITIES = {chr(code): f"&{name};" for code, name in codepoint2name.items() if name not in _SPECIAL}
_CUT = {"asunto": 150, "turno": 10, "agendado": 10, "solicitante": 250}


def new_ticket(call: Call) -> Answer:
    """Open a ticket. There is no key against doubles: the same request twice makes two tickets."""
    body = call.body
    require(body, "idcliente", "dp")
    require(body, "asunto", "fechavisita", "turno", "agendado", "contenido")
    if call.switches.choice("priority_key") == "refused" and ("propiedad" in body or "prioridad" in body):
        raise PanelError("El campo de prioridad no es válido.")
    if call.switches.on("strict_lengths"):
        for name, length in _CUT.items():
            if len(text(body, name)) > length:
                raise PanelError(f"Data too long for column '{name}' at row 1")
    customer = number(body, "idcliente")
    customer_exists(call, customer)
    technician = number(body, "idtecnico", 0)
    operator_exists(call, technician)
    ticket_id = open_ticket(
        call,
        idcliente=customer,
        dp=department_id(call, body["dp"]),
        asunto=text(body, "asunto"),
        contenido=text(body, "contenido"),
        adjunto=_file_name(body.get("adjunto")),
        autor=call.operator if call.switches.choice("new_ticket_author") == "operator" else CUSTOMER,
        fechavisita=text(body, "fechavisita"),
        turno=text(body, "turno"),
        agendado=text(body, "agendado"),
        solicitante=text(body, "solicitante", "TITULAR"),
        idsoporte=technician if call.switches.on("new_ticket_assigns") else 0,
        operador="api",
        procede="api",
    )
    shown: int | str = str(ticket_id)
    if call.switches.choice("id_type") == "padded":
        shown = call.id(ticket_id, 7)
    if call.switches.choice("idticket_type") == "number":
        shown = ticket_id
    call.audit("ticket", f"Ticket {ticket_id} registrado vía API", customer)
    return done(idticket=shown, mensaje="Ticket Registrado correctamente.")


def _file_name(given: object) -> str:
    """Return the name of a file sent with a ticket; the sandbox checks it, and keeps the name alone."""
    if given is None:
        return ""
    if not isinstance(given, dict) or not given.get("nombre"):
        raise PanelError("El adjunto no es válido.")
    try:
        base64.b64decode(str(given.get("file", "")), validate=True)
    except binascii.Error:
        raise PanelError("El adjunto no es válido.") from None
    return str(given["nombre"])


def list_ticket(call: Call) -> Answer:
    """List one customer's tickets, newest first; nobody has seen a list of everybody's (contract, 2.1)."""
    require(call.body, "idcliente")
    customer = number(call.body, "idcliente")
    query = sa.select(soporte, departamentos.c.dp.label("department")).select_from(
        soporte.outerjoin(departamentos, departamentos.c.id == soporte.c.dp)
    )
    query = query.where(soporte.c.idcliente == customer).order_by(soporte.c.id.desc())
    wanted = number(call.body, "idsoporte", 0)
    if wanted:
        query = query.where(soporte.c.id == wanted)
    rows = call.connection.execute(query).mappings().all()
    form = call.switches.choice("no_tickets")
    if not rows and form == "error":
        raise PanelError("No existen tickets para el cliente indicado.")
    messages = _messages(call, [row["id"] for row in rows])
    shown = [_ticket(call, row, messages.get(row["id"], [])) for row in rows]
    broken = call.fault("broken_record")
    if broken:
        spoil(shown, BROKEN_TICKET, broken.id)
    data: dict[str, Any] = _counters(call, [row["estado"] for row in rows])
    if rows or form == "empty_list":
        data["tickets"] = shown
    return done(mensaje="", data=data)


def close_ticket(call: Call) -> Answer:
    """Close a ticket, with a reason or without."""
    require(call.body, "idticket")
    ticket_id = number(call.body, "idticket")
    find(call, ticket_id)
    close(call, ticket_id, text(call.body, "motivo_cierre"))
    return done(mensaje="Ticket cerrado correctamente.")


def escaped(call: Call, content: str) -> str:
    """Escape a message as the switch `message_escape` says (contract, section 6)."""
    form = call.switches.choice("message_escape")
    if form == "none":
        return content
    safe = html.escape(content, quote=True).replace("&#x27;", "&#039;")
    if form == "special":
        return safe
    return "".join(_ENTITIES.get(char, char) for char in safe)


def author_names(call: Call) -> dict[int, str]:
    """Return the names that messages are signed with, by operator id."""
    rows = call.connection.execute(sa.select(login.c.id, login.c.nombre))
    return {row.id: row.nombre for row in rows}


def _messages(call: Call, ids: list[int]) -> dict[int, list[dict[str, Any]]]:
    if not ids:
        return {}
    rows = call.connection.execute(
        sa.select(ticket).where(ticket.c.idticket.in_(ids)).order_by(ticket.c.fecha_hora, ticket.c.id)
    ).mappings()
    names = author_names(call) if call.switches.on("message_extra_keys") else None
    found: dict[int, list[dict[str, Any]]] = {}
    for row in rows:
        if row["nota"] and not call.switches.on("messages_notes"):
            continue
        if row["idtecnico"] and not row["nota"] and not call.switches.on("messages_replies"):
            continue
        shown = {"contenido": escaped(call, row["contenido"])}
        if names is not None:
            shown |= {"autor": names.get(row["idtecnico"], "CLIENTE"), "fecha": row["fecha_hora"]}
        found.setdefault(row["idticket"], []).append(shown)
    return found


def _ticket(call: Call, row: Any, messages: list[dict[str, Any]]) -> dict[str, Any]:
    by_id = call.switches.choice("dp_as") == "id"
    turno = row["turno"]
    return {
        "id": call.id(row["id"], 7),
        "idcliente": call.id(row["idcliente"], 6),
        "asunto": row["asunto"],
        "fecha_soporte": row["fecha_soporte"],
        "estado": row["estado"],
        "fecha_cerrado": row["fecha_cerrado"],
        "solicitante": row["solicitante"],
        "fechavisita": row["fechavisita"],
        "turno": f"({turno})" if turno and call.switches.on("turno_brackets") else turno,
        "agendado": row["agendado"],
        "lastdate": row["lastdate"],
        "dp": str(row["dp"]) if by_id else row["department"] or "",
        "motivo_cierre": row["motivo_cierre"],
        "mensajes": messages,
    }


def _counters(call: Call, states: Iterable[str]) -> dict[str, Any]:
    found = [state.lower() for state in states]
    return {
        "abiertos": found.count("abierto"),
        "cerrados": found.count("cerrado"),
        "respondidos": found.count("respondido"),
        "respuesta_cliente": found.count(call.switches.choice("customer_replied_state").lower()),
    }


COMMANDS = (
    Command(name="NewTicket", run=new_ticket, writes=True),
    Command(name="ListTicket", run=list_ticket),
    Command(name="CloseTicket", run=close_ticket, writes=True),
)
