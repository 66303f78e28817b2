"""The ledger: every state a credit, charge or reversal was ever in; the last entry is its present state."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, func, insert, select, text

from bridge.domain.decisions import CreditStatus, CreditType, Line, Reason
from bridge.domain.money import Money
from bridge.store.database import Database
from bridge.store.schema import credits_, ledger_entries

_S = CreditStatus

# Nothing was sent in these states: the rules may move a line between them as often as they like.
_OPEN = frozenset({_S.REFUSED, _S.ACCRUING, _S.AWAITING_APPROVAL, _S.AWAITING_AMOUNT, _S.HELD})

# What the panel shows counts in any state in which the bridge may have sent it; a reversal that stands on
# an invoice is `reversed`.
_ON_THE_PANEL = frozenset({_S.POSTED, _S.INVOICED, _S.REVERSED})

# A line that stood on the panel and vanished waits for a person; it never becomes due by itself.
_LOST = frozenset({_S.HELD, _S.AWAITING_APPROVAL, _S.VOIDED, _S.REVERSED})

# The states in which a line may be written for the first time.
FIRST = _OPEN | {_S.DUE, _S.REVERSAL_PROPOSED}

# Which state may follow which. A line may also stay where it is while its facts or invoices change.
NEXT: Mapping[CreditStatus, frozenset[CreditStatus]] = {
    _S.REFUSED: _OPEN | {_S.DUE} | _ON_THE_PANEL,
    _S.ACCRUING: _OPEN | {_S.DUE, _S.VOIDED} | _ON_THE_PANEL,
    _S.AWAITING_APPROVAL: _OPEN | {_S.DUE, _S.VOIDED} | _ON_THE_PANEL,
    _S.AWAITING_AMOUNT: _OPEN | {_S.DUE, _S.VOIDED} | _ON_THE_PANEL,
    _S.HELD: _OPEN | {_S.DUE, _S.VOIDED} | _ON_THE_PANEL,
    _S.DUE: _ON_THE_PANEL | {_S.HELD, _S.AWAITING_APPROVAL, _S.VOIDED},
    _S.POSTED: _LOST | {_S.INVOICED},
    # An invoice that was cancelled gives the amount back to the panel's pending ones.
    _S.INVOICED: _LOST | {_S.POSTED},
    _S.VOIDED: frozenset(),
    _S.REVERSAL_PROPOSED: frozenset({_S.DUE, _S.HELD, _S.AWAITING_AMOUNT, _S.VOIDED, _S.REVERSED}),
    _S.REVERSED: frozenset(),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One state of a line, with when it was written, by whom (`bridge`, or a person's name) and why.

    `entry_id` grows from entry to entry, over all lines.
    """

    entry_id: int
    line: Line
    at: datetime
    actor: str
    note: str


_JOINED = select(ledger_entries, credits_.c.incident_id, credits_.c.client_id).join(credits_)
_later = ledger_entries.alias("later")
_IS_LAST = ledger_entries.c.entry_id == (
    select(func.max(_later.c.entry_id)).where(_later.c.credit_id == credits_.c.credit_id).scalar_subquery()
)
_PRESENT = _JOINED.where(_IS_LAST).order_by(credits_.c.created_at, credits_.c.credit_id)
_IN_STATES = _PRESENT.where(ledger_entries.c.status.in_(bindparam("states", expanding=True)))
_OF_CLIENT = _PRESENT.where(credits_.c.client_id == bindparam("client"))
_HISTORY = _JOINED.where(ledger_entries.c.credit_id == bindparam("credit")).order_by(
    ledger_entries.c.entry_id
)
_ENTRIES_OF_CLIENT = _JOINED.where(credits_.c.client_id == bindparam("client")).order_by(
    ledger_entries.c.entry_id
)
_CLIENTS_SINCE = (
    select(credits_.c.client_id)
    .join(ledger_entries)
    .where(ledger_entries.c.entry_id > bindparam("entry"))
    .distinct()
)
_ENTRIES_SINCE = _JOINED.where(ledger_entries.c.entry_id > bindparam("entry")).order_by(
    ledger_entries.c.entry_id
)
_LAST = select(func.max(ledger_entries.c.entry_id))
_LINE = (
    _JOINED.where(ledger_entries.c.credit_id == bindparam("credit"))
    .order_by(ledger_entries.c.entry_id.desc())
    .limit(1)
)
_PRICED = select(ledger_entries.c.credit_id).where(text("CAST(amount AS NUMERIC) > 0")).distinct()
_ADD_HEADER = insert(credits_)
_ADD_ENTRY = insert(ledger_entries)


