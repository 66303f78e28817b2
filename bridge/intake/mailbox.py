"""The mailbox over IMAP: letters are read without a trace, and moved once they were decided about."""

from __future__ import annotations

import imaplib
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from imap_tools import AND, NOT, BaseMailBox, H, MailBox, MailBoxStartTls, MailBoxUnencrypted
from imap_tools.errors import ImapToolsError, MailboxLoginError, UnexpectedCommandStatusError

from bridge.config.mail import ImapSettings, Security
from bridge.config.tls import tls_context
from bridge.errors import MailUnreachable

_ASKED_AT_ONCE = 200
_FACTS = "(UID INTERNALDATE RFC822.SIZE)"
_UID = re.compile(rb"UID (\d+)")
_DATE = re.compile(rb'INTERNALDATE "([^"]+)"')
_SIZE = re.compile(rb"RFC822\.SIZE (\d+)")
_DATE_FORMAT = "%d-%b-%Y %H:%M:%S %z"


class NotFiledError(Exception):
    """A folder does not take a message, which stays where it is: no room, no right, a name it refuses."""


class Folder(StrEnum):
    """Where letters arrive, and where each goes once it was decided about."""

    INBOX = "inbox"
    PROCESSED = "processed"
    SET_ASIDE = "set_aside"
    REVIEW = "review"


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """A message that lies in a folder: its UID there, when the server received it (I-4), and its size."""

    uid: str
    received_at: datetime
    size: int


@dataclass(slots=True)
class OpenMailbox:
    """A mailbox that is open. Every call raises MailUnreachable where the server is lost."""

    box: BaseMailBox
    names: Mapping[Folder, str]
    _made: set[str] = field(default_factory=set)

    def envelopes(self, *, message_id: str | None = None) -> Iterator[Envelope]:
        """Yield what lies in the open folder, first come first; no other may be opened meanwhile.

        `message_id` leaves only messages that may have it; an empty one, those that have none.
        """
        wanted = "UNDELETED" if message_id is None else _with_message_id(message_id)
        with _in_words():
            uids = sorted(self.box.uids(wanted, charset=None), key=int)
        for start in range(0, len(uids), _ASKED_AT_ONCE):
            yield from self._envelopes(uids[start : start + _ASKED_AT_ONCE])

    def _envelopes(self, uids: Sequence[str]) -> list[Envelope]:
        with _in_words():
            kind, answer = self.box.client.uid("fetch", ",".join(uids), _FACTS)
        if kind != "OK":
            raise MailUnreachable("the mail server does not tell when it received its messages")
        found = [envelope for said in _flat(answer) if (envelope := _envelope(said)) is not None]
        return sorted(found, key=lambda envelope: int(envelope.uid))

    def content(self, uid: str, *, head_only: bool = False) -> bytes:
        """Return a message's bytes, or its headers alone; it stays unread. Empty where it has gone."""
        with _in_words():
            part = "BODY.PEEK[HEADER]" if head_only else "BODY.PEEK[]"
            return next((raw for _, raw in self._fetched(uid, part)), b"")

    def move(self, uid: str, to: Folder) -> None:
        """Put a message into a folder, which is made where it is missing. Raises NotFiledError."""
        name = self.names[to]
        with _in_words():
            try:
                if name not in self._made:
                    if not self.box.folder.exists(name):
                        self.box.folder.create(name)
                    self._made.add(name)
                self.box.move([uid], name)
            except UnexpectedCommandStatusError as error:
                raise NotFiledError(str(error)) from error

    def has(self, folder: Folder) -> bool:
        """Return whether a folder is there."""
        with _in_words():
            return self.box.folder.exists(self.names[folder])

    def count(self, folder: Folder) -> int:
        """Return how many messages a folder holds, without opening it; 0 where it is not there."""
        if not self.has(folder):
            return 0
        with _in_words():
            return self.box.folder.status(self.names[folder], ["MESSAGES"])["MESSAGES"]

    def turn_to(self, folder: Folder) -> None:
        """Open another folder: what follows is about its messages."""
        with _in_words():
            self.box.folder.set(self.names[folder])

    def _fetched(self, uid: str, part: str) -> Iterator[tuple[bytes, bytes]]:
        kind, answer = self.box.client.uid("fetch", uid, f"({part})")
        if kind != "OK":
            raise MailUnreachable(f"the mail server does not show a message: {kind}")
        yield from (item for item in answer if isinstance(item, tuple))


