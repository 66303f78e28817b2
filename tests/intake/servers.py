"""A real mailbox and a mail server that keeps what it gets, both in a temporary folder on the loopback."""

from __future__ import annotations

import imaplib
import os
import shutil
import signal
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from email import message_from_bytes
from email.message import Message
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from aiosmtpd.controller import Controller

USER, PASSWORD = "soporte@example.com", "invented-mailbox-password"
READY_SECONDS = 30
_PLACES = (os.environ.get("PATH", os.defpath), "/usr/sbin", "/usr/local/sbin")

_CONFIG = """
protocols = imap
base_dir = {folder}/run
state_dir = {folder}/run
log_path = {folder}/log
default_internal_user = {user}
default_login_user = {user}
default_internal_group = {group}
first_valid_uid = 0
first_valid_gid = 0
listen = 127.0.0.1
mail_location = maildir:{folder}/mail/%u
mail_uid = {user}
mail_gid = {group}
ssl = required
ssl_cert = <{folder}/cert.pem
ssl_key = <{folder}/key.pem
ssl_dh =
disable_plaintext_auth = no
mail_max_userip_connections = 100
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/mail/%u
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = 0
  }}
  inet_listener imaps {{
    port = {port}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
service imap {{
  process_limit = 50
}}
"""


@dataclass(frozen=True, kw_only=True)
class MailServer:
    """A running Dovecot; every user may log in, each with a mailbox of their own."""

    port: int
    certificate: Path
    pid: int

    @contextmanager
    def client(self, user: str = USER) -> Iterator[imaplib.IMAP4_SSL]:
        """Log in as somebody."""
        context = ssl.create_default_context(cafile=str(self.certificate))
        with imaplib.IMAP4_SSL("127.0.0.1", self.port, ssl_context=context) as client:
            client.login(user, PASSWORD)
            yield client

    def deliver(self, raw: bytes, at: datetime, user: str = USER, folder: str = "INBOX") -> None:
        """Let a message arrive at a moment."""
        with self.client(user) as client:
            kind, said = client.append(folder, "", imaplib.Time2Internaldate(at), raw)
            assert kind == "OK", said

    def contents(self, folder: str, user: str = USER) -> list[bytes]:
        """What lies in a folder."""
        with self.client(user) as client:
            if client.select(folder, readonly=True)[0] != "OK":
                return []
            numbers = client.search(None, "ALL")[1][0].split()
            return [client.fetch(number, "(BODY.PEEK[])")[1][0][1] for number in numbers]

    def move_back(self, folder: str, user: str = USER) -> None:
        """Move all of a folder back into the inbox, as a person might."""
        with self.client(user) as client:
            client.select(folder)
            client.uid("MOVE", "1:*", "INBOX")

    def refuse(self, folder: str, user: str = USER) -> None:
        """Let a folder take no message."""
        with self.client(user) as client:
            client.create(folder)
        self._allow(folder, user, 0o500)

    def allow(self, folder: str, user: str = USER) -> None:
        """Let a folder take messages again."""
        self._allow(folder, user, 0o700)

    def _allow(self, folder: str, user: str, mode: int) -> None:
        place = self.certificate.parent / "mail" / user / f".{folder}"
        for part in ("tmp", "new", "cur"):
            (place / part).chmod(mode)


