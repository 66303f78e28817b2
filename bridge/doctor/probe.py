"""`doctor --probe`: who may be probed, with what means, under the lease, and what becomes of the findings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Self

from bridge.bootstrap import Bridge
from bridge.doctor import dialect, eligible
from bridge.domain.intents import PushKind, Route
from bridge.domain.records import Client
from bridge.errors import NothingPushed
from bridge.mikrowisp.api import PanelApi
from bridge.mikrowisp.database.checkup import DatabaseCheckup
from bridge.mikrowisp.database.permissions import BALANCES
from bridge.mikrowisp.probe.balances import Balances, read_in_database, read_over_api
from bridge.mikrowisp.probe.opening import Subject
from bridge.mikrowisp.probe.record import Left, Record, Step
from bridge.mikrowisp.probe.run import Means, probe
from bridge.rulebook.loader import LoadedRulebook
from bridge.store.store import Store
from bridge.sync.cycle import LEASE
from bridge.sync.ports import PushRoute

NEEDS_PERSON = 3
_NO_TOKEN = "0" * 24
_WAIT = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What the probe came to.

    `advice` concerns other files than commands.yaml; `backup` is None where that one fits already.
    """

    record: Record
    advice: list[str]
    difference: list[str]
    backup: Path | None

    @property
    def exit_code(self) -> int:
        """3 where a step ended early or something of the probe needs a person, else 0."""
        harmful = any(not one.harmless for one in self.record.left)
        return NEEDS_PERSON if harmful or any(step.stopped for step in self.record.steps) else 0

    @property
    def left(self) -> list[Left]:
        """What stays on the panel, what needs a person first."""
        return sorted(self.record.left, key=lambda one: one.harmless)


