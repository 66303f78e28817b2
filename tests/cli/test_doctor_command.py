"""`bridge doctor` as a command: a line for each check, the next steps whole, the worst exit code."""

from __future__ import annotations

import io
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.engine import make_url

from tests.servers import ROOT, MariaDB, Sandbox, start_sandbox

from .conftest import Isp, Result

KEYS = {"check", "subject", "status", "detail", "next_step"}
EVERY_CHECK = {
    "mappings",
    "network",
    "tls",
    "token",
    "clock",
    "command",
    "database",
    "time_zone",
    "billing_hour",
    "departments",
    "technicians",
    "notices",
    "reading",
    "push",
    "mailbox",
    "mail_server",
    "disk",
    "store",
}


def by_check(result: Result) -> dict[str, set[str]]:
    """The statuses of each check."""
    found: dict[str, set[str]] = {}
    for check in result.json:
        found.setdefault(check["check"], set()).add(check["status"])
    return found


def line(result: Result, check: str, subject: str) -> dict[str, Any]:
    [found] = (one for one in result.json if (one["check"], one["subject"]) == (check, subject))
    return found


def test_a_panel_in_order_ends_with_0_and_nothing_is_written(isp: Isp) -> None:
    isp.panel.control("journal/clear")

    result = isp("doctor", "--format", "json")

    assert result.code == 0, result.out
    assert {frozenset(check) for check in result.json} == {frozenset(KEYS)}
    assert by_check(result).keys() == EVERY_CHECK | {"database_right"}
    assert {check["status"] for check in result.json} == {"ok", "skipped"}
    asked = isp.panel.control("journal")["entries"]
    assert asked
    assert not any(entry["applied"] for entry in asked)
    assert not (isp.folder / "var").exists()


def test_over_the_api_alone_what_cannot_be_seen_is_a_warning(isp_over_api: Isp) -> None:
    result = isp_over_api("doctor", "--format", "json")

    assert result.code == 0, result.out
    assert by_check(result).keys() == EVERY_CHECK
    assert "tags in messages are not trusted" in line(result, "reading", "tickets")["detail"]
    credit = line(result, "push", "credit")
    assert credit["status"] == "warning"
    assert "database: not configured; api: the public API has no command to add a credit" in credit["detail"]


def test_commands_that_write_are_named_and_not_tried(isp_over_api: Isp) -> None:
    result = isp_over_api("doctor", "--format", "json")

    untried = [check for check in result.json if check["check"] == "command" and check["status"] == "skipped"]
    assert [check["subject"] for check in untried] == ["NewTicket", "CloseTicket", "NewSMS"]
    assert {check["detail"] for check in untried} == {"not tried, it would write"}


def test_a_refused_token_ends_with_2_and_hides_nothing_else(isp: Isp) -> None:
    isp.panel.control("faults", {"kind": "token_lost", "times": None})

    result = isp("doctor", "--format", "json")
    shown = isp("doctor")

    assert result.code == shown.code == 2
    assert line(result, "token", "api")["next_step"].startswith("compare panel.token")
    assert by_check(result)["command"] == {"skipped"}
    assert by_check(result)["departments"] == {"ok"}
    assert by_check(result)["push"] == {"ok"}
    assert "compare panel.token with the API token" in shown.words
    assert "1 failed" in shown.words


def test_a_table_is_no_wider_than_100_columns_but_for_the_next_steps(isp_over_api: Isp) -> None:
    table = isp_over_api("doctor").out.partition("Next steps")[0]

    assert max(map(len, table.splitlines())) <= 100


def test_a_panel_out_of_reach_leaves_the_database_and_the_store_checked(isp: Isp) -> None:
    isp.config.write_text(isp.config.read_text().replace(isp.panel.url, "http://127.0.0.1:1"))

    result = isp("doctor", "--format", "json")

    assert result.code == 2
    assert by_check(result)["network"] == by_check(result)["token"] == {"failed"}
    assert by_check(result)["database_right"] == by_check(result)["disk"] == {"ok"}


