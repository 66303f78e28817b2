"""`bridge run`: cycles on a schedule until SIGTERM or SIGINT."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import schedule

from bridge.bootstrap import Bridge
from bridge.cli.options import Context
from bridge.cli.render import many, warn
from bridge.errors import BridgeError, FileFaults
from bridge.rulebook.loader import LoadedRulebook
from bridge.store.store import Store
from bridge.sync.cycle import Cycle
from bridge.sync.ports import Progress
from bridge.sync.report import RunReport

_LONGEST_WAIT = 60.0  # seconds; a machine that slept, or whose clock was set, looks again this often


class _Stopped(Exception):
    """The cycle was left between two calls to the panel."""


def run(context: Context) -> None:
    """Run cycles every `schedule.every_minutes` until stopped.

    Edited mappings apply from the next cycle; faulty ones are logged, and the last good ones stay. SIGTERM
    or SIGINT ends it after the call to the panel that is under way, with exit code 0.
    """
    with context.obj.bridge() as bridge, _stopping() as stop:
        store = bridge.store()
        service = Service(bridge, store, bridge.mappings(store), stop)
        every = bridge.settings.schedule.every_minutes
        _log(bridge, f"a cycle every {every} minutes; SIGTERM ends it")
        scheduler = schedule.Scheduler()
        scheduler.every(every).minutes.do(service.once)
        scheduler.run_all()
        while not stop.is_set():
            stop.wait(min(max(scheduler.idle_seconds or 0, 0), _LONGEST_WAIT))
            if not stop.is_set():
                scheduler.run_pending()
        _log(bridge, "stopped")


class Service:
    """One cycle after the other over the same store; the mappings are looked at before each."""

    def __init__(self, bridge: Bridge, store: Store, loaded: LoadedRulebook, stop: threading.Event) -> None:
        self.bridge = bridge
        self.store = store
        self.loaded = loaded
        self.stop = stop
        self.faults = ""
        self.cycle: Cycle | None = None

    def once(self) -> None:
        """Run a cycle; its trouble is logged, and the next one tries again."""
        try:
            report = self._present_cycle().sync()
        except _Stopped:
            _log(self.bridge, "the cycle was left early; the next one goes on where it stopped")
        except BridgeError as fault:
            _log(self.bridge, f"nothing more pushed: {fault}")
        else:
            _log(self.bridge, _in_one_line(report))
            for text in (*report.guards, *report.notes):
                _log(self.bridge, text)

    def phase(self, name: str) -> Progress:  # noqa: ARG002 - the protocol's signature
        """Leave the cycle between two calls to the panel once somebody asked for it."""

        def step(done: int, total: int) -> None:
            if self.stop.is_set() and done < total:
                raise _Stopped

        return step

    def _present_cycle(self) -> Cycle:
        """Wire a cycle anew when the mappings changed."""
        loaded = self._present_mappings()
        if self.cycle is None or loaded.rulebook.digest != self.loaded.rulebook.digest:
            self.loaded = loaded
            self.cycle = self.bridge.cycle(self.store, self, loaded)
        return self.cycle

    def _present_mappings(self) -> LoadedRulebook:
        try:
            loaded = self.bridge.mappings(self.store)
        except FileFaults as faults:
            if str(faults) != self.faults:
                _log(self.bridge, f"faulty mappings, the last good ones stay:\n{faults}")
            self.faults = str(faults)
            return self.loaded
        if self.faults:
            _log(self.bridge, "the mappings are in order again")
        self.faults = ""
        return loaded


def _in_one_line(report: RunReport) -> str:
    decided = ", ".join(f"{rule} {number}" for rule, number in sorted(report.decisions.items())) or "nothing"
    pushed = ", ".join(f"{name} {n}" for name, n in sorted(report.pushed.items()) if n) or "nothing"
    seen = f"{many(report.clients_polled, 'customer')}, {many(report.tickets_seen, 'ticket')}"
    return (
        f"{seen}, {report.tickets_changed} changed; "
        f"decided {decided}; pushed {pushed}; exit code {report.exit_code}"
    )


def _log(bridge: Bridge, text: str) -> None:
    warn(f"{bridge.clock.real().astimezone(bridge.settings.panel.timezone):%Y-%m-%d %H:%M:%S} {text}")


@contextmanager
def _stopping() -> Iterator[threading.Event]:
    """Turn SIGTERM and SIGINT into an event for the block."""
    stop = threading.Event()

    def ask(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    before = {number: signal.signal(number, ask) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
