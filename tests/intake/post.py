"""A town whose customers write letters."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from bridge.bootstrap import Bridge
from bridge.errors import BridgeError
from bridge.intake.mail import MailIntake
from bridge.intake.rounds import Round
from bridge.rulebook.loader import LoadedRulebook
from bridge.store.store import Store
from tests.acceptance.town import T0, Town, town
from tests.intake.line import Line, line_to
from tests.intake.servers import PASSWORD, MailServer, Outbox

_BOXES = itertools.count(1)
CUSTOMERS = 6
ANA, BETO, CARO, DANI, ELSA, FITO = range(1, CUSTOMERS + 1)


def address(customer: int) -> str:
    """The address that the panel has of a customer."""
    return f"cliente{customer}@example.com"


@dataclass(kw_only=True)
class PostOffice:
    """The town, its mailbox, and what the bridge sent."""

    town: Town
    bridge: Bridge
    server: MailServer
    outbox: Outbox
    user: str
    folder: Path
    line: Line
    loaded: LoadedRulebook
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def intake(self, store: Store | None = None, **changed: Any) -> MailIntake:
        """The intake, wired anew as a new process would, with some settings of `mail` changed."""
        settings = self.bridge.settings
        assert settings.mail is not None
        mail = settings.mail.model_copy(update=changed)
        other = replace(self.bridge, settings=settings.model_copy(update={"mail": mail}))
        found = other.mail_intake(store or self.town.store, self.loaded)
        assert found is not None
        return found

    def letter(
        self, customer: int | str, subject: str = "Sin internet", text: str = "No navega", **headers: str
    ) -> bytes:
        """A letter of a customer, or of an address."""
        message = EmailMessage()
        message["From"] = customer if isinstance(customer, str) else address(customer)
        message["To"] = self.user
        message["Subject"] = subject
        message["Date"] = "Mon, 02 Nov 2026 08:00:00 -0600"
        message["Message-ID"] = headers.pop("message_id", f"<{next(self._numbers)}.{self.user}>")
        for name, value in headers.items():
            message[name.replace("_", "-")] = value
        message.set_content(text)
        return message.as_bytes()

    def deliver(self, raw: bytes, at: datetime = T0, folder: str = "INBOX") -> None:
        """Let a letter arrive."""
        self.server.deliver(raw, at, self.user, folder)

    def read(self, at: datetime | None = None, **changed: Any) -> Round:
        """Read the mailbox, as a process that has just started."""
        if at is not None:
            self.town.at(at)
        return self.intake(**changed).run()

    def try_to_read(self, at: datetime | None = None, **changed: Any) -> str:
        """Read the mailbox in vain, as far as it goes; return why it went no further."""
        try:
            self.read(at, **changed)
        except BridgeError as fault:
            return str(fault)
        return ""

    @contextmanager
    def with_a_new_store(self) -> Iterator[Store]:
        """Lose the store, and begin with an empty one."""
        self.town.store.close()
        for path in self.folder.glob("bridge.db*"):
            path.unlink()
        with Store.open(self.bridge.settings.state.url.get_secret_value()) as store:
            yield store

    def lies_in(self, folder: str) -> int:
        """How many letters a folder holds."""
        return len(self.server.contents(folder, self.user))

    def tickets(self) -> list[dict[str, Any]]:
        """Every ticket on the panel, with its messages."""
        found: list[dict[str, Any]] = self.town.panel.control("dump", {"sections": ["tickets"]})["tickets"]
        return found


@contextmanager
def post_office(
    folder: Path,
    server: MailServer,
    outbox: Outbox,
    *,
    http_only: bool = False,
    more: str = "",
    **options: Any,
) -> Iterator[PostOffice]:
    """Start a panel and a bridge with a mailbox of their own."""
    with line_to(server.port) as line:
        yield from _office(folder, server, outbox, line, http_only=http_only, more=more, **options)


def _office(
    folder: Path,
    server: MailServer,
    outbox: Outbox,
    line: Line,
    *,
    http_only: bool,
    more: str,
    **options: Any,
) -> Iterator[PostOffice]:
    user = f"soporte{next(_BOXES)}@example.com"
    mail = f"""
mail:
  imap:
    host: 127.0.0.1
    port: {line.port}
    verify_tls: {server.certificate}
    user: {user}
    password: {PASSWORD}
  smtp:
    host: 127.0.0.1
    port: {outbox.port}
    security: none
    sender: {user}
  directory_minutes: 0
{more}
"""
    read = "api" if http_only else "database"
    with (
        town(folder, customers=CUSTOMERS, config=mail, read=read, http_only=http_only, **options) as made,
        Bridge.configured(folder / "config.yaml", {}, made.clock) as bridge,
    ):
        yield PostOffice(
            town=made,
            loaded=bridge.mappings(made.store),
            bridge=bridge,
            server=server,
            outbox=outbox,
            user=user,
            folder=folder,
            line=line,
        )
