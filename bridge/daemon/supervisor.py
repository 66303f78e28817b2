"""Telling systemd that the service is up, alive, or about to end (sd_notify), where systemd asked for it."""

from __future__ import annotations

import socket
from collections.abc import Mapping

from bridge.clock import Clock

_OFTEN_ENOUGH = 5.0  # seconds


class Supervisor:
    """Speaks to the socket that `Type=notify` names in the environment; without it, to nobody."""

    def __init__(self, environ: Mapping[str, str], clock: Clock) -> None:
        address = environ.get("NOTIFY_SOCKET", "")
        # A leading @ stands for the zero byte of a socket without a file.
        self._address = f"\0{address[1:]}" if address.startswith("@") else address
        self._clock = clock
        self._said = 0.0

    def ready(self) -> None:
        """The configuration and the mappings are good, and cycles begin."""
        self._say("READY=1")

    def alive(self) -> None:
        """The service goes on; without this for `WatchdogSec`, systemd starts it anew."""
        now = self._clock.monotonic()
        if now - self._said >= _OFTEN_ENOUGH:
            self._said = now
            self._say("WATCHDOG=1")

    def stopping(self) -> None:
        """The service is about to end because it was asked to."""
        self._say("STOPPING=1")

    def _say(self, words: str) -> None:
        if not self._address:
            return
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as line:
            try:
                line.connect(self._address)
                line.send(words.encode())
            except OSError:
                return  # a supervisor that is not there is no reason to stop
