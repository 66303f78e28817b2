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


# Steps that `legal_steps` does not hold are refused; the first states of a line follow ''.
LEGAL_STEPS = (
    """
    CREATE FUNCTION bridge_legal_push() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF OLD.state <> NEW.state AND NOT EXISTS (
            SELECT 1 FROM legal_steps
            WHERE machine = 'push' AND from_state = OLD.state AND to_state = NEW.state
        ) THEN
            RAISE EXCEPTION 'outbox: no legal step' USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NEW;
    END $$
    """,
    """
    CREATE TRIGGER outbox_legal_step BEFORE UPDATE OF state ON outbox
    FOR EACH ROW EXECUTE FUNCTION bridge_legal_push()
    """,
    """
    CREATE FUNCTION bridge_legal_line() RETURNS trigger LANGUAGE plpgsql AS $$ DECLARE present text; BEGIN
        present := COALESCE((
            SELECT status FROM ledger_entries WHERE credit_id = NEW.credit_id ORDER BY entry_id DESC LIMIT 1
        ), '');
        IF present <> NEW.status AND NOT EXISTS (
            SELECT 1 FROM legal_steps
            WHERE machine = 'line' AND from_state = present AND to_state = NEW.status
        ) THEN
            RAISE EXCEPTION 'ledger: no legal step' USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NEW;
    END $$
    """,
    """
    CREATE TRIGGER ledger_legal_step BEFORE INSERT ON ledger_entries
    FOR EACH ROW EXECUTE FUNCTION bridge_legal_line()
    """,
)
