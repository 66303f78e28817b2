"""The check-up from end to end, in the order in which a newcomer would mend things. It writes nothing."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from typing import TypeVar

from bridge.bootstrap import Bridge
from bridge.config import Settings
from bridge.doctor import commands, database, hours, line, mail, notices, references, routes
from bridge.doctor.check import CONFIG, Check, Checks, Status, bounded, failed, ok, skipped, warning
from bridge.doctor.store import OwnStore
from bridge.domain.intents import PushKind, Route
from bridge.errors import AccessRefused, BridgeError, FileFaults
from bridge.mikrowisp.api import Found, PanelApi
from bridge.mikrowisp.database.checkup import CONFIGURATION, DatabaseCheckup
from bridge.phrases import Language
from bridge.rulebook.commands import Commands
from bridge.rulebook.loader import LoadedRulebook

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long the check-up waits, in whole seconds: for an answer, for a group of checks, for a long one."""

    answer: int = 5
    group: int = 15
    long: int = 60


def examine(
    bridge: Bridge, language: Language = Language.ENGLISH, patience: Patience | None = None
) -> Iterator[Check]:
    """Make every check; one that fails or hangs hides no other. Faults of mappings are told in `language`."""
    patience = patience or Patience()
    yield from (warning("config", "config.yaml", one) for one in bridge.settings.warnings)
    loaded: list[LoadedRulebook] = []
    yield from bounded("mappings", "mappings", patience.group, lambda: _mappings(bridge, loaded, language))
    yield from _Examination(bridge, loaded[0] if loaded else None, patience).checks()


def _mappings(bridge: Bridge, loaded: list[LoadedRulebook], language: Language) -> Checks:
    try:
        found = bridge.mappings()
    except FileFaults as faults:
        for fault in faults.faults:
            place = f"{fault.file}:{fault.line}:{fault.column}"
            yield failed(
                "mappings",
                place,
                fault.message.said(language),
                "mend it, then `bridge mappings check`",
                CONFIG,
            )
        return
    loaded.append(found)
    yield ok("mappings", str(bridge.settings.mappings), f"{len(found.texts)} files")


