"""Mail to customers: each message goes out at most once, and a person is told of those that cannot."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.headerregistry import BaseHeader, HeaderRegistry, UnstructuredHeader
from email.message import EmailMessage
from email.policy import EmailPolicy, Policy
from email.utils import format_datetime
from smtplib import SMTP
from typing import Protocol

from bridge.clock import Clock
from bridge.config.mail import SmtpSettings
from bridge.domain.post_states import PostState
from bridge.notify.smtp import LINE_FAULTS, NotSentError, connected, hand_over
from bridge.redaction import blotted

UNWRITABLE = "el correo no se puede escribir así"
INTERRUPTED = "el envío se interrumpió y pudo haber salido"
FIRST_RETRY = timedelta(minutes=5)
MOST_TRIES = 10
_MOST_DOUBLINGS = 6


class _Identities(UnstructuredHeader, BaseHeader):
    """Message-IDs as they stand: the library would encode one that is too long for a line of 78."""

    def fold(self, *, policy: Policy) -> str:
        """Return the header on one line."""
        return f"{self.name}: {self}{policy.linesep}"


_NAMES = HeaderRegistry()
for _name in ("in-reply-to", "references"):
    _NAMES.map_to_type(_name, _Identities)
_AS_THEY_STAND = EmailPolicy(header_factory=_NAMES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """A mail to a customer.

    `key` is its name in its queue. `attempts` counts the sendings that began. `headers` are those of its
    kind; the courier adds sender, receiver, subject, date, Message-ID, and what keeps other robots silent.
    """

    key: str
    message_id: str
    address: str
    subject: str
    text: str
    attempts: int
    headers: Mapping[str, str] = field(default_factory=dict)


class Queue(Protocol):
    """Where mails of one kind wait, and where it is kept how far each has come."""

    def stuck(self) -> Sequence[Post]:
        """Return the mails in the state SENDING."""

    def to_send(self, now: datetime) -> Sequence[Post]:
        """Return what is PENDING, or RETRY_AT at a time that has come, in the order of sending."""

    def move(
        self, key: str, to: PostState, at: datetime, reason: str = "", retry_at: datetime | None = None
    ) -> None:
        """Note a step; one to SENDING counts as an attempt."""

    def park(self, post: Post, why: str, at: datetime) -> None:
        """Move a mail to PARKED and tell a person why, both or neither."""


class Courier:
    """Sends what waits in a queue, over one connection a round."""

    def __init__(self, settings: SmtpSettings | None, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock

    def deliver(self, queue: Queue, beat: Callable[[], None]) -> Counter[PostState]:
        """Send what is due and return how it came out; without a mail server it waits.

        Only one process may be at a queue: `beat` is called before each sending, and raises LeaseHeld where
        another has taken over. What a server refuses for good, or may have taken before the line
        was lost, is parked: nobody gets a mail twice.
        """
        done: Counter[PostState] = Counter()
        now = self._clock.now()
        for post in queue.stuck():
            queue.park(post, INTERRUPTED, now)
        posts = queue.to_send(now)
        if not posts or self._settings is None:
            return done
        try:
            with connected(self._settings) as line:
                for post in posts:
                    beat()
                    done[self._send(line, queue, post, self._settings.sender)] += 1
        except LINE_FAULTS as error:
            # No connection: nothing of the rest was sent.
            for post in queue.to_send(self._clock.now()):
                self._later(queue, post, self._said(f"{type(error).__name__}: {error}"))
                done[PostState.RETRY_AT] += 1
        return done

    def _send(self, line: SMTP, queue: Queue, post: Post, sender: str) -> PostState:
        now = self._clock.now()
        try:
            message = _message(post, sender, now)
        except (ValueError, IndexError) as error:  # what the library of mails refuses to write
            queue.park(post, f"{UNWRITABLE} ({error})", now)
            return PostState.PARKED
        queue.move(post.key, PostState.SENDING, now)
        try:
            hand_over(line, message, sender, post.address)
        except NotSentError as fault:
            with suppress(*LINE_FAULTS):
                line.rset()
            if fault.for_good or post.attempts + 1 >= MOST_TRIES:
                queue.park(post, self._said(str(fault)), self._clock.now())
                return PostState.PARKED
            self._later(queue, post, self._said(str(fault)))
            return PostState.RETRY_AT
        except LINE_FAULTS:
            queue.park(post, INTERRUPTED, self._clock.now())
            raise
        queue.move(post.key, PostState.SENT, self._clock.now())
        return PostState.SENT

    def _said(self, words: str) -> str:
        """A server's words; it may repeat what it was told."""
        secrets = [self._settings.password.get_secret_value()] if self._settings is not None else []
        return blotted(words, secrets)

    def _later(self, queue: Queue, post: Post, why: str) -> None:
        now = self._clock.now()
        queue.move(post.key, PostState.RETRY_AT, now, why, now + pause(post.attempts))


def pause(attempts: int) -> timedelta:
    """Return how long to wait after so many sendings that came to nothing before the last one."""
    doublings: int = 2 ** min(attempts, _MOST_DOUBLINGS)
    return FIRST_RETRY * doublings


def message_id(seed: str, sender: str) -> str:
    """Return a Message-ID of the sender's domain, the same for the same seed."""
    unique = hashlib.sha256(seed.encode()).hexdigest()[:32]
    return f"<{unique}@{sender.rpartition('@')[2]}>"


def _message(post: Post, sender: str, now: datetime) -> EmailMessage:
    message = EmailMessage(policy=_AS_THEY_STAND)
    message["From"] = sender
    message["To"] = post.address
    message["Subject"] = post.subject
    message["Date"] = format_datetime(now)
    message["Message-ID"] = post.message_id
    for name, value in post.headers.items():
        message[name] = value
    message["X-Auto-Response-Suppress"] = "All"
    message["X-Loop"] = sender
    message.set_content(post.text)
    return message
