"""SQL takes values by bound parameters only; the few statements with a constant of our own are named."""

from __future__ import annotations

import pytest

from tests.house.documents import ROOT, read
from tests.house.statements import built_statements

# Each holds a constant of the same module: SQLite and MariaDB take no parameters in these places.
ALLOWED = {
    "bridge/mikrowisp/database/connect.py": {
        "f'SET SESSION innodb_lock_wait_timeout = {LOCK_WAIT_SECONDS}'",
        "f'SET SESSION lock_wait_timeout = {LOCK_WAIT_SECONDS}'",
        "f'SET SESSION wait_timeout = {IDLE_SECONDS}'",
    },
    "bridge/sandbox/database.py": {
        "f'ALTER TABLE `{table.name}` AUTO_INCREMENT = 1'",
        "f'PRAGMA busy_timeout = {BUSY_MILLISECONDS}'",
    },
}


def test_no_statement_is_put_together_from_texts():
    found = {
        name: {one.words for one in built}
        for path in sorted((ROOT / "bridge").rglob("*.py"))
        if (built := built_statements(read(name := path.relative_to(ROOT).as_posix())))
    }

    assert found == ALLOWED


@pytest.mark.parametrize(
    "bad",
    [
        "connection.execute(text(f\"SELECT 1 FROM t WHERE name = '{name}'\"))",
        'connection.exec_driver_sql("DELETE FROM t WHERE id = %s" % number)',
        'cursor.execute("SELECT 1 FROM t WHERE id = " + number)',
        'cursor.execute("SELECT 1 FROM t" + " WHERE id = " + number)',
        'cursor.execute("SELECT {}".format(name))',
        'cursor.executemany(" AND ".join(parts), rows)',
        'sa.text(TEMPLATE.replace("?", name))',
        'query = f"SELECT {name}"\ncursor.execute(query)',
        'query: str = "SELECT " + name\ncursor.execute(query)',
        'query = "SELECT 1"\nquery += f" WHERE id = {number}"\ncursor.execute(query)',
        'select(literal_column("max(" + name + ")"))',
        "cursor.execute(str(query))",
    ],
)
def test_a_statement_put_together_is_found(bad):
    assert len(built_statements(bad)) == 1


@pytest.mark.parametrize(
    "good",
    [
        'connection.execute(select(t).where(t.c.id == bindparam("wanted")), {"wanted": number})',
        'connection.execute(text("SELECT 1 FROM t WHERE id = :id"), {"id": number})',
        'cursor.execute("SELECT 1 FROM t WHERE id = ?", (number,))',
        'text("SELECT 1 FROM t " "WHERE id = :id")',
        'say(f"customer {name}")',
    ],
)
def test_a_statement_with_parameters_is_none(good):
    assert built_statements(good) == []
