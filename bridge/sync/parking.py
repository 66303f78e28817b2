"""Pushes that wait for a person: the state in the outbox, and a line on the worklist that says what to do."""

from __future__ import annotations

from datetime import datetime

from bridge.domain.intents import PushKind
from bridge.domain.labels import Labelled
from bridge.domain.policy import Rulebook
from bridge.store.outbox_rows import OutboxRow
from bridge.store.push_states import PushState
from bridge.store.store import Store

BY_BRIDGE = "bridge"


class Parked(Labelled):
    """Why a push is parked; messages.yaml, `parked`, has the words for the person who mends it."""

    HIDDEN = "hidden", "it may have been applied, and no read route can show it"
    UNDONE = "undone", "the panel accepted it, and it is not there: somebody may have undone it"
    REFUSED = "refused", "the panel refused it"
    FORGOTTEN = "forgotten", "it is older than this store, and no read route can show whether it was sent"
    OTHER_CLIENT = "other_client", "its marker stands at another customer"
    FOUND = "found", "the panel holds more of this report than this store knows"


def is_parked_for(row: OutboxRow, why: Parked) -> bool:
    """Whether a push is parked now, and for this reason."""
    return row.state is PushState.PARKED and row.reason.startswith(why.label)


def park(  # noqa: PLR0913, PLR0917 - a parked push says all that a person needs
    store: Store, row: OutboxRow, why: Parked, rulebook: Rulebook, at: datetime, detail: str = ""
) -> None:
    """Park a push with its reason; ticking its line off the worklist says that it stands on the panel."""
    push = row.push
    with store.transaction():
        text = "parked_undone_open" if (why, push.kind) == (Parked.UNDONE, PushKind.OPEN) else f"parked_{why}"
        reason = f"{why.label}: {detail}" if detail else why.label
        store.outbox.move(push.key, PushState.PARKED, at=at, actor=BY_BRIDGE, reason=reason)
        store.worklist.add(
            f"push/{push.key}",
            "check",
            rulebook.texts.render(
                text,
                push=push.key,
                kind=push.kind,
                client_id=push.client_id,
                look_for=push.marker or push.text or push.ticket_id,
                detail=detail,
            ),
            client_id=push.client_id,
            ticket_id=push.ticket_id,
            push_key=push.key,
            at=at,
        )
