"""Cycles in processes of their own that can be killed: `python -m tests.faults.mortal`, orders on stdin.

The process loads everything once and forks for each order, so that a death costs little. It has one thread.
"""

from __future__ import annotations

import json
import os
import resource
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
    """One cycle at `now`, whose steps' words go to `trace`.

    At its step `at`, counted from 0, it sends itself `signal`. `room` is how large its files may grow, in
    bytes. With `resume` no cycle is begun, but one that was stopped goes on.
    """

    config: str = ""
    now: str = ""
    trace: str = ""
    at: int | None = None
    signal: int = signal.SIGKILL
    room: int | None = None
    resume: int | None = None


@dataclass(frozen=True, kw_only=True)
class Death:
    """How the process ended (the code, or the signal as a negative number), and the steps it had come to.

    One that merely stopped has the code of its signal, and goes on with `Nursery.resume`.
    """

    code: int
    pid: int
    steps: list[str]

    @property
    def killed(self) -> bool:
        """Whether SIGKILL ended it."""
        return self.code == -signal.SIGKILL

    @property
    def stopped(self) -> bool:
        """Whether SIGSTOP holds it."""
        return self.code == -signal.SIGSTOP


class Nursery:
    """Starts mortal cycles."""

    def __init__(self, process: subprocess.Popen[str], folder: Path) -> None:
        self._process = process
        self._folder = folder
        self._number = 0

    def run(self, config: Path, now: datetime, at: int | None = None, **more: int) -> Death:
        """Run one cycle in a process of its own, as `Order` says, and wait for its end or its stop."""
        self._number += 1
        trace = self._folder / f"trace-{self._number}"
        return self._ask(Order(config=str(config), now=now.isoformat(), trace=str(trace), at=at, **more))

    def resume(self, stopped: Death) -> Death:
        """Let a stopped process go on to its end."""
        return self._ask(Order(resume=stopped.pid))

    def _ask(self, order: Order) -> Death:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(asdict(order)) + "\n")
        self._process.stdin.flush()
        pid, code = map(int, self._process.stdout.readline().split())
        steps = Path(order.trace).read_text().splitlines() if order.trace else []
        return Death(pid=pid, code=code, steps=steps)


@contextmanager
def nursery(folder: Path) -> Iterator[Nursery]:
    """Start the process that forks; it ends with its stdin."""
    command = [sys.executable, "-m", "tests.faults.mortal"]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield Nursery(process, folder)


def main() -> None:
    """Fork for each order, and say how the child ended."""
    loaded: dict[str, Any] = {}
    for line in sys.stdin:
        order = Order(**json.loads(line))
        if order.resume is not None:
            os.kill(order.resume, signal.SIGCONT)
            _say(order.resume)
            continue
        if order.config not in loaded:
            with Bridge.configured(Path(order.config), {}) as bridge:
                loaded[order.config] = bridge.mappings()
        child = os.fork()
        if child == 0:
            _live(order, loaded[order.config])
        _say(child)


def _say(child: int) -> None:
    _, status = os.waitpid(child, os.WUNTRACED)
    code = -os.WSTOPSIG(status) if os.WIFSTOPPED(status) else os.waitstatus_to_exitcode(status)
    sys.stdout.write(f"{child} {code}\n")
    sys.stdout.flush()


def _live(order: Order, loaded: Any) -> None:
    code = BROKEN
    if order.room is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (order.room, order.room))
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
            if count == order.at:
                os.kill(os.getpid(), order.signal)
            count += 1

        with watched(store, cycle, step):
            try:
                return cycle.sync().exit_code
            except BridgeError as fault:
                return fault.exit_code


if __name__ == "__main__":
    main()
