"""`/healthz` and `/metrics` on a port, by default of this machine alone."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from prometheus_client import CollectorRegistry, make_wsgi_app

from bridge import logs
from bridge.daemon.figures import Figures
from bridge.daemon.health import Health
from bridge.errors import UsageFault

log = logs.logger("bridge.web")

Start = Callable[..., Any]


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True
    block_on_close = False


class _Request(WSGIRequestHandler):
    timeout = 10  # seconds for whoever connects and says nothing

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Say nothing: a scrape every few seconds is no event."""


class Pages:
    """The two pages; anything else is not found."""

    def __init__(self, health: Health) -> None:
        self._health = health
        registry = CollectorRegistry()
        registry.register(Figures(health))
        self._metrics = make_wsgi_app(registry)

    def __call__(self, environ: dict[str, Any], start: Start) -> Iterable[bytes]:
        """Answer one request."""
        if environ["REQUEST_METHOD"] not in {"GET", "HEAD"}:
            return _text(start, "405 Method Not Allowed", "GET only")
        match environ["PATH_INFO"]:
            case "/metrics":
                answer: Iterable[bytes] = self._metrics(environ, start)
                return answer
            case "/healthz":
                return self._healthz(start)
            case _:
                return _text(start, "404 Not Found", "/healthz or /metrics")

    def _healthz(self, start: Start) -> Iterable[bytes]:
        age, patience = (
            int(duration.total_seconds()) for duration in (self._health.age, self._health.patience)
        )
        words = f"last good cycle {age} s ago, limit {patience} s"
        if self._health.is_stale:
            return _text(start, "503 Service Unavailable", words)
        return _text(start, "200 OK", words)


@contextmanager
def shown(health: Health, place: tuple[str, int] | None) -> Iterator[str | None]:
    """Show the pages during the block, at the address that is yielded; nowhere without a place.

    Raises UsageFault where the port cannot be had.
    """
    if place is None:
        yield None
        return
    host, port = place
    try:
        server = make_server(host, port, Pages(health), server_class=_family(host), handler_class=_Request)
    except OSError as error:
        raise UsageFault(f"metrics.listen: {host} port {port} cannot be had: {error.strerror}") from error
    address = f"http://{f'[{host}]' if ':' in host else host}:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, name="web", daemon=True)
    thread.start()
    log.info("web.listening", address=address)
    try:
        yield address
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _family(host: str) -> type[_Server]:
    class _Family(_Server):
        address_family = socket.AF_INET6 if ":" in host else socket.AF_INET

    return _Family


def _text(start: Start, status: str, words: str) -> Iterable[bytes]:
    body = f"{words}\n".encode()
    start(status, [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(body)))])
    return [body]