class Ledger:
    """Every line of money the bridge ever thought of."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def record(self, line: Line, *, at: datetime, actor: str, note: str = "") -> bool:
        """Write a line's new state; return False where it is the present one already.

        Raises ValueError for a step that `NEXT` does not know, for another customer or incident under the
        same id, and for another amount, currency or type once the line has left the bridge's hands.
        """
        with self._database.writing() as connection:
            present = _present(connection, line.credit_id)
            if present == line:
                return False
            if present is None:
                _check_first(line)
                connection.execute(_ADD_HEADER, _header(line, at))
            else:
                _check_step(present, line)
            connection.execute(_ADD_ENTRY, _values(line) | {"at": at, "actor": actor, "note": note})
        return True

    def adopt(self, line: Line, *, at: datetime, actor: str, note: str) -> None:
        """Write a line as the panel holds it, though no push of this store sent it.

        Raises ValueError where this store has sent it, or it belongs to another customer or incident.
        """
        with self._database.writing() as connection:
            present = _present(connection, line.credit_id)
            if present is None:
                connection.execute(_ADD_HEADER, _header(line, at))
            else:
                _check_owner(present, line)
                if not (present.is_open or present.status is _S.DUE):
                    raise ValueError(f"{line.credit_id} is {present.status}: it is known already")
            connection.execute(_ADD_ENTRY, _values(line) | {"at": at, "actor": actor, "note": note})

    def correct(self, line: Line, *, at: datetime, actor: str, note: str) -> None:
        """Write another amount for a line that stands on the panel, where a person says that it is right.

        Raises ValueError where the line does not stand there, or anything but amount and facts differs.
        """
        with self._database.writing() as connection:
            present = _present(connection, line.credit_id)
            if present is None or not _stands(present):
                raise ValueError(f"{line.credit_id} does not stand on the panel")
            if replace(present, amount=line.amount, facts=line.facts) != line:
                raise ValueError(f"{line.credit_id}: only the amount can be corrected")
            connection.execute(_ADD_ENTRY, _values(line) | {"at": at, "actor": actor, "note": note})

    def line(self, credit_id: str) -> Line | None:
        """Return a line in its present state."""
        with self._database.reading() as connection:
            return _present(connection, credit_id)

    def lines_of_client(self, client_id: int) -> list[Line]:
        """Return a customer's lines in their present states, oldest first."""
        return list(self._lines(_OF_CLIENT, client=client_id))

    def lines(self, statuses: Collection[CreditStatus] | None = None) -> list[Line]:
        """Return all lines, or those that are in one of these states now, oldest first."""
        if statuses is None:
            return list(self._lines(_PRESENT))
        return list(self._lines(_IN_STATES, states=sorted(status.value for status in statuses)))

    def ever_priced(self) -> frozenset[str]:
        """Return the lines that have, or had in an earlier state, an amount above zero."""
        with self._database.reading() as connection:
            return frozenset(connection.scalars(_PRICED))

    def entries(self, credit_id: str) -> list[Entry]:
        """Return a line's history, first state first."""
        with self._database.reading() as connection:
            return [_entry(row) for row in connection.execute(_HISTORY, {"credit": credit_id})]

    def entries_of_client(self, client_id: int) -> list[Entry]:
        """Return the histories of all lines of a customer, in the order in which they were written."""
        with self._database.reading() as connection:
            return [_entry(row) for row in connection.execute(_ENTRIES_OF_CLIENT, {"client": client_id})]

    def entries_since(self, entry_id: int) -> list[Entry]:
        """Return what was written after this entry, of all lines, in that order."""
        with self._database.reading() as connection:
            return [_entry(row) for row in connection.execute(_ENTRIES_SINCE, {"entry": entry_id})]

    def clients_since(self, entry_id: int) -> frozenset[int]:
        """Return the customers of whom something was written after an entry."""
        with self._database.reading() as connection:
            return frozenset(connection.scalars(_CLIENTS_SINCE, {"entry": entry_id}))

    def last_id(self) -> int:
        """Return the number of the entry that was written last; 0 where there is none."""
        with self._database.reading() as connection:
            return connection.scalar(_LAST) or 0

    def _lines(self, statement: Select[Any], **values: object) -> Iterator[Line]:
        with self._database.reading() as connection:
            rows = connection.execute(statement, values).all()
        return map(_line, rows)


