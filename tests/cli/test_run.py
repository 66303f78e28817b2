"""`bridge run`: cycles on a schedule, edited mappings, figures, alerts, and a clean end on SIGTERM."""

from __future__ import annotations

import json
import logging
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from bridge.bootstrap import Bridge
from bridge.clock import SetClock
from bridge.daemon.service import Service
from bridge.daemon.supervisor import Supervisor
from bridge.daemon.wishes import Wishes
from bridge.domain.intents import Push
from bridge.errors import FileFaults, LeaseHeld, UsageFault
from bridge.mikrowisp.database.route import DatabaseRoute
from bridge.store.lease import Lease
from bridge.store.push_states import PushState
from tests.notify.hook import serving
from tests.servers import ROOT

from .conftest import OPENED, Isp, after


class QuickClock(SetClock):
    """Waits for nobody: an edit counts as finished at once."""

    def sleep(self, seconds: float) -> None:
        pass


@contextmanager
def service(isp: Isp) -> Iterator[Service]:
    """The service without its schedule: each cycle is called for."""
    with Bridge.configured(isp.config, os.environ, QuickClock(OPENED)) as bridge:
        supervisor = Supervisor({}, bridge.clock)
        with (
            closing(Wishes()) as wishes,
            closing(Service(bridge, bridge.store(), wishes, supervisor)) as found,
        ):
            yield found


@pytest.fixture
def mappings(isp: Isp) -> Path:
    """A copy of the mappings that the test may edit."""
    folder = isp.folder / "mappings"
    shutil.copytree(ROOT / "mappings", folder)
    isp.configure(database=True, mappings="mappings")
    return folder


@pytest.fixture
def told(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.INFO, "bridge")
    return caplog


def lines(told: pytest.LogCaptureFixture, *, of: str) -> list[dict[str, Any]]:
    """The lines of some events since the last call."""
    found = [record.msg for record in told.records if record.name.startswith("bridge")]
    told.clear()
    return [line for line in found if line["event"].startswith(of)]


