"""The way to the panel: names, connections, certificates and who vouches for them."""

from __future__ import annotations

import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bridge.clock import SystemClock
from bridge.config import load_config
from bridge.doctor.check import Check, Status
from bridge.doctor.line import Way, network_checks, tls_checks, way_of

NOW = SystemClock().real() + timedelta(hours=1)  # after the certificate began
DAYS = 40


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate nobody has signed, with its key, for localhost."""
    place = tmp_path_factory.mktemp("tls") / "panel.pem"
    words = (
        f"req -x509 -newkey rsa:2048 -nodes -days {DAYS} -subj /CN=localhost/O=Example "
        "-addext subjectAltName=DNS:localhost"
    )
    subprocess.run(
        ["openssl", *words.split(), "-keyout", f"{place}.key", "-out", str(place)],
        check=True,
        capture_output=True,
    )
    return place


@pytest.fixture(scope="module")
def port(certificate: Path) -> Iterator[int]:
    """A TLS server that shakes hands and hangs up."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, f"{certificate}.key")
    server = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                line, _ = server.accept()
            except OSError:
                return
            try:
                with context.wrap_socket(line, server_side=True) as tls:
                    tls.recv(1)
            except OSError:
                continue

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield server.getsockname()[1]
    server.shutdown(socket.SHUT_RDWR)
    server.close()
    thread.join(5)


def way(port: int, authorities: Path, host: str = "localhost", **changes: object) -> Way:
    told = {"encrypted": True, "proxy": None, "verified": True} | changes
    return Way(host=host, port=port, authorities=authorities, **told)  # type: ignore[arg-type]


def looked(here: Way, now: datetime = NOW) -> list[Check]:
    return list(tls_checks(here, is_loopback=False, now=now, timeout=5))


def nobody(folder: Path) -> Path:
    """Authorities that vouch for nothing here."""
    empty = folder / "authorities"
    empty.mkdir(exist_ok=True)
    return empty


def test_a_trusted_certificate_tells_its_age(port: int, certificate: Path) -> None:
    [check] = looked(way(port, certificate))

    assert (check.check, check.status) == ("certificate", Status.OK)
    assert f"Issued by Example on {NOW:%Y-%m-%d}, valid until {NOW + timedelta(days=DAYS):%Y-%m-%d}" in (
        check.detail
    )


@pytest.mark.parametrize(("before", "status"), [(22, Status.OK), (20, Status.WARNING)])
def test_a_certificate_that_ends_soon_is_a_warning(
    port: int, certificate: Path, before: int, status: Status
) -> None:
    [check] = looked(way(port, certificate), NOW + timedelta(days=DAYS - before, hours=1))

    assert check.status is status


def test_one_that_nobody_vouches_for_fails_and_says_how_to_name_its_authority(
    port: int, tmp_path: Path
) -> None:
    [check] = looked(way(port, nobody(tmp_path)))

    assert (check.status, check.exit_code) == (Status.FAILED, 2)
    assert "not trusted: self-signed certificate" in check.detail
    assert "valid until" in check.detail
    assert "panel.verify_tls" in check.next_step


def test_one_that_is_over_is_to_be_renewed(port: int, tmp_path: Path) -> None:
    [check] = looked(way(port, nobody(tmp_path)), NOW + timedelta(days=DAYS + 2))

    assert "over since 2 days" in check.detail
    assert check.next_step == "renew the panel's certificate"


def test_one_for_another_name_tells_its_own(port: int, certificate: Path) -> None:
    [check] = looked(way(port, certificate, host="127.0.0.1"))

    assert check.next_step == "write one of the certificate's own names in panel.base_url: localhost"


def test_a_check_that_is_switched_off_is_a_warning_beside_what_it_would_say(
    port: int, tmp_path: Path
) -> None:
    found = looked(way(port, nobody(tmp_path), verified=False))

    assert [(check.check, check.status) for check in found] == [
        ("tls", Status.WARNING),
        ("certificate", Status.WARNING),
    ]


def test_no_tls_at_the_other_end_fails(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        closed = silent.getsockname()[1]

    [check] = looked(way(closed, nobody(tmp_path), host="127.0.0.1"))

    assert (check.status, check.exit_code) == (Status.FAILED, 1)


def test_plain_http_is_a_warning_unless_it_stays_in_this_machine(tmp_path: Path) -> None:
    plain = way(80, tmp_path, host="panel.example.com", encrypted=False)

    abroad = list(tls_checks(plain, is_loopback=False, now=NOW, timeout=1))
    here = list(tls_checks(plain, is_loopback=True, now=NOW, timeout=1))

    assert [check.status for check in (*abroad, *here)] == [Status.WARNING, Status.OK]


def test_network_tells_an_unknown_name_from_a_closed_port(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        open_port = server.getsockname()[1]
        [reached] = network_checks(way(open_port, tmp_path, host="127.0.0.1"), 5)
    [closed] = network_checks(way(open_port, tmp_path, host="127.0.0.1"), 5)
    [unknown] = network_checks(way(443, tmp_path, host="panel.invalid"), 5)

    assert reached.status is Status.OK
    assert "cannot be reached" in closed.detail
    assert f"nc -vz 127.0.0.1 {open_port}" in closed.next_step
    assert "cannot be looked up" in unknown.detail


def test_the_way_is_that_of_the_settings_and_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, certificate: Path
) -> None:
    config = tmp_path / "config.yaml"
    config.write_text("panel: {base_url: 'https://panel.example.com', token: t}\n")
    monkeypatch.setenv("https_proxy", "http://user:secret@proxy.example.com:3128")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))

    found = way_of(load_config(config, {}))
    [network] = network_checks(found, 1)

    assert (found.place, found.authorities) == ("panel.example.com:443", certificate)
    assert network.status is Status.SKIPPED
    assert "proxy.example.com:3128" in network.detail
    assert "secret" not in network.detail
