"""Letters in a person's hands: whose they are, or that there is nothing to do."""

from __future__ import annotations

from datetime import datetime

from bridge.domain.contacts import Contact
from bridge.domain.intents import Push
from bridge.domain.policy import Rulebook
from bridge.errors import UsageFault
from bridge.intake.files import Enclosed
from bridge.intake.mail import REVIEW
from bridge.intake.tickets import Report, opening
from bridge.store.letter_states import LetterOutcome
from bridge.store.store import Store


def assign(  # noqa: PLR0913, PLR0917 - what a person decides, with all its circumstances
    store: Store,
    letter_id: int,
    contact: Contact | None,
    files: Enclosed,
    rulebook: Rulebook,
    by: str,
    at: datetime,
) -> Push:
    """Open a ticket for a letter that waited; its t0 is when the letter came, as for any other (I-4).

    The number goes to the address that the panel has of the customer. `files` are what was found in the
    mailbox. Raises UsageFault for a letter that does not wait, and a customer whom the panel does not know.
    """
    letter = store.letters.get(letter_id)
    if contact is None:
        raise UsageFault("the panel knows no such customer")
    report = Report(
        identity=letter.identity,
        client_id=contact.client_id,
        reported_at=letter.received_at,
        subject=letter.subject,
        words=letter.text,
        left_out=files.left_out,
    )
    client = store.snapshots.clients([contact.client_id]).get(contact.client_id)
    push = opening(report, client, store.loads(), rulebook, at)
    known = letter.sender in contact.addresses
    with store.transaction():
        store.outbox.add(push, incident_id=None, credit_id=None, at=at, actor=by)
        if files.file is not None:
            store.openings.enclose(push.key, files.file)
        store.letters.decide(
            letter_id,
            LetterOutcome.OPENED,
            by=by,
            client_id=contact.client_id,
            push_key=push.key,
            answer_to=letter.sender if known else next(iter(contact.addresses), ""),
        )
        store.worklist.close_key(f"{REVIEW}/{letter_id}", by, at)
    return push


def dismiss(store: Store, letter_id: int, by: str, at: datetime) -> None:
    """Note that nothing is to be done about a letter. Raises UsageFault for one that does not wait."""
    with store.transaction():
        store.letters.decide(letter_id, LetterOutcome.DISMISSED, by=by)
        store.worklist.close_key(f"{REVIEW}/{letter_id}", by, at)
