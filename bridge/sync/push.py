"""Draining the outbox: each push by the first route that carries it, once, every step recorded first."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bridge.clock import Clock
from bridge.domain.decisions import CreditStatus
from bridge.domain.intents import Push, PushKind, Route
from bridge.domain.policy import Rulebook
from bridge.errors import (
    AccessRefused,
    BridgeError,
    NothingPushed,
    OutcomeUnknown,
    PanelUnreachable,
    PanelUnusable,
    PushFault,
    Refused,
)
from bridge.store.outbox_rows import OutboxRow
from bridge.store.push_states import PushState
from bridge.store.store import Store
from bridge.sync.adopt import Adopter
from bridge.sync.guards import Limits, money_stop
from bridge.sync.memory import remembers_since
from bridge.sync.parking import Parked, park
from bridge.sync.ports import Progress, PushRoute
from bridge.sync.posting import BY_BRIDGE, is_owed, list_stray, post
from bridge.sync.report import RunReport

FIRST_RETRY = timedelta(minutes=5)
LONGEST_RETRY = timedelta(hours=6)
_MOST_DOUBLINGS = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """The pushes that go out in a cycle, oldest deadline first, and why others do not."""

    rows: Sequence[OutboxRow]
    guards: Sequence[str]
    notes: Sequence[str]


def choose(
    store: Store, limits: Limits, now: datetime, held_back: Collection[PushKind] = frozenset()
) -> Chosen:
    """Choose what may go now: money unless a guard stops it, the rest up to the cycle's limit.

    What is of a kind `held_back` (SMS in quiet hours) waits.

    Money that a person released goes whatever the guard says. The rest goes oldest deadline first and
    waits for the next cycle beyond `pushes_per_cycle`.
    """
    ready = [row for row in store.outbox.ready(now) if row.push.kind not in held_back]
    money = [row for row in ready if row.push.kind.moves_money]
    released = [row for row in money if _is_released(store, row)]
    stop = money_stop([row.push for row in money if row not in released], limits)
    others = [row for row in ready if not row.push.kind.moves_money]
    rows = [*(money if stop is None else released), *others[: limits.pushes_per_cycle]]
    waiting = len(others) - limits.pushes_per_cycle
    return Chosen(
        rows=sorted(rows, key=lambda row: (row.push.due_at, row.push.key)),
        guards=[] if stop is None else [stop],
        notes=[f"{waiting} pushes wait for the next cycle (limits.pushes_per_cycle)"] if waiting > 0 else [],
    )


def _is_released(store: Store, row: OutboxRow) -> bool:
    line = store.ledger.line(row.credit_id) if row.credit_id else None
    return line is not None and "decided_by" in line.facts


class Pusher:
    """Sends what is ready, in one cycle. `wanted` is the order of routes for each kind (config, `routes`).

    `adopter` looks at the panel before anything is sent for the first time; `beat` says that this process
    still has the lease, and raises LeaseHeld where it has not.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - the parts of a cycle that sending needs
        self,
        store: Store,
        routes: Mapping[Route, PushRoute],
        wanted: Mapping[PushKind, Sequence[Route]],
        rulebook: Rulebook,
        clock: Clock,
        adopter: Adopter,
        beat: Callable[[], None],
    ) -> None:
        self.adopter = adopter
        self.beat = beat
        self.store = store
        self.routes = routes
        self.wanted = wanted
        self.rulebook = rulebook
        self.clock = clock
        self.down: dict[Route, str] = {}

    def drain(
        self,
        limits: Limits,
        report: RunReport,
        progress: Progress | None = None,
        held_back: Collection[PushKind] = frozenset(),
    ) -> None:
        """Send what may go now (see `choose`), oldest deadline first."""
        chosen = choose(self.store, limits, self.clock.now(), held_back)
        report.guards += chosen.guards
        report.notes += chosen.notes
        rows = [row for row in chosen.rows if self._is_owed(row)]
        self.adopter.settle(rows, self._by_hand_kinds(), report)
        for number, row in enumerate(rows):
            if progress is not None:
                progress(number, len(rows))
            if self._still_wanted(row):
                self._one(row, report)
        if progress is not None:
            progress(len(rows), len(rows))

    def _is_owed(self, row: OutboxRow) -> bool:
        """Money whose line was given up or held goes nowhere, whoever wished for it to be sent again."""
        if is_owed(self.store, row):
            return True
        self._move(row.push, PushState.DISCARDED, reason=f"{row.credit_id} is not owed")
        return False

    def _by_hand_kinds(self) -> frozenset[PushKind]:
        return frozenset(kind for kind in PushKind if self._route(kind) is None)

    def _still_wanted(self, row: OutboxRow) -> bool:
        """Nobody has discarded or held it since this cycle began to send."""
        present = self.store.outbox.get(row.push.key)
        return present is not None and present.state is row.state

    def _one(self, row: OutboxRow, report: RunReport) -> None:
        route = self._route(row.push.kind)
        if route is None:
            self._by_hand(row.push, report)
            return
        push = row.push
        if route.route in self.down:
            self._later(row, self.down[route.route], report)
            return
        self._move(push, PushState.SENDING, route=route.route)
        self.beat()  # who slept past the lease sends nothing more: another may have sent it
        fault = self._tried(route, push)
        self.beat()  # nor records anything over what another has recorded
        match fault:
            case None:
                with self.store.transaction():
                    self._move(push, PushState.SENT)
                    if not post(self.store, row, self.clock.now(), CreditStatus.POSTED):
                        list_stray(self.store, row, self.rulebook, self.clock.now())
                report.pushed["sent"] += 1
            case Refused():
                park(self.store, row, Parked.REFUSED, self.rulebook, self.clock.now(), str(fault))
                report.pushed["parked"] += 1
            case OutcomeUnknown():
                self._move(push, PushState.IN_DOUBT, reason=str(fault))
                report.pushed["in_doubt"] += 1
            case _:
                self.down[route.route] = str(fault)
                report.notes.append(f"route {route.route} is left alone until the next cycle: {fault}")
                self._later(row, str(fault), report)

    def _tried(self, route: PushRoute, push: Push) -> BridgeError | None:
        """Send; return what went wrong."""
        try:
            route.send(self._with_file(push))
        except (PushFault, NothingPushed) as fault:
            return fault
        return None

    def _with_file(self, push: Push) -> Push:
        file = self.store.openings.file_of(push.key) if push.kind is PushKind.OPEN else None
        return push if file is None else replace(push, attachment=file)

    def _route(self, kind: PushKind) -> PushRoute | None:
        """The first route of the config that can carry the kind now; None is the worklist.

        A route that carries the kind but is out of order right now is waited for, not passed over: the
        push may stand there already.
        """
        for name in self.wanted[kind]:
            route = self.routes.get(name)
            if route is not None and self._serves(route, kind):
                return route
        return None

    def _serves(self, route: PushRoute, kind: PushKind) -> bool:
        try:
            return route.serves(kind) is None
        except (PanelUnreachable, AccessRefused, PanelUnusable) as fault:
            self.down.setdefault(route.route, str(fault))
            return True

    def _by_hand(self, push: Push, report: RunReport) -> None:
        words = instruction(push, self.rulebook)
        if push.kind.moves_money and push.due_at < remembers_since(self.store, self.clock.now()):
            words = f"{words} {self.rulebook.texts.render('work_look_first', marker=push.marker)}"
        hand_over(self.store, push, self.rulebook, self.clock.now(), words)
        report.pushed["manual"] += 1

    def _later(self, row: OutboxRow, reason: str, report: RunReport) -> None:
        wait = min(FIRST_RETRY * 2 ** min(row.attempts, _MOST_DOUBLINGS), LONGEST_RETRY)
        self._move(row.push, PushState.RETRY_AT, reason=reason, retry_at=self.clock.now() + wait)
        report.pushed["retry"] += 1

    def _move(
        self,
        push: Push,
        to: PushState,
        *,
        reason: str = "",
        route: Route | None = None,
        retry_at: datetime | None = None,
    ) -> None:
        self.store.outbox.move(
            push.key, to, at=self.clock.now(), actor=BY_BRIDGE, reason=reason, route=route, retry_at=retry_at
        )


