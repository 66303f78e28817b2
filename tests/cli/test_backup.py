"""`bridge backup` and `bridge restore`: what they say and end with, and that a service keeps its store."""

from __future__ import annotations

import signal
import stat
from pathlib import Path

import pytest

from .conftest import Isp
from .test_run import running

SIGNED = ("--by", "Ana", "--reason", "the disk broke")


@pytest.fixture
def file(isp: Isp) -> Path:
    """A copy made with one ticket known; a second ticket came afterwards."""
    isp.ticket(1)
    isp.sync(0)
    made = isp.folder / "copy.db"
    assert isp("backup", made).code == 0
    isp.ticket(2, at=0.5)
    isp.sync(1)
    return made


def tickets(isp: Isp) -> list[int]:
    return sorted(row["client_id"] for row in isp("tickets", "list", "--format", "json").json)


def balances(isp: Isp) -> list[tuple[str, str]]:
    dump = isp.panel.control("dump", {"sections": ["saldos"]})
    return [(row["monto"], row["descripcion"]) for row in dump["saldos"]]


def test_a_copy_is_put_back_and_the_next_cycle_goes_on_from_there(isp: Isp, file: Path) -> None:
    assert tickets(isp) == [1, 2]

    result = isp("restore", file, *SIGNED)

    assert result.code == 0, result.err
    assert "The store is that of 2026-11-02 08:00 again." in result.words
    assert "bridge.db.before-restore-" in result.out
    assert tickets(isp) == [1]
    isp.sync(1.1)
    assert tickets(isp) == [1, 2]


def test_a_credit_posted_after_the_copy_is_found_on_the_panel_and_not_posted_again(isp: Isp) -> None:
    ticket = isp.ticket(1)
    isp.sync(0)
    isp.sync(50)
    copy = isp.folder / "copy.db"
    assert isp("backup", copy).code == 0
    isp.sync(97)
    posted = balances(isp)
    assert len(posted) == 1

    assert isp("restore", copy, *SIGNED).code == 0
    isp.sync(97.5)
    isp.sync(98)

    assert balances(isp) == posted
    [credit] = isp("credits", "list", "--format", "json").json
    assert (credit["credit_id"], credit["status"]) == (f"RC-{ticket}/C1", "posted")


def test_a_copy_is_private_and_is_replaced_only_by_force(isp: Isp, file: Path) -> None:
    refused = isp("backup", file)
    forced = isp("backup", file, "--force")

    assert (refused.code, forced.code) == (1, 0)
    assert "--force" in refused.err
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_restore_needs_a_name_and_a_reason(isp: Isp, file: Path) -> None:
    assert isp("restore", file).code == 1
    assert isp("restore", file, "--by", "Ana", "--reason", " ").code == 1
    assert tickets(isp) == [1, 2]


def test_a_file_that_is_no_copy_ends_with_1(isp: Isp, file: Path) -> None:
    file.write_text("rubbish")

    result = isp("restore", file, *SIGNED)

    assert result.code == 1
    assert "no backup of the bridge" in result.err
    assert tickets(isp) == [1, 2]


def test_a_service_between_two_cycles_keeps_its_store(isp: Isp, file: Path) -> None:
    with running(isp) as process:
        process.until("cycle.finished")

        while_it_runs = isp("restore", file, *SIGNED)
        process.send(signal.SIGTERM)
        assert process.end() == 0
    after_it_stopped = isp("restore", file, *SIGNED)

    assert while_it_runs.code == 2
    assert "stop `bridge run`" in while_it_runs.err
    assert after_it_stopped.code == 0, after_it_stopped.err


@pytest.mark.parametrize("command", [("backup", "copy.db"), ("restore", "copy.db", *SIGNED)])
def test_a_store_on_a_server_is_left_to_its_own_tools(isp: Isp, command: tuple[str, ...]) -> None:
    isp.configure(database=True, state={"url": "postgresql+psycopg://bridge:hidden@db.example.com/bridge"})

    result = isp(*command)

    assert result.code == 1
    assert "pg_" in result.err
    assert "hidden" not in result.err