@dataclass(slots=True)
class _Examination:
    """One check-up: what has been opened, and whether it can be used."""

    bridge: Bridge
    loaded: LoadedRulebook | None
    patience: Patience

    @property
    def settings(self) -> Settings:
        return self.bridge.settings

    def checks(self) -> Iterator[Check]:
        api = self._api()
        answering = yield from self._line(api)
        panel_database = self._checkup()
        entered = yield from self._database(panel_database)
        store = OwnStore(self.settings.state.url.get_secret_value())
        yield from self._hours(panel_database if entered else None, store)
        yield from self._references(api if answering else None, entered=entered)
        if self.loaded is not None:
            channels = {name: one.addresses for name, one in self.settings.notices.channels.items()}
            yield from notices.notice_checks(self.loaded.notices, self.loaded.rulebook.roster, channels)
        yield routes.reading_check(self.settings.routes, has_database=panel_database is not None)
        yield from self._pushes(api, closed=panel_database is not None and not entered)
        yield from self._mail(store)
        yield from self._store(store)

    def _api(self) -> PanelApi:
        names = self.loaded.rulebook.departments.names if self.loaded else {}
        dialect = self.loaded.commands if self.loaded else Commands()
        return self.bridge.line(
            dialect, names, timeout=min(self.patience.answer, self.settings.panel.timeout_seconds), attempts=1
        )

    def _line(self, api: PanelApi) -> Generator[Check, None, bool]:
        """Check the way to the API and its commands; returns whether it answers."""
        way, clock = line.way_of(self.settings), self.bridge.clock
        loopback = self.settings.panel.is_loopback
        yield from bounded(
            "network", way.place, self.patience.group, lambda: line.network_checks(way, self.patience.answer)
        )
        yield from bounded(
            "tls",
            way.place,
            self.patience.group,
            lambda: line.tls_checks(
                way, is_loopback=loopback, now=clock.real(), timeout=self.patience.answer
            ),
        )
        found = bounded("token", "api", self.patience.group, lambda: commands.token_checks(api, clock))
        yield from found
        if any(check.status is Status.FAILED for check in found):
            yield skipped("command", "api", "the panel does not answer this token, so no command was asked")
            return False
        by_api = self.settings.routes.read_tickets[0] is Route.API or self.settings.panel.database is None
        yield from bounded(
            "command", "api", self.patience.long, lambda: commands.command_checks(api, reads_by_api=by_api)
        )
        return True

    def _checkup(self) -> DatabaseCheckup | None:
        return self.bridge.checkup(connect_seconds=self.patience.answer, answer_seconds=self.patience.answer)

    def _database(self, panel: DatabaseCheckup | None) -> Generator[Check, None, bool]:
        """Check the database and its rights; returns whether it can be entered."""
        if panel is None:
            step = "set panel.database.url: docs/database-user.md"
            yield skipped(
                "database", "connection", "not configured: only the API and the worklist are used", step
            )
            return False
        found = bounded(
            "database", "connection", self.patience.group, lambda: iter([database.connection_check(panel)])
        )
        yield from found
        if any(check.status is Status.FAILED for check in found):
            yield skipped("database_right", "database", "the database cannot be entered")
            return False
        wanted = database.wanted_by((kind, self.settings.routes.of(kind)) for kind in PushKind)
        yield from bounded(
            "database_right", "database", self.patience.group, lambda: database.rights_checks(panel, wanted)
        )
        clock = self.bridge.clock
        yield from bounded(
            "clock",
            "database",
            self.patience.group,
            lambda: iter([commands.clock_check("database", panel.server_time(), clock)]),
        )
        return True

    def _hours(self, panel: DatabaseCheckup | None, store: OwnStore) -> Iterator[Check]:
        zone, clock = self.settings.panel.timezone, self.bridge.clock
        settings: dict[str, str | None] = {}

        def read() -> Checks:
            for name in CONFIGURATION.columns:
                try:
                    settings[name] = panel.setting(name) if panel else None
                except AccessRefused:
                    detail = f"{CONFIGURATION.table}.{name} may not be read by this user, or is not there"
                    grant = panel.grant(CONFIGURATION) if panel else ""
                    yield warning("database_right", "read the panel's settings", detail, grant)

        def compare() -> Checks:
            newest = panel.newest_activity() if panel else None
            yield hours.zone_check(settings.get("zona_horaria"), newest, zone, clock.now())

        def bill() -> Checks:
            cycles, every = store.cycles(clock.now()), self.settings.schedule.every
            yield hours.billing_check(settings.get("cron_factura"), cycles, every=every, zone=zone)

        yield from bounded("database_right", "read the panel's settings", self.patience.group, read)
        yield from bounded("time_zone", zone.key, self.patience.group, compare)
        yield from bounded("billing_hour", "billing", self.patience.group, bill)

    def _references(self, api: PanelApi | None, *, entered: bool) -> Iterator[Check]:
        if self.loaded is None:
            yield skipped("departments", "departments.yaml", "the mappings cannot be read")
            yield skipped("technicians", "technicians.yaml", "the mappings cannot be read")
            return
        rulebook, opened = self.loaded.rulebook, self.bridge.database(self.loaded) if entered else None
        by_database = opened[1] if opened else None

        def departments() -> Checks:
            listed = _listed(
                by_database.departments if by_database else None, api.departments if api else None
            )
            if listed is None:
                yield skipped("departments", "departments.yaml", "the panel shows no list of departments")
            else:
                yield from references.department_checks(rulebook, listed)

        def technicians() -> Checks:
            listed = _listed(by_database.operators if by_database else None, api.operators if api else None)
            if listed is None:
                yield skipped("technicians", "technicians.yaml", "the panel shows no list of operators")
            else:
                yield from references.technician_checks(rulebook, listed)

        yield from bounded("departments", "departments.yaml", self.patience.group, departments)
        yield from bounded("technicians", "technicians.yaml", self.patience.group, technicians)

    def _pushes(self, api: PanelApi, *, closed: bool) -> Iterator[Check]:
        loaded = self.loaded
        if loaded is None:
            yield skipped("push", "all", "the mappings cannot be read")
            return

        def told() -> Checks:
            opened = None if closed else self.bridge.database(loaded)
            found = self.bridge.push_routes(api, opened[1] if opened else None)
            shut = {Route.DATABASE: "cannot be entered"} if closed else {}
            yield from routes.push_checks(self.settings.routes, found, shut)

        yield from bounded("push", "all", self.patience.group, told)

    def _mail(self, store: OwnStore) -> Iterator[Check]:
        settings, now = self.settings.mail, self.bridge.clock.real()
        group, answer = self.patience.group, self.patience.answer
        yield from bounded("mailbox", "mail.imap", group, lambda: mail.mailbox_checks(settings, now, answer))
        yield from bounded(
            "mail_server", "mail.smtp", group, lambda: mail.server_checks(settings, now, answer)
        )
        if settings is not None:
            yield from mail.waiting_checks(*store.mail_waiting())

    def _store(self, store: OwnStore) -> Iterator[Check]:
        clock = self.bridge.clock
        yield from bounded("store_access", store.name, self.patience.group, store.file_checks)
        if store.is_there:
            yield from bounded(
                "store", store.name, self.patience.group, lambda: store.content_checks(clock.real())
            )
            yield from bounded("store_integrity", store.name, self.patience.long, store.integrity_checks)


def _listed(
    by_database: Callable[[], tuple[T, ...]] | None, by_api: Callable[[], Found[T] | None] | None
) -> tuple[T, ...] | None:
    """Return the panel's list by the first way that shows it; None where neither does."""
    if by_database is not None:
        try:
            return by_database()
        except BridgeError:
            pass
    try:
        found = by_api() if by_api is not None else None
    except BridgeError:
        return None
    return None if found is None else found.records
