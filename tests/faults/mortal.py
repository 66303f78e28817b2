"""Cycles in processes of their own that can be killed: `python -m tests.faults.mortal`, orders on stdin.

The process loads everything once and forks for each order, so that a death costs little. It has one thread.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from bridge.bootstrap import Bridge
from bridge.clock import SetClock
from bridge.errors import BridgeError
from tests.faults.watch import watched
from tests.servers import ROOT

BROKEN = 70


@dataclass(frozen=True, kw_only=True)
class Order:
    """One cycle at `now`; it is killed at its step `fatal`, counted from 0. `trace` gets the steps' words."""

    config: str
    now: str
    trace: str
    fatal: int | None = None


@dataclass(frozen=True, kw_only=True)
class Death:
    """How the process ended, and the steps it had come to."""

    code: int
    steps: list[str]

    @property
    def killed(self) -> bool:
        """Whether SIGKILL ended it."""
        return self.code == -signal.SIGKILL


class Nursery:
    """Starts mortal cycles."""

    def __init__(self, process: subprocess.Popen[str], folder: Path) -> None:
        self._process = process
        self._folder = folder

    def run(self, config: Path, now: datetime, fatal: int | None = None) -> Death:
        """Run one cycle in a process of its own and wait for its end."""
        trace = self._folder / "trace"
        order = Order(config=str(config), now=now.isoformat(), trace=str(trace), fatal=fatal)
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(asdict(order)) + "\n")
        self._process.stdin.flush()
        return Death(code=int(self._process.stdout.readline()), steps=trace.read_text().splitlines())


@contextmanager
def nursery(folder: Path) -> Iterator[Nursery]:
    """Start the process that forks; it ends with its stdin."""
    command = [sys.executable, "-m", "tests.faults.mortal"]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield Nursery(process, folder)


def main() -> None:
    """Fork for each order, and say with which code or signal (negative) the child ended."""
    loaded: dict[str, Any] = {}
    for line in sys.stdin:
        order = Order(**json.loads(line))
        if order.config not in loaded:
            with Bridge.configured(Path(order.config), {}) as bridge:
                loaded[order.config] = bridge.mappings()
        child = os.fork()
        if child == 0:
            _live(order, loaded[order.config])
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


def _live(order: Order, loaded: Any) -> None:
    code = BROKEN
    try:
        code = _cycle(order, loaded)
    finally:
        os._exit(code)


def _cycle(order: Order, loaded: Any) -> int:
    with (
        Path(order.trace).open("w") as trace,
        Bridge.configured(Path(order.config), {}, SetClock(datetime.fromisoformat(order.now))) as bridge,
    ):
        store = bridge.store()
        cycle = bridge.cycle(store, loaded=loaded)
        count = 0

        def step(words: str) -> None:
            nonlocal count
            trace.write(f"{words}\n")
            trace.flush()
            if count == order.fatal:
                os.kill(os.getpid(), signal.SIGKILL)
            count += 1

        with watched(store, cycle, step):
            try:
                return cycle.sync().exit_code
            except BridgeError as fault:
                return fault.exit_code


if __name__ == "__main__":
    main()
