"""How far a cycle has come: a bar at a terminal, now and then a line elsewhere, always on stderr."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from bridge.cli.render import warn
from bridge.clock import Clock
from bridge.sync.ports import Progress as Step

_LINE_EVERY = 10.0
_WORDS = {"read": "Reading the panel", "push": "Writing to the panel"}


class Shown:
    """A Reporter for commands; use it in a `with`."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.bar = _bar() if sys.stderr.isatty() else None
        self.task: TaskID | None = None

    def __enter__(self) -> Self:
        if self.bar is not None:
            self.bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.bar is not None:
            self.bar.stop()

    def phase(self, name: str) -> Step:
        """Begin a phase: a new bar in the place of the last one, or the right to a line."""
        words = _WORDS.get(name, name)
        if self.bar is None:
            return self._lines(words)
        if self.task is not None:
            self.bar.remove_task(self.task)
        task = self.task = self.bar.add_task(words, total=None)
        bar = self.bar

        def step(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total)

        return step

    def _lines(self, words: str) -> Step:
        last = self.clock.monotonic()

        def step(done: int, total: int) -> None:
            nonlocal last
            if self.clock.monotonic() - last >= _LINE_EVERY:
                last = self.clock.monotonic()
                warn(f"{words}: {done} of {total}")

        return step


def _bar() -> Progress:
    """Return a bar that vanishes when it is done."""
    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
    )
