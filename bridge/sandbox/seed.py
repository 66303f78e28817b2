"""Filling the panel from a JSON document: organisation, customers and tickets, in bulk."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bridge.sandbox import invented
from bridge.sandbox.clock import Clock
from bridge.sandbox.schema import (
    blank,
    departamentos,
    login,
    tblavisouser,
    tblconfiguration,
    usuarios,
    zonas,
)
from bridge.sandbox.schema_money import perfiles, tblservicios
from bridge.sandbox.seed_tickets import add_tickets
from bridge.sandbox.shapes import ControlError, flag, objects, only, whole, words

SECTIONS = ("operators", "departments", "plans", "zones", "customers", "tickets", "token")
CUSTOMER = (
    "id", "nombre", "estado", "plan", "price", "node", "zone", "pay_day", "services", "correo", "telefono",
    "movil", "cedula", "codigo", "direccion", "installed", "fecha_suspendido",
)  # fmt: skip
SERVICE = (
    "id", "plan", "price", "node", "pppuser", "ppppass", "ip", "tiposervicio", "installed", "direccion",
    "status_user",
)  # fmt: skip


def seed(connection: Connection, clock: Clock, document: Mapping[str, Any]) -> dict[str, Any]:
    """Add a document to the panel; returns how many rows of each kind, and the ids of customers and tickets.

    Departments, operators, plans and zones that are not given are the invented ones, as long as there
    are none yet.
    """
    only(document, "seed", *SECTIONS)
    token = document.get("token")
    _organisation(connection, document)
    if _empty(connection, tblconfiguration):
        connection.execute(tblconfiguration.insert().values(zona_horaria=clock.timezone))
    if token is not None:
        wanted = words(document, "token", "seed")
        mine = login.update().where(login.c.id == _api_operator(connection))
        connection.execute(mine.values(token_api=wanted, api=1, estado=1))
    given = document.get("customers") or []
    if isinstance(given, int):
        first = next_id(connection, usuarios)
        given = [invented.customer(number) for number in range(first, first + given)]
    customers = _customers(connection, clock, objects({"customers": given}, "customers", "seed"))
    tickets = add_tickets(connection, clock, objects(document, "tickets", "seed"))
    return {"customers": customers, "tickets": tickets}


def next_id(connection: Connection, table: sa.Table) -> int:
    """Return the first id that is free above all others."""
    return int(connection.scalar(sa.select(sa.func.coalesce(sa.func.max(table.c.id), 0))) or 0) + 1


def _organisation(connection: Connection, document: Mapping[str, Any]) -> None:
    departments = objects(document, "departments", "seed")
    if not departments and _empty(connection, departamentos):
        departments = [{"id": number, "name": name} for number, name in invented.DEPARTMENTS]
    for item in departments:
        only(item, "department", "id", "name", "subjects")
        row = blank(
            departamentos,
            id=whole(item, "id", "department"),
            dp=words(item, "name", "department"),
            asuntos=words(item, "subjects", "department", invented.SUBJECTS),
        )
        connection.execute(departamentos.insert().values(row))
    operators = objects(document, "operators", "seed")
    if not operators and _empty(connection, login):
        operators = list(invented.OPERATORS)
    for item in operators:
        only(item, "operator", "id", "username", "nombre", "api", "token", "active")
        _operator(connection, item)
    zones = objects(document, "zones", "seed")
    if not zones and _empty(connection, zonas):
        zones = [{"id": number, "name": name} for number, name in invented.ZONES]
    for item in zones:
        only(item, "zone", "id", "name")
        row = {"id": whole(item, "id", "zone"), "zona": words(item, "name", "zone")}
        connection.execute(zonas.insert().values(row))
    plans = objects(document, "plans", "seed")
    if not plans and _empty(connection, perfiles):
        plans = list(invented.PLANS)
    for item in plans:
        only(item, "plan", "id", "plan", "price", "tax")
        row = blank(
            perfiles,
            id=whole(item, "id", "plan"),
            plan=words(item, "plan", "plan"),
            costo=item.get("price", 0),
            impuesto=item.get("tax", 0),
        )
        connection.execute(perfiles.insert().values(row))


def _operator(connection: Connection, item: Mapping[str, Any]) -> None:
    username = words(item, "username", "operator")
    api = flag(item, "api", "operator", default=False)
    row = blank(
        login,
        id=whole(item, "id", "operator"),
        username=username,
        nombre=words(item, "nombre", "operator", username),
        password=invented.secret(f"login-{username}"),
        api=int(api),
        estado=int(flag(item, "active", "operator", default=True)),
        token_api=words(item, "token", "operator", invented.DEFAULT_TOKEN if api else ""),
        correo=f"{username}@example.com",
    )
    connection.execute(login.insert().values(row))


def _api_operator(connection: Connection) -> int:
    found = connection.scalar(sa.select(login.c.id).where(login.c.api == 1).order_by(login.c.id))
    if found is not None:
        return int(found)
    if connection.scalar(sa.select(login.c.id).where(login.c.id == invented.BRIDGE_OPERATOR)) is None:
        _operator(connection, {"id": invented.BRIDGE_OPERATOR, "username": "bridge", "api": True})
    return invented.BRIDGE_OPERATOR


def _customers(connection: Connection, clock: Clock, given: list[dict[str, Any]]) -> list[int]:
    if not given:
        return []
    plans = {str(row.id): row for row in connection.execute(sa.select(perfiles))}
    plans |= {row.plan: row for row in plans.values()}
    zones = {str(row.id): row.id for row in connection.execute(sa.select(zonas))}
    zones |= {row.zona: row.id for row in connection.execute(sa.select(zonas))}
    customer_id = next_id(connection, usuarios)
    service_id = next_id(connection, tblservicios)
    people: list[dict[str, Any]] = []
    billing: list[dict[str, Any]] = []
    services: list[dict[str, Any]] = []
    for item in given:
        only(item, "customer", *CUSTOMER)
        number = whole(item, "id", "customer", customer_id)
        customer_id = max(customer_id, number + 1)
        people.append(_person(number, item))
        suspended = item.get("estado") == "SUSPENDIDO"
        since = item.get("fecha_suspendido") or (clock.local() if suspended else None)
        billing.append(
            blank(
                tblavisouser,
                cliente=number,
                zona=_known(zones, item.get("zone", 1), "zone"),
                diapago=whole(item, "pay_day", "customer", 1),
                diafactura=1,
                **({"fecha_suspendido": since} if since else {}),
            )
        )
        alone: dict[str, Any] = {str(key): item[key] for key in ("plan", "price", "node") if key in item}
        wanted: list[dict[str, Any]] = (
            objects(item, "services", "customer") if "services" in item else [alone]
        )
        place = {key: item[key] for key in ("node", "direccion", "installed") if key in item}
        for service in wanted:
            only(service, "service", *SERVICE)
            plan = _known(plans, service.get("plan", item.get("plan", 1)), "plan")
            service_number = whole(service, "id", "service", service_id)
            service_id = max(service_id, service_number + 1)
            services.append(_service(service_number, number, plan, place | service))
    connection.execute(usuarios.insert(), people)
    connection.execute(tblavisouser.insert(), billing)
    if services:
        connection.execute(tblservicios.insert(), services)
    return [row["id"] for row in people]


def _person(number: int, item: Mapping[str, Any]) -> dict[str, Any]:
    made_up = invented.contact(number)
    given = {name: words(item, name, "customer", made_up[name]) for name in made_up}
    return blank(
        usuarios,
        id=number,
        nombre=item.get("nombre", f"CLIENTE DE PRUEBA {number}"),
        estado=words(item, "estado", "customer", "ACTIVO"),
        direccion_principal=words(item, "direccion", "customer", f"Calle Inventada {number}"),
        **given,
    )


def _service(number: int, customer: int, plan: Any, item: Mapping[str, Any]) -> dict[str, Any]:
    return blank(
        tblservicios,
        id=number,
        idcliente=customer,
        idperfil=plan.id,
        nodo=whole(item, "node", "service", 1),
        costo=item.get("price", plan.costo),
        ip=words(item, "ip", "service", invented.address(number)),
        instalado=words(item, "installed", "service", "2025-01-01"),
        pppuser=words(item, "pppuser", "service", f"cliente{customer}-{number}"),
        ppppass=words(item, "ppppass", "service", invented.secret(f"ppp-{number}")),
        tiposervicio=words(item, "tiposervicio", "service", "internet"),
        status_user=words(item, "status_user", "service", "ONLINE"),
        direccion=words(item, "direccion", "service", ""),
        snmp_comunidad="public",
    )


def _known(table: Mapping[str, Any], wanted: Any, what: str) -> Any:
    if str(wanted) not in table:
        raise ControlError(f"seed: there is no {what} {wanted!r}")
    return table[str(wanted)]


def _empty(connection: Connection, table: sa.Table) -> bool:
    return not connection.scalar(sa.select(sa.func.count()).select_from(table))
