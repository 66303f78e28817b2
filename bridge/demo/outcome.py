"""What the demo left: the ledger beside the panel's invoices, and what waits for a person."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from bridge.demo.panel import Balance, IssuedInvoice, SandboxPanel
from bridge.demo.script import Script
from bridge.domain.decisions import CreditStatus, CreditType, Line
from bridge.store.incidents import IncidentRow
from bridge.store.store import Store
from bridge.store.worklist import WorkLine

_SENT = {CreditStatus.POSTED, CreditStatus.INVOICED}
_CREDITS = {CreditType.DAYS, CreditType.MONTH}


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A credit on the panel, with the invoice that took it up (None: the next one is still to come)."""

    line: Line
    customer: str
    invoice: IssuedInvoice | None

    @property
    def text(self) -> str:
        """The line of the invoice that carries the credit's marker."""
        texts = self.invoice.texts if self.invoice else ()
        return next((text for text in texts if self.line.marker in text), "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """Everything the demo shows in the end."""

    names: Mapping[int, str]
    incidents: tuple[IncidentRow, ...]
    lines: tuple[Line, ...]
    placed: tuple[Placed, ...]
    balances: tuple[Balance, ...]
    worklist: tuple[WorkLine, ...]

    @property
    def in_ledger(self) -> Decimal:
        """The sum of the credits that the bridge says stand on the panel."""
        return sum((one.line.amount.amount for one in self.placed), Decimal(0))

    @property
    def on_panel(self) -> Decimal:
        """The sum of the credits that do."""
        return -sum((balance.amount for balance in self.balances), Decimal(0))

    @property
    def doubled(self) -> list[str]:
        """Markers that stand on the panel more than once."""
        found = Counter(
            one.line.marker
            for one in self.placed
            for balance in self.balances
            if one.line.marker in balance.text
        )
        return [marker for marker, copies in found.items() if copies > 1]

    @property
    def adds_up(self) -> bool:
        """Whether ledger and panel hold the same credits, each once."""
        return self.in_ledger == self.on_panel and not self.doubled

    def lines_in(self, *statuses: CreditStatus) -> list[Line]:
        """The lines that are in one of these states."""
        return [line for line in self.lines if line.status in statuses]


def gather(store: Store, panel: SandboxPanel, script: Script) -> Outcome:
    """Look at the ledger and at the panel's own books."""
    lines = tuple(store.ledger.lines())
    invoices = {bill.invoice_id: bill for bill in panel.invoices()}
    return Outcome(
        names=script.names,
        incidents=tuple(store.incidents.all()),
        lines=lines,
        placed=tuple(
            Placed(
                line=line,
                customer=script.names[line.client_id],
                invoice=invoices[line.invoice_ids[-1]] if line.invoice_ids else None,
            )
            for line in lines
            if line.status in _SENT and line.type in _CREDITS
        ),
        balances=tuple(panel.balances()),
        worklist=tuple(store.worklist.open_lines()),
    )
