"""Everything that is true of PostgreSQL only: the triggers that keep history as it was written."""

from __future__ import annotations

from collections.abc import Sequence

REFUSAL = (
    "CREATE FUNCTION bridge_only_grows() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN RAISE EXCEPTION '% only grows', TG_TABLE_NAME; END $$"
)


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
