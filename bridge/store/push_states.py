"""The states of a push on its way to the panel, and which may follow which (design section 4)."""

from __future__ import annotations

from collections.abc import Mapping

from bridge.domain.labels import Labelled


class PushState(Labelled):
    """Where a push stands; the value is stable, the label is for people."""

    PENDING = "pending", "decided, not yet sent"
    SENDING = "sending", "being sent now; after a crash it may have arrived"
    SENT = "sent", "the panel accepted it; no read has shown it yet"
    VERIFIED = "verified", "a read showed it on the panel"
    RETRY_AT = "retry_at", "surely not applied; it is sent again at a set time"
    IN_DOUBT = "in_doubt", "it may have been applied; its marker is looked for before anything else"
    PARKED = "parked", "a person must look; the reason says what at"
    MANUAL = "manual", "a person does it in the panel, from the worklist"
    DISCARDED = "discarded", "withdrawn by a person or a rule before it was sent"

    @property
    def is_settled(self) -> bool:
        """Whether nothing more will come of it by itself."""
        return self in {PushState.VERIFIED, PushState.DISCARDED}


_S = PushState

# A push that was ever sent goes back to `pending` only through a person; what may have been applied goes
# through `in_doubt`, where its marker is looked for first. `discarded` can be revived that way alone, for
# a parked push that somebody withdrew may stand on the panel all the same.
NEXT: Mapping[PushState, frozenset[PushState]] = {
    _S.PENDING: frozenset({_S.SENDING, _S.RETRY_AT, _S.VERIFIED, _S.PARKED, _S.MANUAL, _S.DISCARDED}),
    _S.SENDING: frozenset({_S.SENT, _S.VERIFIED, _S.RETRY_AT, _S.IN_DOUBT, _S.PARKED, _S.MANUAL}),
    _S.SENT: frozenset({_S.VERIFIED, _S.IN_DOUBT, _S.PARKED}),
    _S.VERIFIED: frozenset(),
    _S.RETRY_AT: frozenset(
        {_S.SENDING, _S.PENDING, _S.RETRY_AT, _S.VERIFIED, _S.PARKED, _S.MANUAL, _S.DISCARDED}
    ),
    _S.IN_DOUBT: frozenset({_S.VERIFIED, _S.SENT, _S.RETRY_AT, _S.PARKED, _S.MANUAL}),
    _S.PARKED: frozenset(
        {_S.PENDING, _S.RETRY_AT, _S.IN_DOUBT, _S.SENT, _S.VERIFIED, _S.MANUAL, _S.DISCARDED}
    ),
    _S.MANUAL: frozenset({_S.PENDING, _S.SENT, _S.VERIFIED, _S.PARKED, _S.DISCARDED}),
    _S.DISCARDED: frozenset({_S.IN_DOUBT}),
}

# From here a push may be withdrawn: nobody is sending it.
WITHDRAWABLE = frozenset({_S.PENDING, _S.RETRY_AT, _S.MANUAL, _S.PARKED})

# Here the last sending may stand on the panel for all anybody knows.
OUTCOME_OPEN = frozenset({_S.SENT, _S.IN_DOUBT})
