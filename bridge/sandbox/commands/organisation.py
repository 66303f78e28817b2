"""GetOperadores and GetDepartamentos; their answers are unknown, so the shape is a switch (contract, 2.4)."""

from __future__ import annotations

import sqlalchemy as sa

from bridge.sandbox.call import Call, Command
from bridge.sandbox.envelope import Answer, done
from bridge.sandbox.schema import departamentos, login


def get_operators(call: Call) -> Answer:
    """List the operators who can log in; never their passwords or tokens."""
    rows = call.connection.execute(
        sa.select(login.c.id, login.c.username, login.c.nombre, login.c.estado).order_by(login.c.id)
    )
    key = call.switches.choice("operators_shape")
    if key == "datos":
        return done(
            datos=[
                {"idoperador": call.id(row.id, 3), "usuario": row.username, "operador": row.nombre}
                for row in rows
            ]
        )
    return done(
        operadores=[
            {"id": call.id(row.id, 3), "nombre": row.nombre, "username": row.username, "estado": row.estado}
            for row in rows
        ]
    )


def get_departments(call: Call) -> Answer:
    """List the ticket departments."""
    rows = call.connection.execute(
        sa.select(departamentos.c.id, departamentos.c.dp).order_by(departamentos.c.id)
    )
    if call.switches.choice("departments_shape") == "datos":
        return done(datos=[{"iddepartamento": call.id(row.id, 2), "nombre": row.dp} for row in rows])
    return done(departamentos=[{"id": call.id(row.id, 2), "dp": row.dp} for row in rows])


COMMANDS = (
    Command(name="GetOperadores", run=get_operators),
    Command(name="GetDepartamentos", run=get_departments),
)
