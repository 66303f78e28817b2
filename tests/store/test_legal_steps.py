"""The database itself refuses a step that is not legal, whoever writes it."""

from __future__ import annotations

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import IntegrityError

from bridge.domain.decisions import CreditStatus
from bridge.store import ledger, push_states
from bridge.store.push_states import PushState
from bridge.store.schema import legal_steps, outbox
from bridge.store.store import Store
from tests.store.samples import at, line, push


def steps(store: Store, machine: str) -> set[tuple[str, str]]:
    wanted = select(legal_steps.c.from_state, legal_steps.c.to_state).where(legal_steps.c.machine == machine)
    with store.database.reading() as connection:
        return {(row.from_state, row.to_state) for row in connection.execute(wanted)}


def test_the_database_knows_the_steps_of_a_push_that_the_program_knows(store: Store) -> None:
    wanted = {(str(one), str(other)) for one, next_ in push_states.NEXT.items() for other in next_ - {one}}

    assert steps(store, "push") == wanted


def test_the_database_knows_the_steps_of_a_line_that_the_program_knows(store: Store) -> None:
    later = {(str(one), str(other)) for one, next_ in ledger.NEXT.items() for other in next_ - {one}}
    adopted = {
        CreditStatus.POSTED,
        CreditStatus.INVOICED,
        CreditStatus.REVERSED,
    }  # found on the panel, never sent from here
    first = {("", str(status)) for status in ledger.FIRST | adopted}

    assert steps(store, "line") == later | first


def test_no_statement_takes_a_push_past_its_looking(store: Store) -> None:
    store.outbox.add(push(), incident_id=None, credit_id=None, at=at(0))

    with pytest.raises(IntegrityError, match="no legal step"), store.database.writing() as connection:
        connection.execute(update(outbox).values(state=str(PushState.SENT)))


def test_no_statement_writes_a_state_that_may_not_follow(store: Store) -> None:
    store.ledger.record(line(status=CreditStatus.DUE), at=at(0), actor="bridge")
    copied = (
        "INSERT INTO ledger_entries (credit_id, status, type, days, amount, currency, reason, service_id, "
        "ticket_ids, begun_month, final_at, invoice_ids, facts, at, actor, note) "
        "SELECT credit_id, 'accruing', type, days, amount, currency, reason, service_id, ticket_ids, "
        "begun_month, final_at, invoice_ids, facts, at, actor, note FROM ledger_entries"
    )

    with pytest.raises(IntegrityError, match="no legal step"), store.database.writing() as connection:
        connection.execute(text(copied))
