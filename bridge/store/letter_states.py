"""What becomes of a letter in the mailbox, and of the answer to it."""

from __future__ import annotations

from bridge.domain.labels import Labelled


class LetterOutcome(Labelled):
    """What was decided about a letter; the value is stable, the label is for people."""

    OPENED = "opened", "a ticket is opened for it"
    JOINED = "joined", "it goes to the ticket it answers"
    REVIEW = "review", "a person says whose it is"
    ASIDE = "aside", "set aside: no customer wrote it"
    DISMISSED = "dismissed", "a person looked: there is nothing to do"


class AnswerState(Labelled):
    """Where the answer to a customer stands."""

    PENDING = "pending", "the ticket is known, the answer not yet sent"
    SENDING = "sending", "being sent now; after a crash it may have gone out"
    SENT = "sent", "the mail server took it"
    RETRY_AT = "retry_at", "surely not sent; it is tried again at a set time"
    PARKED = "parked", "a person must look; the reason says why"
