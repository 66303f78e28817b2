"""What becomes of a notice to a customer or to staff."""

from __future__ import annotations

from bridge.domain.labels import Labelled


class NoticeState(Labelled):
    """Where a notice stands; the value is stable, the label is for people. A mail's are `PostState`."""

    WAITING = "waiting", "not yet released: quiet hours, or the customer was told enough today"
    HANDED = "handed", "an SMS: its push of the same key says how far it has come"
    PENDING = "pending", "released, not yet sent"
    SENDING = "sending", "being sent now; after a crash it may have gone out"
    SENT = "sent", "the mail server, or the channel, took it"
    RETRY_AT = "retry_at", "surely not sent; it is tried again at a set time"
    PARKED = "parked", "a person must look; the reason says why"
    DROPPED = "dropped", "no longer worth telling; the reason says why"