def test_a_database_out_of_reach_leaves_the_api_checked(isp: Isp) -> None:
    url = isp.panel.database_url
    isp.config.write_text(isp.config.read_text().replace(url, "mysql+pymysql://bridge:secret@127.0.0.1:1/p"))

    result = isp("doctor", "--format", "json")

    assert result.code == 2
    assert by_check(result)["database"] == {"failed"}
    assert by_check(result)["token"] == {"ok"}
    assert "secret" not in result.out + result.err


def test_faulty_mappings_are_told_one_by_one_and_hide_nothing_else(
    isp: Isp, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = isp.folder / "mappings"
    shutil.copytree(ROOT / "mappings", folder)
    for name, good, bad in (
        ("departments", "reception: 7", "reception: 99"),
        ("calendar", "continuous", "sometimes"),
    ):
        file = folder / f"{name}.yaml"
        file.write_text(file.read_text().replace(good, bad))
    isp.configure(database=True, mappings=str(folder))

    result = isp("doctor", "--format", "json")

    monkeypatch.setenv("BRIDGE_LANG", "es")
    in_spanish = isp("doctor", "--format", "json")
    faults = [check for check in result.json if check["check"] == "mappings"]
    assert result.code == 1
    assert [check["subject"].split(":")[0] for check in faults] == [
        "mappings/calendar.yaml",
        "mappings/departments.yaml",
    ]
    assert "se espera" in line(in_spanish, "mappings", faults[0]["subject"])["detail"]
    assert by_check(result)["token"] == by_check(result)["database_right"] == {"ok"}
    assert by_check(result)["technicians"] == by_check(result)["push"] == {"skipped"}


def test_a_command_the_panel_lacks_is_a_warning_where_the_bridge_can_do_without(isp_over_api: Isp) -> None:
    isp = isp_over_api
    isp.panel.control("switches", {"get_all_clients": False, "operators_shape": "missing"})

    result = isp("doctor", "--format", "json")

    assert result.code == 0
    assert "customers.source: walk" in line(result, "command", "GetAllClients")["next_step"]
    assert line(result, "command", "GetOperadores")["status"] == "warning"
    assert by_check(result)["technicians"] == {"skipped"}
    assert by_check(result)["departments"] == {"ok"}


def test_a_department_unknown_to_the_panel_ends_with_1(isp: Isp) -> None:
    isp.panel.control("reset", {"seed": {"departments": [{"id": 1, "name": "Soporte tecnico"}]}})

    result = isp("doctor", "--format", "json")

    assert result.code == 1
    assert line(result, "departments", "2")["next_step"].startswith(
        "correct departments.yaml: the panel lists"
    )


def probed(isp: Isp) -> None:
    """Give the ISP mappings of its own, and a clock that runs on, as a probe needs it."""
    folder = isp.folder / "mappings"
    shutil.copytree(ROOT / "mappings", folder)
    isp.configure(database=True, mappings=str(folder))
    isp.panel.control("clock", {"frozen": False, "billing": False})


def written(isp: Isp) -> list[str]:
    return [entry["command"] for entry in isp.panel.control("journal")["entries"] if entry["applied"]]


@pytest.mark.parametrize(
    "arguments",
    [
        ["--probe"],
        ["--client", "3"],
        ["--yes"],
        ["--no-money"],
        ["--probe", "--client", "0", "--yes"],
        ["--probe", "--client", "99", "--yes"],
    ],
)
def test_a_probe_is_of_a_customer_named_for_it(isp: Isp, arguments: list[str]) -> None:
    isp.panel.control("journal/clear")

    assert isp("doctor", *arguments).code == 1
    assert written(isp) == []


@pytest.mark.parametrize("answer", ["n\n", "\n", ""])
def test_nothing_is_written_without_a_yes(isp: Isp, monkeypatch: pytest.MonkeyPatch, answer: str) -> None:
    probed(isp)
    isp.panel.control("journal/clear")
    monkeypatch.setattr("sys.stdin", io.StringIO(answer))

    result = isp("doctor", "--probe", "--client", 3)

    assert result.code == 1
    assert "customer 3, DARÍO SANDOVAL ESCOBEDO, and writes:" in result.err
    assert "three service invoices, each deleted at once" in result.err
    assert "not confirmed, so nothing was written" in result.err
    assert written(isp) == []


def test_a_probe_tells_each_step_what_stays_and_the_diff(isp: Isp, monkeypatch: pytest.MonkeyPatch) -> None:
    probed(isp)
    isp.panel.control("switches", {"strict_lengths": True})
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))

    result = isp("doctor", "--probe", "--client", 3)

    assert result.code == 0, result.out + result.err
    headings = re.findall(r"^(\d+a?)\. ", result.out, re.MULTILINE)
    assert headings == ["7", "8", "9", "10", "3a", "1", "2", "3", "4", "5", "6"]
    assert "strict_lengths: true" in result.out
    assert "ticket 1: closed" in result.out
    assert "+      phone: TELEFONO" in result.out
    backup = re.search(r"The old file is kept as\n +(\S+)", result.out)
    assert backup is not None
    assert Path(backup[1]).read_text() == (ROOT / "mappings" / "commands.yaml").read_text()
    assert isp("mappings", "check").code == 0


