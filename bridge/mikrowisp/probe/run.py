"""The whole probe in its order: reads first, then a ticket, then money, and the cleaning in any case."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from bridge.clock import Clock
from bridge.mikrowisp.api import PanelApi
from bridge.mikrowisp.probe.balances import Balance, Balances
from bridge.mikrowisp.probe.clean import Cleaner
from bridge.mikrowisp.probe.errors import Refusals
from bridge.mikrowisp.probe.invoices import FreeInvoiceProbe
from bridge.mikrowisp.probe.lists import pages
from bridge.mikrowisp.probe.money import MoneyProbe
from bridge.mikrowisp.probe.opening import Subject
from bridge.mikrowisp.probe.record import Record
from bridge.mikrowisp.probe.tickets import Looking, TicketProbe
from bridge.mikrowisp.probe.wire import Wire

DUE_IN = timedelta(days=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What the probe works with.

    `stranger` speaks with a wrong token. `lookers` are routes that show tickets, by name. `balances` is None
    where no route adds and shows balances, and `no_balances` says why. `author_of` tells the author of a
    ticket's first message and `saldo_of` an invoice's balance column, where the database can be read.
    """

    api: PanelApi
    stranger: PanelApi
    clock: Clock
    lookers: Mapping[str, Looking]
    balances: Balances | None
    no_balances: str
    author_of: Callable[[int], int | None] | None
    saldo_of: Callable[[int], Decimal | None]


def probe(means: Means, subject: Subject, record: Record, *, with_money: bool) -> None:
    """Put every question; the answers are in `record`. Faults of the panel end a step, never the cleaning."""
    wire = Wire(means.api)
    some = pages(wire, record)
    Refusals(wire, means.stranger, record).ask(subject.client_id, some)
    TicketProbe(
        wire, subject, record, clock=means.clock, lookers=means.lookers, author_of=means.author_of
    ).run()
    if with_money:
        _money(wire, means, subject, record)


def _money(wire: Wire, means: Means, subject: Subject, record: Record) -> None:
    due = means.clock.now().astimezone(subject.zone).date() + DUE_IN
    newest, others = 0, list[Balance]()
    with record.step("-", "the customer's money as it stands") as step:
        newest = max(wire.bills(subject.client_id), default=0)
        step.seen.append(f"the newest invoice is {newest or 'none'}")
        others = means.balances.others_pending() if means.balances is not None else []
        step.seen += [f"balance {row.number} of {row.amount} is pending" for row in others]
    if step.stopped:
        return
    free = FreeInvoiceProbe(wire, record, client_id=subject.client_id, due=due)
    try:
        _balances(wire, means, record, due, pending=bool(others))
        free.run()
    finally:
        Cleaner(wire, record, client_id=subject.client_id, balances=means.balances, newest=newest).run(free)


def _balances(wire: Wire, means: Means, record: Record, due: date, *, pending: bool) -> None:
    why = means.no_balances
    if pending:
        why = "the customer has pending balances of their own, which an invoice would take up"
    if means.balances is None or why:
        with record.step("1-4", "balances on invoices") as step:
            step.seen.append(f"not tried: {why}")
        return
    MoneyProbe(wire, means.balances, record, due=due, saldo_of=means.saldo_of).run()
