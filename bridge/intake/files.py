"""Which file of a letter goes to the panel with its ticket, and which are only named there."""

from __future__ import annotations

from dataclasses import dataclass

from bridge.config.mail import MailSettings
from bridge.domain.intents import Attachment
from bridge.errors import MailUnreachable
from bridge.intake.mailbox import Folder, Mailbox, OpenMailbox
from bridge.intake.reading import identity_of, read
from bridge.store.letters import LetterRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Enclosed:
    """The file that goes with a ticket, if one fits, and the names of the others.

    `unseen` says why nobody could look; it is empty where somebody did.
    """

    file: Attachment | None = None
    left_out: tuple[str, ...] = ()
    unseen: str = ""


def enclosed(files: tuple[Attachment, ...], settings: MailSettings) -> Enclosed:
    """Choose the one file that the panel takes: the largest of the types it takes, within the limit."""
    fitting = [
        file
        for file in files
        if 0 < len(file.content) <= settings.attachment_bytes
        and file.name.rpartition(".")[2].casefold() in settings.attachment_types
    ]
    chosen = max(fitting, key=lambda file: len(file.content), default=None)
    return Enclosed(file=chosen, left_out=tuple(file.name for file in files if file is not chosen))


def enclosed_again(row: LetterRow, settings: MailSettings | None) -> Enclosed:
    """Look for a letter's files in the mailbox, where it waits for a person; nothing there is changed."""
    if settings is None or settings.imap is None:
        return Enclosed(unseen="config.yaml names no mailbox")
    try:
        with Mailbox(settings.imap).opened() as box:
            found = _again(row, settings, box)
    except MailUnreachable as fault:
        return Enclosed(unseen=str(fault))
    return found or Enclosed(unseen="the mailbox does not have it any more")


def _again(row: LetterRow, settings: MailSettings, box: OpenMailbox) -> Enclosed | None:
    most = settings.message_bytes
    for folder in (Folder.INBOX, Folder.REVIEW):
        if not box.has(folder):
            continue
        box.turn_to(folder)
        for envelope in box.envelopes(message_id=row.message_id):
            if identity_of(box, envelope, most) != row.identity:
                continue
            if envelope.size > most:
                return Enclosed(unseen="the message is larger than mail.message_megabytes")
            letter = read(box, envelope, most)
            return enclosed(letter.files, settings) if letter is not None else None
    return None
