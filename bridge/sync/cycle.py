"""One cycle from end to end: pull, guard, decide, push, read back, report (design section 2)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from structlog.contextvars import bound_contextvars

from bridge import logs
from bridge.clock import Clock
from bridge.domain.intents import PushKind, Route
from bridge.domain.notices import NoticePolicy
from bridge.domain.policy import Rulebook
from bridge.domain.reading import Reading, Wanted
from bridge.domain.records import Ticket
from bridge.errors import BridgeError
from bridge.notices.release import announce, held_back
from bridge.store.push_states import PushState
from bridge.store.store import Store
from bridge.sync import pull
from bridge.sync.adopt import Adopter
from bridge.sync.audit import Auditor
from bridge.sync.decide import Decider
from bridge.sync.eyes import Eyes, Fresh
from bridge.sync.guards import Limits, check_clock, check_panel_clock, check_shrink
from bridge.sync.memory import note_birth, remembers_since
from bridge.sync.ports import Books, Invoices, Progress, PushRoute, TicketReader
from bridge.sync.push import Pusher
from bridge.sync.reconcile import Reconciler
from bridge.sync.remember import Rememberer
from bridge.sync.report import RunReport
from bridge.sync.runlog import tell, tell_decisions

log = logs.logger("bridge.cycle")

LAST_GOOD = "last_good_cycle"
LAST_NOW = "last_now"
INVOICES_LOOKED_AT = "invoices_looked_at"
LEASE = timedelta(minutes=3)
UNFINISHED = "unfinished"  # the fault of a cycle that was stopped in the middle, or broke
NEEDS_PERSON = 3
FEW_TICKETS = 5  # so many may be deleted by hand between two cycles without any guard


class Reporter(Protocol):
    """Is told how far a phase has come, for a progress bar or nothing."""

    def phase(self, name: str) -> Progress | None:
        """A new phase begins; what is returned is called with (done, total)."""


class Silent:
    """Shows nothing."""

    def phase(self, name: str) -> Progress | None:  # noqa: ARG002 - the protocol's signature
        """Show nothing."""
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What a cycle is wired from (bootstrap).

    `sweep` is the customers' longest time unread, `settling` how long a look may still miss what was sent;
    `books` shows every balance with a marker of the bridge, where a route can; `invoices` what became of
    invoices over the API.
    """

    store: Store
    clock: Clock
    rulebook: Rulebook
    policy_texts: Mapping[str, str]
    readers: Sequence[TicketReader]
    routes: Mapping[Route, PushRoute]
    wanted: Mapping[PushKind, Sequence[Route]]
    limits: Limits
    sweep: timedelta
    settling: timedelta
    books: Books | None
    invoices: Invoices | None
    notices: NoticePolicy