def test_a_probe_as_json_without_a_question(isp: Isp) -> None:
    probed(isp)

    result = isp("doctor", "--probe", "--client", 3, "--yes", "--no-money", "--format", "json")

    assert result.code == result.json["exit_code"] == 0, result.err
    told = result.json
    assert told.keys() == {
        "client_id",
        "steps",
        "findings",
        "changes",
        "left",
        "advice",
        "backup",
        "exit_code",
    }
    assert {"name": "close_closed", "value": "ok", "seen": "the first closing stands"} in told["findings"]
    assert told["changes"][0]["key"] == "customers.first_page"
    assert [(one["what"], one["harmless"]) for one in told["left"]] == [("ticket", True)]


@pytest.fixture(scope="module")
def mariadb_panel(mariadb: MariaDB) -> Iterator[Sandbox]:
    with start_sandbox(mariadb.create_database("doctor"), customers=2) as sandbox:
        yield sandbox


@pytest.mark.mariadb
def test_each_missing_right_comes_with_its_grant_and_the_grant_mends_it(
    bare_isp: Isp, mariadb: MariaDB, mariadb_panel: Sandbox
) -> None:
    """A user with the rights to read, and with those to add balances taken apart."""
    guide = (ROOT / "docs" / "database-user.md").read_text().split("```sql\n")
    steps = [block.partition("```")[0] for block in guide[1:3]]
    mariadb.execute("DROP USER IF EXISTS 'bridge'@'127.0.0.1'")
    mariadb.execute(
        *(
            one.strip().replace("Mikrowisp6", "doctor").replace("10.0.0.5", "127.0.0.1")
            for one in "".join(steps).split(";")
            if one.strip()
        )
    )
    url = make_url(mariadb_panel.database_url).set(username="bridge", password="CHANGE-ME")
    isp = Isp(
        Sandbox(
            url=mariadb_panel.url,
            database_url=url.render_as_string(hide_password=False),
            token=mariadb_panel.token,
            pid=mariadb_panel.pid,
        ),
        bare_isp.folder,
        bare_isp._capsys,
        bare_isp._monkeypatch,
    )
    isp.configure(database=True)

    before = isp("doctor", "--format", "json")
    grants = [one["next_step"] for one in before.json if one["next_step"].startswith("GRANT ")]
    mariadb.execute(*(grant.rstrip(";") for grant in grants))
    after = isp("doctor", "--format", "json")

    assert before.code == after.code == 0
    assert "GRANT SELECT (cron_factura, zona_horaria) ON `doctor`.tblconfiguration" in " ".join(grants)
    assert any("INSERT (iduser, idorigen" in grant for grant in grants)
    assert line(before, "push", "credit")["status"] == "warning"
    assert line(after, "push", "credit") == {
        "check": "push",
        "subject": "credit",
        "status": "ok",
        "detail": "by database",
        "next_step": "",
    }
    assert by_check(after)["database_right"] == {"ok"}
    assert line(after, "clock", "database")["status"] == "ok"
    assert line(after, "time_zone", "America/Mexico_City")["status"] == "ok"
    assert isp("sync").code == 0
