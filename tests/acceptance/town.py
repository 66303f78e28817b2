"""A sandbox panel and a bridge beside it, whose two clocks are moved together by hand."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from bridge.bootstrap import Bridge
from bridge.clock import SetClock
from bridge.domain.decisions import Line
from bridge.store.store import Store
from bridge.sync.cycle import Cycle
from bridge.sync.report import RunReport
from tests.servers import ROOT, Sandbox, start_sandbox

ZONE = ZoneInfo("America/Mexico_City")
T0 = datetime(2026, 11, 2, 8, 0, tzinfo=ZONE)


def with_sms(folder: Path) -> Path:
    """Copy the shipped mappings with every notice by SMS switched on, at any hour."""
    copy = folder / "mappings"
    shutil.copytree(ROOT / "mappings", copy)
    messages = copy / "messages.yaml"
    switched = messages.read_text().replace("sms:\n        send: false", "sms:\n        send: true")
    messages.write_text(switched.replace("quiet_hours: [diario 21:00-8:00]", "quiet_hours: []"))
    return copy


@dataclass(kw_only=True)
class Town:
    """The panel, the bridge's store and one cycle over both; `at` moves both clocks."""

    panel: Sandbox
    store: Store
    clock: SetClock
    cycle: Cycle
    customers: int
    reports: list[RunReport] = field(default_factory=list)

    def at(self, now: datetime) -> None:
        """Move both clocks; the panel bills whoever is due on the way."""
        self.panel.control("clock", {"set": now.isoformat()})
        self.clock.set(now)

    def sync(self, now: datetime | None = None) -> RunReport:
        """Run one cycle, at `now` if given."""
        if now is not None:
            self.at(now)
        self.reports.append(self.cycle.sync())
        return self.reports[-1]

    def staff(self, action: str, at: datetime | None = None, **fields: Any) -> None:
        """Let a technician do something in the panel."""
        when = {} if at is None else {"at": at.isoformat()}
        self.panel.control("staff", {"action": action, **when, **fields})

    def ticket(self, customer: int, at: datetime, subject: str = "Sin internet", **fields: Any) -> int:
        """Let a customer open a ticket in the portal; return its number."""
        made = self.panel.control(
            "tickets",
            {
                "customer": customer,
                "at": at.isoformat(),
                "subject": subject,
                "body": "No navega",
                "channel": "PAGINA WEB",
                **fields,
            },
        )
        return int(made["tickets"][0])

    def lines(self, ticket_id: int) -> list[Line]:
        """The ledger's lines that concern a ticket."""
        return [line for line in self.store.ledger.lines() if ticket_id in line.ticket_ids]

    def balances(self, customer: int) -> list[tuple[Decimal, str]]:
        """The customer's balance rows on the panel: amount and text."""
        rows = self.panel.control("dump", {"sections": ["saldos"], "customer": customer})["saldos"]
        return [(Decimal(row["monto"]), row["descripcion"]) for row in rows]

    def invoices(self, customer: int) -> list[dict[str, Any]]:
        """The customer's invoices on the panel, with their items."""
        found: list[dict[str, Any]] = self.panel.control(
            "dump", {"sections": ["invoices"], "customer": customer}
        )["invoices"]
        return found

    def bill(self) -> None:
        """Run the panel's billing job for everybody, whatever their pay day."""
        self.panel.control("billing", {"customers": list(range(1, self.customers + 1)), "force": True})


@contextmanager
def town(
    folder: Path,
    *,
    customers: int,
    read: str = "database",
    database: str | None = None,
    start: datetime = T0,
    config: str = "",
    routes: str = "",
    http_only: bool = False,
    mappings: Path = ROOT / "mappings",
    zone: str = "America/Mexico_City",
    enforce_from: str = "2026-11-01",
    sweep_minutes: int = 0,
    running: Sandbox | None = None,
    beside: Sandbox | None = None,
) -> Iterator[Town]:
    """Start a panel on SQLite, or on the database named, and a bridge that reads by the route `read`.

    Every customer pays 300.00 a month. `config` is appended to config.yaml and `routes` to its routes;
    `http_only` leaves the panel's database out of it. A panel that is `running` already (in `zone`) is
    emptied and used; `beside` is a panel that is used as it stands.
    """
    people = [
        {"id": number, "nombre": f"Cliente {number}", "price": "300.00", "pay_day": 28}
        for number in range(1, customers + 1)
    ]
    where = database or folder / "panel.db"
    opening = start_sandbox(where, now=start.isoformat(), options=("--timezone", zone))
    known = running or beside
    with nullcontext(known) if known else opening as panel:
        if running:
            panel.control("reset")
            panel.control("clock", {"set": start.isoformat(), "billing": False})
        if not beside:
            panel.control("seed", {"customers": people})
        path = folder / "config.yaml"
        path.write_text(
            f"panel:\n"
            f"  base_url: {panel.url}\n"
            f"  token: {panel.token}\n"
            f"  timezone: {zone}\n"
            f"  requests_per_second: 5000\n"
            f"  sweep_minutes: {sweep_minutes}\n"
            + ("" if http_only else f"  database: {{url: '{panel.database_url}'}}\n")
            + f"state: {{url: sqlite:///bridge.db}}\n"
            f"mappings: {mappings}\n"
            f"enforce_from: {enforce_from}\n"
            f"routes: {{read_tickets: [{read}]{routes}}}\n"
            f"{config}"
        )
        clock = SetClock(start)
        with Bridge.configured(path, {}, clock) as bridge:
            store = bridge.store()
            yield Town(panel=panel, store=store, clock=clock, cycle=bridge.cycle(store), customers=customers)


def hours(amount: float, seconds: int = 0) -> timedelta:
    """A time since T0."""
    return timedelta(hours=amount, seconds=seconds)
