"""A random storm over two weeks of outages: everything goes wrong in any order, and the books must hold."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from bridge.domain.intents import Route
from bridge.errors import GuardStopped
from bridge.mikrowisp.database.locks import ATTEMPTS
from bridge.store.push_states import PushState
from tests.acceptance.town import T0
from tests.faults.checks import Audit, Check, Difference
from tests.faults.database_faults import Armed, DatabaseFault, gone, in_the_way
from tests.faults.fates import WHOLE, Fate
from tests.faults.mortal import Nursery
from tests.faults.outage import Outage
from tests.faults.stage import Stage
from tests.faults.watch import watched

READS = ("GetAllClients", "ListTicket", "ListTickets", "ListBalances")
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
OF_PUSHES = re.compile("panel|sending|sent|verified|in_doubt|retry_at|parked")
MOST_ARMED = 5
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
    armed: list[Armed] = field(default_factory=list)
    fuse: int = 10

    def blow(self) -> Tally:
        """Play all cycles, then let it become quiet, and check."""
        for fate in self.fates:
            fate.enter(self.scene.books)
        self.tally.credits = sum(amount < 0 for amount in self.scene.books.balances.values())
        self.scene.cycle(T0)
        for number in range(self.cycles):
            self.scene.now = T0 + WHOLE * (number + 1) / self.cycles
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
        self._bad_http()
        with self._bad_database():
            chance = dice.random()
            if chance < 0.01:
                self._clock_back()
            elif chance < 0.06:
                self._killed()
            elif chance < 0.065 and self.outage is not None:
                self.tally.faults["database server stopped"] += 1
                self.outage(scene.cycle_alone)
            else:
                self._mortal_cycle()

    def _clock_back(self) -> None:
        self.tally.faults["clock set back"] += 1
        scene = self.scene
        scene.now = (scene.place.store.meta.get_time("last_now") or T0) - timedelta(hours=1)
        assert isinstance(scene.cycle_alone(), GuardStopped)

    def _killed(self) -> None:
        """Run the cycle in a process of its own, which kills itself if the cycle has so many steps."""
        place = self.scene.place
        place.at(self.scene.now)
        death = self.mortals.run(self.folder / "config.yaml", self.scene.now, self.dice.randint(2, 14))
        self.tally.faults["kill -9"] += death.killed

    def _mortal_cycle(self) -> None:
        """Run the cycle in this process; when the fuse has burnt down, nothing more is written by it."""
        place, dead = self.scene.place, False

        def step(words: str) -> None:
            nonlocal dead
            self.fuse -= bool(OF_PUSHES.search(words))
            dead = dead or self.fuse <= 0
            if dead:
                raise Death

        try:
            with watched(place.store, place.cycle, step):
                self.scene.cycle()
        except Death:
            self.tally.faults["death at a step"] += 1
            self.fuse = self.dice.randint(1, 80)

    def _bad_http(self) -> None:
        """Arm faults of HTTP, which wait for their command; the oldest give way. Count what they struck."""
        panel, dice = self.scene.place.panel, self.dice
        armed = panel.control("faults")["faults"]
        spent = [fault for fault in armed if fault["fired"] == fault["times"]]
        for fault in spent or armed[: len(armed) == MOST_ARMED]:
            self.tally.faults[fault["kind"]] += fault["fired"]
            panel.control("faults/clear", {"number": fault["number"]})
        if len(armed) < MOST_ARMED and dice.random() < 0.5:
            by_http = Route.DATABASE not in self.scene.place.cycle.parts.routes
            command = dice.choice(dice.choice((READS, WRITES)) if by_http else ("NewSMS",))
            kinds = (*KINDS, *OF_LISTS) if command == "GetAllClients" else KINDS
            fault = {**dice.choice(kinds), "after": dice.randint(0, 3), "times": dice.randint(1, 2)}
            panel.control("faults", {"command": command, **fault})

    @contextmanager
    def _bad_database(self) -> Iterator[None]:
        """Put faults in the way of the database route's writes, which wait for their statement, or more."""
        routes, dice = self.scene.place.cycle.parts.routes, self.dice
        if Route.DATABASE not in routes:
            yield
            return
        engine = routes[Route.DATABASE]._engine
        if dice.random() < 0.03:
            self.tally.faults["database gone"] += 1
            with gone(engine):
                yield
            return
        if len(self.armed) < MOST_ARMED and dice.random() < 0.3:
            fault, statement = dice.choice(list(DatabaseFault)), dice.choice(STATEMENTS)
            self.armed.append(
                Armed(fault=fault, statement=statement, value=None, left=dice.choice((1, 1, ATTEMPTS)))
            )
        with in_the_way(engine, self.armed):
            yield
        self.tally.faults.update(str(one.fault) for one in self.armed if not one.left)
        self.armed = [one for one in self.armed if one.left]

    def _quiet(self) -> None:
        scene = self.scene
        scene.now = T0 + WHOLE
        scene.place.panel.control("faults/clear")
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
