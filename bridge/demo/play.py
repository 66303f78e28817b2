"""Plays the story: people act in the panel, and the bridge runs a cycle every quarter of an hour."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from bridge.bootstrap import Bridge
from bridge.clock import SetClock
from bridge.config.settings import DEFAULT_ZONE
from bridge.demo.folder import DemoFolder
from bridge.demo.outcome import Outcome, gather
from bridge.demo.panel import Action, SandboxPanel, action, opening
from bridge.demo.script import DAYS, Moment, Script, Step, TicketScript, read_script
from bridge.demo.telling import Said, Teller
from bridge.domain.decisions import CreditStatus
from bridge.store.store import Store
from bridge.sync.cycle import Cycle

ZONE = DEFAULT_ZONE
EVERY = timedelta(minutes=15)
CUSTOMERS = 40
_AFTER_BILLING = (time(3, 45), time(4))

Tell = Callable[[Said], None]
Progress = Callable[[int, int], None]
Happening = tuple[datetime, TicketScript, Step | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """A finished demo: what it left, where, and how to start its panel again."""

    folder: DemoFolder
    port: int
    outcome: Outcome


def start_before(now: datetime) -> date:
    """The day on which a demo starts by default: its last night lies just behind `now`."""
    return now.astimezone(ZONE).date() - timedelta(days=DAYS + 1)


def moments(start: date) -> list[datetime]:
    """The instants of the cycles: six days, and twice after the panel's billing job in the last night."""
    first = Moment(0, time()).on(start, ZONE).astimezone(UTC)  # A change of summer time shortens no quarter.
    quarters = [first + EVERY * number for number in range(timedelta(days=DAYS) // EVERY)]
    return quarters + [Moment(DAYS, clock).on(start, ZONE) for clock in _AFTER_BILLING]


def play(folder: DemoFolder, start: date, tell: Tell, progress: Progress) -> Played:
    """Play the whole story in `folder`. Raises BridgeError where the bridge or its panel fails."""
    script = read_script()
    instants = moments(start)
    with SandboxPanel(folder.panel_database, instants[0]) as panel:
        folder.furnish(port=panel.port, token=panel.token, start=start)
        panel.settle_in(script.customers, CUSTOMERS - len(script.customers), start)
        clock = SetClock(instants[0])
        with Bridge.configured(folder.config, {}, clock) as bridge:
            store = bridge.store()
            loaded = bridge.mappings(store)
            stage = _Stage(
                script=script,
                panel=panel,
                clock=clock,
                store=store,
                cycle=bridge.cycle(store, loaded=loaded),
                teller=Teller(script, loaded.rulebook, store),
                start=start,
                tell=tell,
            )
            stage.run(instants, progress)
            outcome = gather(store, panel, script)
        return Played(folder=folder, port=panel.port, outcome=outcome)


@dataclass(kw_only=True)
class _Stage:
    script: Script
    panel: SandboxPanel
    clock: SetClock
    store: Store
    cycle: Cycle
    teller: Teller
    start: date
    tell: Tell

    def run(self, instants: list[datetime], progress: Progress) -> None:
        waiting: list[Happening] = [
            (moment.on(self.start, ZONE), ticket, step) for moment, ticket, step in self.script.in_order()
        ]
        for number, now in enumerate(instants, 1):
            due = [one for one in waiting if one[0] <= now]
            waiting = waiting[len(due) :]
            self._quarter(now, due)
            progress(number, len(instants))

    def _quarter(self, now: datetime, due: list[Happening]) -> None:
        issued = self.panel.play(now, [self._action(*one) for one in due])
        for at, ticket, step in due:
            said = self.teller.people(ticket, step, at)
            if said is not None:
                self.tell(said)
        if issued:
            self.tell(self.teller.billed(issued, now))
        self.clock.set(now)
        posted = self.store.ledger.lines({CreditStatus.POSTED}) if issued else []
        report = self.cycle.sync()
        for said in self.teller.decided(report.taken, now):
            self.tell(said)
        lines = [line for before in posted if (line := self.store.ledger.line(before.credit_id))]
        lines = [line for line in lines if line.status is CreditStatus.INVOICED]
        if lines:
            invoices = {bill.invoice_id: bill for bill in self.panel.invoices()}
            for said in self.teller.invoiced(lines, invoices, now):
                self.tell(said)

    def _action(self, at: datetime, ticket: TicketScript, step: Step | None) -> Action:
        if step is None:
            return opening(ticket, at)
        return action(ticket.ticket, step, at, self.start)
