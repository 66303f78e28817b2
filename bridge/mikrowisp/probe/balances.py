"""A customer's pending balances: added by a push route, read back row by row (contract 4.2)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Protocol

from bridge.domain.intents import Push, PushKind
from bridge.domain.money import Money
from bridge.errors import PanelUnusable
from bridge.mikrowisp import extension
from bridge.mikrowisp.api import PanelApi
from bridge.mikrowisp.database.checkup import DatabaseCheckup
from bridge.mikrowisp.database.rows import balance_of
from bridge.mikrowisp.translate import money_of, number_of, plain_text
from bridge.rulebook.commands import ReadBack


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """One row. `amount` below zero is the customer's; `origin` and `invoice` are invoices, 0 for none."""

    number: int | None
    amount: Decimal
    text: str
    origin: int
    invoice: int

    @property
    def is_pending(self) -> bool:
        """Whether no invoice has taken it up."""
        return not self.invoice


class Sending(Protocol):
    """A route that can add balances."""

    def serves(self, kind: PushKind) -> str | None:
        """Return None where it carries a kind, else why not."""

    def send(self, push: Push) -> object:
        """Apply a push, once."""


@dataclass(slots=True)
class Balances:
    """The balances of one customer. `marker` stands in every text the probe writes."""

    client_id: int
    marker: str
    route: Sending
    read: Callable[[], list[Balance]]
    added: int = 0

    def add(self, amount: Decimal) -> None:
        """Add a balance; below zero is the customer's. Raises what the route raises."""
        kind = PushKind.CREDIT if amount < 0 else PushKind.CHARGE
        refusal = self.route.serves(kind)
        if refusal is not None:
            raise PanelUnusable(refusal)
        self.added += 1
        marker = f"{self.marker[:-1]}-{self.added}]"
        self.route.send(
            Push(
                key=marker,
                kind=kind,
                client_id=self.client_id,
                due_at=datetime.max.replace(tzinfo=UTC),
                marker=marker,
                text=f"Prueba del puente {marker}",
                amount=Money(abs(amount)),
            )
        )

    def own(self, invoices: frozenset[int] = frozenset()) -> list[Balance]:
        """The rows of the probe: those with its marker, and what its `invoices` left over."""
        return [row for row in self.read() if self._is_own(row, invoices)]

    def others_pending(self) -> list[Balance]:
        """The customer's pending rows that are not the probe's."""
        return [row for row in self.read() if row.is_pending and not self._is_own(row, frozenset())]

    def _is_own(self, row: Balance, invoices: frozenset[int]) -> bool:
        return self.marker[:-1] in row.text or row.origin in invoices - {0}


def read_in_database(database: DatabaseCheckup, client_id: int) -> list[Balance]:
    """Return every balance of a customer by the panel's own table."""
    return [
        Balance(
            number=number_of(row["id"]),
            amount=balance_of(row, "").amount,
            text=plain_text(str(row["descripcion"] or "")),
            origin=number_of(row["idorigen"] or 0),
            invoice=number_of(row["iddestino"] or 0),
        )
        for row in database.balances(client_id)
    ]


def read_over_api(api: PanelApi, client_id: int, shape: ReadBack) -> list[Balance]:
    """Return the balances that the read-back of an extension's credit shows."""
    push = Push(
        key="probe",
        kind=PushKind.CREDIT,
        client_id=client_id,
        due_at=datetime.max.replace(tzinfo=UTC),
    )
    reply = api.ask(shape.command, extension.filled(shape.fields, push))
    if not reply.success:
        raise PanelUnusable(f"{shape.command}: {reply.message or f'HTTP {reply.status}'}")
    if shape.text is None or shape.amount is None or shape.invoice is None:
        raise PanelUnusable(f"{shape.command}: read_back of credit needs text, amount and invoice")
    found = []
    for row in extension.rows_of(reply.body, shape.rows):
        if shape.client is not None and number_of(row.get(shape.client)) != client_id:
            continue
        shown = money_of(row.get(shape.amount, ""), "").amount
        found.append(
            Balance(
                number=number_of(row["id"]) if "id" in row else None,
                amount=shown if shape.negate else -shown,
                text=plain_text(str(row.get(shape.text, ""))),
                origin=number_of(row.get(shape.origin) or 0) if shape.origin else 0,
                invoice=number_of(row.get(shape.invoice) or 0),
            )
        )
    return found
