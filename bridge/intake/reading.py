"""Messages of an open mailbox as letters, and which letter each is."""

from __future__ import annotations

from bridge.intake.letter import Letter
from bridge.intake.mailbox import Envelope, OpenMailbox
from bridge.intake.matching import Doubt
from bridge.intake.messages import read_letter


def read(box: OpenMailbox, envelope: Envelope, most: int) -> Letter | None:
    """Return the letter, its headers alone where it has more than `most` bytes.

    None where somebody has taken it away since. Raises MailUnreachable.
    """
    too_large = envelope.size > most
    raw = box.content(envelope.uid, head_only=too_large)
    if not raw:
        return None
    return read_letter(raw, envelope.received_at, fault=Doubt.TOO_LARGE if too_large else "")


def identity_by_head(box: OpenMailbox, envelope: Envelope) -> str | None:
    """Return the letter's identity as `read` finds it; None where its headers do not suffice."""
    head = read_letter(box.content(envelope.uid, head_only=True), envelope.received_at)
    return head.identity if head.message_id else None


def identity_of(box: OpenMailbox, envelope: Envelope, most: int) -> str | None:
    """Return the letter's identity as `read` finds it, by its headers where they suffice."""
    identity = identity_by_head(box, envelope)
    if identity is not None:
        return identity
    letter = read(box, envelope, most)
    return letter.identity if letter is not None else None
