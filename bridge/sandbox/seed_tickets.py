"""Adding tickets at any time, past ones too, with their messages, in bulk."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bridge.sandbox.clock import Clock, as_text
from bridge.sandbox.columns import ZERO_DATE
from bridge.sandbox.schema import blank, departamentos, soporte, ticket, usuarios
from bridge.sandbox.shapes import ControlError, flag, objects, only, whole, words

TICKET = (
    "id", "customer", "subject", "body", "at", "channel", "department", "technician", "state", "closed_at",
    "close_reason", "fechavisita", "turno", "solicitante", "opened_by", "lastdate", "messages",
)  # fmt: skip
MESSAGE = ("at", "author", "text", "internal")


def add_tickets(connection: Connection, clock: Clock, given: list[dict[str, Any]]) -> list[int]:
    """Insert tickets as they stand, without touching their states; returns their ids in the order given."""
    if not given:
        return []
    known = set(connection.scalars(sa.select(usuarios.c.id)))
    departments = {str(row.id): row.id for row in connection.execute(sa.select(departamentos))}
    departments |= {row.dp: row.id for row in connection.execute(sa.select(departamentos))}
    newest = connection.scalar(sa.select(sa.func.coalesce(sa.func.max(soporte.c.id), 0))) or 0
    next_id = max(int(newest), _last_given_out(connection)) + 1
    rows: list[dict[str, Any]] = []
    messages: list[dict[str, Any]] = []
    for item in given:
        only(item, "ticket", *TICKET)
        number = whole(item, "id", "ticket", next_id)
        next_id = max(next_id, number + 1)
        if whole(item, "customer", "ticket") not in known:
            raise ControlError(f"ticket: there is no customer {item['customer']!r}")
        rows.append(_ticket(clock, departments, number, item))
        opening = {"at": rows[-1]["fecha_soporte"], "text": item.get("body", ""), "author": 0}
        for said in [opening, *objects(item, "messages", "ticket")]:
            only(said, "message", *MESSAGE)
            messages.append(_message(clock, number, said))
    connection.execute(soporte.insert(), rows)
    connection.execute(ticket.insert(), messages)
    return [row["id"] for row in rows]


def moment(clock: Clock, value: Any) -> str:
    """Read a time of a payload into the panel's local time; absent is now, zero dates stay."""
    if value in (None, ""):
        return clock.local()
    if str(value).startswith("0000"):
        return str(value)
    return as_text(clock.read(str(value)))


def _last_given_out(connection: Connection) -> int:
    # Ids of deleted tickets are not given out again; SQLite keeps the count beside the table.
    if connection.dialect.name != "sqlite":
        return 0
    query = sa.text("SELECT seq FROM sqlite_sequence WHERE name = 'soporte'")
    return int(connection.scalar(query) or 0)


def _ticket(
    clock: Clock, departments: Mapping[str, int], number: int, item: Mapping[str, Any]
) -> dict[str, Any]:
    department = str(item.get("department", 1))
    if department not in departments:
        raise ControlError(f"ticket: there is no department {department!r}")
    opened = moment(clock, item.get("at"))
    closed = item.get("closed_at")
    state = words(item, "state", "ticket", "cerrado" if closed else "abierto")
    said = [moment(clock, message.get("at")) for message in objects(item, "messages", "ticket")]
    return blank(
        soporte,
        id=number,
        idcliente=whole(item, "customer", "ticket"),
        idsoporte=whole(item, "technician", "ticket", 0),
        asunto=words(item, "subject", "ticket", "Sin internet"),
        fecha_soporte=opened,
        estado=state,
        operador=words(item, "opened_by", "ticket", "cliente"),
        procede="",
        solicitante=words(item, "solicitante", "ticket", "TITULAR"),
        fechavisita=words(item, "fechavisita", "ticket", ZERO_DATE),
        turno=words(item, "turno", "ticket", ""),
        agendado=words(item, "channel", "ticket", "PAGINA WEB"),
        lastdate=moment(clock, item["lastdate"]) if item.get("lastdate") else max([opened, *said]),
        dp=departments[department],
        motivo_cierre=words(item, "close_reason", "ticket", ""),
        **({"fecha_cerrado": moment(clock, closed)} if closed else {}),
    )


def _message(clock: Clock, number: int, said: Mapping[str, Any]) -> dict[str, Any]:
    return blank(
        ticket,
        idticket=number,
        contenido=words(said, "text", "message", ""),
        fecha_hora=moment(clock, said.get("at")),
        idtecnico=whole(said, "author", "message", 0),
        nota=int(flag(said, "internal", "message", default=False)),
    )
