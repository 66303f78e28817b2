"""The panel's records as they come over HTTP: lenient in form, strict in meaning (contract section 2).

Only what the bridge uses is a field. Passwords (`codigo`, `ppppass`) are not, so no record can show them.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any

from pydantic import AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field

from bridge.mikrowisp.translate import number_of


def _text(value: Any) -> Any:
    if value is None or value is False:
        return ""
    return str(value) if isinstance(value, int | Decimal) else value


def _amount(value: Any) -> Any:
    return value.replace(",", "").strip() if isinstance(value, str) else value


def _number_or_none(value: Any) -> Any:
    return None if value is None or (isinstance(value, str) and not value.strip()) else number_of(value)


def _sequence(value: Any) -> Any:
    # PHP writes a list with a gap in its keys as an object.
    return list(value.values()) if isinstance(value, dict) else value


Id = Annotated[int, BeforeValidator(number_of)]
MaybeId = Annotated[int | None, BeforeValidator(_number_or_none)]
Text = Annotated[str, BeforeValidator(_text)]
Amount = Annotated[Decimal, BeforeValidator(_amount), Field(allow_inf_nan=False)]


class _Wire(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)


class WireService(_Wire):
    """A service of a customer."""

    id: Id
    perfil: Text = ""
    costo: Amount
    nodo: MaybeId = None


class WireClient(_Wire):
    """A customer, from GetAllClients or GetClientsDetails."""

    id: Id
    nombre: Text = ""
    estado: Text = ""
    servicios: Annotated[tuple[WireService, ...] | None, BeforeValidator(_sequence)] = None
    zona: Text = ""


class WireMessage(_Wire):
    """A message of a ticket. Author and time are only given by an extension (design section 1)."""

    contenido: Text = ""
    adjunto: Text | None = None


class WireTicket(_Wire):
    """A ticket, from ListTicket."""

    id: Id
    idcliente: MaybeId = None
    asunto: Text = ""
    fecha_soporte: Text
    estado: Text = ""
    fecha_cerrado: Text = ""
    fechavisita: Text = ""
    turno: Text = ""
    agendado: Text = ""
    lastdate: Text = ""
    dp: Text = ""
    motivo_cierre: Text = ""
    mensajes: Annotated[tuple[WireMessage, ...] | None, BeforeValidator(_sequence)] = None


class WireItem(_Wire):
    """A line of an invoice; `descrp` is how the panel spells it."""

    descrp: Text = Field(default="", validation_alias=AliasChoices("descrp", "descripcion"))


class WireInvoice(_Wire):
    """An invoice, from GetInvoices or GetInvoice."""

    id: Id
    idcliente: MaybeId = None
    emitido: Text = ""
    total: Amount
    estado: Text = ""


class WireOperator(_Wire):
    """An operator; nobody has published the shape (contract 2.4), so the likely names are all taken."""

    id: Id = Field(validation_alias=AliasChoices("id", "idoperador", "id_operador", "idtecnico"))
    nombre: Text = Field(
        default="", validation_alias=AliasChoices("nombre", "operador", "nombres", "username", "usuario")
    )
    estado: Text = "1"


class WireDepartment(_Wire):
    """A department; the same holds."""

    id: Id = Field(validation_alias=AliasChoices("id", "iddepartamento", "id_departamento", "iddp"))
    dp: Text = Field(validation_alias=AliasChoices("dp", "nombre", "departamento"))