class Cycle:
    """Runs cycles over the same parts."""

    def __init__(self, parts: Parts, reporter: Reporter | None = None) -> None:
        self.parts = parts
        self.store = parts.store
        self.reporter = reporter or Silent()

    def sync(self, *, accept_shrink: bool = False) -> RunReport:
        """Run one cycle under the lease and keep its report.

        Raises NothingPushed (panel out of reach, a guard, the lease) with exit code 2: then nothing was
        written to the panel by this call.
        """
        run: dict[str, int] = {}
        try:
            self.store.lease.acquire(self.parts.clock.real(), LEASE)
            try:
                run["run"] = self.store.journal.start(self.parts.clock.now())
                with bound_contextvars(**run):
                    return self._recorded(run["run"], accept_shrink=accept_shrink)
            finally:
                self.store.lease.release()
        except BridgeError as fault:
            log.warning("cycle.failed", reaction=logs.reaction_to(fault), why=str(fault), **run)
            raise

    def _recorded(self, run_id: int, *, accept_shrink: bool) -> RunReport:
        """Run, and keep the report whatever happens: in the journal and in the log."""
        clock = self.parts.clock
        report = RunReport(started_at=clock.now(), fault=UNFINISHED)
        log.debug("cycle.started")
        try:
            self._run(report, accept_shrink=accept_shrink)
            report.fault = ""
            self.store.meta.set_time(LAST_GOOD, clock.now())
        except BridgeError as fault:
            report.exit_code = fault.exit_code
            report.guards.append(str(fault))
            report.fault = logs.reaction_to(fault)
            raise
        finally:
            report.finished_at = clock.now()
            self.store.journal.finish(run_id, report.as_json(), clock.now())
        tell(report)
        return report

    def rehearse(self, *, accept_shrink: bool = False) -> RunReport:
        """Read and decide as a cycle would, and write nothing to the panel.

        The store is to be a rehearsing one, whose changes are discarded.
        """
        report = RunReport(started_at=self.parts.clock.now())
        self._learn(report, accept_shrink=accept_shrink)
        self._announce()
        report.finished_at = self.parts.clock.now()
        return report

    def _run(self, report: RunReport, *, accept_shrink: bool) -> None:
        parts = self.parts
        eyes = Eyes(parts.routes, parts.invoices)
        reconciler = Reconciler(self.store, eyes, parts.rulebook, parts.clock, parts.settling)
        check_clock(self.store.meta.get_time(LAST_NOW), parts.clock.now())
        note_birth(self.store, parts.clock.now())
        reconciler.resolve_doubts(report)
        read_at, tickets = self._learn(report, accept_shrink=accept_shrink)
        tell_decisions(report.taken)
        fresh = Fresh(tickets=tickets, read_at=read_at, invoices=self._invoices_due())
        self._beat()
        reconciler.read_back(fresh, report)
        now = parts.clock.now()
        forgotten = Rememberer(self.store, eyes, parts.books, parts.rulebook, now).run()
        self._decide_again(forgotten, report)
        known = self.store.ledger.last_id()
        Auditor(self.store, eyes, parts.books, parts.rulebook, now).run(fresh, report)
        self._decide_again(self.store.ledger.clients_since(known), report)
        self._announce()
        self._push(eyes, report)
        self._beat()
        reconciler.see_just_sent(fresh, report)
        self._announce()
        counts = self.store.outbox.counts()
        report.needs_person += counts.get(PushState.PARKED, 0) + counts.get(PushState.IN_DOUBT, 0)
        report.exit_code = NEEDS_PERSON if report.needs_person or report.guards else 0

    def _announce(self) -> None:
        """Note what people are to be told; SMS go out with the pushes, what was pushed is told after it."""
        parts, now = self.parts, self.parts.clock.now()
        since = remembers_since(self.store, now)
        announce(self.store, parts.rulebook, parts.notices, since=since, now=now)

    def _push(self, eyes: Eyes, report: RunReport) -> None:
        """Send, after a look at what an earlier store sent; the rules then reckon with what was found."""
        parts = self.parts
        adopter = Adopter(self.store, eyes, parts.books, parts.rulebook, parts.clock.now())
        pusher = Pusher(
            self.store, parts.routes, parts.wanted, parts.rulebook, parts.clock, adopter, self._beat
        )
        held = held_back(parts.rulebook, parts.notices, parts.clock.now())
        pusher.drain(parts.limits, report, self._beating(self.reporter.phase("push")), held)
        self._decide_again(adopter.adopted, report)

    def _decide_again(self, client_ids: Collection[int], report: RunReport) -> None:
        """Have the rules reckon with what a look at the panel has changed in the ledger."""
        if not client_ids:
            return
        with self.store.transaction():
            taken = Decider(self.store, self.parts.rulebook, self.parts.clock.now()).decide(client_ids)
        tell_decisions(taken)
        report.taken += taken
        report.decisions.update(decision.rule for decision in taken)

    def _invoices_due(self) -> bool:
        """Whether the API's invoices may be searched: a call or more a customer, so once in a sweep."""
        last, now = self.store.meta.get_time(INVOICES_LOOKED_AT), self.parts.clock.now()
        if Route.API not in self.parts.routes or (last is not None and now - last < self.parts.sweep):
            return False
        self.store.meta.set_time(INVOICES_LOOKED_AT, now)
        return True

    def _learn(self, report: RunReport, *, accept_shrink: bool) -> tuple[datetime, dict[int, Ticket]]:
        now = self.parts.clock.now()
        want = pull.wanted(self.store, now)
        reading = pull.read(
            self.parts.readers, want, self._beating(self.reporter.phase("read")), report.notes
        )
        check_panel_clock(reading.panel_time, self.parts.clock.real())
        if not accept_shrink:
            self._check_shrink(reading, want)
        report.clients_polled = len(reading.polled)
        report.tickets_seen = len(reading.tickets)
        report.calls = reading.calls
        report.set_aside = len(reading.broken)
        report.needs_person += len(reading.broken)
        report.notes += [f"set aside: {fault}" for fault in reading.broken]
        with self.store.transaction():
            self._decide(reading, pull.unseen(reading, want), report)
        return now, {ticket.ticket_id: ticket for ticket in reading.tickets}

    def _decide(self, reading: Reading, unseen: frozenset[int], report: RunReport) -> None:
        parts, now = self.parts, self.parts.clock.now()
        self.store.journal.archive(parts.rulebook.digest, parts.policy_texts, now)
        remapped = self.store.meta.get(pull.MAPPINGS_SEEN) != parts.rulebook.digest
        learnt = pull.absorb(self.store, reading, parts.rulebook, now)
        report.tickets_changed = learnt.tickets_changed
        decider = Decider(self.store, parts.rulebook, now)
        again = self.store.incidents.open_clients() if remapped else set()
        again |= pull.remember_unseen(self.store, unseen)
        report.taken = decider.decide((learnt.touched | self.store.incidents.due(now) | again) - unseen)
        report.decisions.update(decision.rule for decision in report.taken)
        self.store.meta.set_time(LAST_NOW, now)

    def _check_shrink(self, reading: Reading, want: Wanted) -> None:
        limits = self.parts.limits
        if reading.client_ids is not None:
            check_shrink("customers", len(want.known_clients), len(reading.client_ids), limits)
        before = self.store.meta.get(pull.CLIENT_COUNT)
        if reading.client_count is not None and before is not None:
            check_shrink("customers", int(before), reading.client_count, limits)
        asked = {ticket for ticket, client in want.known_open.items() if client in reading.polled}
        found = asked & {ticket.ticket_id for ticket in reading.tickets}
        if len(asked) - len(found) > FEW_TICKETS:
            check_shrink("tickets that were open", len(asked), len(found), limits)

    def _beat(self) -> None:
        self.store.lease.beat(self.parts.clock.real())

    def _beating(self, progress: Progress | None) -> Progress:
        """Tell the lease that the cycle is alive while a phase goes on."""
        last = self.parts.clock.monotonic()

        def step(done: int, total: int) -> None:
            nonlocal last
            now = self.parts.clock.monotonic()
            if now - last > LEASE.total_seconds() / 6:
                last = now
                self._beat()
            if progress is not None:
                progress(done, total)

        return step
