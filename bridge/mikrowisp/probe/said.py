"""What answers of the panel say, and how its commands are filled in: the panel's field names stop here."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from bridge.errors import NotApplied, PanelUnusable, Refused
from bridge.mikrowisp.envelope import Reply
from bridge.mikrowisp.records import as_list, id_of
from bridge.mikrowisp.translate import money_of, number_of

Row = Mapping[str, Any]

_ENVELOPE = {"estado", "mensaje", "salida", "message", "error", "code"}
_KNOWN_MESSAGE_KEYS = {"contenido", "adjunto"}


def opening(  # noqa: PLR0913 - the fields of one command
    *, client_id: int, department_id: int, subject: str, text: str, day: date, half_day: str, channel: str
) -> dict[str, Any]:
    """Return what NewTicket needs (contract 2.1)."""
    return {
        "idcliente": client_id,
        "dp": department_id,
        "asunto": subject,
        "fechavisita": day.isoformat(),
        "turno": half_day,
        "agendado": channel,
        "contenido": text,
    }


def with_technician(
    fields: Mapping[str, Any], technician_id: int, priorities: tuple[str, ...]
) -> dict[str, Any]:
    """Return the same with a technician and a low priority under each of the given names."""
    return {**fields, "idtecnico": technician_id, **dict.fromkeys(priorities, 1)}


def ticket_rows(reply: Reply) -> list[Row]:
    """The rows of a ticket list."""
    data = reply.body.get("data")
    return mappings_in(data.get("tickets") if isinstance(data, Mapping) else None)


def counts(reply: Reply) -> dict[str, int]:
    """The counters of a ticket list by the name of the state they count, as far as it has them."""
    data = reply.body.get("data")
    names = {"open": "abiertos", "closed": "cerrados", "answered": "respondidos"}
    names["customer_replied"] = "respuesta_cliente"
    found = {}
    for state, key in names.items():
        try:
            found[state] = number_of(data[key]) if isinstance(data, Mapping) else 0
        except (KeyError, ValueError):
            continue
    return found


def list_of(reply: Reply, keys: tuple[str, ...]) -> tuple[str, list[Row]] | None:
    """The first list of records in an answer, its key before its rows; known keys are looked at first."""
    for key in dict.fromkeys((*keys, *reply.body)):
        if key in _ENVELOPE or key not in reply.body:
            continue
        rows = mappings_in(reply.body[key])
        if isinstance(reply.body[key], list) and len(rows) == len(reply.body[key]):
            return key, rows
    return None


def ids_of(rows: list[Row]) -> list[int]:
    """The numbers of records that have one."""
    return [number for row in rows if (number := id_of(row)) is not None]


def has_services(row: Row) -> bool:
    """Whether a customer's record tells the services."""
    return "servicios" in row


def error_key(reply: Reply) -> str | None:
    """Under which key an error's text stands."""
    keys = ("mensaje", "salida", "message", "error")
    return next((key for key in keys if isinstance(reply.body.get(key), str) and reply.body[key]), None)


def subject_of(row: Row) -> str:
    """A ticket's subject."""
    return str(row.get("asunto", ""))


def state_word(row: Row) -> str:
    """A ticket's state in the panel's word."""
    return str(row.get("estado", ""))


def channel_word(row: Row) -> str:
    """A ticket's channel in the panel's word."""
    return str(row.get("agendado", ""))


def half_day_word(row: Row) -> str:
    """A visit's half-day in the panel's word."""
    return str(row.get("turno", ""))


def department_word(row: Row) -> str:
    """A ticket's department in the panel's word or number."""
    return str(row.get("dp", ""))


def closing(row: Row) -> tuple[str, str]:
    """When and why a ticket was closed."""
    return str(row.get("fecha_cerrado", "")), str(row.get("motivo_cierre", ""))


def last_activity(row: Row) -> str:
    """When a ticket was last touched, as the panel writes it."""
    return str(row.get("lastdate", ""))


def opened(row: Row) -> str:
    """When a ticket was opened, as the panel writes it."""
    return str(row.get("fecha_soporte", ""))


def message_texts(row: Row) -> list[str]:
    """A ticket's messages as they come, escaped or not."""
    return [str(message.get("contenido", "")) for message in mappings_in(row.get("mensajes"))]


def message_keys(row: Row) -> list[str]:
    """What a ticket's messages tell beside their text."""
    keys = {key for message in mappings_in(row.get("mensajes")) for key in message}
    return sorted(keys - _KNOWN_MESSAGE_KEYS)


def new_number(reply: Reply) -> tuple[int, str]:
    """The number of a ticket that was just opened, and how the panel writes it."""
    said = reply.body.get("idticket")
    return numbered("NewTicket", reply, "idticket"), form_of(said)


def form_of(value: object) -> str:
    """How a number is written: as a number, as text, or padded with zeros."""
    if not isinstance(value, str):
        return "number"
    return "padded" if value.startswith("0") and len(value) > 1 else "string"


def raw_id(row: Row) -> object:
    """A record's number as it is written."""
    return row.get("id")


def words_of(fault: Refused | NotApplied) -> str:
    """The panel's words in a refusal."""
    return str(fault).partition(": ")[2] or str(fault)


def numbered(command: str, reply: Reply, key: str) -> int:
    """Return the number that a write answered with. Raises PanelUnusable where it tells none."""
    try:
        return number_of(reply.body.get(key))
    except ValueError as error:
        raise PanelUnusable(f"{command}: the answer does not tell the number ({key})") from error


def rows_under(reply: Reply, key: str) -> list[Row]:
    """Return the records under a key of a successful answer."""
    return mappings_in(reply.body.get(key)) if reply.success else []


def mappings_in(value: object) -> list[Row]:
    """Return the records in what should be a list of them."""
    try:
        return [row for row in as_list(value) if isinstance(row, Mapping)]
    except ValueError:
        return []


def amount_in(value: object) -> Decimal | None:
    """Return an amount, None for what is none."""
    try:
        return money_of(value, "").amount if isinstance(value, str | int | Decimal) else None
    except ValueError:
        return None
