"""What can happen to a ticket in the panel, as row operations that API commands and staff actions share."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import RowMapping

from bridge.sandbox.call import Call
from bridge.sandbox.columns import ZERO_TIME
from bridge.sandbox.envelope import PanelError
from bridge.sandbox.schema import blank, departamentos, login, soporte, ticket, usuarios

NO_SUCH_TICKET = "El ticket no existe."
NO_SUCH_CUSTOMER = "No existe el cliente con el filtro indicado."
CUSTOMER = 0  # The author of a message that no operator wrote (contract, 3.5).

Row = RowMapping


def find(call: Call, ticket_id: int) -> Row:
    """Return the ticket's row, or refuse."""
    row = call.connection.execute(sa.select(soporte).where(soporte.c.id == ticket_id)).mappings().first()
    if row is None:
        raise PanelError(NO_SUCH_TICKET)
    return row


def customer_exists(call: Call, customer: int) -> None:
    """Refuse when there is no such customer."""
    if call.connection.scalar(sa.select(usuarios.c.id).where(usuarios.c.id == customer)) is None:
        raise PanelError(NO_SUCH_CUSTOMER)


def department_id(call: Call, wanted: Any) -> int:
    """Return a department's id from its id or its name."""
    by_name = departamentos.c.dp == str(wanted)
    matches = sa.or_(departamentos.c.id == int(wanted), by_name) if str(wanted).isdigit() else by_name
    found = call.connection.scalar(sa.select(departamentos.c.id).where(matches))
    if found is None:
        raise PanelError("El departamento no existe.")
    return int(found)


def operator_exists(call: Call, operator: int) -> None:
    """Refuse an operator that is not in `login`; 0 stands for nobody."""
    if operator and call.connection.scalar(sa.select(login.c.id).where(login.c.id == operator)) is None:
        raise PanelError("El operador no existe.")


def open_ticket(call: Call, **columns: Any) -> int:
    """Insert a ticket and its opening message, and return its id.

    `contenido`, `autor` and `adjunto` belong to the message, everything else are columns of `soporte`.
    """
    body = str(columns.pop("contenido", ""))
    file = str(columns.pop("adjunto", ""))
    author = int(columns.pop("autor", CUSTOMER))
    columns |= {"fecha_soporte": call.local, "lastdate": call.local, "estado": "abierto"}
    result = call.connection.execute(soporte.insert().values(blank(soporte, **columns)))
    ticket_id = int(result.inserted_primary_key[0])  # type: ignore[index]  # an INSERT of one row has one key
    add_message(call, ticket_id, body, author=author, file=file)
    return ticket_id


def add_message(  # noqa: PLR0913 - a message has that many columns
    call: Call, ticket_id: int, text: str, *, author: int, internal: bool = False, file: str = ""
) -> int:
    """Insert a row of `ticket` and return its id; states and dates are the caller's business."""
    row = blank(
        ticket,
        idticket=ticket_id,
        contenido=text,
        fecha_hora=call.local,
        idtecnico=author,
        nota=int(internal),
        adjunto=file,
    )
    result = call.connection.execute(ticket.insert().values(row))
    return int(result.inserted_primary_key[0])  # type: ignore[index]  # an INSERT of one row has one key


def update(call: Call, ticket_id: int, **columns: Any) -> None:
    """Change columns of a ticket."""
    if columns:
        call.connection.execute(soporte.update().where(soporte.c.id == ticket_id).values(columns))


def reply(call: Call, ticket_id: int, text: str, *, author: int, answers: bool = True) -> int:
    """Reply as staff, for the customer to read: an open ticket becomes `respondido`."""
    row = find(call, ticket_id)
    message = add_message(call, ticket_id, text, author=author)
    update(call, ticket_id, lastdate=call.local)
    if answers and row["estado"] != "cerrado":
        update(call, ticket_id, estado="respondido")
    return message


def note(call: Call, ticket_id: int, text: str, *, author: int) -> int:
    """Leave an internal note; the state of the ticket stays."""
    find(call, ticket_id)
    message = add_message(call, ticket_id, text, author=author, internal=True)
    if call.switches.on("lastdate_on_note"):
        update(call, ticket_id, lastdate=call.local)
    return message


def customer_writes(call: Call, ticket_id: int, text: str) -> int:
    """Write as the customer, in the portal: the ticket takes the customer-replied state, a closed one too."""
    find(call, ticket_id)
    message = add_message(call, ticket_id, text, author=CUSTOMER)
    update(call, ticket_id, lastdate=call.local, estado=call.switches.choice("customer_replied_state"))
    return message


def close(call: Call, ticket_id: int, reason: str) -> None:
    """Close a ticket; what a second closing does is the switch `close_closed`."""
    row = find(call, ticket_id)
    if row["estado"] == "cerrado":
        again = call.switches.choice("close_closed")
        if again == "error":
            raise PanelError("El ticket ya se encuentra cerrado.")
        if again == "ok":
            return
    changes: dict[str, Any] = {"estado": "cerrado", "fecha_cerrado": call.local, "motivo_cierre": reason}
    if call.switches.on("lastdate_on_close"):
        changes["lastdate"] = call.local
    update(call, ticket_id, **changes)
    call.audit("ticket", f"Ticket {ticket_id} cerrado", int(row["idcliente"]))


def reopen(call: Call, ticket_id: int) -> None:
    """Open a closed ticket again; the closing date stays unless the switch says otherwise (contract, 3.1)."""
    row = find(call, ticket_id)
    if row["estado"] != "cerrado":
        raise PanelError("El ticket no está cerrado.")
    changes: dict[str, Any] = {"estado": "abierto"}
    if call.switches.on("reopen_clears_closed_date"):
        changes |= {"fecha_cerrado": ZERO_TIME, "motivo_cierre": ""}
    if call.switches.on("lastdate_on_reopen"):
        changes["lastdate"] = call.local
    update(call, ticket_id, **changes)


def move(call: Call, ticket_id: int, **columns: Any) -> None:
    """Move a ticket to another department, technician or state."""
    find(call, ticket_id)
    if columns and call.switches.on("lastdate_on_assign"):
        columns["lastdate"] = call.local
    update(call, ticket_id, **columns)


def delete(call: Call, ticket_id: int) -> None:
    """Remove a ticket and its messages, as the panel's own delete does."""
    find(call, ticket_id)
    call.connection.execute(ticket.delete().where(ticket.c.idticket == ticket_id))
    call.connection.execute(soporte.delete().where(soporte.c.id == ticket_id))