def _present(connection: Connection, credit_id: str) -> Line | None:
    row = connection.execute(_LINE, {"credit": credit_id}).one_or_none()
    return None if row is None else _line(row)


def _stands(line: Line) -> bool:
    """Whether a line is on the panel; one that is held because no invoice took it up is (C-12)."""
    return line.status in _ON_THE_PANEL or line.reason is Reason.NO_NEXT_INVOICE


def _check_first(line: Line) -> None:
    if line.status not in FIRST:
        raise ValueError(f"{line.credit_id} cannot begin as {line.status}")


def _check_owner(present: Line, line: Line) -> None:
    if (present.client_id, present.incident_id) != (line.client_id, line.incident_id):
        raise ValueError(f"{line.credit_id} belongs to {present.incident_id} of customer {present.client_id}")


def _check_step(present: Line, line: Line) -> None:
    _check_owner(present, line)
    if line.status is not present.status and line.status not in NEXT[present.status]:
        raise ValueError(f"{line.credit_id} is {present.status} and cannot become {line.status}")
    if not present.status.is_open and (present.amount, present.type) != (line.amount, line.type):
        raise ValueError(f"{line.credit_id} is {present.status}: its amount and type are settled")


def _header(line: Line, at: datetime) -> dict[str, Any]:
    return {
        "credit_id": line.credit_id,
        "incident_id": line.incident_id,
        "client_id": line.client_id,
        "marker": line.marker,
        "created_at": at,
    }


def _values(line: Line) -> dict[str, Any]:
    return {
        "credit_id": line.credit_id,
        "status": line.status.value,
        "type": line.type.value,
        "days": line.days,
        "amount": line.amount.amount,
        "currency": line.amount.currency,
        "reason": line.reason.value,
        "service_id": line.service_id,
        "ticket_ids": list(line.ticket_ids),
        "begun_month": line.begun_month,
        "final_at": line.final_at,
        "invoice_ids": list(line.invoice_ids),
        "facts": dict(line.facts),
    }


def _entry(row: Row[Any]) -> Entry:
    return Entry(entry_id=row.entry_id, line=_line(row), at=row.at, actor=row.actor, note=row.note)


def _line(row: Row[Any]) -> Line:
    return Line(
        credit_id=row.credit_id,
        incident_id=row.incident_id,
        client_id=row.client_id,
        ticket_ids=tuple(row.ticket_ids),
        type=CreditType(row.type),
        status=CreditStatus(row.status),
        reason=Reason(row.reason),
        amount=Money(row.amount, row.currency),
        days=row.days,
        service_id=row.service_id,
        begun_month=row.begun_month,
        final_at=row.final_at,
        invoice_ids=tuple(row.invoice_ids),
        facts=row.facts,
    )
