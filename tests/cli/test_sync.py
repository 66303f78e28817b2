"""`bridge sync`: nothing written by --dry-run, the clock's rules, killed and repeated."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.servers import ROOT

from .conftest import Isp, after


def files_of(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def panel_of(isp: Isp) -> object:
    return isp.panel.control("dump", {"sections": ["tickets", "saldos", "sms"]})


def test_a_dry_run_makes_no_store_and_writes_nothing_to_the_panel(isp_by_both: Isp) -> None:
    isp = isp_by_both
    isp.ticket()
    isp.at(80)
    files, panel = files_of(isp.folder), panel_of(isp)

    result = isp("sync", "--dry-run")

    assert result.code == 0
    assert "L-5" in result.words
    assert "nothing was written" in result.words
    assert files_of(isp.folder) == files
    assert panel_of(isp) == panel


def test_a_dry_run_leaves_a_store_as_it_is(isp: Isp) -> None:
    isp.ticket()
    isp.sync(1)
    isp.at(80)
    files, panel = files_of(isp.folder), panel_of(isp)

    result = isp("sync", "--dry-run", "--format", "json")

    assert result.json["decisions"]["L-5"] == 3
    assert files_of(isp.folder) == files
    assert panel_of(isp) == panel


def test_the_summary_says_what_was_decided_and_what_needs_a_person(isp_over_api: Isp) -> None:
    isp = isp_over_api
    ticket = isp.ticket()
    isp.at(3)

    result = isp("sync")

    assert result.code == 0
    assert f"RC-{ticket} L-3 level_2: still open when level 1's time ran out" in result.words
    assert "Pushed: manual 3." in result.words
    assert "see `bridge work list`" in result.words
    assert max(map(len, result.out.splitlines())) <= 100


def test_bridge_now_is_told_on_stderr(isp: Isp) -> None:
    isp.at(5)

    result = isp("tickets", "list")

    assert result.code == 0
    assert f"BRIDGE_NOW is set: the rules are applied as of {after(5).isoformat()}" in result.err


def test_bridge_now_is_refused_where_the_panel_is_elsewhere(isp: Isp) -> None:
    isp.config.write_text("panel: {base_url: 'https://panel.example', token: t}\nmappings: nowhere\n")

    result = isp("tickets", "list")

    assert result.code == 1
    assert "BRIDGE_NOW" in result.err


@pytest.mark.parametrize("now", ["2026-11-02T08:00:00", "yesterday"])
def test_bridge_now_needs_an_instant_with_its_offset(
    isp: Isp, now: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BRIDGE_NOW", now)

    result = isp("sync")

    assert result.code == 1
    assert "BRIDGE_NOW" in result.err


def test_a_clock_that_runs_backwards_stops_everything(isp: Isp) -> None:
    isp.sync(5)
    isp.at(4)

    result = isp("sync")

    assert result.code == 2
    assert "clock" in result.err


def test_the_store_and_its_folder_are_private(isp: Isp) -> None:
    isp.sync(0)

    assert (isp.folder / "var").stat().st_mode & 0o777 == 0o700
    assert (isp.folder / "var" / "bridge.db").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("delay", [0.05, 0.4, 0.8, 1.2, 1.6])
def test_killed_at_any_moment_and_repeated_a_sync_doubles_nothing(isp: Isp, delay: float) -> None:
    tickets = [isp.ticket(customer) for customer in (1, 2, 3, 4)]
    isp.at(97)
    first = subprocess.Popen(
        [sys.executable, "-m", "bridge", "-c", str(isp.config), "sync"],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    time.sleep(delay)  # noqa: TID251 - a real process is killed at a real moment
    first.send_signal(signal.SIGKILL)
    first.wait()

    for hours in (97.1, 97.2, 97.3):
        isp.sync(hours)

    saldos = isp.panel.control("dump", {"sections": ["saldos"]})["saldos"]
    assert sorted(row["descripcion"].rpartition(" ")[2] for row in saldos) == [
        f"[RC-{n}/C1]" for n in tickets
    ]
    notes = [
        message["contenido"]
        for row in isp.panel.control("dump", {"sections": ["tickets"]})["tickets"]
        for message in row["mensajes"]
        if "[RC-" in message["contenido"]
    ]
    assert len(notes) == len(set(notes)) == len(tickets)
    assert {row["state"] for row in isp("outbox", "list", "--all", "--format", "json").json} == {"verified"}


def test_a_sync_that_is_told_to_stop_gives_the_lease_back(isp_over_api: Isp) -> None:
    isp = isp_over_api
    isp.panel.control("switches", {"latency_ms": 400})
    first = subprocess.Popen(
        [sys.executable, "-m", "bridge", "-c", str(isp.config), "sync"],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    while not (isp.folder / "var" / "bridge.db").exists():
        time.sleep(0.05)  # noqa: TID251 - until the real process is at work
    time.sleep(0.5)  # noqa: TID251 - in the middle of its reading

    first.send_signal(signal.SIGTERM)
    _, told = first.communicate(timeout=20)

    assert first.returncode == 130
    assert "Traceback" not in told
    store = isp.store()
    with store.database.reading() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM leases").scalar() == 0
    store.close()
