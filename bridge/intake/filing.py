"""Where letters lie once they were decided about; what a person decided leaves the review folder."""

from __future__ import annotations

from collections.abc import Callable

from bridge.intake.mailbox import Folder, OpenMailbox
from bridge.intake.reading import identity_of
from bridge.store.letter_states import LetterOutcome
from bridge.store.letters import Letters

FOLDERS = {
    LetterOutcome.OPENED: Folder.PROCESSED,
    LetterOutcome.JOINED: Folder.PROCESSED,
    LetterOutcome.ASIDE: Folder.SET_ASIDE,
    LetterOutcome.REVIEW: Folder.REVIEW,
    LetterOutcome.DISMISSED: Folder.SET_ASIDE,
}


def file_decided(box: OpenMailbox, letters: Letters, most: int, stop: Callable[[], bool]) -> None:
    """Move what no longer waits out of the review folder; `stop` is asked before each message.

    The folder is looked through only where it holds another number of messages than letters wait. What
    people have put there stays. `most` is the largest message that is read, in bytes.
    """
    if box.count(Folder.REVIEW) == len(letters.in_review()):
        return
    box.turn_to(Folder.REVIEW)
    for envelope in box.envelopes():
        if stop():
            return
        known = letters.known(identity_of(box, envelope, most) or "")
        if known is not None and known.outcome is not LetterOutcome.REVIEW:
            box.move(envelope.uid, FOLDERS[known.outcome])
