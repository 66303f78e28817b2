"""Where a mail to a customer stands."""

from __future__ import annotations

from bridge.domain.labels import Labelled


class PostState(Labelled):
    """Where a mail stands; the value is stable, the label is for people."""

    PENDING = "pending", "written, not yet sent"
    SENDING = "sending", "being sent now; after a crash it may have gone out"
    SENT = "sent", "the mail server took it"
    RETRY_AT = "retry_at", "surely not sent; it is tried again at a set time"
    PARKED = "parked", "a person must look; the reason says why"
