"""The answers to letters: written once the ticket is known, and sent at most once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, bindparam, func, insert, select, update

from bridge.domain.post_states import PostState
from bridge.store.database import Database
from bridge.store.letter_states import LetterOutcome
from bridge.store.schema import ON_THE_WAY, answers, letters, openings


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerRow:
    """An answer, the Message-ID it goes out under, and where it stands."""

    letter_id: int
    message_id: str
    address: str
    subject: str
    text: str
    state: PostState
    attempts: int
    retry_at: datetime | None
    reason: str
    changed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Unanswered:
    """A letter whose ticket is known and which has no answer yet."""

    letter_id: int
    client_id: int
    ticket_id: int
    answer_to: str


_STATES = {state.value: state for state in PostState}

# Looks at every letter there was: 40 ms for 100,000, so a mark and an index of their own are not worth it.
_UNANSWERED = (
    select(
        letters.c.letter_id,
        letters.c.client_id,
        openings.c.ticket_id,
        letters.c.answer_to,
    )
    .select_from(
        letters.join(openings, openings.c.push_key == letters.c.push_key).outerjoin(
            answers, answers.c.letter_id == letters.c.letter_id
        )
    )
    .where(letters.c.outcome == LetterOutcome.OPENED.value, answers.c.letter_id.is_(None))
    .order_by(letters.c.letter_id)
)
# Asked for in the words and in the order of their index, for the answers of years are many.
_WAITING = select(answers).where(ON_THE_WAY).order_by(answers.c.changed_at, answers.c.letter_id)
_TO_SEND = _WAITING.where(
    answers.c.state != PostState.SENDING.value,
    (answers.c.retry_at.is_(None)) | (answers.c.retry_at <= bindparam("now")),
)
_ON_THE_WAY = _WAITING.where(answers.c.state == bindparam("wanted"))
_MESSAGE_ID = select(letters.c.message_id).where(letters.c.letter_id == bindparam("wanted"))
_LATELY = (
    select(func.count())
    .select_from(answers.join(letters, letters.c.letter_id == answers.c.letter_id))
    .where(
        letters.c.client_id == bindparam("client"),
        answers.c.changed_at > bindparam("since"),
        answers.c.state != PostState.PARKED.value,
    )
)
_ADD = insert(answers)
_MOVE = (
    update(answers)
    .where(answers.c.letter_id == bindparam("wanted"))
    .values(
        state=bindparam("new_state"),
        attempts=answers.c.attempts + bindparam("tries"),
        retry_at=bindparam("again"),
        reason=bindparam("why"),
        changed_at=bindparam("at"),
    )
)


class Answers:
    """The answers in all states."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def unanswered(self) -> list[Unanswered]:
        """Return the letters that are to be answered now, oldest first."""
        with self._database.reading() as connection:
            return [Unanswered(**row) for row in connection.execute(_UNANSWERED).mappings()]

    def add(  # noqa: PLR0913 - a row says all that is sent
        self,
        letter_id: int,
        *,
        message_id: str,
        address: str,
        subject: str,
        text: str,
        at: datetime,
        parked: str = "",
    ) -> None:
        """Write an answer, ready to be sent, or `parked` with the reason why it cannot be."""
        state = PostState.PARKED if parked else PostState.PENDING
        values = {"letter_id": letter_id, "message_id": message_id, "address": address, "subject": subject}
        values |= {"text": text, "state": state.value, "reason": parked}
        with self._database.writing() as connection:
            connection.execute(_ADD, values | {"changed_at": at})

    def to_send(self, now: datetime) -> list[AnswerRow]:
        """Return what may be sent now; what has waited longest comes first."""
        return self._rows(_TO_SEND, now=now)

    def on_the_way(self, state: PostState) -> list[AnswerRow]:
        """Return the answers in a state (PENDING, SENDING, RETRY_AT); the longest waiting comes first."""
        return self._rows(_ON_THE_WAY, wanted=state.value)

    def move(
        self,
        letter_id: int,
        to: PostState,
        at: datetime,
        reason: str = "",
        retry_at: datetime | None = None,
    ) -> None:
        """Note a step of an answer; the beginning of each sending is counted."""
        values = {"wanted": letter_id, "new_state": to.value, "again": retry_at, "why": reason, "at": at}
        with self._database.writing() as connection:
            connection.execute(_MOVE, values | {"tries": int(to is PostState.SENDING)})

    def answered_message(self, letter_id: int) -> str:
        """Return the Message-ID of the letter that is answered."""
        with self._database.reading() as connection:
            return connection.scalar(_MESSAGE_ID, {"wanted": letter_id}) or ""

    def count_since(self, client_id: int, since: datetime) -> int:
        """Return how many answers to a customer were written or sent since an instant, without the parked."""
        with self._database.reading() as connection:
            return connection.scalar(_LATELY, {"client": client_id, "since": since}) or 0

    def _rows(self, statement: Any, **values: object) -> list[AnswerRow]:
        with self._database.reading() as connection:
            return [_answer(row) for row in connection.execute(statement, values).mappings()]


def _answer(row: RowMapping) -> AnswerRow:
    return AnswerRow(**{**row, "state": _STATES[row["state"]]})
