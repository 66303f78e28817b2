"""A web hook that takes alerts, as a chat of staff does."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Hook(ThreadingHTTPServer):
    """Takes messages as a chat's web hook does; `status` is what it answers."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Post)
        self.taken: list[dict[str, Any]] = []
        self._arrived = threading.Condition()
        self.status = 200

    @property
    def url(self) -> str:
        return f"json://127.0.0.1:{self.server_port}/key-9f31c2ab77de"

    def take(self, message: dict[str, Any]) -> None:
        """Keep a message, and tell who waits."""
        with self._arrived:
            self.taken.append(message)
            self._arrived.notify_all()

    def wait(self, number: int) -> list[dict[str, Any]]:
        """Return the messages once there are so many."""
        with self._arrived:
            assert self._arrived.wait_for(lambda: len(self.taken) >= number, timeout=60)
            return list(self.taken)


class _Post(BaseHTTPRequestHandler):
    server: Hook

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(self.server.status)
        self.end_headers()
        self.server.take(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        pass


@contextmanager
def serving() -> Iterator[Hook]:
    """Serve a hook during the block."""
    with Hook() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