def missing(what: str) -> None:
    """Skip a test for want of a server, or fail where the servers are required."""
    words = f"{what}: install Dovecot (Debian: dovecot-imapd) to run the tests that need a real mailbox"
    if os.environ.get("BRIDGE_REQUIRE_SERVICES") == "1":
        pytest.fail(f"{words}; BRIDGE_REQUIRE_SERVICES=1 asks for it")
    pytest.skip(words)


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def start_dovecot() -> Iterator[MailServer]:
    """Start Dovecot in a temporary folder, with a certificate of its own; stop it by its pid.

    Nothing of it runs as root, which Dovecot refuses: root's tests run it as `nobody`.
    """
    import grp  # noqa: PLC0415 - only where there is a Dovecot
    import pwd  # noqa: PLC0415

    program = next((found for place in _PLACES if (found := shutil.which("dovecot", path=place))), None)
    if program is None:
        missing("there is no dovecot")
    account = pwd.getpwnam("nobody") if os.getuid() == 0 else pwd.getpwuid(os.getuid())
    with TemporaryDirectory(prefix="dovecot-", ignore_cleanup_errors=True) as name:
        folder, port = Path(name), free_port()
        (folder / "run").mkdir()
        _certificate(folder)
        text = _CONFIG.format(
            folder=folder,
            user=account.pw_name,
            group=grp.getgrgid(account.pw_gid).gr_name,
            uid=account.pw_uid,
            gid=account.pw_gid,
            password=PASSWORD,
            port=port,
        )
        (folder / "dovecot.conf").write_text(text)
        for path in (folder, *folder.iterdir()):
            os.chown(path, account.pw_uid, account.pw_gid)
        command = [str(program), "-F", "-c", str(folder / "dovecot.conf")]
        as_user = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
        with subprocess.Popen(
            command, stderr=subprocess.PIPE, **(as_user if os.getuid() == 0 else {})
        ) as process:
            try:
                server = MailServer(port=port, certificate=folder / "cert.pem", pid=process.pid)
                _wait(server, process, folder / "log")
                yield server
            finally:
                if process.poll() is None:
                    process.send_signal(signal.SIGTERM)
                try:
                    process.wait(timeout=20)
                except subprocess.TimeoutExpired:
                    process.kill()


def _certificate(folder: Path) -> None:
    command = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=localhost",
    ]
    command += ["-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost"]
    command += ["-keyout", str(folder / "key.pem"), "-out", str(folder / "cert.pem")]
    subprocess.run(command, check=True, capture_output=True)


def _wait(server: MailServer, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with server.client("nobody@example.com"):
                return
        except (OSError, imaplib.IMAP4.error):
            time.sleep(0.1)  # noqa: TID251  waiting for a server to come up happens in real time
    said = log.read_text(errors="replace")[-1500:] if log.exists() else ""
    if process.poll() is not None and process.stderr is not None:
        said += process.stderr.read().decode(errors="replace")
    missing(f"dovecot did not start ({said})")


@dataclass
class Outbox:
    """What the bridge has sent. `plays` are answers to the next recipients, before any is accepted again."""

    port: int = 0
    messages: list[tuple[str, list[str], Message]] = field(default_factory=list)
    plays: list[str] = field(default_factory=list)
    controller: Any = None

    def stop(self) -> None:
        """Answer nobody any more."""
        if self.controller is not None:
            self.controller.stop()
            self.controller = None

    async def handle_RCPT(  # noqa: N802 - the names and arguments are aiosmtpd's
        self,
        server: Any,  # noqa: ARG002
        session: Any,  # noqa: ARG002
        envelope: Any,
        address: str,
        options: Any,  # noqa: ARG002
    ) -> str:
        """Accept a recipient, or answer what is to be played."""
        if self.plays and not self.plays[0].startswith("data:"):
            return self.plays.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 - the same
        self,
        server: Any,
        session: Any,  # noqa: ARG002
        envelope: Any,
    ) -> str:
        """Keep a message, or play a fault after it was heard."""
        if self.plays and self.plays[0] == "data:lost":
            self.plays.pop(0)
            self._keep(envelope)
            server.transport.abort()
            return "421 lost"
        if self.plays and self.plays[0].startswith("data:"):
            return self.plays.pop(0).removeprefix("data:")
        self._keep(envelope)
        return "250 OK"

    def _keep(self, envelope: Any) -> None:
        self.messages.append((envelope.mail_from, envelope.rcpt_tos, message_from_bytes(envelope.content)))


@contextmanager
def start_smtp() -> Iterator[Outbox]:
    """Start a mail server that keeps what it is given."""
    outbox = Outbox(port=free_port())
    controller = Controller(outbox, hostname="127.0.0.1", port=outbox.port)
    controller.start()
    outbox.controller = controller
    try:
        yield outbox
    finally:
        outbox.stop()