class Running:
    """`bridge run` as a process; its log is read line by line."""

    def __init__(self, isp: Isp, **changes: Any) -> None:
        isp.configure(database="database" in isp.config.read_text(), log={"format": "json"}, **changes)
        command = [sys.executable, "-m", "bridge", "-c", str(isp.config), "run"]
        self.process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True)

    def until(self, event: str) -> dict[str, Any]:
        """Read on to the next line of that event."""
        assert self.process.stderr is not None
        seen = []
        for line in self.process.stderr:
            seen.append(line)
            if line.startswith("{") and (found := json.loads(line))["event"] == event:
                return dict(found)
        raise AssertionError(f"no {event} in:\n{''.join(seen)}")

    def send(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def end(self) -> int:
        """Wait for its end and return its exit code."""
        self.process.communicate(timeout=60)
        return self.process.returncode


@contextmanager
def running(isp: Isp, **changes: Any) -> Iterator[Running]:
    found = Running(isp, **changes)
    try:
        yield found
    finally:
        if found.process.poll() is None:
            found.process.kill()
        found.process.communicate()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly(isp: Isp, number: signal.Signals) -> None:
    isp.ticket()
    with running(isp) as process:
        process.until("daemon.started")
        cycle = process.until("cycle.finished")

        process.send(number)

        process.until("daemon.stopped")
        assert process.end() == 0
    assert (cycle["run"], cycle["tickets"], cycle["changed"], cycle["exit_code"]) == (1, 1, 1, 0)
    assert (cycle["decided"], cycle["pushed"]) == ({"L-1": 2}, {"sent": 1, "verified": 1})


def test_a_signal_during_a_cycle_leaves_it_between_two_calls(isp_over_api: Isp) -> None:
    isp = isp_over_api
    isp.panel.control("switches", {"latency_ms": 500})
    isp.panel.control("seed", {"customers": 40})
    with running(isp) as process:
        process.until("daemon.started")
        while len(isp.panel.control("journal")["entries"]) < 3:
            time.sleep(0.1)  # noqa: TID251 - a real process is stopped in the middle of its reading

        process.send(signal.SIGTERM)

        process.until("cycle.left")
        process.until("daemon.stopped")
        assert process.end() == 0
    calls = len(isp.panel.control("journal")["entries"])
    assert calls < 40  # the whole reading takes a call for each customer
    isp.panel.control("switches", {"latency_ms": None})
    assert isp("sync").code == 0


def test_sighup_reads_the_mappings_and_says_so(isp: Isp, mappings: Path) -> None:
    with running(isp, mappings="mappings") as process:
        process.until("cycle.finished")

        process.send(signal.SIGHUP)
        process.until("mappings.asked")
        same = process.until("mappings.unchanged")
        file = mappings / "technicians.yaml"
        file.write_text(file.read_text().replace("id: 22", "id: 18"))
        process.send(signal.SIGHUP)
        changed = process.until("mappings.changed")

        process.send(signal.SIGTERM)
        assert process.end() == 0
    assert (changed["before"], changed["files"]) == (same["version"], ["technicians.yaml"])


def test_it_shows_its_figures_at_the_port_of_the_configuration(isp: Isp) -> None:
    isp.ticket()
    with running(isp, metrics={"listen": 0}) as process:
        address = process.until("web.listening")["address"]
        process.until("cycle.finished")

        with urllib.request.urlopen(f"{address}/healthz", timeout=30) as answer:  # noqa: S310 - our own
            assert answer.status == 200
        process.send(signal.SIGTERM)
        assert process.end() == 0
        with pytest.raises(urllib.error.URLError):
            urllib.request.urlopen(f"{address}/healthz", timeout=30)  # noqa: S310 - our own


def test_staff_are_told_of_a_faulty_edit_until_it_is_mended_and_a_new_start_does_not_repeat_it(
    isp: Isp, mappings: Path
) -> None:
    file = mappings / "technicians.yaml"
    good = file.read_text()
    with serving() as hook:
        settings = {"mappings": "mappings", "alerts": {"urls": [hook.url]}}
        with running(isp, **settings) as process:
            process.until("cycle.finished")
            file.write_text("technicians: 3\n")
            process.send(signal.SIGHUP)
            hook.wait(1)
            process.send(signal.SIGTERM)
            assert process.end() == 0
        file.write_text(good)
        with running(isp, **settings) as process:
            process.until("cycle.finished")
            told = hook.wait(2)
            process.send(signal.SIGTERM)
            assert process.end() == 0

    assert [one["title"] for one in told] == [
        "[default] Hay errores en los archivos de reglas",
        "[default] Los archivos de reglas están corregidos",
    ]
    assert "mappings/technicians.yaml:1:14: se espera una lista" in told[0]["message"]
    assert len(hook.taken) == 2


def test_a_technician_is_told_of_what_a_cycle_has_assigned(isp: Isp, mappings: Path) -> None:
    isp.ticket()
    people, messages = mappings / "technicians.yaml", mappings / "messages.yaml"
    people.write_text(people.read_text().replace("levels: [1]\n", "levels: [1]\n    notify: [luz]\n"))
    before, told, after = messages.read_text().partition("    assigned:\n")
    messages.write_text(before + told + after.replace("send: false", "send: true", 1))
    with serving() as hook:
        channels = {"luz": {"urls": [hook.url]}}
        with running(isp, mappings="mappings", notices={"channels": channels}) as process:
            sent = process.until("notices.sent")
            process.send(signal.SIGTERM)
            assert process.end() == 0

    [message] = hook.taken
    assert message["title"] == "Avisos para usted: 1"
    assert sent["sent"] == 1


def test_asked_to_end_it_finishes_the_push_under_way_and_no_other(
    isp: Isp, told: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    for customer in (1, 2, 3):
        isp.ticket(customer)
    send = DatabaseRoute.send

    with service(isp) as running:

        def send_and_ask(route: DatabaseRoute, push: Push) -> None:
            running.wishes.ask_stop()
            send(route, push)

        with monkeypatch.context() as asking:
            asking.setattr(DatabaseRoute, "send", send_and_ask)
            running.once()
        events = [line["event"] for line in lines(told, of="")]
        states = running.store.outbox.counts()
        running.wishes.stop = False
        running.once()
        after_all = running.store.outbox.counts()

    assert [event for event in events if event != "decision.taken"] == ["push.sent", "cycle.left"]
    assert states == {PushState.SENT: 1, PushState.PENDING: 2}
    assert after_all == {PushState.VERIFIED: 3}


def test_trouble_of_a_cycle_is_logged_and_the_next_one_works(
    isp_over_api: Isp, told: pytest.LogCaptureFixture
) -> None:
    isp = isp_over_api
    ticket = isp.ticket()
    isp.panel.control("faults", {"kind": "token_lost", "times": 1})

    with service(isp) as running:
        running.once()
        [refused] = lines(told, of="cycle.")
        assert running.health.snapshot.trouble == "access_refused"
        assert running.health.snapshot.status.errors == {"access_refused": 1}
        running.once()
        assert running.health.snapshot.trouble == ""

    assert (refused["event"], refused["reaction"], refused["run"]) == ("cycle.failed", "access_refused", 1)
    assert [line["event"] for line in lines(told, of="cycle.finished")] == ["cycle.finished"]
    assert [row["ticket_id"] for row in isp("tickets", "list", "--format", "json").json] == [ticket]


def test_a_fault_that_nobody_foresaw_ends_one_cycle_and_not_the_service(
    isp: Isp, told: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    isp.ticket()

    with service(isp) as running:
        with monkeypatch.context() as broken:
            broken.setattr("bridge.sync.cycle.check_clock", lambda *_: 1 / 0)
            running.once()
        [line] = lines(told, of="cycle.broken")
        status = running.health.snapshot.status
        assert (running.health.snapshot.trouble, status.errors) == ("broken", {"unfinished": 1})
        assert status.last_good_at is None
        running.once()
        assert running.health.snapshot.status.last_good_at == OPENED

    assert "exc_info" in line
    assert [line["exit_code"] for line in lines(told, of="cycle.finished")] == [0]


def test_a_cycle_of_another_process_is_waited_for(
    isp: Isp, told: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def held(*_: object) -> None:
        raise LeaseHeld("another cycle is at work")

    with service(isp) as running:
        with monkeypatch.context() as busy:
            busy.setattr(Lease, "acquire", held)
            running.once()
        [line] = lines(told, of="cycle.")
        running.once()

    assert (line["event"], line["reaction"], "run" in line) == ("cycle.failed", "lease_held", False)
    assert [line["exit_code"] for line in lines(told, of="cycle.finished")] == [0]


def test_an_edit_of_the_mappings_applies_from_the_next_cycle(
    isp: Isp, mappings: Path, told: pytest.LogCaptureFixture
) -> None:
    ticket = isp.ticket()
    file = mappings / "technicians.yaml"

    with service(isp) as running:
        running.once()
        before = running.edits.version
        file.write_text(file.read_text().replace("id: 22", "id: 18"))
        isp.at(3)
        running.bridge.clock.set(after(3))  # type: ignore[attr-defined]
        lines(told, of="")
        running.once()
        changed, *_, finished = lines(told, of="")
        assert running.health.snapshot.version == changed["version"]

    assert isp("tickets", "show", ticket, "--format", "json").json["technician_id"] == 18
    assert (changed["event"], changed["before"]) == ("mappings.changed", before)
    assert changed["impact"]["incidents_changed"] == 1
    assert finished["event"] == "cycle.finished"


def test_a_faulty_edit_is_told_once_and_the_last_good_mappings_stay(
    isp: Isp, mappings: Path, told: pytest.LogCaptureFixture
) -> None:
    isp.ticket()
    file = mappings / "technicians.yaml"
    good = file.read_text()

    with service(isp) as running:
        running.once()
        lines(told, of="")
        file.write_text("technicians: 3\n")
        running.once()
        running.once()
        refused = lines(told, of="")
        assert [line.partition(" ")[0] for line in running.health.snapshot.faults] == [
            line.partition(" ")[0] for line in refused[0]["faults"]
        ]
        assert "se espera una lista" in running.health.snapshot.faults[-1]
        status = isp("status", "--format", "json").json["mappings"]
        file.write_text(good)
        running.once()
        mended = lines(told, of="mappings.")
        assert running.health.snapshot.faults == ()

    events = [line["event"] for line in refused]
    assert events == ["mappings.refused", "cycle.finished", "cycle.finished"]
    assert status["folder"] == "faulty"
    assert status["faults"] == refused[0]["faults"]
    assert status["in_force"] == refused[0]["stays"]
    assert [line["event"] for line in mended] == ["mappings.mended"]


def test_an_edit_that_asks_for_a_route_that_is_not_configured_is_refused(
    isp: Isp, mappings: Path, told: pytest.LogCaptureFixture
) -> None:
    isp.configure(database=False, mappings="mappings")
    file = mappings / "commands.yaml"

    with service(isp) as running:
        running.once()
        lines(told, of="")
        file.write_text(file.read_text().replace("source: api", "source: database"))
        running.once()
        refused, finished = lines(told, of="")

    assert refused["event"] == "mappings.refused"
    assert "customers.source is `database`" in refused["faults"][0]
    assert finished["event"] == "cycle.finished"


def test_faulty_mappings_at_the_start_end_it_with_1(isp: Isp, mappings: Path) -> None:
    (mappings / "bonus.yaml").write_text("")

    result = isp("run")

    assert result.code == 1
    assert "mappings/bonus.yaml" in result.err
    with pytest.raises(FileFaults), service(isp):
        pass


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"alerts": {"urls": ["tgrm://x"]}}, "alerts.urls: number 1"),
        (
            {"notices": {"channels": {"oficina": {"urls": ["tgrm://x"]}}}},
            "notices.channels.oficina.urls: number 1",
        ),
        ({"metrics": {"listen": "192.0.2.1:9464"}}, "metrics.listen: 192.0.2.1 port 9464 cannot be had"),
    ],
)
def test_a_channel_or_a_port_that_cannot_be_had_ends_it_with_1(
    isp: Isp, changes: dict[str, Any], words: str
) -> None:
    isp.configure(database=True, **changes)

    result = isp("run")

    assert result.code == UsageFault.exit_code
    assert words in result.err
