"""The replay itself: a panel of many customers, a bridge beside it, and the hours going by."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from bridge.bootstrap import Bridge
from bridge.clock import SetClock
from bridge.domain.decisions import Decision, Line
from bridge.domain.events import Event
from bridge.store.incidents import IncidentRow
from bridge.store.store import Store
from bridge.sync.cycle import Cycle
from bridge.sync.report import RunReport
from tests.replay.complaints import Complaint
from tests.replay.staff import Deed, Work, work_on
from tests.servers import ROOT, Sandbox, start_sandbox

PRICES = ("300.00", "349.00", "400.00")
ENGLISH = Path(__file__).parent / "faults.yaml"
HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(weeks=1)
CALMING = 10 * DAY  # what was begun in the dense days may go on so long


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What the replay left: on the panel (its own rows), in the store, and what every cycle reported."""

    enforce_from: datetime
    complaints: Sequence[Complaint]
    work: Work
    tickets: Sequence[dict[str, Any]]
    saldos: Sequence[dict[str, Any]]
    invoices: Sequence[dict[str, Any]]
    before_quiet: dict[str, Any]
    after_quiet: dict[str, Any]
    quiet: RunReport
    reports: Sequence[RunReport]
    events: Sequence[Event]
    decisions: Sequence[Decision]
    lines: Sequence[Line]
    incidents: Sequence[IncidentRow]
    watched: Sequence[tuple[datetime, IncidentRow, bool]]  # open faults after a cycle, listed as nobody's?
    unheard: Sequence[tuple[datetime, int]]  # open tickets on the panel that no open incident holds

    def price(self, customer: int) -> Decimal:
        """The monthly price of a customer."""
        return Decimal(PRICES[customer % len(PRICES)])


@dataclass(kw_only=True)
class Place:
    """The panel and the bridge; both clocks are moved by `hour`."""

    panel: Sandbox
    file: Path
    store: Store
    clock: SetClock
    cycle: Cycle
    coming: list[Deed]
    reports: list[RunReport] = field(default_factory=list)
    watched: list[tuple[datetime, IncidentRow, bool]] = field(default_factory=list)
    unheard: list[tuple[datetime, int]] = field(default_factory=list)

    def until(self, now: datetime) -> None:
        """Let everything happen up to `now`, and run a cycle."""
        due = [deed for at, deed in self.coming if at <= now]
        self.coming = self.coming[len(due) :]
        self.panel.control("batch", {"actions": [{"do": "clock", "set": now.isoformat()}, *due]})
        self.clock.set(now)
        self.reports.append(self.cycle.sync())

    def watch(self) -> None:
        """Note who has which open fault, and which open tickets of the panel nobody has."""
        now = self.clock.now()
        nobody = {line.key for line in self.store.worklist.open_lines()}
        rows = self.store.incidents.open()
        self.watched += [(now, row, f"nobody/{row.incident_id}" in nobody) for row in rows if row.is_fault]
        held = {ticket for row in rows for ticket in row.ticket_ids}
        self.unheard += [(now, ticket) for ticket in self._open_on_the_panel() if ticket not in held]

    def _open_on_the_panel(self) -> list[int]:
        with closing(sqlite3.connect(self.file)) as panel:
            return [row[0] for row in panel.execute("SELECT id FROM soporte WHERE estado <> 'cerrado'")]


def mappings(folder: Path) -> Path:
    """Copy the shipped mappings, with English kinds and few people for the hard faults."""
    made = folder / "mappings"
    shutil.copytree(ROOT / "mappings", made)
    shutil.copy(ENGLISH, made / "faults.yaml")
    _replace(made / "departments.yaml", "enquiries:\n", "enquiries:\n  enquiry_data_cap: 3\n")
    for operator in (31, 32):
        found = f"  - id: {operator}\n"
        _replace(made / "technicians.yaml", found, f"{found}    max_open: 35\n")
    return made


