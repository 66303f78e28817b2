"""The probe with the rights that docs/database-user.md gives, on a real MariaDB."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from tests.doctor.conftest import NOW, Isp
from tests.servers import ROOT, MariaDB, Sandbox, start_sandbox

pytestmark = pytest.mark.mariadb


@pytest.fixture
def isp(mariadb: MariaDB, tmp_path: Path) -> Iterator[Isp]:
    url = make_url(mariadb.create_database("probe"))
    guide = (ROOT / "docs" / "database-user.md").read_text().split("```sql\n")[1:]
    statements = "".join(block.partition("```")[0] for block in guide).split(";")
    with start_sandbox(url.render_as_string(hide_password=False), customers=3) as sandbox:
        mariadb.execute("DROP USER IF EXISTS 'prober'@'127.0.0.1'")
        for statement in filter(str.strip, statements):
            own = statement.strip().replace("Mikrowisp6", "probe").replace("10.0.0.5", "127.0.0.1")
            mariadb.execute(own.replace("'bridge'", "'prober'"))
        sandbox.control("clock", {"set": NOW.isoformat(), "billing": False})
        shutil.copytree(ROOT / "mappings", tmp_path / "mappings")
        own_url = url.set(username="prober", password="CHANGE-ME").render_as_string(hide_password=False)
        panel = Sandbox(url=sandbox.url, database_url=own_url, token=sandbox.token, pid=sandbox.pid)
        made = Isp(panel=panel, folder=tmp_path)
        made.configure()
        yield made


def test_the_documented_user_settles_all_but_a_column_it_may_not_read(isp: Isp) -> None:
    switches = {
        "new_ticket_assigns": False,
        "saldo_form": "column",
        "remainder": "wait",
        "saldo_tax": "before",
    }

    outcome = isp.probe(switches)

    found = {name: one.value for name, one in outcome.record.findings.items()}
    assert [step.stopped for step in outcome.record.steps if step.stopped] == []
    assert (found["new_ticket_assigns"], found["new_ticket_author"]) == ("false", "customer")
    assert (found["saldo_form"], found["saldo_tax"], found["remainder"]) == (None, "before", "wait")
    assert sum(Decimal(row["monto"]) for row in isp.rows("saldos") if not row["iddestino"]) == 0
    assert outcome.exit_code == 0
