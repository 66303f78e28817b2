"""The letters of the mailbox: each is decided once, and kept with what became of it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, bindparam, func, insert, select, update

from bridge.errors import UsageFault
from bridge.store.database import Database
from bridge.store.letter_states import LetterOutcome
from bridge.store.schema import answers, letters


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterRow:
    """A letter and what was decided about it.

    `identity` tells it from every other letter, however often it is met. `reason` is the slug that goes with
    the outcome. `push_key` is the push that carries it to the panel, `answer_to` the address that is told
    the ticket's number, `decided_by` a name, or `bridge`.
    """

    letter_id: int
    identity: str
    message_id: str
    received_at: datetime
    seen_at: datetime
    sender: str
    subject: str
    text: str
    outcome: LetterOutcome
    reason: str
    client_id: int | None
    push_key: str | None
    answer_to: str
    decided_by: str


_OUTCOMES = {outcome.value: outcome for outcome in LetterOutcome}

_KNOWN = select(letters).where(letters.c.identity == bindparam("wanted"))
_BY_ID = select(letters).where(letters.c.letter_id == bindparam("wanted"))
_IN_REVIEW = (
    select(letters)
    .where(letters.c.outcome == LetterOutcome.REVIEW.value)
    .order_by(letters.c.received_at, letters.c.letter_id)
)
_OF_MESSAGES = (
    select(letters)
    .where(
        (letters.c.message_id.in_(bindparam("ids", expanding=True)))
        | letters.c.letter_id.in_(
            select(answers.c.letter_id).where(answers.c.message_id.in_(bindparam("ids", expanding=True)))
        )
    )
    .order_by(letters.c.letter_id.desc())
)
_LATELY = (
    select(func.count())
    .select_from(letters)
    .where(
        letters.c.client_id == bindparam("client"),
        letters.c.received_at > bindparam("since"),
        letters.c.outcome.in_([LetterOutcome.OPENED.value, LetterOutcome.JOINED.value]),
    )
)
_ADD = insert(letters)
_DECIDE = (
    update(letters)
    .where(letters.c.letter_id == bindparam("wanted"), letters.c.outcome == LetterOutcome.REVIEW.value)
    .values(
        outcome=bindparam("new_outcome"),
        client_id=bindparam("client"),
        push_key=bindparam("push"),
        answer_to=bindparam("address"),
        decided_by=bindparam("by"),
    )
)


class Letters:
    """Every letter that was ever decided about."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def known(self, identity: str) -> LetterRow | None:
        """Return the letter of this identity, if it was decided about before."""
        with self._database.reading() as connection:
            row = connection.execute(_KNOWN, {"wanted": identity}).mappings().one_or_none()
        return None if row is None else _letter(row)

    def add(self, **values: Any) -> int:
        """Write a letter (the fields of LetterRow but its number) and return its number."""
        values["outcome"] = values["outcome"].value
        with self._database.writing() as connection:
            made = connection.execute(_ADD, values).inserted_primary_key
        if made is None:
            raise RuntimeError("the database does not tell the number of a letter that was written")
        return int(made[0])

    def of_messages(self, message_ids: Collection[str]) -> list[LetterRow]:
        """Return the letters with these Message-IDs, or whose answer has one of them; newest first."""
        if not message_ids:
            return []
        with self._database.reading() as connection:
            return list(map(_letter, connection.execute(_OF_MESSAGES, {"ids": list(message_ids)}).mappings()))

    def in_review(self) -> list[LetterRow]:
        """Return the letters that wait for a person, oldest first."""
        with self._database.reading() as connection:
            return list(map(_letter, connection.execute(_IN_REVIEW).mappings()))

    def get(self, letter_id: int) -> LetterRow:
        """Return a letter. Raises UsageFault for a number that nobody gave."""
        with self._database.reading() as connection:
            row = connection.execute(_BY_ID, {"wanted": letter_id}).mappings().one_or_none()
        if row is None:
            raise UsageFault(f"there is no letter {letter_id}")
        return _letter(row)

    def decide(  # noqa: PLR0913 - a decision says all that follows from it
        self,
        letter_id: int,
        outcome: LetterOutcome,
        *,
        by: str,
        client_id: int | None = None,
        push_key: str | None = None,
        answer_to: str = "",
    ) -> None:
        """Note what a person decided about a letter in review. Raises UsageFault for any other letter."""
        values = {"wanted": letter_id, "new_outcome": outcome.value, "by": by, "address": answer_to}
        with self._database.writing() as connection:
            found = connection.execute(_DECIDE, values | {"client": client_id, "push": push_key})
        if not found.rowcount:
            raise UsageFault(f"letter {letter_id} does not wait for anybody: {self.get(letter_id).outcome}")

    def count_since(self, client_id: int, since: datetime) -> int:
        """Return how many letters of a customer reached the panel since an instant."""
        with self._database.reading() as connection:
            return connection.scalar(_LATELY, {"client": client_id, "since": since}) or 0


def _letter(row: RowMapping) -> LetterRow:
    return LetterRow(**{**row, "outcome": _OUTCOMES[row["outcome"]]})
