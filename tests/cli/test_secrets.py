"""No token and no password is in anything that a command shows, writes or logs, whatever goes wrong."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NoReturn

import pytest

from bridge.bootstrap import Bridge
from bridge.cli.session import Session
from bridge.clock import SystemClock
from bridge.daemon.service import Service
from bridge.daemon.supervisor import Supervisor
from bridge.daemon.wishes import Wishes
from bridge.sync.cycle import Cycle
from tests.house.commands import leaves

from .conftest import Isp, Result

TOKEN = "tok-hXq81-invented"
DATABASE_PASSWORD = "db-Zk44-invented"
STATE_PASSWORD = "state-Vw02-invented"
SECRETS = (TOKEN, DATABASE_PASSWORD, STATE_PASSWORD)

SIGNED = ("--by", "Ana", "--reason", "a test")
# Every command with something that it takes; `{}` is the test's folder.
CALLS = {
    "demo": ("--folder", "{}/config.yaml"),
    "init": ("{}",),
    "doctor": (),
    "sync": (),
    "plan": ("--save", "{}/plan.json"),
    "apply": ("{}/saved.json",),
    "tickets list": (),
    "tickets show": ("1",),
    "fact": ("1", "severe", "--by", "Ana"),
    "credits list": (),
    "credits approve": ("RC-1/C1", *SIGNED),
    "credits hold": ("RC-1/C1", *SIGNED),
    "credits void": ("RC-1/C1", *SIGNED),
    "credits set-amount": ("RC-1/C1", "10.00", *SIGNED),
    "credits export": (),
    "work list": (),
    "work show": ("1",),
    "work done": ("1", "--by", "Ana"),
    "outbox list": (),
    "outbox retry": ("a/b", "--by", "Ana"),
    "outbox discard": ("a/b", *SIGNED),
    "mappings check": (),
    "mappings impact": (),
    "mappings schema": ("{}/schema",),
    "replay": (),
    "status": (),
    "backup": ("{}/copy.db",),
    "restore": ("{}/copy.db", *SIGNED),
    "intake phone": ("--client", "1", "--kind", "no_access", "--text", "x", "--new", "--by", "Ana"),
    "intake mail": (),
    "intake letters": (),
    "intake assign": ("1", "--client", "1", "--by", "Ana"),
    "intake dismiss": ("1", "--by", "Ana"),
    "notices preview": (),
    "notices list": (),
}
# A service and a server of their own: `run` is called cycle by cycle below, the sandbox has no secret.
APART = {"run", "sandbox serve"}
PANELS = ("doctor", "sync", "plan", "apply")


def test_every_command_is_tried_here() -> None:
    missing = set(leaves()) - set(CALLS) - APART
    assert missing == set(), "give each new command a line in CALLS"
    assert set(CALLS) - set(leaves()) == set()


@pytest.fixture(autouse=True)
def _no_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reads are tried again at once."""
    monkeypatch.setattr(SystemClock, "sleep", lambda *_: None)


def call(isp: Isp, command: str, *more: str) -> Result:
    arguments = [word.format(isp.folder) for word in CALLS[command]]
    return isp(*command.split(), *arguments, *more)


def leaked(text: str | bytes, secrets: tuple[str, ...] = SECRETS) -> list[str]:
    plain = text if isinstance(text, str) else text.decode("utf-8", "replace")
    return [secret for secret in secrets if secret in plain]