class Mailbox:
    """Where and how the mailbox is opened."""

    def __init__(self, settings: ImapSettings) -> None:
        self._settings = settings
        self._names = {
            Folder.INBOX: settings.inbox,
            Folder.PROCESSED: settings.processed,
            Folder.SET_ASIDE: settings.set_aside,
            Folder.REVIEW: settings.review,
        }

    @contextmanager
    def opened(self) -> Iterator[OpenMailbox]:
        """Log in and open the inbox. Raises MailUnreachable where that, or anything later, fails."""
        with self.entered() as mailbox:
            mailbox.turn_to(Folder.INBOX)
            yield mailbox

    @contextmanager
    def entered(self) -> Iterator[OpenMailbox]:
        """Log in, and open no folder. Raises MailUnreachable; what a library raised is its cause."""
        settings = self._settings
        with _in_words():
            box = _connected(settings)
        try:
            with _in_words():
                _log_in(box, settings)
                # A server tells what it can do once it knows who asks; MOVE is one step.
                _, said = box.client.capability()
                box.client.capabilities = tuple(b" ".join(_flat(said)).decode("ascii").upper().split())
            yield OpenMailbox(box=box, names=self._names)
        finally:
            with suppress(OSError, imaplib.IMAP4.error, ImapToolsError):
                box.logout()
            # Where the server is lost nobody says goodbye, and the socket would stay open.
            with suppress(OSError):
                box.client.shutdown()


def _connected(settings: ImapSettings) -> BaseMailBox:
    host, port, timeout = settings.host, settings.port, settings.timeout_seconds
    match settings.security:
        case Security.TLS:
            return MailBox(host, port, timeout=timeout, ssl_context=tls_context(settings.verify_tls))
        case Security.STARTTLS:
            return MailBoxStartTls(host, port, timeout=timeout, ssl_context=tls_context(settings.verify_tls))
        case Security.NONE:
            return MailBoxUnencrypted(host, port, timeout=timeout)


def _log_in(box: BaseMailBox, settings: ImapSettings) -> None:
    """Raise MailboxLoginError for whatever a server answers: its words may repeat what it was told."""
    try:
        box.login(settings.user, settings.password.get_secret_value(), initial_folder=None)
    except imaplib.IMAP4.abort:
        raise  # the line is lost, and nothing was answered
    except imaplib.IMAP4.error:
        raise MailboxLoginError(("BAD", []), "OK") from None


def _with_message_id(message_id: str) -> str:
    if not message_id.isascii():
        return "UNDELETED"  # servers search for ASCII alone unless they are asked otherwise
    if message_id:
        return str(AND(deleted=False, header=H("Message-ID", message_id)))
    return str(AND(NOT(header=H("Message-ID", "")), deleted=False))


@contextmanager
def _in_words() -> Iterator[None]:
    """Turn what the libraries raise into MailUnreachable; their words hold no password."""
    try:
        yield
    except MailboxLoginError as error:
        raise MailUnreachable("the mail server refused the user or the password (mail.imap)") from error
    except (OSError, imaplib.IMAP4.error, ImapToolsError) as error:
        raise MailUnreachable(f"the mailbox cannot be read: {error}") from error


def _envelope(said: bytes) -> Envelope | None:
    """One line of the answer; None for what the server says of its own accord."""
    uid, date, size = _UID.search(said), _DATE.search(said), _SIZE.search(said)
    if uid is None or date is None or size is None:
        return None
    received = datetime.strptime(date[1].decode("ascii").strip(), _DATE_FORMAT).astimezone(UTC)
    return Envelope(uid=uid[1].decode("ascii"), received_at=received, size=int(size[1]))


def _flat(answer: Any) -> Iterator[bytes]:
    for item in answer or ():
        if isinstance(item, tuple):
            yield from item
        elif isinstance(item, bytes):
            yield item
