"""A random storm over two weeks of outages: everything goes wrong in any order, and the books must hold."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from bridge.domain.intents import Route
from bridge.errors import GuardStopped
from bridge.store.push_states import PushState
from tests.acceptance.town import T0
from tests.faults.checks import Audit, Check, Difference
from tests.faults.database_faults import Armed, DatabaseFault, gone, in_the_way
from tests.faults.fates import WHOLE, Fate
from tests.faults.mortal import Nursery
from tests.faults.outage import Outage
from tests.faults.stage import Stage
from tests.faults.watch import watched

READS = ("GetAllClients", "GetClientsDetails", "ListTicket", "ListTickets", "ListBalances")
WRITES = ("CloseTicket", "UpdateTicket", "ReplyTicket", "NewBalance", "NewSMS")
STATEMENTS = ("INSERT INTO saldos", "INSERT INTO ticket", "UPDATE soporte", "INSERT INTO logsistema")
KINDS: tuple[dict[str, Any], ...] = (
    *({"kind": kind} for kind in ("drop_before", "drop_after", "html200", "empty200", "http500", "http503")),
    *({"kind": kind, "applied": True} for kind in ("html200", "empty200", "http500", "http502")),
    {"kind": "token_lost"},
    {"kind": "refuse"},
    {"kind": "slow", "ms": 10},
)
OF_LISTS = ({"kind": "duplicate_page", "page": 1}, {"kind": "shrunken_list", "fraction": 0.5})
LONGEST_WAIT = timedelta(hours=7)  # longer than any retry waits
DOUBLES = {Check.MARKERS, Check.CLOSINGS, Check.TEXTS}


class Death(BaseException):
    """The process dies here: no handler of the program may see it as an error."""


@dataclass(kw_only=True)
class Tally:
    """What a storm did."""

    cycles: int = 0
    credits: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    pushes: int = 0
    retries: int = 0
    in_doubt: int = 0
    resolved: int = 0
    parked: int = 0
    differences: list[Difference] = field(default_factory=list)

    @property
    def doubles(self) -> int:
        """How many differences say that something stands twice."""
        return sum(found.check in DOUBLES for found in self.differences)

    @property
    def losses(self) -> int:
        """How many say anything else."""
        return len(self.differences) - self.doubles


@dataclass(kw_only=True)
class Storm:
    """The weather over one stage. `server` stops the panel's database for a moment and starts it again."""

    scene: Stage
    fates: list[Fate]
    dice: random.Random
    cycles: int
    folder: Path
    mortals: Nursery
    outage: Outage | None = None
    tally: Tally = field(default_factory=Tally)

    def blow(self) -> Tally:
        """Play all cycles, then let it become quiet, and check."""
        for fate in self.fates:
            fate.enter(self.scene.books)
        self.tally.credits = sum(amount < 0 for amount in self.scene.books.balances.values())
        self.scene.cycle(T0)
        for number in range(1, self.cycles):
            self.scene.now = T0 + WHOLE * number / self.cycles
            self._cycle()
        self._quiet()
        self._count()
        return self.tally

    def _cycle(self) -> None:
        scene, dice = self.scene, self.dice
        self.tally.cycles += 1
        for fate in self.fates:
            fate.happen(scene.place, scene.books, scene.now)
        if dice.random() < 0.003:
            scene.place.bill()
        if dice.random() < 0.05:
            scene.follow_the_words()
        with self._weather():
            chance = dice.random()
            if chance < 0.01:
                self._clock_back()
            elif chance < 0.03:
                self._really_killed()
            elif chance < 0.15:
                self._dies()
            elif chance < 0.16 and self.outage is not None:
                self.tally.faults["database server stopped"] += 1
                self.outage(scene.cycle_alone)
            else:
                scene.cycle()

    def _clock_back(self) -> None:
        self.tally.faults["clock set back"] += 1
        scene = self.scene
        scene.now = (scene.place.store.meta.get_time("last_now") or T0) - timedelta(hours=1)
        assert isinstance(scene.cycle_alone(), GuardStopped)

    def _really_killed(self) -> None:
        place = self.scene.place
        place.at(self.scene.now)
        death = self.mortals.run(self.folder / "config.yaml", self.scene.now, self.dice.randint(0, 40))
        self.tally.faults["kill -9"] += death.killed

    def _dies(self) -> None:
        """Die at some step, in this process: from there on nothing more is written, not even the lease."""
        left = self.dice.randint(0, 40)

        def step(_words: str) -> None:
            nonlocal left
            left -= 1
            if left < 0:
                raise Death

        place = self.scene.place
        try:
            with watched(place.store, place.cycle, step):
                self.scene.cycle()
        except Death:
            self.tally.faults["death at a step"] += 1

    @contextmanager
    def _weather(self) -> Iterator[None]:
        """HTTP faults and a broken database for the length of a cycle."""
        panel, dice, routes = self.scene.place.panel, self.dice, self.scene.place.cycle.parts.routes
        with ExitStack() as over:
            if dice.random() < 0.4:
                for _ in range(dice.randint(1, 3)):
                    command = dice.choice(dice.choice((READS, WRITES)))
                    kinds = (*KINDS, *OF_LISTS) if command == "GetAllClients" else KINDS
                    fault = {**dice.choice(kinds), "after": dice.randint(0, 2), "times": dice.randint(1, 2)}
                    panel.control("faults", {"command": command, **fault})
            armed: list[Armed] = []
            if Route.DATABASE in routes and dice.random() < 0.4:
                engine = routes[Route.DATABASE]._engine
                if dice.random() < 0.15:
                    self.tally.faults["database gone"] += 1
                    over.enter_context(gone(engine))
                else:
                    armed = [self._armed() for _ in range(dice.randint(1, 2))]
                    over.enter_context(in_the_way(engine, armed))
            yield
        self.tally.faults.update({str(one.fault): one.struck for one in armed})
        for fault in panel.control("faults")["faults"]:
            self.tally.faults[fault["kind"]] += fault["fired"]
        panel.control("faults/clear")

    def _armed(self) -> Armed:
        fault, statement = self.dice.choice(list(DatabaseFault)), self.dice.choice(STATEMENTS)
        return Armed(fault=fault, statement=statement, value=None, left=self.dice.choice((1, 1, 4)))

    def _quiet(self) -> None:
        scene = self.scene
        scene.now = T0 + WHOLE
        for fate in self.fates:
            fate.happen(scene.place, scene.books, scene.now)
        scene.settle(LONGEST_WAIT)
        if scene.follow_the_words():
            scene.settle(LONGEST_WAIT)
        self.tally.differences = Audit(scene.place.panel, scene.place.store, scene.books).differences()

    def _count(self) -> None:
        outbox = self.scene.place.store.outbox
        for row in outbox.in_states(*PushState):
            self.tally.pushes += 1
            for step in outbox.log_of(row.push.key):
                self.tally.retries += step.to_state is PushState.RETRY_AT
                self.tally.in_doubt += step.to_state is PushState.IN_DOUBT
                self.tally.resolved += step.from_state is PushState.IN_DOUBT
                self.tally.parked += step.to_state is PushState.PARKED
