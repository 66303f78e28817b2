"""Bring a store's tables to the newest step, and refuse databases that are not a store of this bridge."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Column, Connection, MetaData, String, Table, inspect, select

from bridge.errors import UserFault
from bridge.store import postgresql
from bridge.store.database import Database
from bridge.store.schema import HEAD, VERSION_TABLE

if TYPE_CHECKING:
    from alembic.config import Config

MIGRATIONS = Path(__file__).parent / "migrations"

_version = Table(VERSION_TABLE, MetaData(), Column("version_num", String(32)))


def bring_up_to_date(database: Database) -> None:
    """Run the steps that are missing, all in one transaction; cheap where there are none.

    Raises UserFault for a database that holds other things than a store, or a store of a newer bridge.
    """
    with database.reading() as connection:
        if step_of(connection, database) == HEAD:
            return
    with database.transaction() as connection:
        if not database.is_sqlite:
            connection.execute(postgresql.ONE_MIGRATION)
        # Another process may have done it while this one waited for the lock.
        if step_of(connection, database) != HEAD:
            _upgrade(connection, database)


def step_of(connection: Connection, database: Database) -> str | None:
    """Return the step the store stands at; None for an empty database. Raises UserFault for any other."""
    tables = inspect(connection)
    if tables.has_table(VERSION_TABLE):
        return connection.scalar(select(_version.c.version_num))
    if tables.get_table_names():
        raise UserFault(
            f"{database.name} is a database, but not a store of the bridge; "
            "state.url must name a file of its own"
        )
    return None


def is_known(step: str) -> bool:
    """Return whether this bridge knows a step: it stands at it, or can go on from it."""
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    found = ScriptDirectory.from_config(_config()).walk_revisions()
    return step in {script.revision for script in found}


def _upgrade(connection: Connection, database: Database) -> None:
    from alembic import command  # noqa: PLC0415

    step = step_of(connection, database)
    if step is not None and not is_known(step):
        raise UserFault(
            f"the store {database.name} was written by a newer bridge (step {step}; this one knows {HEAD}): "
            "install that version, or use another store"
        )
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _config() -> Config:
    # A store at the newest step opens without these imports, which cost more than a quiet cycle.
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
