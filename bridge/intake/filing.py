"""Where letters lie once they were decided about; what a person decided leaves the review folder."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from bridge import logs
from bridge.intake.mailbox import Folder, NotFiledError, OpenMailbox
from bridge.intake.reading import identity_of
from bridge.store.letter_states import LetterOutcome
from bridge.store.letters import Letters

log = logs.logger("bridge.intake")

FOLDERS = {
    LetterOutcome.OPENED: Folder.PROCESSED,
    LetterOutcome.JOINED: Folder.PROCESSED,
    LetterOutcome.ASIDE: Folder.SET_ASIDE,
    LetterOutcome.REVIEW: Folder.REVIEW,
    LetterOutcome.DISMISSED: Folder.SET_ASIDE,
}


@dataclass(slots=True)
class Filing:
    """Moves the letters of one round. What a folder does not take stays where it is, until the next round.

    `unfiled` counts such letters by the folder; each folder stands in the log once.
    """

    box: OpenMailbox
    unfiled: Counter[Folder] = field(default_factory=Counter)

    def file(self, uid: str, outcome: LetterOutcome) -> None:
        """Put a message where letters of this outcome lie. Raises MailUnreachable."""
        folder = FOLDERS[outcome]
        try:
            self.box.move(uid, folder)
        except NotFiledError as fault:
            if not self.unfiled[folder]:
                log.warning("mail.unfiled", folder=self.box.names[folder], why=str(fault))
            self.unfiled[folder] += 1

    def file_decided(self, letters: Letters, most: int, stop: Callable[[], bool]) -> None:
        """Move what no longer waits out of the review folder; `stop` is asked before each message.

        The folder is looked through only where it holds another number of messages than letters wait. What
        people have put there stays. `most` is the largest message that is read, in bytes.
        """
        if self.box.count(Folder.REVIEW) == len(letters.in_review()):
            return
        self.box.turn_to(Folder.REVIEW)
        for envelope in self.box.envelopes():
            if stop():
                return
            known = letters.known(identity_of(self.box, envelope, most) or "")
            if known is not None and known.outcome is not LetterOutcome.REVIEW:
                self.file(envelope.uid, known.outcome)
