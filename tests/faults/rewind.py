"""Takes the panel's database and the bridge's store back to a remembered moment."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from tests.servers import Sandbox


class Rewind:
    """Remembers both databases as they stand when it is made; `back` brings that moment back.

    A panel on MariaDB is kept in a second database, beside the first.
    """

    def __init__(self, panel: Sandbox, store: Path) -> None:
        self._panel = panel
        self._files = {store: sqlite3.connect(":memory:")}
        self._engine: sa.Engine | None = None
        if panel.database_url.startswith("sqlite"):
            self._files[Path(panel.database_url.removeprefix("sqlite:///"))] = sqlite3.connect(":memory:")
        else:
            self._engine = sa.create_engine(panel.database_url, poolclass=sa.NullPool)
            sa.event.listen(self._engine, "connect", _unstrict)
            self._keep()
        for path, kept in self._files.items():
            with closing(sqlite3.connect(path)) as database:
                database.backup(kept)

    def back(self) -> None:
        """Bring the moment back; what the sandbox keeps in memory (its clock) stays."""
        for path, kept in self._files.items():
            with closing(sqlite3.connect(path, timeout=30)) as database:
                kept.backup(database)
        if self._engine is not None:
            with self._engine.begin() as connection:
                for table in self._tables:
                    connection.exec_driver_sql(f"DELETE FROM `{table}`")  # noqa: S608  names it told us
                    connection.exec_driver_sql(f"INSERT INTO `{table}` SELECT * FROM `kept`.`{table}`")  # noqa: S608
        self._panel.control("journal/clear")
        self._panel.control("faults/clear")

    def close(self) -> None:
        """Forget the moment."""
        for kept in self._files.values():
            kept.close()
        if self._engine is not None:
            with self._engine.begin() as connection:
                connection.exec_driver_sql("DROP DATABASE `kept`")
            self._engine.dispose()

    def _keep(self) -> None:
        assert self._engine is not None
        self._tables = sa.inspect(self._engine).get_table_names()
        with self._engine.begin() as connection:
            connection.exec_driver_sql("CREATE DATABASE `kept`")
            for table in self._tables:
                connection.exec_driver_sql(f"CREATE TABLE `kept`.`{table}` AS SELECT * FROM `{table}`")  # noqa: S608


def _unstrict(connection: Any, _record: object) -> None:
    """The panel's zero dates are dates only outside strict mode."""
    with connection.cursor() as cursor:
        cursor.execute("SET SESSION sql_mode = 'NO_ENGINE_SUBSTITUTION'")
