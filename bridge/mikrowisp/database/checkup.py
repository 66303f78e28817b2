"""What a check-up asks the panel's database beside the bridge's own reads: clock, configuration, rights."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, Select, String, TableClause, cast, column, func, select, table

from bridge.errors import PanelUnusable
from bridge.mikrowisp.database.connect import reading
from bridge.mikrowisp.database.permissions import Need, Right, grants
from bridge.mikrowisp.database.schema import Schema, inspect, soporte
from bridge.mikrowisp.translate import instant_of

# The panel's own settings (contract 5.7). Only the check-up reads them, so no push asks for the right.
CONFIGURATION = Need(right=Right.SELECT, table="tblconfiguration", columns=("cron_factura", "zona_horaria"))


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

    def columns_beyond(self, known: TableClause, also: frozenset[str]) -> tuple[str, ...]:
        """Return the columns of a table that this user sees and that neither `known` nor `also` names."""
        seen = self.schema().columns.get(known.name, {})
        return tuple(sorted(seen.keys() - {one.name for one in known.columns} - also))

    def _first(self, query: Select[Any]) -> object:
        with reading(self._engine) as connection:
            found: object = connection.scalar(query)
        return found
