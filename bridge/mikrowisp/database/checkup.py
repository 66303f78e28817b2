"""What a check-up asks the panel's database beside the bridge's own reads: clock, configuration, rights."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, Select, String, cast, column, func, select, table

from bridge.errors import AccessRefused, PanelUnusable
from bridge.mikrowisp.database.connect import reading
from bridge.mikrowisp.database.permissions import Need, Right, grants
from bridge.mikrowisp.database.queries import as_text
from bridge.mikrowisp.database.rows import Row
from bridge.mikrowisp.database.schema import Schema, inspect, saldos, soporte, ticket
from bridge.mikrowisp.translate import instant_of, number_of

# The panel's own settings (contract 5.7). Only the check-up reads them, so no push asks for the right.
CONFIGURATION = Need(right=Right.SELECT, table="tblconfiguration", columns=("cron_factura", "zona_horaria"))


_TICKET_COLUMNS = {one.name for one in soporte.columns} | {
    "operador",
    "procede",
    "solicitante",
    "cun",
    "oculto",
}


class DatabaseCheckup:
    """Questions to one panel's database; nothing is written.

    Each raises PanelUnreachable, AccessRefused or PanelUnusable where it cannot be answered.
    """

    def __init__(self, engine: Engine, *, zone: ZoneInfo) -> None:
        self._engine = engine
        self._zone = zone
        self._schema: Schema | None = None

    def schema(self) -> Schema:
        """Return the tables and rights as they stood at the first question."""
        if self._schema is None:
            with reading(self._engine) as connection:
                self._schema = inspect(connection)
        return self._schema

    def server_time(self) -> datetime | None:
        """Return the instant by the server's clock; None where the database has none (SQLite)."""
        if self._engine.dialect.name != "mysql":
            return None
        with reading(self._engine) as connection:
            said = connection.scalar(select(cast(func.utc_timestamp(), String)))
        return datetime.fromisoformat(str(said)).replace(tzinfo=UTC)

    def setting(self, name: str) -> str | None:
        """Return a setting of the panel as text; None where this release has no such table, column or row.

        `name` is one of the columns of `CONFIGURATION`.
        """
        settings = table(CONFIGURATION.table, column(name))
        try:
            found = self._first(select(cast(settings.c[name], String)).select_from(settings).limit(1))
        except PanelUnusable:
            return None
        return None if found is None else str(found).strip()

    def grant(self, need: Need) -> str:
        """Return the statement with which an administrator gives `need`; empty where there are no rights."""
        schema = self.schema()
        if not schema.account:
            return ""
        return grants([need], database=schema.database, account=schema.account)[0]

    def newest_activity(self) -> datetime | None:
        """Return the newest `lastdate` of any ticket, read in the configured zone; None without tickets."""
        newest = self._first(select(cast(func.max(soporte.c.lastdate), String)))
        return instant_of(str(newest), self._zone) if newest else None

    def balances(self, client_id: int) -> list[Row]:
        """Return the customer's rows of `saldos`, taken up or pending, oldest first."""
        b = saldos.c
        query = select(b.id, b.idorigen, b.iddestino, b.estado, as_text(b.monto), b.descripcion)
        with reading(self._engine) as connection:
            found = connection.execute(query.where(b.iduser == client_id).order_by(b.id)).mappings().all()
        return [dict(row) for row in found]

    def balance_on(self, invoice_id: int) -> Decimal | None:
        """Return what `facturas.saldo` holds; None where it cannot be read: no push needs that right."""
        bills = table("facturas", column("id"), column("saldo"))
        try:
            found = self._first(select(cast(bills.c.saldo, String)).where(bills.c.id == invoice_id))
        except (AccessRefused, PanelUnusable):
            return None
        return None if found is None else Decimal(str(found))

    def first_author(self, ticket_id: int) -> int | None:
        """Return the operator of a ticket's first message, 0 for the customer; None where there is none."""
        first = (
            select(ticket.c.idtecnico).where(ticket.c.idticket == ticket_id).order_by(ticket.c.id).limit(1)
        )
        found = self._first(first)
        return None if found is None else number_of(str(found))

    def unknown_ticket_columns(self) -> tuple[str, ...]:
        """Return the columns of `soporte` that this user sees and that revision 63 does not have."""
        return tuple(sorted(self.schema().columns.get(soporte.name, {}).keys() - _TICKET_COLUMNS))

    def _first(self, query: Select[Any]) -> object:
        with reading(self._engine) as connection:
            found: object = connection.scalar(query)
        return found
