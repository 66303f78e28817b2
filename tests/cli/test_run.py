"""`bridge run`: cycles on a schedule, edited mappings, and a clean end on SIGTERM."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bridge.bootstrap import Bridge
from bridge.cli.run import Service
from bridge.errors import FileFaults
from tests.servers import ROOT

from .conftest import Isp, after


@contextmanager
def service(isp: Isp) -> Iterator[Service]:
    """The service without its schedule: each cycle is called for."""
    with Bridge.configured(isp.config, os.environ) as bridge:
        store = bridge.store()
        yield Service(bridge, store, bridge.mappings(store), threading.Event())


@pytest.fixture
def mappings(isp: Isp) -> Path:
    """A copy of the mappings that the test may edit."""
    folder = isp.folder / "mappings"
    shutil.copytree(ROOT / "mappings", folder)
    isp.configure(database=True, mappings="mappings")
    return folder


def start(isp: Isp) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "bridge", "-c", str(isp.config), "run"]
    process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    for line in process.stderr:
        if "every" in line:
            break
    return process


def end(process: subprocess.Popen[str]) -> tuple[int, str]:
    _, told = process.communicate(timeout=30)
    return process.returncode, told


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly(isp: Isp, number: signal.Signals) -> None:
    isp.ticket()
    process = start(isp)
    assert process.stderr is not None
    cycle = process.stderr.readline()

    process.send_signal(number)
    code, told = end(process)

    assert code == 0, told
    assert "1 ticket, 1 changed; decided L-1 2; pushed sent 1, verified 1; exit code 0" in cycle
    assert told.rstrip().endswith("stopped")


def test_a_signal_during_a_cycle_leaves_it_between_two_calls(isp_over_api: Isp) -> None:
    isp = isp_over_api
    isp.config.write_text(isp.config.read_text() + "schedule: {every_minutes: 1}\n")
    isp.config.write_text(isp.config.read_text().replace("panel:\n", "panel:\n  concurrency: 1\n"))
    isp.panel.control("switches", {"latency_ms": 500})
    isp.panel.control("seed", {"customers": 40})
    process = start(isp)
    time.sleep(1.5)  # noqa: TID251 - a real process is stopped in the middle of its reading

    begun = time.monotonic()
    process.send_signal(signal.SIGTERM)
    code, told = end(process)
    lasted = time.monotonic() - begun

    assert code == 0, told
    assert "left early" in told
    assert lasted < 12  # the whole reading takes twice as long
    isp.panel.control("switches", {"latency_ms": None})
    assert isp("sync").code == 0


def test_trouble_of_a_cycle_is_logged_and_the_next_one_works(
    isp_over_api: Isp, capsys: pytest.CaptureFixture[str]
) -> None:
    isp = isp_over_api
    ticket = isp.ticket()
    isp.panel.control("faults", {"kind": "token_lost", "times": 1})

    with service(isp) as running:
        running.once()
        refused = capsys.readouterr().err
        running.once()

    assert "nothing more pushed" in refused
    assert "exit code" in capsys.readouterr().err
    assert [row["ticket_id"] for row in isp("tickets", "list", "--format", "json").json] == [ticket]


def test_an_edit_of_the_mappings_applies_from_the_next_cycle(isp: Isp, mappings: Path) -> None:
    ticket = isp.ticket()
    file = mappings / "technicians.yaml"

    with service(isp) as running:
        running.once()
        file.write_text(file.read_text().replace("id: 22", "id: 18"))
        isp.at(3)
        running.bridge.clock.set(after(3))  # type: ignore[attr-defined]
        running.once()

    assert isp("tickets", "show", ticket, "--format", "json").json["technician_id"] == 18


def test_a_faulty_edit_is_logged_once_and_the_last_good_mappings_stay(
    isp: Isp, mappings: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    isp.ticket()
    file = mappings / "technicians.yaml"
    good = file.read_text()

    with service(isp) as running:
        running.once()
        file.write_text("technicians: 3\n")
        capsys.readouterr()
        running.once()
        first = capsys.readouterr().err
        running.once()
        second = capsys.readouterr().err
        file.write_text(good)
        running.once()
        third = capsys.readouterr().err

    assert "mappings/technicians.yaml:" in first
    assert "technicians.yaml" not in second
    assert "in order again" in third
    assert all("exit code 0" in told for told in (first, second, third))


def test_faulty_mappings_at_the_start_end_it_with_1(isp: Isp, mappings: Path) -> None:
    (mappings / "bonus.yaml").write_text("")

    result = isp("run")

    assert result.code == 1
    assert "mappings/bonus.yaml" in result.err
    with pytest.raises(FileFaults), service(isp):
        pass
