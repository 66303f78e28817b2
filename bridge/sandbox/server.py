"""The HTTP face: the API under `/api/v1/`, control under `/_sandbox/`, on a loopback address only."""

from __future__ import annotations

import ipaddress
import json
import socket
import sys
import traceback
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from bridge.sandbox.control import FAULTY, Control
from bridge.sandbox.envelope import PanelError
from bridge.sandbox.panel import Panel, Reply

_API = "/api/v1/"
_API_11 = "/api/v11/"
_CONTROL = "/_sandbox/"
_LARGEST_BODY = 64 * 1024 * 1024


def is_loopback(host: str) -> bool:
    """Whether a host name or address reaches this machine only."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


class Server(ThreadingHTTPServer):
    """One panel behind a socket; a thread for each connection, kept open between requests."""

    daemon_threads = True
    request_queue_size = 256

    def __init__(self, address: tuple[str, int], panel: Panel, control: Control, *, quiet: bool) -> None:
        if not is_loopback(address[0]):
            raise ValueError(f"the sandbox listens on loopback addresses only, not on {address[0]}")
        self.panel = panel
        self.control = control
        self.quiet = quiet
        if ":" in address[0]:
            self.address_family = socket.AF_INET6
        super().__init__(address, Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing about clients that hang up; tell everything else."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    server_version = "Apache"
    sys_version = ""
    disable_nagle_algorithm = True
    server: Server

    def do_POST(self) -> None:
        """Answer the API and control."""
        raw = self._body()
        if raw is None:
            return
        path = urlsplit(self.path).path
        if path.startswith(_API):
            self._send(self.server.panel.answer(path, path.removeprefix(_API).strip("/"), raw))
        elif path.startswith(_API_11) and self.server.panel.switches.on("v11"):
            bearer = self.headers.get("Authorization", "").removeprefix("Bearer ")
            self._send(self.server.panel.answer(path, path.removeprefix(_API_11).strip("/"), raw, bearer))
        elif path.startswith(_CONTROL):
            self._control(path, raw)
        else:
            self._not_found()

    def do_GET(self) -> None:
        """Answer control's read operations; the API knows POST only."""
        parts = urlsplit(self.path)
        if parts.path.startswith(_CONTROL):
            query = dict(parse_qsl(parts.query))
            self._control(parts.path, json.dumps(query).encode(), reads_only=True)
        else:
            self._not_found()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  the name is http.server's
        """Write the access line to stderr, unless the sandbox is quiet."""
        if not self.server.quiet:
            sys.stderr.write(f"{format % args}\n")

    def _body(self) -> bytes | None:
        try:
            length = int(self.headers.get("Content-Length") or 0)
        except ValueError:
            length = -1
        if "chunked" in self.headers.get("Transfer-Encoding", "") or not 0 <= length <= _LARGEST_BODY:
            self.close_connection = True
            self._write(HTTPStatus.LENGTH_REQUIRED, b"", "text/plain")
            return None
        return self.rfile.read(length)

    def _control(self, path: str, raw: bytes, *, reads_only: bool = False) -> None:
        name = path.removeprefix(_CONTROL).strip("/")
        # A web page open in a browser on this machine can reach loopback; it cannot fake these two headers.
        host = urlsplit(f"//{self.headers.get('Host', '')}").hostname or ""
        if "Origin" in self.headers or not is_loopback(host):
            self._json(HTTPStatus.FORBIDDEN, {"error": "control answers local programs only"})
            return
        if reads_only and name not in ("health", "clock", "switches", "faults", "journal", "dump"):
            self._json(HTTPStatus.METHOD_NOT_ALLOWED, {"error": f"{name} takes POST"})
            return
        try:
            payload = json.loads(raw or b"{}")
        except ValueError as fault:
            self._json(HTTPStatus.BAD_REQUEST, {"error": f"the payload is no JSON: {fault}"})
            return
        if not isinstance(payload, dict):
            self._json(HTTPStatus.BAD_REQUEST, {"error": "the payload is a JSON object"})
            return
        try:
            result = self.server.control.run(
                name, {} if reads_only and name in ("clock", "switches") else payload
            )
        except PanelError as fault:
            self._json(HTTPStatus.BAD_REQUEST, {"error": fault.message})
        except FAULTY as fault:
            self._json(HTTPStatus.BAD_REQUEST, {"error": str(fault)})
        except Exception as fault:  # noqa: BLE001  a test must see what broke, not a closed connection
            traceback.print_exc(file=sys.stderr)
            self._json(HTTPStatus.INTERNAL_SERVER_ERROR, {"error": f"{type(fault).__name__}: {fault}"})
        else:
            self._json(HTTPStatus.OK, result)

    def _send(self, reply: Reply) -> None:
        if reply.dropped:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        self._write(reply.status, reply.text.encode(), reply.content_type)

    def _json(self, status: int, answer: Any) -> None:
        self._write(status, json.dumps(answer).encode(), "application/json")

    def _not_found(self) -> None:
        self.close_connection = True
        self._write(HTTPStatus.NOT_FOUND, b"<h1>Not Found</h1>", "text/html; charset=UTF-8")

    def _write(self, status: int, body: bytes, content_type: str) -> None:
        # Head and body go out in one piece: two small packets would wait for each other's acknowledgement.
        self.log_request(status, len(body))
        head = (
            f"HTTP/1.1 {int(status)} {HTTPStatus(status).phrase}\r\n"
            f"Server: {self.server_version}\r\nDate: {self.date_time_string()}\r\n"
            f"Content-Type: {content_type}\r\nContent-Length: {len(body)}\r\n"
        )
        if self.close_connection:
            head += "Connection: close\r\n"
        self.wfile.write(head.encode("latin-1") + b"\r\n" + body)
