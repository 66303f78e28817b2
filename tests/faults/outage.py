"""A database server that is stopped by its process id and started again as it was."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from sqlalchemy.exc import OperationalError

from bridge.clock import SystemClock
from tests.servers import READY_SECONDS, ControlRefusedError, MariaDB, Sandbox

Outage = Callable[[Callable[[], object]], None]


class Stoppable:
    """A MariaDB server that can be stopped and started."""

    def __init__(self, server: MariaDB) -> None:
        self._server = server
        command = Path(f"/proc/{server.pid}/cmdline").read_bytes()
        self._command = command.rstrip(b"\0").split(b"\0")
        self._pid = server.pid
        self._process: subprocess.Popen[bytes] | None = None

    def stop(self, number: int = signal.SIGTERM) -> None:
        """Stop the server and wait for its end."""
        os.kill(self._pid, number)
        if self._process is not None:
            self._process.wait(READY_SECONDS)
        else:
            with suppress(ChildProcessError):
                os.waitpid(self._pid, 0)

    def start(self, panel: Sandbox) -> None:
        """Start it as it was, and wait until the panel's own connections work again."""
        self._process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self._pid = self._process.pid
        _until(lambda: self._server.execute("SELECT 1"), OperationalError)
        _until(lambda: panel.control("dump", {"sections": ["departments"]}), ControlRefusedError)

    def close(self) -> None:
        """Stop for good what was started here; what started the first one waits for it in vain."""
        if self._process is not None and self._process.poll() is None:
            self.stop()


@contextmanager
def while_stopped(server: MariaDB, panel: Sandbox) -> Iterator[Outage]:
    """Yield a function that runs another one while the server is stopped."""
    stoppable = Stoppable(server)

    def during(work: Callable[[], object]) -> None:
        stoppable.stop()
        try:
            work()
        finally:
            stoppable.start(panel)

    try:
        yield during
    finally:
        stoppable.close()


def _until(attempt: Callable[[], object], failure: type[Exception]) -> None:
    """Try again until it works: a server that comes up does so in its own time."""
    clock = SystemClock()
    deadline = clock.monotonic() + READY_SECONDS
    while True:
        try:
            attempt()
        except failure:
            if clock.monotonic() > deadline:
                raise
            clock.sleep(0.05)
        else:
            return
