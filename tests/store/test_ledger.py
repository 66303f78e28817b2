"""The ledger: entries only grow, states follow each other legally, amounts settle."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError

from bridge.domain.decisions import CreditStatus, CreditType, Reason
from bridge.domain.money import Money
from bridge.store.ledger import FIRST, NEXT, Entry
from bridge.store.schema import ledger_entries
from bridge.store.store import Store

from .samples import at, event, line

S = CreditStatus

# A legal way from nothing to each state.
WAYS: dict[CreditStatus, tuple[CreditStatus, ...]] = {
    **{status: (status,) for status in FIRST},
    S.POSTED: (S.DUE, S.POSTED),
    S.INVOICED: (S.DUE, S.POSTED, S.INVOICED),
    S.VOIDED: (S.HELD, S.VOIDED),
    S.REVERSED: (S.DUE, S.POSTED, S.REVERSED),
}


def record(store: Store, *statuses: CreditStatus, **changes: Any) -> None:
    for hour, status in enumerate(statuses):
        store.ledger.record(line(status=status, **changes), at=at(hour), actor="bridge")


def test_every_state_is_an_entry_and_the_last_is_the_present(store: Store) -> None:
    accruing = line()
    due = line(status=S.DUE, final_at=at(80), facts={"outage": "81:00:00"})
    posted = line(status=S.POSTED, final_at=at(80), invoice_ids=(501, 502))
    store.ledger.record(accruing, at=at(72), actor="bridge")
    store.ledger.record(due, at=at(81), actor="Marta", note="seen")

    written = store.ledger.record(posted, at=at(82), actor="bridge")

    assert written
    assert store.ledger.line("RC-1201/C1") == posted
    assert store.ledger.entries("RC-1201/C1") == [
        Entry(entry_id=1, line=accruing, at=at(72), actor="bridge", note=""),
        Entry(entry_id=2, line=due, at=at(81), actor="Marta", note="seen"),
        Entry(entry_id=3, line=posted, at=at(82), actor="bridge", note=""),
    ]


def test_the_present_state_is_not_written_again(store: Store) -> None:
    store.ledger.record(line(), at=at(0), actor="bridge")

    assert not store.ledger.record(line(), at=at(1), actor="Marta")
    assert len(store.ledger.entries("RC-1201/C1")) == 1


def test_unknown_lines_are_none(store: Store) -> None:
    assert store.ledger.line("RC-9/C1") is None
    assert store.ledger.entries("RC-9/C1") == []


def test_lines_are_listed_by_customer_and_by_present_state_oldest_first(store: Store) -> None:
    first, second = line("RC-2/C1"), line("RC-1/C1", status=S.HELD, reason=Reason.NO_SERVICE)
    theirs = line("RC-3/X1", client_id=8, type=CreditType.CHARGE, days=None, service_id=None)
    for hour, one in enumerate((first, second, theirs)):
        store.ledger.record(one, at=at(hour), actor="bridge")
    approved = line("RC-2/C1", status=S.DUE)
    store.ledger.record(approved, at=at(9), actor="bridge")

    assert store.ledger.lines() == [approved, second, theirs]
    assert store.ledger.lines({S.ACCRUING, S.HELD}) == [second, theirs]
    assert store.ledger.lines(()) == []
    assert store.ledger.lines_of_client(7) == [approved, second]


@pytest.mark.parametrize("status", S)
def test_only_states_of_a_beginning_begin(store: Store, status: CreditStatus) -> None:
    if status in FIRST:
        record(store, status)
        assert store.ledger.line("RC-1201/C1") == line(status=status)
    else:
        with pytest.raises(ValueError, match=f"cannot begin as {status}"):
            record(store, status)


@pytest.mark.parametrize("before", S)
@pytest.mark.parametrize("after", S)
def test_states_follow_each_other_as_the_table_says(
    store: Store, before: CreditStatus, after: CreditStatus
) -> None:
    with store.rehearsal():
        record(store, *WAYS[before])
        if after in NEXT[before] or after is before:
            record(store, after)
            assert store.ledger.line("RC-1201/C1") == line(status=after)
        else:
            with pytest.raises(ValueError, match=f"is {before} and cannot become {after}"):
                record(store, after)
            assert store.ledger.line("RC-1201/C1") == line(status=before)


def test_the_table_knows_every_state_and_the_ways_that_must_never_be() -> None:
    assert set(NEXT) == set(S)
    assert NEXT[S.VOIDED] == NEXT[S.REVERSED] == frozenset()
    assert all(S.DUE not in NEXT[lost] for lost in (S.POSTED, S.INVOICED)), "due again only by approval"
    assert all(S.ACCRUING not in NEXT[status] for status in S if not status.is_open)


def test_an_amount_changes_while_nothing_was_sent(store: Store) -> None:
    record(store, S.ACCRUING)
    more = line(status=S.DUE, amount=Money(Decimal("53.33")), type=CreditType.MONTH, days=None)

    store.ledger.record(more, at=at(1), actor="bridge")

    assert store.ledger.line("RC-1201/C1") == more


@pytest.mark.parametrize(
    "changes",
    [
        {"amount": Money(Decimal("40.01"))},
        {"amount": Money(Decimal("40.00"), "USD")},
        {"type": CreditType.MONTH},
    ],
)
@pytest.mark.parametrize("status", [S.DUE, S.POSTED, S.INVOICED, S.VOIDED])
def test_an_amount_is_settled_once_the_credit_is_on_its_way(
    store: Store, status: CreditStatus, changes: dict[str, Any]
) -> None:
    record(store, *WAYS[status])

    with pytest.raises(ValueError, match="amount and type are settled"):
        store.ledger.record(line(status=status, **changes), at=at(9), actor="bridge")


@pytest.mark.parametrize("changes", [{"client_id": 8}, {"incident_id": "RC-1300"}])
def test_a_line_stays_with_its_incident_and_customer(store: Store, changes: dict[str, Any]) -> None:
    record(store, S.ACCRUING)

    with pytest.raises(ValueError, match="belongs to RC-1201 of customer 7"):
        store.ledger.record(line(**changes), at=at(1), actor="bridge")


@pytest.mark.parametrize(
    ("column", "value", "promise"),
    [
        ("status", "lost", "known_status|no legal step"),
        ("type", "gift", "known_type"),
        ("amount", Decimal("-0.01"), "amount_positive"),
    ],
)
def test_the_table_itself_refuses_what_no_code_should_write(
    store: Store, column: str, value: object, promise: str
) -> None:
    record(store, S.ACCRUING)
    entry = {
        "credit_id": "RC-1201/C1", "status": "due", "type": "days", "amount": Decimal(1), "currency": "MXN",
        "reason": "days", "ticket_ids": [], "begun_month": "", "invoice_ids": [], "facts": {}, "at": at(1),
        "actor": "x", "note": "",
    }  # fmt: skip

    with pytest.raises(IntegrityError, match=promise), store.transaction() as connection:
        connection.execute(insert(ledger_entries), entry | {column: value})


def test_a_refused_step_leaves_the_rest_of_the_transaction_to_the_caller(store: Store) -> None:
    record(store, S.HELD, S.VOIDED)

    with store.transaction():
        store.events.append([event()])
        with pytest.raises(ValueError, match="cannot become"):
            record(store, S.DUE)

    assert len(store.events.of_client(7)) == 1


def test_what_ever_had_an_amount_is_known(store: Store) -> None:
    nothing = Money(Decimal("0.00"))
    store.ledger.record(line(), at=at(0), actor="bridge")
    store.ledger.record(line(status=S.REFUSED, amount=nothing), at=at(1), actor="bridge")
    store.ledger.record(
        line(credit_id="RC-1301/C1", incident_id="RC-1301", status=S.REFUSED, amount=nothing),
        at=at(0),
        actor="bridge",
    )

    assert store.ledger.ever_priced() == frozenset({"RC-1201/C1"})
