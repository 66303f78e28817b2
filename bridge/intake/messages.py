"""Bytes of a message to a letter: every encoding, text or HTML, files; nothing in it stops the intake."""

from __future__ import annotations

import hashlib
import re
from binascii import Error as Base64Error
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from email import message_from_bytes
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from email.utils import getaddresses

from bridge.domain.contacts import addresses_in
from bridge.domain.intents import Attachment
from bridge.domain.words import normalise
from bridge.intake.htmltext import html_text
from bridge.intake.letter import Letter
from bridge.intake.quoting import own_words

# What Spanish and English letters are written in where they do not say it, or say it wrongly.
_ENCODINGS = ("utf-8", "cp1252")
_MESSAGE_ID = re.compile(r"<[^<>\s]+>")
_LONGEST_ID = 900
_MOST_PARTS = 200
_MOST_THREAD = 50
_PATH = re.compile(r"[\\/:*?\"<>|\x00-\x1f]+")
_LONGEST_NAME = 80


def read_letter(raw: bytes, received_at: datetime, *, fault: str = "") -> Letter:
    """Return the letter in `raw`; one that cannot be read says so in `fault`, and still has its identity."""
    try:
        return _letter(message_from_bytes(raw), received_at, fault)
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        # The standard library's parser has such faults of its own, and anybody may write to the mailbox.
        identity = hashlib.sha256(raw).hexdigest()
        return Letter(
            identity=identity,
            message_id="",
            received_at=received_at,
            fault=fault or f"unreadable: {type(error).__name__}",
        )


def _letter(message: Message, received_at: datetime, fault: str) -> Letter:
    headers: dict[str, list[str]] = {}
    for name, value in message.raw_items():
        headers.setdefault(name.lower(), []).append(_unescaped(str(value)))
    senders = [address for _, address in getaddresses(headers.get("from", [])) if "@" in address]
    known = {address for sender in senders for address in addresses_in(sender)}
    body = _Body()
    body.gather(message)
    said = own_words(body.text)
    message_id = (_ids(headers.get("message-id", [])) or ("",))[0]
    sender = known.pop() if len(known) == 1 else ""
    subject = " ".join(_decoded((headers.get("subject") or [""])[0]).split())
    return Letter(
        identity=_identity(message_id, sender, headers, subject, body.text),
        message_id=message_id,
        received_at=received_at,
        sender=sender,
        subject=subject,
        words=said.words,
        signature=said.signature,
        thread=_thread(headers),
        files=tuple(body.files),
        headers={name: tuple(values) for name, values in headers.items()},
        fault=fault,
    )


def _identity(message_id: str, sender: str, headers: dict[str, list[str]], subject: str, text: str) -> str:
    """Tell a message from all others, whatever the servers on its way have added to it.

    The sender belongs to it: with another's Message-ID nobody can pass a letter off as read already.
    """
    date = (headers.get("date") or [""])[0]
    parts = (message_id or text, sender, date, normalise(subject))
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


def _thread(headers: dict[str, list[str]]) -> tuple[str, ...]:
    """The Message-IDs it answers: In-Reply-To, then References from the last to the first."""
    answered = _ids(headers.get("in-reply-to", []))
    found = (*answered, *reversed(_ids(headers.get("references", []))))
    return tuple(dict.fromkeys(found))[:_MOST_THREAD]


def _ids(values: list[str]) -> tuple[str, ...]:
    return tuple(found[:_LONGEST_ID] for value in values for found in _MESSAGE_ID.findall(value))


def _unescaped(value: str) -> str:
    """A header as it stands, its raw 8-bit letters read as what they most likely are."""
    if value.isascii():
        return " ".join(value.splitlines())
    return " ".join(_text(value.encode("utf-8", "surrogateescape"), "").splitlines())


def _decoded(value: str) -> str:
    """A header's encoded words, decoded; what is broken stays as it is."""
    try:
        parts = decode_header(value)
    except (HeaderParseError, Base64Error, ValueError):
        return value
    return "".join(
        part if isinstance(part, str) else _text(part, charset or "ascii") for part, charset in parts
    )


def _text(raw: bytes, charset: str) -> str:
    for name in (charset.strip("'\" "), *_ENCODINGS):
        try:
            return raw.decode(name)
        except (LookupError, UnicodeError, ValueError):
            continue
    return raw.decode("latin-1")


@dataclass(slots=True)
class _Body:
    """The text and the files of a message, gathered part by part."""

    plain: list[str] = field(default_factory=list)
    html: list[str] = field(default_factory=list)
    files: list[Attachment] = field(default_factory=list)
    seen: int = 0

    @property
    def text(self) -> str:
        """What is to be read: the plain text, else the HTML."""
        plain = "\n".join(self.plain)
        return plain if plain.strip() else html_text("<br>".join(self.html))

    def gather(self, part: Message) -> None:
        self.seen += 1
        if self.seen > _MOST_PARTS:
            return
        kind = part.get_content_type()
        if part.is_multipart() and kind != "message/rfc822":
            for inner in _inner(part):
                self.gather(inner)
            return
        if kind == "message/rfc822":
            # A message passed on as a file: its words are not the sender's.
            self.files.append(Attachment(name=_name(part) or "mensaje.eml", content=b""))
            return
        content = part.get_payload(decode=True)
        raw = content if isinstance(content, bytes) else b""
        name = _name(part)
        is_file = part.get_content_disposition() == "attachment" or bool(name)
        if kind in {"text/plain", "text/html"} and not is_file:
            text = _text(raw, part.get_content_charset() or "")
            (self.plain if kind == "text/plain" else self.html).append(text.replace("\r\n", "\n"))
        elif name or part.get_content_maintype() == "image":
            extension = part.get_content_subtype().partition("+")[0]
            self.files.append(Attachment(name=name or f"imagen.{extension}", content=raw))


def _inner(part: Message) -> Iterator[Message]:
    payload = part.get_payload()
    if isinstance(payload, list):
        yield from (inner for inner in payload if isinstance(inner, Message))


def _name(part: Message) -> str:
    """A file's name, without folders and signs that no file system takes, its ending kept."""
    try:
        given = part.get_filename() or ""
    except (ValueError, LookupError, TypeError):
        given = ""
    bare = " ".join(_PATH.sub("_", _decoded(_unescaped(str(given)))).split()).strip(". ")
    stem, dot, ending = bare.rpartition(".")
    return f"{stem[:_LONGEST_NAME]}.{ending[:10]}" if dot and stem else bare[:_LONGEST_NAME]
