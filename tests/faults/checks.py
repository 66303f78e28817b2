"""What must be true after any trouble and some quiet cycles: the panel, the store and the books agree."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise
from typing import Any

from bridge.domain.decisions import CreditStatus, CreditType, Line
from bridge.domain.intents import PushKind
from bridge.store import ledger, push_states
from bridge.store.push_states import PushState
from bridge.store.store import Store
from bridge.sync.replay import Replay
from tests.faults.books import NOTHING, Books
from tests.servers import Sandbox

MARKER = re.compile(r"\[RC-\d+(?:-\d+)?/[^\]]+\]")
CLOSED_TICKET = re.compile(r"[Tt]icket (?:cerrado )?(\d+)")

_SETTLED = {PushState.VERIFIED, PushState.DISCARDED}


class Check(StrEnum):
    """The promises."""

    PANEL = "the panel's balances are what the customers are owed"
    LEDGER = "the ledger says what the panel holds"
    MARKERS = "every marker stands on the panel once"
    CLOSINGS = "no ticket is closed twice, and all that should be are closed"
    PLACES = "every ticket lies where it belongs"
    TEXTS = "no SMS is sent twice"
    UNFINISHED = "nothing is under way, in doubt or waiting"
    PARKED = "what is parked says why"
    STEPS = "outbox and ledger took legal steps only"
    REPLAY = "every decision can be taken again"


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One broken promise."""

    check: Check
    words: str

    def __str__(self) -> str:
        return f"{self.check}: {self.words}"


