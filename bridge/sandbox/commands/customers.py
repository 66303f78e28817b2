"""GetAllClients, GetClientsDetails, ActiveService, SuspendService, NewSMS (contract, section 2.3)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from bridge.sandbox.call import Call, Command, window
from bridge.sandbox.columns import ZERO_TIME
from bridge.sandbox.envelope import Answer, PanelError, done
from bridge.sandbox.faults import BROKEN_CLIENT, shrink, spoil
from bridge.sandbox.schema import sms, tblavisouser, usuarios
from bridge.sandbox.schema_money import facturas, perfiles, saldos, tblservicios
from bridge.sandbox.tickets import NO_SUCH_CUSTOMER, customer_exists
from bridge.sandbox.values import number, require, text

_STATES = {"0": "ACTIVO", "1": "SUSPENDIDO", "2": "RETIRADO"}
_PERSON = (
    "nombre", "estado", "correo", "telefono", "movil", "cedula", "pasarela", "codigo",
    "direccion_principal",
)  # fmt: skip
_SERVICE = (
    "ipap", "mac", "ip", "instalado", "pppuser", "ppppass", "tiposervicio", "status_user",
    "coordenadas", "direccion", "snmp_comunidad",
)  # fmt: skip
_UNPAID = ("no pagado", "vencido")


def get_all_clients(call: Call) -> Answer:
    """List customers by id, in pages; `estado` 0 active, 1 suspended, 2 retired."""
    query = sa.select(usuarios.c.id).order_by(usuarios.c.id)
    state = _STATES.get(text(call.body, "estado"))
    if state:
        query = query.where(usuarios.c.estado == state)
    ids = list(call.connection.scalars(query))
    shrunken = call.fault("shrunken_list")
    if shrunken:
        ids = ids[: shrink(len(ids), shrunken.fraction)]
    shown = _records(call, ids[window(call)], full=call.switches.choice("clients_record") == "full")
    if not shown and call.switches.choice("empty_clients") == "error":
        raise PanelError(NO_SUCH_CUSTOMER)
    return done(**{call.switches.choice("clients_key"): shown})


def get_clients_details(call: Call) -> Answer:
    """Return every customer that one filter matches: several can share a `cedula`."""
    filters = ("idcliente", "cedula", "telefono", "movil")
    name = next((name for name in filters if call.body.get(name) not in (None, "")), None)
    if name is None:
        require(call.body, *filters)
    query = sa.select(usuarios.c.id).order_by(usuarios.c.id)
    if name == "idcliente":
        query = query.where(usuarios.c.id == number(call.body, name))
    else:
        query = query.where(usuarios.c[str(name)] == text(call.body, str(name)))
    shown = _records(call, list(call.connection.scalars(query)), full=True)
    if not shown and call.switches.choice("client_not_found") == "error":
        raise PanelError(NO_SUCH_CUSTOMER)
    return done(datos=shown)


def active_service(call: Call) -> Answer:
    """Give a suspended customer the service back."""
    require(call.body, "idcliente")
    set_state(call, number(call.body, "idcliente"), "ACTIVO")
    return done(mensaje="Cliente Activado correctamente.")


def suspend_service(call: Call) -> Answer:
    """Cut a customer off."""
    require(call.body, "idcliente")
    set_state(call, number(call.body, "idcliente"), "SUSPENDIDO")
    return done(mensaje="Cliente Suspendido correctamente.")


def new_sms(call: Call) -> Answer:
    """Queue a text message; the sandbox keeps it and sends nothing."""
    require(call.body, "idcliente", "mensaje")
    customer = number(call.body, "idcliente")
    customer_exists(call, customer)
    row = {"idcliente": customer, "mensaje": text(call.body, "mensaje"), "fecha": call.local}
    call.connection.execute(sms.insert().values(row))
    return done(mensaje="SMS agregado a la cola de envío.")


def set_state(call: Call, customer: int, state: str) -> None:
    """Make a customer ACTIVO, SUSPENDIDO or RETIRADO."""
    customer_exists(call, customer)
    call.connection.execute(usuarios.update().where(usuarios.c.id == customer).values(estado=state))
    since = call.local if state == "SUSPENDIDO" else ZERO_TIME
    mine = tblavisouser.update().where(tblavisouser.c.cliente == customer)
    call.connection.execute(mine.values(fecha_suspendido=since))
    call.audit("cliente", f"Cliente {customer} {state}", customer)


def _records(call: Call, ids: list[int], *, full: bool) -> list[dict[str, Any]]:
    if not ids:
        return []
    query = sa.select(usuarios, tblavisouser.c.fecha_suspendido).select_from(
        usuarios.outerjoin(tblavisouser, tblavisouser.c.cliente == usuarios.c.id)
    )
    rows = call.connection.execute(query.where(usuarios.c.id.in_(ids)).order_by(usuarios.c.id)).mappings()
    services = _services(call, ids) if full else {}
    debts = _debts(call, ids) if full else {}
    shown = []
    for row in rows:
        customer = row["id"]
        record: dict[str, Any] = {"id": call.id(customer, 6)}
        record |= {name: row[name] for name in _PERSON}
        record["fecha_suspendido"] = row["fecha_suspendido"] or ZERO_TIME
        if full:
            none: list[dict[str, Any]] | None = None if call.switches.choice("no_services") == "null" else []
            record["servicios"] = services.get(customer, none)
            count, total = debts.get(customer, (0, Decimal(0)))
            record["facturacion"] = {"facturas_nopagadas": count, "total_facturas": f"{total:.2f}"}
        shown.append(record)
    broken = call.fault("broken_record")
    if broken:
        spoil(shown, BROKEN_CLIENT, broken.id)
    return shown


def _services(call: Call, ids: list[int]) -> dict[int, list[dict[str, Any]]]:
    query = sa.select(tblservicios, perfiles.c.plan).select_from(
        tblservicios.outerjoin(perfiles, perfiles.c.id == tblservicios.c.idperfil)
    )
    rows = call.connection.execute(query.where(tblservicios.c.idcliente.in_(ids)).order_by(tblservicios.c.id))
    found: dict[int, list[dict[str, Any]]] = {}
    for row in rows.mappings():
        shown: dict[str, Any] = {
            "id": call.id(row["id"], 1),
            "idperfil": call.id(row["idperfil"], 1),
            "nodo": call.id(row["nodo"], 1),
            "costo": f"{row['costo']:.2f}",
        }
        shown |= {name: row[name] for name in _SERVICE}
        shown["perfil"] = row["plan"] or ""
        found.setdefault(row["idcliente"], []).append(shown)
    return found


def _debts(call: Call, ids: list[int]) -> dict[int, tuple[int, Decimal]]:
    found: dict[int, tuple[int, Decimal]] = {}
    unpaid = sa.select(facturas.c.idcliente, facturas.c.total).where(
        facturas.c.idcliente.in_(ids), sa.func.lower(facturas.c.estado).in_(_UNPAID)
    )
    for row in call.connection.execute(unpaid):
        count, total = found.get(row.idcliente, (0, Decimal(0)))
        found[row.idcliente] = (count + 1, total + row.total)
    if call.switches.on("total_nets_saldos"):
        pending = sa.select(saldos.c.iduser, saldos.c.monto).where(
            saldos.c.iduser.in_(ids), saldos.c.estado == "no cobrado"
        )
        for row in call.connection.execute(pending):
            count, total = found.get(row.iduser, (0, Decimal(0)))
            found[row.iduser] = (count, total + row.monto)
    return found


COMMANDS = (
    Command(name="GetAllClients", run=get_all_clients),
    Command(name="GetClientsDetails", run=get_clients_details),
    Command(name="ActiveService", run=active_service, writes=True),
    Command(name="SuspendService", run=suspend_service, writes=True),
    Command(name="NewSMS", run=new_sms, writes=True),
)