def written(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Every file of the test but the configuration, in which the secrets stand."""
    for path in folder.rglob("*"):
        if path.is_file() and path.name != "config.yaml":
            yield path.name, path.read_bytes()


def configure(isp: Isp, *, panel: str, database: str | None = None, state: str | None = None) -> None:
    """Write a configuration whose secrets are those looked for."""
    changes = {} if state is None else {"state": {"url": state}}
    isp.configure(database=False, log={"level": "debug"}, **changes)
    text = isp.config.read_text().replace(isp.panel.url, panel).replace(isp.panel.token, TOKEN)
    if database is not None:
        text = text.replace("panel:\n", f"panel:\n  database: {{url: '{database}'}}\n")
    isp.config.write_text(text)
    (isp.folder / "saved.json").write_text('{"version": 1, "steps": []}')


class Echo(BaseHTTPRequestHandler):
    """A panel that answers with what it was sent, in the way its path says."""

    def do_POST(self) -> None:
        sent = self.rfile.read(int(self.headers["Content-Length"])).decode()
        sent += f" {self.headers.get('Authorization', '')}"
        status, kind, text = {
            "html": (200, "text/html", f"<html><h1>Error</h1>{sent} token={TOKEN} {TOKEN}</html>"),
            "refused": (200, "application/json", f'{{"estado":"error","mensaje":"token {TOKEN} no es"}}'),
            "odd": (200, "application/json", f'{{"estado":"error","mensaje":"rara {TOKEN}"}}'),
            "cut": (200, "application/json", f'{{"datos":[{{"codigo":"{TOKEN}"'),
            "broken": (500, "text/html", f"<pre>{sent}</pre>"),
            "moved": (302, "text/html", sent),
        }[self.path.split("/")[1]]
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Location", f"https://other.example.com/?token={TOKEN}")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing on stderr."""


@pytest.fixture(scope="module")
def echo() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@contextmanager
def service(isp: Isp) -> Iterator[Service]:
    """What `bridge run` repeats, with its log."""
    with Session(environ=os.environ, config=isp.config).bridge(stays=True) as bridge:
        supervisor = Supervisor({}, bridge.clock)
        with (
            closing(Wishes()) as wishes,
            closing(Service(bridge, bridge.store(), wishes, supervisor)) as found,
        ):
            yield found


@pytest.mark.parametrize("answer", ["html", "refused", "odd", "cut", "broken", "moved"])
def test_a_panel_that_repeats_the_token_is_not_repeated(
    bare_isp: Isp,
    echo: str,
    answer: str,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    isp = bare_isp
    configure(isp, panel=f"{echo}/{answer}")

    with caplog.at_level(logging.DEBUG):
        for command in PANELS:
            result = call(isp, command)
            assert leaked(result.out + result.err) == [], command
        with service(isp) as running:
            running.once()

    assert leaked(caplog.text) == []
    told = capsys.readouterr().err
    assert "cycle.failed" in told
    assert leaked(told) == []
    assert [name for name, content in written(isp.folder) if leaked(content)] == []


def test_servers_out_of_reach_are_named_without_their_passwords(
    bare_isp: Isp, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    isp = bare_isp
    configure(
        isp,
        panel="http://127.0.0.1:1",
        database=f"mysql+pymysql://bridge:{DATABASE_PASSWORD}@127.0.0.1:1/panel",
    )

    with caplog.at_level(logging.DEBUG):
        for command in CALLS:
            result = call(isp, command)
            assert leaked(result.out + result.err) == [], command
        with service(isp) as running:
            running.once()

    told = capsys.readouterr().err
    assert "127.0.0.1" in told
    assert leaked(told + caplog.text) == []
    assert [name for name, content in written(isp.folder) if leaked(content)] == []


def test_a_store_out_of_reach_is_named_without_its_password(bare_isp: Isp) -> None:
    isp = bare_isp
    configure(
        isp,
        panel="http://127.0.0.1:1",
        state=f"postgresql+psycopg://bridge:{STATE_PASSWORD}@127.0.0.1:1/bridge",
    )

    for command in CALLS:
        result = call(isp, command)
        assert leaked(result.out + result.err) == [], command
        assert "Traceback" not in result.err


@pytest.mark.parametrize(
    "fault",
    [
        f"panel: {{base_url: 'https://u:{TOKEN}@panel.example.com', token: {TOKEN}}}",
        f"panel: {{base_url: 'ftp://{TOKEN}', tokn: {TOKEN}, database: {{url: '{DATABASE_PASSWORD}'}}}}",
        f"state: {{url: '{STATE_PASSWORD}'}}\npanel: {{token: [{TOKEN}]}}",
    ],
)
def test_a_faulty_configuration_is_told_without_its_secrets(bare_isp: Isp, fault: str) -> None:
    bare_isp.config.write_text(fault)

    result = call(bare_isp, "sync")

    assert result.code == 1
    assert leaked(result.out + result.err) == []


def test_a_crash_shows_where_and_not_the_secrets(bare_isp: Isp, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a library may put into an exception's words, and whatever its locals are."""
    isp = bare_isp
    database = f"mysql+pymysql://bridge:{DATABASE_PASSWORD}@127.0.0.1:1/panel"
    configure(isp, panel="http://127.0.0.1:1", database=database, state="sqlite:///var/bridge.db")

    def crash(bridge: Bridge, **_: object) -> NoReturn:
        token = bridge.settings.panel.token.get_secret_value()
        try:
            int(f"token={token} {token}")
        except ValueError as error:
            raise RuntimeError(f"cannot use {database}, nor {DATABASE_PASSWORD}") from error

    monkeypatch.setattr(Bridge, "store", crash)

    crashed = []
    for command in [*CALLS, "run"]:
        result = call(isp, command) if command in CALLS else isp("run")
        assert leaked(result.out + result.err) == [], command
        if "RuntimeError: cannot use mysql+pymysql://bridge:***@127.0.0.1:1/panel" in result.err:
            assert result.code == 1
            assert "a fault of the bridge itself" in result.err
            assert "in crash" in result.err
            crashed.append(command)
    assert len(crashed) > 15


def test_a_crash_in_the_service_is_logged_without_secrets(
    bare_isp: Isp, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    configure(bare_isp, panel="http://127.0.0.1:1")

    def crash(cycle: Cycle, **_: object) -> NoReturn:
        token = TOKEN
        raise RuntimeError(f"no use for {token}, mysql+pymysql://bridge:{DATABASE_PASSWORD}@127.0.0.1/panel")

    monkeypatch.setattr(Cycle, "sync", crash)

    with service(bare_isp) as running:
        running.once()

    told = capsys.readouterr().err
    assert "RuntimeError: no use for ***, mysql+pymysql://bridge:***@127.0.0.1/panel" in told
    assert leaked(told) == []


def test_a_crash_before_the_configuration_is_read_shows_no_secret_either(
    bare_isp: Isp, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*_: object, **__: object) -> NoReturn:
        raise RuntimeError(f"token={TOKEN} mysql+pymysql://bridge:{DATABASE_PASSWORD}@127.0.0.1/panel")

    monkeypatch.setattr(Bridge, "configured", crash)

    result = bare_isp("sync")

    assert "RuntimeError: token=*** mysql+pymysql://bridge:***@127.0.0.1/panel" in result.err
    assert leaked(result.out + result.err) == []


def test_passwords_of_customers_are_read_and_kept_nowhere(
    isp_by_both: Isp, caplog: pytest.LogCaptureFixture
) -> None:
    isp = isp_by_both
    portal, line = "portal-Yp19-invented", "line-Qd73-invented"
    customer = {
        "id": 60,
        "nombre": "Ana",
        "codigo": portal,
        "services": [{"price": "300.00", "ppppass": line}],
    }
    isp.panel.control("seed", {"customers": [customer]})
    isp.ticket(60)
    shown = ""

    with caplog.at_level(logging.DEBUG):
        for hours in (1, 50, 97):
            isp.sync(hours)
        for command in CALLS:
            result = call(isp, command)
            shown += result.out + result.err

    assert "300.00" in shown
    assert leaked(shown + caplog.text, (portal, line)) == []
    kept = [name for name, content in written(isp.folder) if leaked(content, (portal, line))]
    assert kept == []
