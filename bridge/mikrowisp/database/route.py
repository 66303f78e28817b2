"""The database route of pushes: what it serves, how it writes, and how it looks afterwards."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine, RowMapping, Select, select

from bridge.clock import Clock
from bridge.domain.intents import Posting, Push, PushKind, Route, Sight
from bridge.domain.records import Department, Invoice, Operator, Ticket
from bridge.errors import BridgeError, NotApplied, PanelUnreachable, PanelUnusable
from bridge.mikrowisp.database import queries
from bridge.mikrowisp.database.balances import Balances
from bridge.mikrowisp.database.connect import reading
from bridge.mikrowisp.database.locks import write
from bridge.mikrowisp.database.looks import Looks
from bridge.mikrowisp.database.permissions import (
    AUDIT,
    BALANCES,
    DEPARTMENTS,
    INVOICES,
    OPERATORS,
    PUSH,
    Right,
)
from bridge.mikrowisp.database.rows import Rows
from bridge.mikrowisp.database.schema import Schema, departamentos, inspect, login
from bridge.mikrowisp.database.writes import Write
from bridge.mikrowisp.sendlog import logged
from bridge.mikrowisp.translate import number_of, one_line
from bridge.rulebook.commands import Commands

SCHEMA_SECONDS = 60


class DatabaseRoute:
    """Pushes through the panel's tables (design section 1).

    `clock` gives the times that are written; `zone` is the panel's; `bridge_operator` is the operator
    (`login`) under whose id the bridge writes, 0 where there is none: then it writes no notes, for they
    would stand there as the customer's. The schema is looked at again every `SCHEMA_SECONDS`.
    """

    route = Route.DATABASE

    def __init__(  # noqa: PLR0913 - parts and settings, named, wired in one place
        self,
        engine: Engine,
        *,
        clock: Clock,
        zone: ZoneInfo,
        dialect: Commands | None = None,
        bridge_operator: int = 0,
        currency: str = "MXN",
    ) -> None:
        self._engine = engine
        self._clock = clock
        self._zone = zone
        self._operator = bridge_operator
        self._rows = Rows(
            words=(dialect or Commands()).tickets,
            zone=zone,
            currency=currency,
            bridge_operator=bridge_operator,
        )
        self._schema: tuple[float, Schema] | None = None

    def serves(self, kind: PushKind) -> str | None:
        """Return None where the route can carry `kind`, else why not and which GRANT would mend it.

        Reads the schema: raises PanelUnreachable or AccessRefused where it cannot.
        """
        if kind not in PUSH:
            return f"the database route does not serve {kind}"
        if kind is PushKind.NOTE and not self._operator:
            return "no bridge_operator is named: a note would stand there as the customer's own"
        problems = self._current_schema().problems(PUSH[kind])
        return "\n".join(problems) or None

    @logged
    def send(self, push: Push) -> None:
        """Write `push` once: under a lock, in one transaction, after looking whether it is there.

        Returns also where it was there before. Raises Refused (no such ticket or customer, values that do not
        fit), NotApplied, OutcomeUnknown (look before sending again), AccessRefused, PanelUnusable.
        """
        try:
            words = self.serves(push.kind)
        except PanelUnreachable as error:
            raise NotApplied(str(error)) from error
        if words is not None:
            raise PanelUnusable(f"{push.key} cannot be written: {words}")
        schema = self._current_schema()
        subject = f"client {push.client_id}" if push.kind.moves_money else f"ticket {push.ticket_id}"

        def work(connection: Connection) -> None:
            local = self._clock.now().astimezone(self._zone)
            rows, operator = self._rows, self._operator
            Write(connection=connection, schema=schema, rows=rows, local=local, operator=operator).apply(push)

        try:
            write(self._engine, subject, work, clock=self._clock, rolled_back=_rolls_back(push.kind, schema))
        except BridgeError:
            self._schema = None
            raise

    def look(self, push: Push, ticket: Ticket | None = None) -> Sight:  # noqa: ARG002 - other routes need it
        """Return what the panel shows of `push` now; the ticket of an earlier read is not used."""
        return self.look_many([push])[push.key]

    def look_many(
        self,
        pushes: Iterable[Push],
        tickets: Mapping[int, Ticket] | None = None,  # noqa: ARG002 - other routes need it
    ) -> dict[str, Sight]:
        """Return what the panel shows of each push, by key: one statement for every 100 markers.

        A CLOSE, SET_STATUS or ASSIGN is shown by the ticket's own fields, the others by their marker: notes
        in messages that the customer did not write, credits and charges on the customer's balances. Raises
        PanelUnreachable, AccessRefused or PanelUnusable.
        """
        schema = self._current_schema()
        with reading(self._engine) as connection:
            return Looks(connection=connection, schema=schema, rows=self._rows).at(pushes)

    def marked(self, since: date) -> tuple[Posting, ...] | None:
        """Return every balance since a day with a marker of the bridge; None without the right to look.

        Raises PanelUnreachable or AccessRefused.
        """
        schema = self._current_schema()
        if not schema.has(BALANCES):
            return None
        with reading(self._engine) as connection:
            return Balances(connection=connection, schema=schema, rows=self._rows).marked(since)

    def invoices(self, invoice_ids: Iterable[int]) -> tuple[Invoice, ...]:
        """Return those of the invoices that exist, with the texts of their items (contract 5.3, 5.4)."""
        self._current_schema().refuse_unless(INVOICES)
        found: list[Invoice] = []
        with reading(self._engine) as connection:
            for ids in queries.chunks(sorted(set(invoice_ids))):
                texts: defaultdict[int, list[str | None]] = defaultdict(list)
                for item in connection.execute(queries.invoice_items(ids)).mappings():
                    texts[number_of(item["idfactura"])].append(item["descripcion"])
                rows = connection.execute(queries.invoices(ids)).mappings()
                found += [self._rows.invoice(dict(row), texts[number_of(row["id"])]) for row in rows]
        return tuple(found)

    def operators(self) -> tuple[Operator, ...]:
        """Return the panel's operators (contract 5.5)."""
        self._current_schema().refuse_unless([OPERATORS])
        found = self._all(select(login.c.id, login.c.nombre, login.c.username, login.c.estado))
        return tuple(
            Operator(
                operator_id=number_of(row["id"]),
                name=one_line(row["nombre"] or row["username"] or ""),
                active=str(row["estado"]) == "1",
            )
            for row in found
        )

    def departments(self) -> tuple[Department, ...]:
        """Return the panel's departments (contract 3.2)."""
        self._current_schema().refuse_unless([DEPARTMENTS])
        found = self._all(select(departamentos.c.id, departamentos.c.dp))
        return tuple(
            Department(department_id=number_of(row["id"]), name=one_line(row["dp"] or "")) for row in found
        )

    def close(self) -> None:
        """Close the connections."""
        self._engine.dispose()

    def _all(self, query: Select[Any]) -> Sequence[RowMapping]:
        with reading(self._engine) as connection:
            return connection.execute(query).mappings().all()

    def _current_schema(self) -> Schema:
        now = self._clock.monotonic()
        if self._schema is None or now - self._schema[0] >= SCHEMA_SECONDS:
            with reading(self._engine) as connection:
                self._schema = (now, inspect(connection))
        return self._schema[1]


def _rolls_back(kind: PushKind, schema: Schema) -> bool:
    """Whether every table that a push of `kind` writes to undoes an unfinished transaction."""
    written = {need.table for need in PUSH[kind] if need.right is not Right.SELECT}
    return written <= schema.rolls_back and (not schema.has(AUDIT) or AUDIT.table in schema.rolls_back)
