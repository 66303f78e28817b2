"""What a command ends with, and that the reason stands on stderr without a traceback (design section 5)."""

from __future__ import annotations

import shutil
import socket

import pytest

from bridge.cli.main import main
from tests.servers import ROOT

from .conftest import Isp


def saldos(isp: Isp) -> list[dict[str, str]]:
    found: list[dict[str, str]] = isp.panel.control("dump", {"sections": ["saldos"]})["saldos"]
    return found


def writes(isp: Isp) -> set[str]:
    counts = isp.panel.control("journal")["counts"]
    return {name for name in counts if not name.startswith(("Get", "List"))}


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["nothing"],
        ["sync", "--nothing"],
        ["tickets"],
        ["tickets", "show"],
        ["tickets", "list", "--format", "xml"],
        ["credits", "approve", "RC-1/C1"],
        ["fact", "1", "nothing", "--by", "Ana"],
        ["work", "done", "first", "--by", "Ana"],
    ],
    ids=" ".join,
)
def test_wrong_use_ends_with_1(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 1
    captured = capsys.readouterr()
    assert "Traceback" not in captured.err


def test_help_ends_with_0(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sync", "--help"]) == 0
    assert "--dry-run" in capsys.readouterr().out


def test_a_missing_configuration_ends_with_1_and_names_init(isp: Isp) -> None:
    isp.config.unlink()

    result = isp("tickets", "list")

    assert result.code == 1
    assert "bridge init" in result.err


def test_every_fault_of_the_configuration_is_told_with_its_line(isp: Isp) -> None:
    isp.config.write_text("panel:\n  base_url: ftp://x\n  tokn: a\nlimits: {pushes_per_cycle: 0}\n")

    result = isp("sync")

    assert result.code == 1
    assert {line.split(": ")[0].rsplit(":", 2)[1] for line in result.err.splitlines()} >= {"2", "3", "4"}
    assert result.out == ""


def test_every_fault_of_the_mappings_is_told_and_nothing_is_pushed(isp: Isp) -> None:
    shutil.copytree(ROOT / "mappings", isp.folder / "mappings")
    (isp.folder / "mappings" / "bonus.yml").write_text("versions: []\n")
    (isp.folder / "mappings" / "charges.yaml").write_text("versions: {a: 1\n")
    isp.configure(database=True, mappings="mappings")
    isp.ticket()

    checked, synced = isp("mappings", "check"), isp("sync")

    assert (checked.code, synced.code) == (1, 1)
    for result in (checked, synced):
        assert "mappings/bonus.yml:1:1: " in result.err
        assert "mappings/charges.yaml:" in result.err
    assert isp("tickets", "list").words == "No tickets."


def test_mappings_in_order_are_counted(isp: Isp) -> None:
    result = isp("mappings", "check")

    assert (result.code, result.words) == (0, f"10 files ok in {ROOT / 'mappings'}")


def test_a_panel_that_cannot_be_reached_ends_with_2(isp_over_api: Isp) -> None:
    isp = isp_over_api
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    isp.config.write_text(isp.config.read_text().replace(isp.panel.url, f"http://127.0.0.1:{port}"))

    result = isp("sync", "--format", "json")

    assert result.code == 2
    assert "no connection" in result.err
    assert "Nothing was pushed" in result.err
    assert result.json["exit_code"] == 2
    assert result.json["guards"]


@pytest.mark.parametrize(
    ("fault", "words"),
    [({"kind": "token_lost"}, "token"), ({"kind": "html200"}, "HTML"), ({"kind": "empty200"}, "empty")],
    ids=["token", "html", "empty"],
)
def test_a_panel_that_answers_something_else_ends_with_2(
    isp_over_api: Isp, fault: dict[str, str], words: str
) -> None:
    isp = isp_over_api
    isp.ticket()
    isp.panel.control("faults", {**fault, "times": None})

    result = isp("sync")

    assert result.code == 2
    assert words in result.err
    assert "Nothing was pushed" in result.err
    assert writes(isp) == set()


def test_a_client_list_that_shrank_ends_with_2_until_it_is_accepted(isp_over_api: Isp) -> None:
    isp = isp_over_api
    isp.sync(0)
    isp.ticket(at=0.1)
    isp.panel.control("faults", {"kind": "shrunken_list", "fraction": 0.4, "times": None})
    isp.at(1)

    stopped, accepted = isp("sync"), isp("sync", "--accept-shrink")

    assert stopped.code == 2
    assert "--accept-shrink" in stopped.err
    assert accepted.code == 0, accepted.err


def test_a_broken_record_is_set_aside_and_the_rest_goes_on_with_3(isp_over_api: Isp) -> None:
    isp = isp_over_api
    broken, fine = isp.ticket(1), isp.ticket(2)
    isp.panel.control(
        "faults", {"kind": "broken_record", "command": "ListTicket", "id": broken, "times": None}
    )

    result = isp("sync")

    assert result.code == 3
    assert "set aside" in result.words
    assert "bridge work list" in result.words
    assert [row["ticket_id"] for row in isp("tickets", "list", "--format", "json").json] == [fine]
    assert "no se puede leer" in isp("work", "list").words


def test_too_much_money_at_once_ends_with_3_and_a_person_releases_it(isp: Isp) -> None:
    isp.configure(database=True, limits={"credits_per_cycle": 1})
    tickets = [isp.ticket(1), isp.ticket(2)]
    isp.sync(1)

    isp.at(97)
    result = isp("sync")

    assert result.code == 3
    assert "Stopped: 2 credits" in result.words
    assert saldos(isp) == []

    released = isp("credits", "approve", f"RC-{tickets[0]}/C1", "--by", "Ana", "--reason", "checked")
    again = isp("credits", "approve", f"RC-{tickets[0]}/C1", "--by", "Ana", "--reason", "checked")
    synced = isp("sync")

    assert (released.code, again.code, synced.code) == (0, 1, 0)
    assert "already released by Ana" in again.err
    assert len(saldos(isp)) == 2


def test_another_cycle_at_work_ends_with_2(isp: Isp) -> None:
    isp.sync(0)
    store = isp.store()
    try:
        from bridge.clock import SystemClock  # noqa: PLC0415 - real time, for the lease alone
        from bridge.sync.cycle import LEASE  # noqa: PLC0415

        store.lease.acquire(SystemClock().real(), LEASE)
        result = isp("sync", "--format", "json")
    finally:
        store.lease.release()
        store.close()

    assert result.code == 2
    assert "another cycle is at work" in result.err
    assert result.out == ""


def test_faults_stay_on_stderr_when_json_is_asked_for(isp: Isp) -> None:
    result = isp("tickets", "show", 99, "--format", "json")

    assert (result.code, result.out) == (1, "")
    assert "99" in result.err


def test_the_configuration_may_be_named_after_the_command(
    isp: Isp, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["tickets", "list", "-c", str(isp.config)]) == 0
    assert main([f"--config={isp.config}", "tickets", "list"]) == 0
    assert main(["tickets", f"--config={isp.config}", "list"]) == 0


def test_the_configuration_may_come_from_the_environment(
    isp: Isp, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BRIDGE_CONFIG", str(isp.config))

    assert main(["tickets", "list"]) == 0


def test_ctrl_c_leaves_without_a_traceback(isp: Isp, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("bridge.cli.tickets.list_tickets", interrupt)

    result = isp("tickets", "list")

    assert result.code == 130
    assert "Traceback" not in result.err
