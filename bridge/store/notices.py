"""Notices to customers and staff: written once, released when people may be disturbed, and how it went."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, func, insert, select, update

from bridge.domain.notices import Medium, Notice, Topic
from bridge.store.database import Database
from bridge.store.notice_states import NoticeState
from bridge.store.schema import notices


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeRow:
    """A notice and where it stands. `address` and `message_id` are those of a mail once it is looked up."""

    notice: Notice
    state: NoticeState
    address: str
    message_id: str | None
    attempts: int
    retry_at: datetime | None
    released_at: datetime | None
    reason: str
    changed_at: datetime


_STATES = {state.value: state for state in NoticeState}
_UNFINISHED = (NoticeState.WAITING, NoticeState.PENDING, NoticeState.SENDING, NoticeState.RETRY_AT)
_ORDER = (notices.c.at, notices.c.key)
_BY_KEY = select(notices).where(notices.c.key == bindparam("wanted"))
_IN_STATE = select(notices).where(notices.c.state == bindparam("state")).order_by(*_ORDER)
_DUE = (
    select(notices)
    .where(
        notices.c.medium == bindparam("medium"),
        (notices.c.state == NoticeState.PENDING.value)
        | ((notices.c.state == NoticeState.RETRY_AT.value) & (notices.c.retry_at <= bindparam("now"))),
    )
    .order_by(*_ORDER)
)
_LATEST = select(notices).order_by(notices.c.changed_at.desc(), notices.c.key).limit(bindparam("most"))
_OPEN = (
    select(notices)
    .where(notices.c.state.in_([*(state.value for state in _UNFINISHED), NoticeState.PARKED.value]))
    .order_by(*_ORDER)
)
_TOLD = select(func.count()).where(
    notices.c.client_id == bindparam("client"),
    notices.c.released_at >= bindparam("since"),
    notices.c.medium.in_([Medium.SMS.value, Medium.MAIL.value]),
    notices.c.state != NoticeState.DROPPED.value,
)
_BY_MESSAGE = (
    select(notices.c.client_id, notices.c.incident_id)
    .where(notices.c.message_id.in_(bindparam("wanted", expanding=True)))
    .order_by(notices.c.at.desc())
)
_ADD = insert(notices)
_MOVE = (
    update(notices)
    .where(notices.c.key == bindparam("wanted"))
    .values(
        state=bindparam("new_state"),
        attempts=notices.c.attempts + bindparam("tries"),
        retry_at=bindparam("again"),
        reason=bindparam("why"),
        changed_at=bindparam("moment"),
    )
)
_RELEASE = (
    update(notices)
    .where(notices.c.key == bindparam("wanted"))
    .values(
        state=bindparam("new_state"),
        released_at=bindparam("moment"),
        changed_at=bindparam("moment"),
        reason="",
    )
)
_ADDRESS = (
    update(notices)
    .where(notices.c.key == bindparam("wanted"))
    .values(address=bindparam("new_address"), message_id=bindparam("new_id"))
)


class Notices:
    """The notices in all states."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, notice: Notice, at: datetime) -> bool:
        """Write a notice that waits; return False where this event was told, or waits, already."""
        with self._database.writing() as connection:
            if connection.execute(_BY_KEY, {"wanted": notice.key}).one_or_none() is not None:
                return False
            connection.execute(_ADD, _values(notice) | {"changed_at": at})
        return True

    def get(self, key: str) -> NoticeRow | None:
        """Return one notice."""
        return next(iter(self._rows(_BY_KEY, wanted=key)), None)

    def in_state(self, state: NoticeState) -> list[NoticeRow]:
        """Return the notices in a state, oldest event first."""
        return self._rows(_IN_STATE, state=state.value)

    def due(self, medium: Medium, now: datetime) -> list[NoticeRow]:
        """Return what may be sent by this medium now, oldest event first."""
        return self._rows(_DUE, medium=medium.value, now=now)

    def unfinished(self) -> list[NoticeRow]:
        """Return what waits, is on its way, or needs a person, oldest event first."""
        return self._rows(_OPEN)

    def latest(self, most: int) -> list[NoticeRow]:
        """Return those that changed last, newest first."""
        return self._rows(_LATEST, most=most)

    def told(self, client_id: int, since: datetime) -> int:
        """Return how many messages to a customer were released since then."""
        with self._database.reading() as connection:
            return connection.scalar(_TOLD, {"client": client_id, "since": since}) or 0

    def of_messages(self, message_ids: Collection[str]) -> list[tuple[int, str]]:
        """Return to whom the mails with these Message-IDs went, and about which incidents, newest first."""
        with self._database.reading() as connection:
            rows = connection.execute(_BY_MESSAGE, {"wanted": list(message_ids)})
            return [(row.client_id, row.incident_id) for row in rows]

    def release(self, key: str, to: NoticeState, at: datetime) -> None:
        """Let a waiting notice go: into the outbox (HANDED), or on its way (PENDING)."""
        with self._database.writing() as connection:
            connection.execute(_RELEASE, {"wanted": key, "new_state": to.value, "moment": at})

    def set_address(self, key: str, address: str, message_id: str) -> None:
        """Note where a mail goes, and under which Message-ID."""
        with self._database.writing() as connection:
            connection.execute(_ADDRESS, {"wanted": key, "new_address": address, "new_id": message_id})

    def move(
        self, key: str, to: NoticeState, at: datetime, reason: str = "", retry_at: datetime | None = None
    ) -> None:
        """Note a step; the beginning of each sending is counted."""
        values = {"wanted": key, "new_state": to.value, "again": retry_at, "why": reason, "moment": at}
        with self._database.writing() as connection:
            connection.execute(_MOVE, values | {"tries": int(to is NoticeState.SENDING)})

    def _rows(self, statement: Any, **values: object) -> list[NoticeRow]:
        with self._database.reading() as connection:
            return [_row(row) for row in connection.execute(statement, values)]


def _values(notice: Notice) -> dict[str, Any]:
    return {
        "key": notice.key,
        "topic": notice.topic.value,
        "medium": notice.medium.value,
        "client_id": notice.client_id,
        "incident_id": notice.incident_id,
        "credit_id": notice.credit_id,
        "technician_id": notice.technician_id,
        "channel": notice.channel,
        "address": "",
        "subject": notice.subject,
        "text": notice.text,
        "at": notice.at,
        "over_at": notice.over_at,
        "state": NoticeState.WAITING.value,
        "reason": "",
    }


def _row(row: Row[Any]) -> NoticeRow:
    notice = Notice(
        key=row.key,
        topic=Topic(row.topic),
        medium=Medium(row.medium),
        client_id=row.client_id,
        incident_id=row.incident_id,
        at=row.at,
        text=row.text,
        subject=row.subject,
        channel=row.channel,
        credit_id=row.credit_id,
        technician_id=row.technician_id,
        over_at=row.over_at,
    )
    return NoticeRow(
        notice=notice,
        state=_STATES[row.state],
        address=row.address,
        message_id=row.message_id,
        attempts=row.attempts,
        retry_at=row.retry_at,
        released_at=row.released_at,
        reason=row.reason,
        changed_at=row.changed_at,
    )
