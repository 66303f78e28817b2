"""One story in which every kind of push goes out, played against a panel of one's choice."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from bridge.desk.facts import Fact, FactDesk, Statement
from bridge.desk.pushes import retry, work_done
from bridge.domain.intents import Push, PushKind
from bridge.errors import BridgeError
from bridge.store.push_states import PushState
from tests.acceptance.town import T0, Town, hours, town, with_sms
from tests.faults.books import Books
from tests.faults.checks import Audit, Difference
from tests.servers import ROOT, Sandbox

STEP = timedelta(minutes=10)  # longer than the first retry waits, and than a write may take to show
MOST_QUIET = 20
PERSON = "Ana"
UNDER_WAY = {PushState.PENDING, PushState.SENDING, PushState.RETRY_AT, PushState.IN_DOUBT}

OVER_HTTP = "".join(f", {kind}: [api]" for kind in PushKind)
OVER_DATABASE = ", close: [database], charge: [database]"
MIXED = ", close: [api], note: [api], charge: [database]"


def mappings_for_every_push(folder: Path) -> Path:
    """The shipped mappings, with the panel's further commands, a price for support, and all SMS switched on.

    Lists of customers come in pages of two.
    """
    copy = with_sms(folder)
    commands = copy / "commands.yaml"
    extension = (ROOT / "docs" / "commands-extension.example.yaml").read_text()
    commands.write_text(f"customers: {{page_size: 2}}\n{extension}")
    charges, _, _ = (copy / "charges.yaml").read_text().partition("    examples:")
    prices = charges.replace("remote: null", "remote: 150.00").replace("visit: null", "visit: 250.00")
    (copy / "charges.yaml").write_text(prices.replace("needs_approval: true", "needs_approval: false"))
    return copy


@dataclass(kw_only=True)
class Stage:
    """A town, the books about it and the hour of the play."""

    place: Town
    now: datetime = T0
    books: Books = field(default_factory=Books)
    ticket: int = 0
    by_customer: int = 0

    def begin(self) -> None:
        """A first cycle learns who the customers are; then two of them have no Internet.

        The first fault is the ISP's and lasts: after 97 hours a month is owed, 300.00. The second was the
        customer's own router, solved by phone for 150.00.
        """
        self.cycle(T0)
        self.ticket = self.place.ticket(1, T0 + hours(0.1))
        self.by_customer = self.place.ticket(2, T0 + hours(0.1))
        self.place.staff("close", T0 + hours(3), ticket=self.by_customer, reason="#no-atribuible")
        self.books.credit(1, "300.00")
        self.books.charge(2, "150.00")
        self.books.closed = {self.by_customer}
        self.books.departments = {self.ticket: 5}
        self.now = T0 + hours(97.2)

    def resolve_another(self) -> None:
        """A third fault ended before the bridge saw it, after 80 hours: four days are owed, 40.00.

        Staff noted that on the ticket, which only the panel's database shows with its author.
        """
        ticket = self.place.ticket(4, T0 + hours(0.1))
        self.place.staff("tag", T0 + hours(80.1), ticket=ticket, text="#resuelto", operator=11)
        self.books.credit(4, "40.00")
        self.books.closed.add(ticket)

    def wish_a_ticket(self) -> None:
        """A phone call is to become a ticket on the panel."""
        push = Push(
            key="call-1/open",
            kind=PushKind.OPEN,
            client_id=3,
            due_at=self.now,
            department_id=2,
            marker="[RC-CALL-1]",
            subject="Información de planes",
            text="Llamada de un cliente [RC-CALL-1]",
        )
        self.place.store.outbox.add(push, incident_id=None, credit_id=None, at=self.now)

    def cycle(self, now: datetime | None = None) -> BridgeError | None:
        """Run one cycle; return what stopped it, if anything did."""
        self.now = now or self.now
        try:
            self.place.sync(self.now)
        except BridgeError as fault:
            return fault
        return None

    def cycle_alone(self) -> BridgeError | None:
        """Run one cycle while the panel cannot even be told the time; return what stopped it."""
        self.place.clock.set(self.now)
        try:
            self.place.cycle.sync()
        except BridgeError as fault:
            return fault
        return None

    def resolve(self) -> None:
        """Staff say that the first fault is over: the bridge closes the ticket."""
        self.books.closed.add(self.ticket)
        self.now += STEP
        self.place.at(self.now)
        parts = self.place.cycle.parts
        desk = FactDesk(self.place.store, parts.rulebook, parts.clock)
        desk.record(Statement(ticket=str(self.ticket), what=Fact.RESOLVED, by=PERSON))

    def settle(self, step: timedelta = STEP) -> None:
        """Let cycles go by until one of them has nothing to do."""
        for _ in range(MOST_QUIET):
            self.now += step
            report = self.place.sync(self.now)
            counts = self.place.store.outbox.counts()
            if not +report.pushed and not counts.keys() & UNDER_WAY:
                return
        raise AssertionError(f"still busy after {MOST_QUIET} cycles: {self.place.store.outbox.counts()}")

    def follow_the_words(self) -> int:
        """A person looks at what is parked and does what the words say; return how many there were."""
        store = self.place.store
        parked = store.outbox.in_states(PushState.PARKED)
        lines = {line.push_key: line for line in store.worklist.open_lines()}
        tables = self.place.panel.control("dump", {"sections": ["tickets", "saldos", "sms"]})
        for row in parked:
            line = lines.get(row.push.key)
            if line is not None and stands(tables, row.push):
                work_done(store, line.line_id, PERSON, self.now)
            else:
                retry(store, row.push.key, PERSON, self.now, not_there=True)
        return len(parked)

    def finish(self) -> list[Difference]:
        """Settle, let a person mend what is parked, settle again; return every broken promise."""
        self.settle()
        if self.follow_the_words():
            self.settle()
        return Audit(self.place.panel, self.place.store, self.books).differences()


def stands(tables: dict[str, Any], push: Push) -> bool:
    """Whether a person who looks in the panel sees what a push wanted."""
    if push.kind is PushKind.SMS:
        return any(row["mensaje"] == push.text for row in tables["sms"])
    if push.marker:
        return push.marker in repr(tables)
    row = next(row for row in tables["tickets"] if row["id"] == push.ticket_id)
    if push.kind is PushKind.ASSIGN:
        return int(row["idsoporte"]) == push.technician_id
    return int(row["dp"]) == push.department_id


@contextmanager
def stage(
    folder: Path,
    panel: Sandbox,
    mappings: Path,
    *,
    routes: str,
    read: str = "database",
    http_only: bool = False,
    customers: int = 4,
    config: str = "",
    sweep_minutes: int = 0,
) -> Iterator[Stage]:
    """Set the stage on a running panel, which is emptied: customers at 300.00 a month."""
    with town(
        folder,
        customers=customers,
        read=read,
        routes=routes,
        http_only=http_only,
        mappings=mappings,
        config=config,
        sweep_minutes=sweep_minutes,
        running=panel,
    ) as place:
        panel.control("journal/clear")
        panel.control("faults/clear")
        panel.control("switches", {"extension": True})
        yield Stage(place=place)
