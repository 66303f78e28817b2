"""What signals ask of the service: SIGTERM and SIGINT to end, SIGHUP to read the mappings."""

from __future__ import annotations

import contextlib
import os
import select
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_END = (signal.SIGTERM, signal.SIGINT)
_MANY = 4096


class Wishes:
    """What was asked for and not yet granted; a wait ends as soon as something is.

    A handler of signals may take no lock: it would wait for the very thread that it interrupted. So it
    sets a flag, and wakes the sleeper through a pipe.
    """

    def __init__(self) -> None:
        self.stop = False
        self._reload = False
        self._ear, self._mouth = _pipe()

    def ask_stop(self) -> None:
        """Ask the service to end."""
        self.stop = True
        self._call()

    def ask_reload(self) -> None:
        """Ask for the mappings to be read now."""
        self._reload = True
        self._call()

    def take_reload(self) -> bool:
        """Return whether the mappings are to be read now; the wish is then granted."""
        asked, self._reload = self._reload, False
        return asked

    def wait(self, seconds: float) -> None:
        """Wait so long, or until something is asked for."""
        if not self.stop and not self._reload and select.select([self._ear], [], [], seconds)[0]:
            os.read(self._ear, _MANY)

    def close(self) -> None:
        """Let go of the pipe."""
        os.close(self._ear)
        os.close(self._mouth)

    def _call(self) -> None:
        # A full pipe wakes as well as one more byte in it.
        with contextlib.suppress(BlockingIOError):
            os.write(self._mouth, b"!")


def _pipe() -> tuple[int, int]:
    ends = os.pipe()
    for end in ends:
        os.set_blocking(end, False)
    return ends


@contextmanager
def listening() -> Iterator[Wishes]:
    """Turn the signals into wishes for the block."""
    wishes = Wishes()

    def asked(number: int, _frame: FrameType | None) -> None:
        if number in _END:
            wishes.ask_stop()
        else:
            wishes.ask_reload()

    before = {number: signal.signal(number, asked) for number in (*_END, signal.SIGHUP)}
    try:
        yield wishes
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        wishes.close()
