"""What becomes of a letter in the mailbox."""

from __future__ import annotations

from bridge.domain.labels import Labelled


class LetterOutcome(Labelled):
    """What was decided about a letter; the value is stable, the label is for people."""

    OPENED = "opened", "a ticket is opened for it"
    JOINED = "joined", "it goes to the ticket it answers"
    REVIEW = "review", "a person says whose it is"
    ASIDE = "aside", "set aside: no customer wrote it"
    DISMISSED = "dismissed", "a person looked: there is nothing to do"