def hand_over(store: Store, push: Push, rulebook: Rulebook, at: datetime, words: str = "") -> None:
    """Give a push to a person: a line on the worklist, with `words` or its plain instruction."""
    with store.transaction():
        store.outbox.move(push.key, PushState.MANUAL, at=at, actor=BY_BRIDGE, route=Route.MANUAL)
        store.worklist.add(
            f"push/{push.key}",
            str(push.kind),
            words or instruction(push, rulebook),
            client_id=push.client_id,
            ticket_id=push.ticket_id,
            push_key=push.key,
            at=at,
        )


def instruction(push: Push, rulebook: Rulebook) -> str:
    """What a person does in the panel instead of the bridge (messages.yaml, `worklist`)."""
    name = "work_internal_note" if push.kind is PushKind.NOTE and push.internal else f"work_{push.kind}"
    technician = next(
        (one.name for one in rulebook.roster.technicians if one.operator_id == push.technician_id),
        str(push.technician_id or ""),
    )
    department = rulebook.departments.names.get(push.department_id or 0, str(push.department_id or ""))
    return rulebook.texts.render(
        name,
        client_id=push.client_id,
        ticket_id=push.ticket_id,
        department=department,
        department_id=push.department_id,
        state=push.state or "",
        technician=technician,
        technician_id=push.technician_id,
        text=push.text,
        amount=push.amount,
        marker=push.marker,
    )