class Audit:
    """Looks at the panel through its own tables and journal, and at the store as it stands."""

    def __init__(self, panel: Sandbox, store: Store, books: Books) -> None:
        self.store = store
        self.books = books
        self.panel = panel
        sections = ["tickets", "saldos", "invoices", "sms", "log"]
        self.dump: dict[str, Any] = panel.control("dump", {"sections": sections})

    def differences(self) -> list[Difference]:
        """Return every broken promise."""
        found = {
            Check.PANEL: self._panel(),
            Check.LEDGER: self._ledger(),
            Check.MARKERS: self._markers(),
            Check.CLOSINGS: self._closings(),
            Check.PLACES: self._places(),
            Check.TEXTS: self._texts(),
            Check.UNFINISHED: self._unfinished(),
            Check.PARKED: self._parked(),
            Check.STEPS: self._steps(),
            Check.REPLAY: map(str, Replay(self.store).run().differences),
        }
        return [Difference(check=check, words=words) for check, all_ in found.items() for words in all_]

    def balances(self) -> dict[int, Decimal]:
        """The sum of each customer's rows; what an invoice left over (`idorigen`) is part of another row."""
        sums: defaultdict[int, Decimal] = defaultdict(lambda: NOTHING)
        for row in self.dump["saldos"]:
            if not int(row["idorigen"]):
                sums[int(row["iduser"])] += Decimal(row["monto"])
        return {customer: amount for customer, amount in sums.items() if amount}

    def _panel(self) -> Iterator[str]:
        yield from _compared(self.balances(), {k: v for k, v in self.books.balances.items() if v}, "owed")

    def _ledger(self) -> Iterator[str]:
        lines = {line.credit_id: line for line in self.store.ledger.lines()}
        sums: defaultdict[int, Decimal] = defaultdict(lambda: NOTHING)
        for line in lines.values():
            if line.status in {CreditStatus.POSTED, CreditStatus.INVOICED, CreditStatus.REVERSED}:
                sums[line.client_id] += _signed(line, lines)
        yield from _compared(self.balances(), {k: v for k, v in sums.items() if v}, "in the ledger")

    def _markers(self) -> Iterator[str]:
        """A marker is looked for in every text of one kind: balances, messages, closing reasons."""
        tickets = self.dump["tickets"]
        texts = {
            "balances": [row["descripcion"] for row in self.dump["saldos"] if not int(row["idorigen"])],
            "messages": [said["contenido"] for row in tickets for said in row["mensajes"]],
            "closing reasons": [row["motivo_cierre"] for row in tickets],
        }
        standing = {place: Counter(_marks(found)) for place, found in texts.items()}
        for place, marks in standing.items():
            yield from (f"{mark} stands {n} times in {place}" for mark, n in marks.items() if n > 1)
        for row in self.store.outbox.in_states(PushState.SENT, PushState.VERIFIED):
            kind, mark = row.push.kind, row.push.marker
            place = "balances" if kind.moves_money else "messages"
            if mark and (kind.moves_money or kind is PushKind.NOTE) and not standing[place][mark]:
                yield f"{mark} is {row.state} and does not stand in {place}"

    def _closings(self) -> Iterator[str]:
        logged = Counter(
            found[1]
            for row in self.dump["log"]
            if "cerrado" in row["log"] and (found := CLOSED_TICKET.search(row["log"]))
        )
        asked = Counter(
            str(entry["body"].get("idticket"))
            for entry in self.panel.control("journal", {"command": "CloseTicket"})["entries"]
            if entry["applied"]
        )
        for name, closings in (("the panel's log", logged), ("its journal", asked)):
            yield from (f"ticket {ticket}: {n} times in {name}" for ticket, n in closings.items() if n > 1)
        for row in self.dump["tickets"]:
            wanted = row["id"] in self.books.closed
            if wanted != (row["estado"] == "cerrado"):
                yield f"ticket {row['id']} is {row['estado']}"

    def _places(self) -> Iterator[str]:
        for row in self.dump["tickets"]:
            wanted = self.books.departments.get(row["id"])
            if wanted is not None and int(row["dp"]) != wanted:
                yield f"ticket {row['id']} lies in {row['dp']}, not in {wanted}"

    def _texts(self) -> Iterator[str]:
        sent = Counter((int(row["idcliente"]), row["mensaje"]) for row in self.dump["sms"])
        yield from (f"customer {who} got {n} times: {text}" for (who, text), n in sent.items() if n > 1)
        for row in self.store.outbox.in_states(PushState.SENT, kinds={PushKind.SMS}):
            if not sent[row.push.client_id, row.push.text]:
                yield f"{row.push.key} is sent, and customer {row.push.client_id} got nothing"

    def _unfinished(self) -> Iterator[str]:
        for row in self.store.outbox.in_states(*PushState):
            is_text = row.state is PushState.SENT and row.push.kind is PushKind.SMS
            if row.state not in _SETTLED | {PushState.PARKED} and not is_text:
                yield f"{row.push.key} is {row.state}"
        yield from (
            f"{line.credit_id} is {line.status}" for line in self.store.ledger.lines({CreditStatus.DUE})
        )

    def _parked(self) -> Iterator[str]:
        for row in self.store.outbox.in_states(PushState.PARKED):
            if not row.reason:
                yield f"{row.push.key} is parked without a reason"

    def _steps(self) -> Iterator[str]:
        for row in self.store.outbox.in_states(*PushState):
            before: PushState | None = None
            for step in self.store.outbox.log_of(row.push.key):
                legal = before is None or step.to_state in push_states.NEXT[before]
                if step.from_state is not before or not legal:
                    yield f"{row.push.key}: {step.from_state} -> {step.to_state} after {before}"
                before = step.to_state
            if before is not row.state:
                yield f"{row.push.key} is {row.state}, its last step says {before}"
        for line in self.store.ledger.lines():
            yield from self._entries(line)

    def _entries(self, line: Line) -> Iterator[str]:
        entries = [entry.line for entry in self.store.ledger.entries(line.credit_id)]
        if entries[0].status not in ledger.FIRST:
            yield f"{line.credit_id} began as {entries[0].status}"
        for earlier, later in pairwise(entries):
            moved = later.status is not earlier.status
            if moved and later.status not in ledger.NEXT[earlier.status]:
                yield f"{line.credit_id}: {earlier.status} -> {later.status}"
        sent = [entry for entry in entries if entry.status in {CreditStatus.POSTED, CreditStatus.INVOICED}]
        if any(entry.amount != sent[0].amount for entry in sent):
            yield f"{line.credit_id} changed its amount on the panel"


def _signed(line: Line, lines: dict[str, Line]) -> Decimal:
    """The amount with the panel's sign."""
    if line.type is CreditType.REVERSAL:
        return -_signed(lines[line.facts["of"]], lines)
    return line.amount.amount if line.type is CreditType.CHARGE else -line.amount.amount


def _marks(texts: list[str]) -> Iterator[str]:
    for text in texts:
        yield from MARKER.findall(text)


def _compared(shown: dict[int, Decimal], wanted: dict[int, Decimal], what: str) -> Iterator[str]:
    for customer in sorted(shown.keys() | wanted.keys()):
        on_panel, other = shown.get(customer, NOTHING), wanted.get(customer, NOTHING)
        if on_panel != other:
            yield f"customer {customer}: {on_panel} on the panel, {other} {what}"
