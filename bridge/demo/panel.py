"""The sandbox as the demo uses it: started as a child process, played on, and looked at in the end.

The panel's own words are confined to this module: the control operations of `bridge/sandbox/README.md`.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import requests

import bridge
from bridge.demo.script import Person, Step, TicketScript
from bridge.errors import PanelUnreachable

_PROGRAM_FOLDER = Path(bridge.__file__).parents[1]
_PATIENCE_SECONDS = 30

Action = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """A balance on the panel: negative is a credit; `invoice_id` is the invoice that took it up."""

    client_id: int
    amount: Decimal
    text: str
    invoice_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedInvoice:
    """An invoice as the panel's billing job wrote it; `before` is its total without any balance."""

    invoice_id: int
    client_id: int
    issued_on: date
    before: Decimal
    total: Decimal
    texts: tuple[str, ...]


class SandboxPanel:
    """A running sandbox; leave its `with` to stop it."""

    def __init__(self, database: Path, now: datetime) -> None:
        self.database = database.resolve()  # The child has a working folder of its own.
        self.now = now

    def __enter__(self) -> Self:
        with ExitStack() as cleanup:
            self._process = cleanup.enter_context(self._start())
            cleanup.callback(self._process.terminate)
            self._http = cleanup.enter_context(requests.Session())
            self._http.trust_env = False  # No proxy stands between two programs of one machine.
            self._read_address()
            self._cleanup = cleanup.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._cleanup.close()

    def _start(self) -> subprocess.Popen[str]:
        options = ["--port", "0", "--database", str(self.database), "--fresh", "--customers", "0"]
        options += ["--now", self.now.isoformat(), "--quiet", "--exit-with-parent"]
        return subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-m", "bridge.sandbox", *options],
            cwd=_PROGRAM_FOLDER,
            stdout=subprocess.PIPE,
            text=True,
        )

    def _read_address(self) -> None:
        answer = self._process.stdout.readline() if self._process.stdout else ""
        if not answer:
            raise PanelUnreachable("the sandbox did not start; what it said stands above")
        ready = json.loads(answer)
        self.url: str = ready["url"]
        self.token: str = ready["token"]

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self.url.rpartition(":")[2])

    def settle_in(self, cast: Iterable[Person], others: int, start: date) -> None:
        """Make the customers of the story and `others` more."""
        people = [_customer(person, start) for person in cast]
        self._ask("seed", {"customers": people})
        self._ask("seed", {"customers": others})

    def play(self, now: datetime, actions: Sequence[Action] = ()) -> list[int]:
        """Set the panel's clock and let people act; return the invoices that were issued meanwhile."""
        clock = {"do": "clock", "set": now.isoformat()}
        first, *_ = self._ask("batch", {"actions": [clock, *actions]})["results"]
        return list(first["invoices"])

    def balances(self) -> list[Balance]:
        """Return every balance on the panel."""
        return [
            Balance(
                client_id=row["iduser"],
                amount=Decimal(row["monto"]),
                text=row["descripcion"],
                invoice_id=row["iddestino"] or None,
            )
            for row in self._ask("dump", {"sections": ["saldos"]})["saldos"]
        ]

    def invoices(self) -> list[IssuedInvoice]:
        """Return every invoice on the panel."""
        return [_invoice(row) for row in self._ask("dump", {"sections": ["invoices"]})["invoices"]]

    def _ask(self, operation: str, payload: Action) -> Any:
        answer = self._http.post(f"{self.url}/_sandbox/{operation}", json=payload, timeout=_PATIENCE_SECONDS)
        if answer.status_code != requests.codes.ok:
            raise PanelUnreachable(f"the sandbox refused {operation}: {answer.text}")
        return answer.json()


def opening(script: TicketScript, at: datetime) -> Action:
    """The customer reports it."""
    return {
        "do": "tickets",
        "id": script.ticket,
        "customer": script.customer,
        "subject": script.opens.subject,
        "body": script.opens.text,
        "channel": script.opens.channel,
        "at": at.isoformat(),
    }


def action(ticket: int, step: Step, at: datetime, start: date) -> Action:
    """What a step of the script asks of the panel."""
    what: Action = {"do": "staff", "ticket": ticket, "at": at.isoformat(), "operator": step.who or 1}
    if step.message is not None:
        return {"do": "customer_message", "ticket": ticket, "at": at.isoformat(), "text": step.message}
    if step.reply is not None:
        return {**what, "action": "reply", "text": step.reply}
    if step.note is not None:
        return {**what, "action": "tag", "text": step.note}
    if step.close is not None:
        return {**what, "action": "close", "reason": step.close}
    if step.visit is not None:
        day = start + timedelta(days=step.visit.day - 1)
        return {**what, "action": "visit", "fechavisita": day.isoformat(), "turno": step.visit.half_day}
    return {**what, "action": "reopen"}


def _customer(person: Person, start: date) -> Action:
    pays_on = start + timedelta(days=person.pays_on_day - 1)
    made = {"id": person.id, "nombre": person.name.upper(), "pay_day": pays_on.day}
    if person.suspended:
        made["estado"] = "SUSPENDIDO"
    if person.services:
        services = [{"id": number, "plan": plan} for number, plan in person.services.items()]
        return {**made, "services": services}
    return {**made, "plan": person.plan}


def _invoice(row: Action) -> IssuedInvoice:
    total = Decimal(row["total"])
    balances = sum((Decimal(item["cantidad"]) for item in row["items"] if item["block"] == 0), Decimal(0))
    return IssuedInvoice(
        invoice_id=row["id"],
        client_id=row["idcliente"],
        issued_on=date.fromisoformat(row["emitido"]),
        before=total - balances,
        total=total,
        texts=tuple(item["descripcion"] for item in row["items"]),
    )
