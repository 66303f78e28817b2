"""Everything that is true of PostgreSQL only: the lock of a migration, the triggers that keep history."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select

REFUSAL = (
    "CREATE FUNCTION bridge_only_grows() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN RAISE EXCEPTION '% only grows', TG_TABLE_NAME "
    "USING ERRCODE = 'integrity_constraint_violation'; END $$"
)


# Held until the end of a migration's transaction, for a server takes no lock on a whole database by itself;
# the number only has to be the same in every bridge.
ONE_MIGRATION = select(func.pg_advisory_xact_lock(0x52434252))


def append_only(table: str) -> Sequence[str]:
    """Return the DDL that refuses every UPDATE and DELETE on a table."""
    return [_trigger(table, "UPDATE OR DELETE")]


def fixed_columns(table: str, columns: Sequence[str]) -> Sequence[str]:
    """Return the DDL that refuses DELETE on a table, and UPDATE of the columns named."""
    return [_trigger(table, f"UPDATE OF {', '.join(columns)} OR DELETE")]


def _trigger(table: str, action: str) -> str:
    return (
        f"CREATE TRIGGER {table}_only_grows BEFORE {action} ON {table} "
        "FOR EACH ROW EXECUTE FUNCTION bridge_only_grows()"
    )
