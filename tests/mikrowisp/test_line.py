"""Real sockets: what has left the machine decides whether a write may have been applied."""

from __future__ import annotations

import socket
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from bridge.clock import SystemClock
from bridge.errors import AccessRefused, NotApplied, OutcomeUnknown, PanelUnreachable
from tests.mikrowisp.panels import TOKEN, transport

OK = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 18\r\n\r\n{"estado":"exito"}'


def request_of(line: socket.socket) -> bytes:
    """Read one whole request; empty where the other side hung up."""
    data = b""
    while b"\r\n\r\n" not in data:
        more = line.recv(65536)
        if not more:
            return b""
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    length = next(
        int(row.split(b":")[1]) for row in head.split(b"\r\n") if row.lower().startswith(b"content-length")
    )
    while len(body) < length:
        body += line.recv(65536)
    return head + b"\r\n\r\n" + body


class Listener:
    """A server that plays one scripted behaviour for each connection, and keeps what it was sent."""

    def __init__(
        self, *plays: Callable[[Listener, socket.socket], None], context: ssl.SSLContext | None = None
    ) -> None:
        self.got: list[bytes] = []
        self.over = threading.Event()
        self._context = context
        self._plays = plays
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def _serve(self) -> None:
        for play in self._plays:
            try:
                line, _ = self._socket.accept()
            except OSError:
                return
            with line:
                try:
                    if self._context is None:
                        play(self, line)
                    else:
                        with self._context.wrap_socket(line, server_side=True) as tls:
                            play(self, tls)
                except OSError:
                    continue

    @contextmanager
    def running(self) -> Iterator[Listener]:
        self._thread.start()
        try:
            yield self
        finally:
            self.over.set()
            with suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)
            self._socket.close()
            self._thread.join(5)


def hangs_up_first(_: Listener, line: socket.socket) -> None:
    line.close()


def answers(listener: Listener, line: socket.socket) -> None:
    listener.got.append(request_of(line))
    line.sendall(OK)
    listener.over.wait(5)


def answers_then_hangs_up(listener: Listener, line: socket.socket) -> None:
    listener.got.append(request_of(line))
    line.sendall(OK)


def takes_and_hangs_up(listener: Listener, line: socket.socket) -> None:
    listener.got.append(request_of(line))


def takes_and_says_nothing(listener: Listener, line: socket.socket) -> None:
    listener.got.append(request_of(line))
    listener.over.wait(5)


def breaks_off(listener: Listener, line: socket.socket) -> None:
    listener.got.append(request_of(line))
    line.sendall(OK[:-5])


def answers_once_then_breaks_the_kept_line(listener: Listener, line: socket.socket) -> None:
    listener.got.append(request_of(line))
    line.sendall(OK)
    listener.got.append(request_of(line))


@pytest.mark.parametrize("play", [takes_and_hangs_up, takes_and_says_nothing, breaks_off])
def test_answer_lost_after_sending_leaves_a_write_in_doubt_and_is_sent_once(play) -> None:
    with Listener(play, answers).running() as listener:
        sender = transport(SystemClock(), base_url=f"http://127.0.0.1:{listener.port}", timeout=0.3)

        with pytest.raises(OutcomeUnknown):
            sender.write("NewTicket", {"idcliente": 77})
        sender.close()

        assert len(listener.got) == 1


@pytest.mark.parametrize("play", [takes_and_hangs_up, takes_and_says_nothing, breaks_off])
def test_answer_lost_after_sending_makes_a_read_unreachable(play) -> None:
    with Listener(play).running() as listener:
        sender = transport(SystemClock(), base_url=f"http://127.0.0.1:{listener.port}", timeout=0.3)

        with pytest.raises(PanelUnreachable):
            sender.read("ListTicket", {"idcliente": 77})
        sender.close()


def test_kept_connection_that_breaks_is_not_silently_tried_again() -> None:
    with Listener(answers_once_then_breaks_the_kept_line, answers).running() as listener:
        sender = transport(SystemClock(), base_url=f"http://127.0.0.1:{listener.port}", timeout=2)
        sender.read("ListTicket")

        with pytest.raises(OutcomeUnknown, match="the connection broke before the answer"):
            sender.write("NewTicket", {"idcliente": 77})
        sender.close()

        assert len(listener.got) == 2


def test_kept_connection_that_was_closed_meanwhile_is_replaced_before_anything_is_sent() -> None:
    with Listener(answers_then_hangs_up, answers).running() as listener:
        sender = transport(SystemClock(), base_url=f"http://127.0.0.1:{listener.port}", timeout=2)
        sender.read("ListTicket")
        threading.Event().wait(0.1)

        assert sender.write("NewTicket", {"idcliente": 77}).success
        sender.close()


def test_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    sender = transport(SystemClock(), base_url=f"http://127.0.0.1:{port}", timeout=2)

    with pytest.raises(NotApplied, match="no connection"):
        sender.write("NewTicket", {})
    with pytest.raises(PanelUnreachable, match="no connection"):
        sender.read("ListTicket")
    sender.close()


def test_handshake_that_fails_has_sent_nothing() -> None:
    with Listener(hangs_up_first, hangs_up_first).running() as listener:
        sender = transport(SystemClock(), base_url=f"https://127.0.0.1:{listener.port}", timeout=2)

        with pytest.raises(NotApplied):
            sender.write("NewTicket", {})
        with pytest.raises(PanelUnreachable):
            sender.read("ListTicket")
        sender.close()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate nobody has signed, with its key, for 127.0.0.1."""
    place = tmp_path_factory.mktemp("tls") / "panel.pem"
    words = (
        "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1"
    )
    subprocess.run(
        ["openssl", *words.split(), "-keyout", f"{place}.key", "-out", str(place)],
        check=True,
        capture_output=True,
    )
    return place


def context_of(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, f"{certificate}.key")
    return context


def test_unknown_certificate_refuses_access_in_clear_words_and_sends_no_token(certificate: Path) -> None:
    with Listener(answers, answers, context=context_of(certificate)).running() as listener:
        sender = transport(SystemClock(), base_url=f"https://127.0.0.1:{listener.port}", timeout=2)

        with pytest.raises(
            AccessRefused, match=r"TLS certificate cannot be verified; name the CA file under"
        ):
            sender.write("NewTicket", {})
        with pytest.raises(AccessRefused):
            sender.read("ListTicket")
        sender.close()

        assert listener.got == []


def test_pinned_certificate_is_taken(certificate: Path) -> None:
    with Listener(answers, context=context_of(certificate)).running() as listener:
        sender = transport(
            SystemClock(), base_url=f"https://127.0.0.1:{listener.port}", timeout=2, verify=str(certificate)
        )

        assert sender.read("ListTicket").success
        sender.close()

        assert TOKEN.encode() in listener.got[0]


def test_lost_answer_over_tls_leaves_a_write_in_doubt(certificate: Path) -> None:
    with Listener(takes_and_hangs_up, context=context_of(certificate)).running() as listener:
        sender = transport(
            SystemClock(), base_url=f"https://127.0.0.1:{listener.port}", timeout=2, verify=str(certificate)
        )

        with pytest.raises(OutcomeUnknown):
            sender.write("NewTicket", {"idcliente": 77})
        sender.close()