def _replace(path: Path, found: str, wanted: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count(found) == 1, f"{path.name} no longer holds {found!r} once"
    path.write_text(text.replace(found, wanted), encoding="utf-8")


def _ticket(complaint: Complaint, work: Work, start: datetime) -> dict[str, Any]:
    made = {
        "id": complaint.ticket_id,
        "customer": complaint.customer,
        "subject": complaint.subject,
        "body": complaint.subject,
        "at": complaint.at.isoformat(),
        "channel": complaint.channel,
    }
    if complaint.at < start and not _is_left_open(complaint, start):
        closed = min(complaint.at + timedelta(hours=1 + complaint.ticket_id % 48), start - HOUR)
        made["closed_at"] = closed.isoformat()
    return made


def _is_left_open(complaint: Complaint, start: datetime) -> bool:
    return complaint.pending and start - complaint.at < timedelta(days=30)


@contextmanager
def place(
    folder: Path,
    complaints: Sequence[Complaint],
    start: datetime,
    end: datetime,
    *,
    customers: int,
    read: str,
) -> Iterator[tuple[Place, Work]]:
    """Make a panel at `start`: earlier complaints are there, closed but for those the file has pending."""
    worked = [one for one in complaints if one.at >= start or _is_left_open(one, start)]
    work = work_on(worked, start, end, tags=read == "database")
    arrivals: list[Deed] = [
        (one.at, {"do": "tickets", **_ticket(one, work, start)}) for one in complaints if one.at >= start
    ]
    people = [
        {
            "id": number,
            "nombre": f"Customer {number}",
            "price": PRICES[number % len(PRICES)],
            "pay_day": 1 + number % 28,
        }
        for number in range(1, customers + 1)
    ]
    past = [_ticket(one, work, start) for one in complaints if one.at < start]
    with start_sandbox(folder / "panel.db", now=start.isoformat()) as panel:
        panel.control("seed", {"customers": people, "tickets": past})
        path = _config(folder, panel, read, start.date())
        clock = SetClock(start)
        with Bridge.configured(path, {}, clock) as bridge:
            store = bridge.store()
            coming = sorted([*arrivals, *work.deeds], key=lambda one: one[0])
            yield (
                Place(
                    panel=panel,
                    file=folder / "panel.db",
                    store=store,
                    clock=clock,
                    cycle=bridge.cycle(store),
                    coming=coming,
                ),
                work,
            )


def _config(folder: Path, panel: Sandbox, read: str, enforce_from: date) -> Path:
    path = folder / "config.yaml"
    path.write_text(
        f"panel:\n"
        f"  base_url: {panel.url}\n"
        f"  token: {panel.token}\n"
        f"  requests_per_second: 5000\n"
        f"  sweep_minutes: 0\n"
        f"  database: {{url: '{panel.database_url}'}}\n"
        f"state: {{url: sqlite:///bridge.db}}\n"
        f"mappings: {mappings(folder)}\n"
        f"enforce_from: {enforce_from}\n"
        f"routes: {{read_tickets: [{read}]}}\n",
        encoding="utf-8",
    )
    return path


def play(
    folder: Path,
    complaints: Sequence[Complaint],
    start: datetime,
    *,
    days: int,
    every: timedelta,
    customers: int,
    read: str,
) -> Evidence:
    """Sync `every` so often from `start` through `days`, then daily for ten days, then once a week.

    At last come cycles with nothing in between: the first settle, the last must have nothing to do.
    """
    end = start + days * DAY
    with place(folder, complaints, start, end, customers=customers, read=read) as (scene, work):
        now = start
        while now <= end or scene.coming:
            scene.until(now)
            if (now - start) % (DAY / 2) == timedelta(0):
                scene.watch()
            now += every if now < end else DAY if now < end + CALMING else WEEK
        last = scene.clock.now()
        for minutes in (10, 20, 30):
            scene.until(last + timedelta(minutes=minutes))
        before = _panel(scene)
        scene.until(last + timedelta(minutes=40))
        after = _panel(scene)
        store = scene.store
        incidents = store.incidents.all()
        return Evidence(
            enforce_from=start,
            complaints=complaints,
            work=work,
            tickets=after["tickets"],
            saldos=after["saldos"],
            invoices=after["invoices"],
            before_quiet=before,
            after_quiet=after,
            quiet=scene.reports[-1],
            reports=scene.reports,
            events=[
                event
                for events in store.events.of_clients(range(1, customers + 1)).values()
                for event in events
            ],
            decisions=[one for row in incidents for one in store.incidents.decisions_of(row.incident_id)],
            lines=store.ledger.lines(),
            incidents=incidents,
            watched=scene.watched,
            unheard=scene.unheard,
        )


def _panel(scene: Place) -> dict[str, Any]:
    found = scene.panel.control("dump", {"sections": ["tickets", "saldos", "invoices", "sms"]})
    return {name: found[name] for name in ("tickets", "saldos", "invoices", "sms")}
