"""Which ticket on the panel a wish to open one has become, and the file that goes with it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, delete, insert, or_, select

from bridge.domain.intents import Attachment, Push, PushKind
from bridge.store.batches import in_batches
from bridge.store.codec import push_from_json
from bridge.store.database import Database
from bridge.store.outbox_rows import STATES
from bridge.store.push_states import PushState
from bridge.store.schema import enclosures, openings, outbox, tickets

_TICKET = select(openings.c.ticket_id).where(openings.c.push_key == bindparam("wanted"))
_PUSH = select(openings.c.push_key).where(openings.c.ticket_id == bindparam("wanted"))
_REPORTS = (
    select(openings.c.ticket_id, outbox.c.push)
    .join(outbox, outbox.c.key == openings.c.push_key)
    .where(openings.c.ticket_id.in_(bindparam("tickets", expanding=True)))
)
_ADD = insert(openings)
_FILE = select(enclosures).where(enclosures.c.push_key == bindparam("wanted"))
_ADD_FILE = insert(enclosures)
_SETTLED = (
    select(outbox.c.key)
    .where(
        outbox.c.key == enclosures.c.push_key,
        outbox.c.state.in_([state.value for state in PushState if state.is_settled]),
    )
    .exists()
)
_FORGET = delete(enclosures).where(_SETTLED)
_ON_THE_WAY = (
    select(outbox.c.key, outbox.c.client_id, outbox.c.state, outbox.c.push, openings.c.ticket_id)
    .outerjoin(openings, openings.c.push_key == outbox.c.key)
    .outerjoin(tickets, tickets.c.ticket_id == openings.c.ticket_id)
    .where(
        outbox.c.state.in_([state.value for state in PushState if state is not PushState.DISCARDED]),
        outbox.c.kind == PushKind.OPEN.value,
        tickets.c.ticket_id.is_(None),
        or_(outbox.c.state != PushState.VERIFIED.value, openings.c.ticket_id.is_not(None)),
    )
    .order_by(outbox.c.due_at, outbox.c.key)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OnTheWay:
    """A ticket that was wished for and that no read has shown yet; its number may be known already."""

    push_key: str
    client_id: int
    state: PushState
    ticket_id: int | None


class Openings:
    """Tickets that were opened from here. Each belongs to one push, for good."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def bind(self, push_key: str, ticket_id: int, at: datetime) -> bool:
        """Note that a push became this ticket; return False where push or ticket belong to another."""
        with self._database.writing() as connection:
            known = connection.scalar(_TICKET, {"wanted": push_key})
            if known is not None:
                return bool(known == ticket_id)
            if connection.scalar(_PUSH, {"wanted": ticket_id}) is not None:
                return False
            connection.execute(_ADD, {"push_key": push_key, "ticket_id": ticket_id, "at": at})
        return True

    def ticket_of(self, push_key: str) -> int | None:
        """Return the ticket that a push became, None while it is not known."""
        with self._database.reading() as connection:
            found: int | None = connection.scalar(_TICKET, {"wanted": push_key})
        return found

    def reports(self, ticket_ids: Iterable[int]) -> dict[int, Push]:
        """Return the wishes that these tickets are the answer to, of those that were opened from here."""
        found: dict[int, Push] = {}
        with self._database.reading() as connection:
            for batch in in_batches(ticket_ids):
                rows = connection.execute(_REPORTS, {"tickets": batch})
                found.update((row.ticket_id, push_from_json(row.push)) for row in rows)
        return found

    def loads(self) -> Counter[int]:
        """Return how many tickets that no read has shown are being opened with each technician."""
        with self._database.reading() as connection:
            pushes = [push_from_json(row.push) for row in connection.execute(_ON_THE_WAY)]
        return Counter(push.technician_id for push in pushes if push.technician_id is not None)

    def on_the_way(self) -> list[OnTheWay]:
        """Return the tickets that are wished for and that no read has shown, oldest report first."""
        with self._database.reading() as connection:
            return [
                OnTheWay(
                    push_key=row.key,
                    client_id=row.client_id,
                    state=STATES[row.state],
                    ticket_id=row.ticket_id,
                )
                for row in connection.execute(_ON_THE_WAY)
            ]

    def enclose(self, push_key: str, file: Attachment) -> None:
        """Keep the file that goes to the panel with a ticket."""
        with self._database.writing() as connection:
            values = {"push_key": push_key, "name": file.name, "content": file.content}
            connection.execute(_ADD_FILE, values)

    def file_of(self, push_key: str) -> Attachment | None:
        """Return the file that goes with a ticket, if there is one and the ticket is not there yet."""
        with self._database.reading() as connection:
            row = connection.execute(_FILE, {"wanted": push_key}).one_or_none()
        return None if row is None else Attachment(name=row.name, content=row.content)

    def forget_files(self) -> None:
        """Let go of the files whose tickets stand on the panel, or were withdrawn."""
        with self._database.writing() as connection:
            connection.execute(_FORGET)
