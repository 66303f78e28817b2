"""One write at a time for one customer or ticket, and the transaction it happens in."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from sqlalchemy import Connection, Engine, func, select
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_random_exponential

from bridge.clock import Clock
from bridge.errors import NotApplied, OutcomeUnknown
from bridge.mikrowisp.database.connect import WRITES
from bridge.mikrowisp.database.faults import Trouble, trouble_of, words_of, write_fault

NAMED_LOCK_SECONDS = 10
ATTEMPTS = 4

T = TypeVar("T")


def write(
    engine: Engine, subject: str, work: Callable[[Connection], T], *, clock: Clock, rolled_back: bool = True
) -> T:
    """Run `work` in one transaction while nobody else writes to `subject`, e.g. `client 77`.

    Lock waits and deadlocks are tried `ATTEMPTS` times. Raises NotApplied when surely nothing was written,
    OutcomeUnknown when the connection broke during COMMIT (or at any point where the tables cannot roll
    back: `rolled_back` False), AccessRefused, PanelUnusable or Refused as the server says; and whatever
    `work` raises, after a rollback. `work` may run several times.
    """
    attempts = Retrying(
        retry=retry_if_exception(_busy),
        stop=stop_after_attempt(ATTEMPTS),
        wait=wait_random_exponential(multiplier=0.05, max=1),
        sleep=clock.sleep,
        reraise=True,
    )
    try:
        result: T = attempts(_once, engine, subject, work)
    except DBAPIError as error:
        raise write_fault(error, rolled_back=rolled_back) from error
    return result


def _once(engine: Engine, subject: str, work: Callable[[Connection], T]) -> T:
    with engine.connect() as plain:
        connection = plain.execution_options(**{WRITES: True})
        with _held(connection, subject), connection.begin() as transaction:
            result = work(connection)
            try:
                transaction.commit()
            except DBAPIError as error:
                if _busy(error):
                    raise
                raise OutcomeUnknown(
                    f"The connection to the panel's database failed during COMMIT: {words_of(error)}"
                ) from error
            return result


@contextmanager
def _held(connection: Connection, subject: str) -> Iterator[None]:
    """Hold MariaDB's named lock, which outlives the transaction; SQLite locks by BEGIN IMMEDIATE.

    The lock is taken before the transaction begins, so the transaction sees all that the previous holder
    committed. It falls by itself when its connection ends.
    """
    if connection.dialect.name != "mysql":
        yield
        return
    name = lock_name(connection.engine, subject)
    taken = connection.scalar(select(func.get_lock(name, NAMED_LOCK_SECONDS)))
    connection.rollback()
    if taken != 1:
        raise NotApplied(f"Somebody else has been writing to {subject} for {NAMED_LOCK_SECONDS} s")
    try:
        yield
    finally:
        if not connection.invalidated:  # else its session is gone, and the lock with it
            _release(connection, name)


def _release(connection: Connection, name: str) -> None:
    """Release the lock; a failure here changes nothing of what was committed, so the session is given up."""
    try:
        connection.execute(select(func.release_lock(name)))
        connection.rollback()
    except SQLAlchemyError:  # also the session that an interrupt left in the middle of its COMMIT
        connection.invalidate()


def lock_name(engine: Engine, subject: str) -> str:
    """Return the name under which `subject` is locked: one server can hold several panels' databases."""
    digest = hashlib.sha256(f"{engine.url.database}/{subject}".encode()).hexdigest()
    return f"bridge:{digest[:40]}"


def _busy(error: BaseException) -> bool:
    return isinstance(error, DBAPIError) and trouble_of(error) is Trouble.BUSY
