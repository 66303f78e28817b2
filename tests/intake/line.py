"""A line to the mailbox that can be cut: it counts the records of TLS, one for each command of the client."""

from __future__ import annotations

import random
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_APPLICATION_DATA = 23
_HEADER = 5


class Line:
    """Forwards connections to a port of this machine, each until its number of commands is used up."""

    def __init__(self, target: int) -> None:
        self.target = target
        self.cuts = 0
        self._commands: int | None = None
        self._arrives = True
        self._dice: random.Random | None = None
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._server.getsockname()[1])
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def hold(self) -> None:
        """Cut nothing any more."""
        self._commands, self._dice = None, None

    def cut_after(self, commands: int, *, arrives: bool) -> None:
        """Cut each connection at a command, whose answer is lost; it may not even arrive."""
        self._commands, self._arrives, self._dice = commands, arrives, None

    def cut_at_random(self, seed: int) -> None:
        """Cut each connection somewhere."""
        self._dice = random.Random(seed)  # noqa: S311 - a storm that can be had again

    def close(self) -> None:
        """Let nobody in any more."""
        with suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        self._thread.join(timeout=10)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._server.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        commands, arrives = self._commands, self._arrives
        if self._dice is not None:
            commands, arrives = self._dice.randrange(8, 120), self._dice.random() < 0.5
        with client, socket.create_connection(("127.0.0.1", self.target)) as server:
            back = threading.Thread(target=_pour, args=(server, client), daemon=True)
            back.start()
            self._forward(client, server, commands, arrives=arrives)
            for one in (client, server):
                with suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)
            back.join(timeout=10)

    def _forward(
        self, client: socket.socket, server: socket.socket, commands: int | None, *, arrives: bool
    ) -> None:
        seen = 0
        with suppress(OSError):
            for kind, record in _records(client):
                seen += kind == _APPLICATION_DATA
                is_last = commands is not None and seen >= commands
                if arrives or not is_last:
                    server.sendall(record)
                if is_last:
                    self.cuts += 1
                    return


def _records(source: socket.socket) -> Iterator[tuple[int, bytes]]:
    waiting = b""
    while chunk := source.recv(65536):
        waiting += chunk
        while len(waiting) >= _HEADER:
            length = _HEADER + int.from_bytes(waiting[3:5], "big")
            if len(waiting) < length:
                break
            yield waiting[0], waiting[:length]
            waiting = waiting[length:]


def _pour(source: socket.socket, into: socket.socket) -> None:
    with suppress(OSError):
        while chunk := source.recv(65536):
            into.sendall(chunk)
        into.shutdown(socket.SHUT_WR)


@contextmanager
def line_to(port: int) -> Iterator[Line]:
    """A line for the time of a block."""
    line = Line(port)
    try:
        yield line
    finally:
        line.close()