@dataclass(slots=True, kw_only=True)
class Probe:
    """A probe that may begin: its customer, its means, and what it will write.

    `left` grows while it runs: what stays on the panel, also of a probe that was interrupted.
    """

    bridge: Bridge
    loaded: LoadedRulebook
    client: Client
    api: PanelApi
    store: Store
    subject: Subject
    with_money: bool
    routes: Mapping[Route, PushRoute]
    checkup: DatabaseCheckup | None
    balances: Balances | None = None
    no_balances: str = ""
    writes: list[str] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)
    left: list[Left] = field(default_factory=list)

    @classmethod
    def prepared(cls, bridge: Bridge, client_id: int, *, with_money: bool, despite_open: bool) -> Self:
        """Look whether the customer can be probed; nothing is written.

        Raises UsageFault where not: no such customer, not active, open tickets or incidents (unless
        `despite_open`), or invoices are about to be written; else what reading the panel raises.
        """
        loaded = bridge.mappings()
        api = bridge.line(loaded.commands, loaded.rulebook.departments.names, attempts=1)
        store = bridge.store()
        client = eligible.examined(api, client_id)
        unread = "" if despite_open else eligible.refuse_open(api, store, client_id)
        checkup = bridge.checkup(connect_seconds=_WAIT, answer_seconds=_WAIT)
        if with_money:
            eligible.refuse_near_billing(bridge, checkup)
        opened = bridge.database(loaded)
        made = cls(
            bridge=bridge,
            loaded=loaded,
            client=client,
            api=api,
            store=store,
            subject=_subject(bridge, loaded, client_id),
            with_money=with_money,
            routes=bridge.push_routes(api, opened[1] if opened else None),
            checkup=checkup,
        )
        made._choose_balances()
        made._list_writes()
        made.doubts += [unread] if unread else []
        return made

    def run(self, tell: Callable[[Step], None]) -> Outcome:
        """Probe under the lease, so that no cycle runs meanwhile, and write commands.yaml.

        Raises LeaseHeld where a cycle is at work.
        """
        clock, lease = self.bridge.clock, self.store.lease

        def told(step: Step) -> None:
            lease.beat(clock.real())
            tell(step)

        record = Record(told, left=self.left)
        lease.acquire(clock.real(), LEASE)
        try:
            probe(self._means(), self.subject, record, with_money=self.with_money)
        finally:
            lease.release()
        return self._written(record)

    def _written(self, record: Record) -> Outcome:
        before = self.loaded.texts[dialect.NAME]
        after = dialect.rewritten(self.loaded, record.changes.values())
        backup = None
        if after != before:
            local = self.bridge.clock.real().astimezone(self.subject.zone)
            backup = dialect.replace(self.bridge.settings.mappings, after, local)
        advice = _advice(record, self.loaded, self.bridge.settings.panel.timezone.key)
        return Outcome(
            record=record, advice=advice, difference=dialect.difference(before, after), backup=backup
        )

    def _means(self) -> Means:
        stranger = self.bridge.line(self.loaded.commands, {}, token=_NO_TOKEN, attempts=1)
        checkup = self.checkup
        return Means(
            api=self.api,
            stranger=stranger,
            clock=self.bridge.clock,
            lookers={str(name): self.routes[name] for name in sorted(self.routes, reverse=True)},
            balances=self.balances,
            no_balances=self.no_balances,
            author_of=_quietly(checkup.first_author) if checkup else None,
            saldo_of=checkup.balance_on if checkup else lambda _: None,
        )

    def _choose_balances(self) -> None:
        """Take the first route that both adds and shows a customer's balances."""
        reasons = []
        for name in self.bridge.settings.routes.of(PushKind.CREDIT):
            try:
                reason = self._unfit(name)
            except NothingPushed as fault:
                reason = str(fault)
            if reason is None:
                self.balances = self._balances(name)
                return
            reasons.append(f"{name}: {reason}")
        self.no_balances = "; ".join(reasons)
        if self.with_money:
            self.doubts.append(f"balances are left out: {self.no_balances}")

    def _unfit(self, name: Route) -> str | None:
        if name not in self.routes:
            return "a person would have to add the balance" if name is Route.MANUAL else "not configured"
        for kind in (PushKind.CREDIT, PushKind.CHARGE):
            if (refusal := self.routes[name].serves(kind)) is not None:
                return refusal
        if name is Route.DATABASE:
            shown = self.checkup is not None and self.checkup.schema().has(BALANCES)
            return None if shown else "balances cannot be read"
        shape = self.loaded.commands.extensions[PushKind.CREDIT].read_back
        return None if shape is not None else "extensions.credit has no read_back"

    def _balances(self, name: Route) -> Balances:
        client_id = self.subject.client_id
        if name is Route.DATABASE and self.checkup is not None:
            read = partial(read_in_database, self.checkup, client_id)
        else:
            shape = self.loaded.commands.extensions[PushKind.CREDIT].read_back
            assert shape is not None  # noqa: S101 - a route without it is unfit
            read = partial(read_over_api, self.api, client_id, shape)
        return Balances(client_id, self.subject.marker, self.routes[name], read)

    def _list_writes(self) -> None:
        self.writes.append(
            f"one ticket in department {self.subject.department}, given to operator "
            f"{self.subject.technician_id}, closed at once"
        )
        if self.with_money:
            if self.balances is not None:
                self.writes.append(
                    "balances: a credit of 1.00, one larger than an invoice, and their opposite"
                )
                self.writes.append(
                    "three service invoices, each deleted at once; the panel may announce them"
                )
            self.writes.append(
                "two free invoices of 1.00, one of them paid with 0.99 where the panel takes that"
            )
        self.writes.append(f"{self.bridge.settings.mappings / dialect.NAME}, a copy of the old one beside it")


def _advice(record: Record, loaded: LoadedRulebook, zone: str) -> list[str]:
    """Return what the probe shows to be wrong in files that it does not write."""
    found = {name: finding.value for name, finding in record.findings.items()}
    advice = []
    if found.get("time_zone") not in {None, "fits"}:
        advice.append(f"config.yaml: panel.timezone is {zone}, and the panel is {found['time_zone']} away")
    billed = found.get("price_includes_tax")
    newest = loaded.rulebook.bonus[-1].price_includes_tax
    if billed is not None and billed != str(newest).lower():
        advice.append(f"bonus.yaml: price_includes_tax should be {billed}, as this panel bills")
    if found.get("dp_as", "") is None:
        advice.append("departments.yaml: the reception department is not called so; see `bridge doctor`")
    return advice


def _subject(bridge: Bridge, loaded: LoadedRulebook, client_id: int) -> Subject:
    departments, roster = loaded.rulebook.departments, loaded.rulebook.roster
    zone = bridge.settings.panel.timezone
    return Subject(
        client_id=client_id,
        department_id=departments.reception,
        department=departments.names[departments.reception],
        technician_id=roster.bridge_operator or roster.technicians[0].operator_id,
        marker=f"[PRUEBA-{bridge.clock.real().astimezone(zone):%y%m%d%H%M%S%f}]",
        zone=zone,
    )


def _quietly(ask: Callable[[int], int | None]) -> Callable[[int], int | None]:
    def asked(number: int) -> int | None:
        try:
            return ask(number)
        except NothingPushed:
            return None

    return asked
