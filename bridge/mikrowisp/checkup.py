"""What a check-up asks over HTTP: every reading command of the bridge once (contract section 2)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum, auto
from typing import Any

from bridge.domain.intents import Push, PushKind
from bridge.domain.money import Money
from bridge.errors import AccessRefused, NothingPushed
from bridge.mikrowisp import extension
from bridge.mikrowisp.api import PanelApi
from bridge.mikrowisp.envelope import Reply
from bridge.mikrowisp.records import as_list, id_of
from bridge.mikrowisp.translate import contains_any

WRITES = {PushKind.OPEN: "NewTicket", PushKind.CLOSE: "CloseTicket", PushKind.SMS: "NewSMS"}


class Answer(Enum):
    """How a command answered."""

    SUCCESS = auto()
    NOTHING = auto()  # an error text that the dialect knows for "there is none"
    UNEXPLAINED = auto()  # an error text that none of the dialect's words explains
    UNKNOWN = auto()  # the panel does not know the command
    REFUSED = auto()  # not for this operator
    FAILED = auto()  # no answer, or none that can be read


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A command, how it answered, and the panel's words; `read_back_of` names an extension's push."""

    command: str
    answer: Answer
    words: str
    read_back_of: PushKind | None = None


def ask_all(api: PanelApi) -> Iterator[Asked]:
    """Ask each reading command once. Nothing is written; faults are answers."""
    client_id = _first_id(api, "GetAllClients", _PAGE, api.dialect.customers.list_keys)
    customer = {"idcliente": client_id or api.dialect.customers.first_id}
    newest = {**customer, "limit": 1}
    invoice_id = _first_id(api, "GetInvoices", newest, ("facturas",))
    questions: Mapping[str, Mapping[str, Any]] = {
        "GetClientsDetails": customer,
        "GetAllClients": _PAGE,
        "ListTicket": customer,
        "GetInvoices": newest,
        "GetInvoice": {"idfactura": invoice_id or 1},
        "GetDepartamentos": {},
        "GetOperadores": {},
    }
    for command, fields in questions.items():
        yield _asked(api, command, fields)
    told = set(questions)
    for kind, shape in api.dialect.extensions.items():
        back = shape.read_back
        if back is not None and back.command not in told:
            told.add(back.command)
            fields = extension.filled(back.fields, _sample(kind, customer["idcliente"]))
            yield _asked(api, back.command, fields, kind)


def writing_commands(api: PanelApi) -> tuple[str, ...]:
    """Return the commands that the bridge would write with: public ones, or those of extensions."""
    extensions = api.dialect.extensions
    public = (command for kind, command in WRITES.items() if kind not in extensions)
    return tuple(dict.fromkeys((*public, *(shape.command for shape in extensions.values()))))


_PAGE: Mapping[str, Any] = {"estado": 0, "limit": 1, "pagina": 1}


def _asked(
    api: PanelApi, command: str, fields: Mapping[str, Any], read_back_of: PushKind | None = None
) -> Asked:
    try:
        reply = api.ask(command, fields)
    except AccessRefused as fault:
        return Asked(command=command, answer=Answer.REFUSED, words=str(fault), read_back_of=read_back_of)
    except NothingPushed as fault:
        return Asked(command=command, answer=Answer.FAILED, words=str(fault), read_back_of=read_back_of)
    words = reply.message or ("" if reply.success else f"HTTP {reply.status} without words")
    return Asked(command=command, answer=_kind(api, reply), words=words, read_back_of=read_back_of)


def _kind(api: PanelApi, reply: Reply) -> Answer:
    if reply.success:
        return Answer.SUCCESS
    if api.is_unknown(reply):
        return Answer.UNKNOWN
    words = api.dialect.errors
    known = (*words.not_found, *words.no_tickets, *words.no_invoices)
    return Answer.NOTHING if contains_any(reply.message, known) else Answer.UNEXPLAINED


def _first_id(api: PanelApi, command: str, fields: Mapping[str, Any], keys: tuple[str, ...]) -> int | None:
    try:
        reply = api.ask(command, fields)
        rows = [row for key in keys for row in as_list(reply.body.get(key))]
    except (NothingPushed, ValueError):
        return None
    return next((number for row in rows if (number := id_of(row)) is not None), None)


def _sample(kind: PushKind, client_id: int) -> Push:
    """A push that is never sent: it only fills the placeholders of a read-back."""
    return Push(
        key="check",
        kind=kind,
        client_id=client_id,
        due_at=datetime.max.replace(tzinfo=UTC),
        ticket_id=1,
        marker="[CHECK]",
        amount=Money(Decimal(1)),
    )
