"""How this panel speaks: the models of `mappings/commands.yaml` (design 1, contract 1 to 3)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from string import Formatter
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from bridge.domain.intents import PushKind
from bridge.domain.records import Channel, TicketState
from bridge.phrases import phrase
from bridge.yamlfile import WrongValue, nearest
from bridge.yamlfile.scalars import Duration, Some


def _some_text(words: str) -> str:
    """Refuse a text of spaces: it would stand in every answer of the panel."""
    if not words.strip():
        raise WrongValue(phrase("expected some text"))
    return words


Words = tuple[Annotated[str, AfterValidator(_some_text), Field(min_length=1)], ...]
CommandName = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]*$")]
Key = Annotated[str, Field(min_length=1)]

HalfDay = Literal["mañana", "tarde"]
_HALF_DAYS: Mapping[HalfDay, Words] = {"mañana": ("MAÑANA", "AM"), "tarde": ("TARDE", "PM")}

_HALF_A_BRACE = phrase("a brace `{` or `}` without its other half; for the sign itself write it twice")
_NO_OTHER = phrase("channels needs a word for other, which stands for every channel not named")
_NO_CLOSED = phrase("states needs a word for closed, else no ticket is ever seen to end")

PLACEHOLDERS = frozenset(
    {
        "ticket_id",
        "client_id",
        "department_id",
        "state",
        "technician_id",
        "text",
        "internal",
        "amount",
        "marker",
    }
)


def _fillable(template: str | int) -> str | int:
    """Refuse a placeholder that no push fills."""
    if isinstance(template, int):
        return template
    try:
        names = [name for _, name, _, _ in Formatter().parse(template) if name is not None]
    except ValueError:
        raise WrongValue(_HALF_A_BRACE) from None
    for name in names:
        if name not in PLACEHOLDERS:
            known = nearest(name, PLACEHOLDERS)
            raise WrongValue(phrase("unknown field `{{{name}}}`; {what}", name=name, what=known))
    return template


Template = Annotated[str | int, AfterValidator(_fillable)]
Fields = Mapping[str, Template]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Customers(_Model):
    """Where the list of customers comes from, and how its pages behave."""

    source: Literal["api", "walk", "database"] = "api"
    first_page: Literal["auto"] | Annotated[int, Field(ge=0)] = "auto"
    page_size: Annotated[int, Field(ge=1, le=5000)] = 500
    list_keys: Annotated[Words, Some] = ("clientes", "datos")
    first_id: Annotated[int, Field(ge=1)] = 1
    misses: Annotated[int, Field(ge=1)] = 300


class Opening(_Model):
    """What NewTicket is told beside the subject and the text (contract 2.1)."""

    channels: Mapping[Channel, str] = Field(
        default_factory=lambda: {
            Channel.PHONE: "VIA TELEFONICA",
            Channel.OFFICE: "PRESENCIAL",
            Channel.PORTAL: "PAGINA WEB",
            Channel.SOCIAL: "RED SOCIAL",
            Channel.MAIL: "PAGINA WEB",
            Channel.OTHER: "PAGINA WEB",
        }
    )
    half_day: str = "TARDE"
    priority_keys: Words = ("propiedad", "prioridad")

    @model_validator(mode="after")
    def _checked(self) -> Opening:
        if Channel.OTHER not in self.channels:
            raise WrongValue(_NO_OTHER)
        return self


class Tickets(_Model):
    """The panel's words for a ticket's state, channel and half-day; compared without case and accents."""

    states: Mapping[TicketState, Words] = Field(
        default_factory=lambda: {
            TicketState.OPEN: ("abierto",),
            TicketState.ANSWERED: ("respondido",),
            TicketState.CUSTOMER_REPLIED: (
                "respuesta cliente",
                "respuesta_cliente",
                "respuesta de cliente",
                "respuesta del cliente",
                "cliente respondio",
            ),
            TicketState.CLOSED: ("cerrado",),
        }
    )
    channels: Mapping[Channel, Words] = Field(
        default_factory=lambda: {
            Channel.PHONE: ("VIA TELEFONICA", "TELEFONO", "TELEFONICA", "LLAMADA"),
            Channel.OFFICE: ("PRESENCIAL", "OFICINA"),
            Channel.PORTAL: ("PAGINA WEB", "CLIENTE", "PORTAL"),
            Channel.SOCIAL: ("RED SOCIAL", "REDES SOCIALES", "WHATSAPP"),
            Channel.MAIL: ("CORREO", "EMAIL", "E-MAIL"),
        }
    )
    half_days: Mapping[HalfDay, Words] = Field(default_factory=lambda: dict(_HALF_DAYS))
    opening: Opening = Opening()

    @model_validator(mode="after")
    def _checked(self) -> Tickets:
        if not self.states.get(TicketState.CLOSED):
            raise WrongValue(_NO_CLOSED)
        return self


class ErrorWords(_Model):
    """Parts of the panel's error texts by what they mean; compared without case and accents."""

    bad_token: Words = ("token",)
    unknown_command: Words = ("comando", "metodo", "command", "method")
    not_found: Words = ("no existe", "no se encontr", "no hay", "sin resultados", "sin registros")
    no_tickets: Words = ("no hay", "no existe", "sin tickets", "no se encontr")
    no_invoices: Words = ("no hay", "no existe", "sin facturas", "no se encontr")


class ReadBack(_Model):
    """A command that shows what an extension did.

    `rows` is the dotted path to the list in the answer. A row is of interest when its `id` equals the
    push's ticket (where `id` is named) and its `client` equals the push's customer (where named). The
    other names say which field of a row holds what; `messages` is the list of a ticket's messages inside
    a row, each with its `text`. `negate` turns the sign of `amount`: for panels that book credits as
    negative balances. `invoice` is the invoice that took the balance up, 0 while it waits; `origin` is the
    invoice that left the row as a remainder, 0 for a row of its own.
    """

    command: CommandName
    fields: Fields = Field(default_factory=dict)
    rows: Key
    id: Key | None = None
    client: Key | None = None
    messages: Key | None = None
    text: Key | None = None
    amount: Key | None = None
    negate: bool = False
    invoice: Key | None = None
    origin: Key | None = None
    technician: Key | None = None
    department: Key | None = None
    state: Key | None = None


class Extension(_Model):
    """A command beyond the public API that carries one kind of push.

    `success` are words of which one must stand in the answer's text (none: the envelope decides);
    `repeated` are words of an error text that mean the push had been applied before.
    """

    command: CommandName
    fields: Fields
    success: Words = ()
    repeated: Words = ()
    read_back: ReadBack | None = None


class Commands(_Model):
    """The dialect of one panel. Without a file every default is the public API v1."""

    api: Literal["v1", "v11"] = "v1"
    customers: Customers = Customers()
    tickets: Tickets = Tickets()
    errors: ErrorWords = ErrorWords()
    invoices_looked_at: Annotated[int, Field(ge=1, le=100)] = 6
    settling: Duration = timedelta(minutes=2)
    extensions: Mapping[PushKind, Extension] = Field(default_factory=dict)
