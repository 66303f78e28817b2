"""A letter as it was read from the mailbox: who says to have written it, when it came, and its words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from bridge.domain.intents import Attachment


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One message. Nothing in it is to be believed but `received_at`, which our mail server noted (I-4).

    `identity` is the same however often the message is met. `sender` is empty where there is none, or more
    than one. `thread` holds the Message-IDs it answers, the nearest first. `words` is what the sender wrote
    now, `signature` what stands below; neither holds the history that was quoted. `headers` are by their
    small names, each as often as it occurs. `fault` says why the message could not be read.
    """

    identity: str
    message_id: str
    received_at: datetime
    sender: str = ""
    subject: str = ""
    words: str = ""
    signature: str = ""
    thread: tuple[str, ...] = ()
    files: tuple[Attachment, ...] = ()
    headers: Mapping[str, tuple[str, ...]] = field(default_factory=dict, repr=False)
    fault: str = ""
