"""A command at a real terminal: what it shows is read as a person sees it, and answered by keys."""

from __future__ import annotations

import os
import pty
import re
import select
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.servers import ROOT

ENTER = "\r"
DOWN = "\x1b[B"
CTRL_C = "\x03"
PATIENCE = 30

# Only a process that leads its session can take the terminal, and only then does Ctrl-C reach it.
_TAKE_IT = (
    "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); "
    "os.execv(sys.executable, [sys.executable, '-m', 'bridge', *sys.argv[1:]])"
)
_CONTROLS = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[()][A-Z0-9]|\x1b[=>]|\r|\x07")


class Terminal:
    """One command and its terminal."""

    def __init__(self, process: subprocess.Popen[bytes], master: int) -> None:
        self.process = process
        self.master = master
        self.raw = b""

    @property
    def screen(self) -> str:
        """All that was ever shown, without the terminal's own commands."""
        return _CONTROLS.sub("", self.raw.decode("utf-8", "replace"))

    def see(self, words: str) -> str:
        """Wait until words are shown after what was seen before; return what was shown until now."""
        return self._until(lambda: words in self.screen, words)

    def answer(self, question: str, keys: str) -> None:
        """Wait for a question, and type."""
        self.see(question)
        self.type(keys)

    def type(self, keys: str) -> None:
        """Press keys; what was on the screen is not looked at again."""
        self.raw = b""
        os.write(self.master, keys.encode())

    def end(self) -> tuple[int, str]:
        """Wait for the end; return the exit code and what was shown last."""
        self._until(lambda: False, "the end")
        return self.process.wait(timeout=PATIENCE), self.screen

    def _until(self, seen, what: str) -> str:
        deadline = time.monotonic() + PATIENCE
        while not seen():
            if time.monotonic() > deadline:
                raise AssertionError(f"never saw {what!r}; the screen: {self.screen[-2000:]}")
            ready, _, _ = select.select([self.master], [], [], 0.2)
            if not ready:
                continue
            try:
                chunk = os.read(self.master, 65536)
            except OSError:
                chunk = b""
            if not chunk:
                if what == "the end":
                    return self.screen
                raise AssertionError(f"it ended before {what!r}; the screen: {self.screen[-2000:]}")
            if b"\x1b[6n" in chunk:  # where is the cursor?
                os.write(self.master, b"\x1b[1;1R")
            self.raw += chunk
        return self.screen


@contextmanager
def at_terminal(*arguments: str, environ: Mapping[str, str]) -> Iterator[Terminal]:
    """Run `bridge` at a terminal of its own."""
    master, slave = pty.openpty()
    command = [sys.executable, "-c", _TAKE_IT, *arguments]
    known = {**os.environ, **environ, "TERM": "xterm", "COLUMNS": "100", "LINES": "40"}
    with subprocess.Popen(
        command, cwd=Path(ROOT), stdin=slave, stdout=slave, stderr=slave, env=known, start_new_session=True
    ) as process:
        os.close(slave)
        try:
            yield Terminal(process, master)
        finally:
            if process.poll() is None:
                process.kill()
            with suppress(OSError):
                os.close(master)
