"""The one place where settings become working parts."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

from bridge.clock import Clock, SetClock, SystemClock
from bridge.config import Settings, load_config, now_override
from bridge.desk.calls import CallDesk
from bridge.domain.intents import PushKind, Route
from bridge.domain.money import Money
from bridge.domain.words import normalise
from bridge.errors import UsageFault
from bridge.intake.answering import Answering
from bridge.intake.mail import MailIntake
from bridge.intake.mailbox import Mailbox
from bridge.intake.people import People
from bridge.mikrowisp.api import PanelApi
from bridge.mikrowisp.contacts import PanelContacts
from bridge.mikrowisp.database.checkup import DatabaseCheckup
from bridge.mikrowisp.database.connect import open_engine
from bridge.mikrowisp.database.reader import DatabaseReader
from bridge.mikrowisp.database.route import DatabaseRoute
from bridge.mikrowisp.invoices import ApiInvoices
from bridge.mikrowisp.retry import ATTEMPTS, ReadRetry
from bridge.mikrowisp.route import ApiRoute
from bridge.mikrowisp.transport import Transport
from bridge.notices.deliver import Delivery
from bridge.notify.channels import Channels
from bridge.rulebook.commands import Commands
from bridge.rulebook.loader import LoadedRulebook, load_rulebook
from bridge.rulebook.notices import Reach
from bridge.store.store import Store
from bridge.sync.at_once import AtOnce, patience_of
from bridge.sync.cycle import Cycle, Parts, Reporter
from bridge.sync.guards import Limits
from bridge.sync.numbering import keep_numbers
from bridge.sync.ports import PushRoute
from bridge.sync.readers import ticket_readers

ENFORCE_FROM = "enforce_from"
INSTANCE = "instance"
CALLER_WAITS_SECONDS = 5
DIRECTORY_PATIENCE = timedelta(minutes=30)  # where there is no section `mail` to say it


@dataclass(frozen=True, slots=True, kw_only=True)
class Bridge:
    """A configured bridge whose parts are made when they are asked for. Close it, or use it in a `with`."""

    settings: Settings
    clock: Clock
    _open: ExitStack

    @classmethod
    def configured(cls, path: Path, environ: Mapping[str, str], clock: Clock | None = None) -> Self:
        """Read config.yaml. `clock` replaces the machine's, as `BRIDGE_NOW` does on a loopback panel.

        Raises UserFault with everything that is wrong in the file.
        """
        settings = load_config(path, environ)
        moment = now_override(settings, environ)
        chosen = clock or (SetClock(moment) if moment else SystemClock())
        return cls(settings=settings, clock=chosen, _open=ExitStack())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.close()

    def apart(self) -> Self:
        """Return the same bridge with parts of its own, that are closed while this one goes on."""
        return replace(self, _open=ExitStack())

    def store(self, *, rehearse: bool = False) -> Store:
        """Open the store; rehearsing, nothing that is done to it remains."""
        store = Store.open(self.settings.state.url.get_secret_value(), rehearse=rehearse)
        return self._open.enter_context(store)

    def mappings(self, store: Store | None = None) -> LoadedRulebook:
        """Read the mappings. Raises FileFaults.

        `enforce_from` is the configured day, else the day of the store's first sync, else today.
        """
        return load_rulebook(
            self.settings.mappings,
            zone=self.settings.panel.timezone,
            enforce_from=self._enforce_from(store),
            approval_above=Money(self.settings.limits.approval_above),
            reach=self._reach,
        )

    @property
    def _reach(self) -> Reach:
        """Whom notices can reach by what config.yaml configures."""
        channels = frozenset(self.settings.notices.channels)
        return Reach(channels=channels, mail=self.settings.smtp is not None)

    def _enforce_from(self, store: Store | None) -> date:
        if self.settings.enforce_from is not None:
            return self.settings.enforce_from
        known = store.meta.get(ENFORCE_FROM) if store is not None else None
        if known is not None:
            return date.fromisoformat(known)
        return self.clock.now().astimezone(self.settings.panel.timezone).date()

    def api(self, loaded: LoadedRulebook) -> PanelApi:
        """The client of the panel's HTTP API."""
        return self.line(loaded.commands, loaded.rulebook.departments.names)

    def line(
        self,
        dialect: Commands,
        departments: Mapping[int, str],
        *,
        token: str | None = None,
        timeout: float | None = None,
        attempts: int = ATTEMPTS,
    ) -> PanelApi:
        """A client that speaks `dialect`; check-ups give it another token, less time and fewer attempts."""
        panel = self.settings.panel
        verify = panel.verify_tls
        transport = Transport(
            panel.base_url,
            panel.token.get_secret_value() if token is None else token,
            verify=verify if isinstance(verify, bool) else str(verify),
            timeout=panel.timeout_seconds if timeout is None else timeout,
            rate=panel.requests_per_second,
            concurrency=panel.concurrency,
            clock=self.clock,
            dialect=dialect,
        )
        self._open.callback(transport.close)
        return PanelApi(
            transport,
            dialect=dialect,
            zone=panel.timezone,
            clock=self.clock,
            departments={normalise(name): number for number, name in departments.items()},
            retry=ReadRetry(self.clock, attempts=attempts),
        )

    def database(self, loaded: LoadedRulebook) -> tuple[DatabaseReader, DatabaseRoute] | None:
        """The panel's own database as a read and a push route; None where none is configured."""
        if self.settings.panel.database is None:
            return None
        engine = open_engine(self.settings.panel.database.url.get_secret_value())
        self._open.callback(engine.dispose)
        zone, operator = self.settings.panel.timezone, loaded.rulebook.roster.bridge_operator
        dialect = loaded.commands
        return (
            DatabaseReader(engine, zone=zone, dialect=dialect, bridge_operator=operator),
            DatabaseRoute(engine, clock=self.clock, zone=zone, dialect=dialect, bridge_operator=operator),
        )

    def checkup(self, *, connect_seconds: int, answer_seconds: int) -> DatabaseCheckup | None:
        """What a check-up asks the panel's database; None where none is configured."""
        if self.settings.panel.database is None:
            return None
        url = self.settings.panel.database.url.get_secret_value()
        engine = open_engine(url, connect_seconds=connect_seconds, answer_seconds=answer_seconds)
        self._open.callback(engine.dispose)
        return DatabaseCheckup(engine, zone=self.settings.panel.timezone)

    @property
    def limits(self) -> Limits:
        """The guards' limits (design section 4)."""
        limits = self.settings.limits
        return Limits(
            credits_per_cycle=limits.credits_per_cycle,
            amount_per_cycle=limits.amount_per_cycle,
            shrink_percent=limits.shrink_percent,
            pushes_per_cycle=limits.pushes_per_cycle,
        )

    def cycle(
        self, store: Store, reporter: Reporter | None = None, loaded: LoadedRulebook | None = None
    ) -> Cycle:
        """Wire a cycle. The day from which credits are enforced is fixed by the first one (C-14).

        Raises UserFault for mappings that number past reports anew, and for another panel's store.
        """
        self._claim(store)
        if store.meta.get(ENFORCE_FROM) is None:
            store.meta.set(ENFORCE_FROM, self._enforce_from(store).isoformat())
        loaded = loaded or self.mappings(store)
        keep_numbers(store, loaded.rulebook, self.clock.now())
        api = self.api(loaded)
        reader, route = self.database(loaded) or (None, None)
        parts = Parts(
            store=store,
            clock=self.clock,
            rulebook=loaded.rulebook,
            policy_texts=loaded.archive,
            readers=ticket_readers(self.settings, api, reader),
            routes=self.push_routes(api, route),
            wanted={kind: self.settings.routes.of(kind) for kind in PushKind},
            limits=self.limits,
            sweep=self.settings.panel.sweep,
            settling=loaded.commands.settling,
            books=route,
            invoices=ApiInvoices(api),
            notices=loaded.notices,
        )
        return Cycle(parts, reporter)

    def contacts(self, loaded: LoadedRulebook) -> PanelContacts:
        """How the panel's customers can be reached."""
        return PanelContacts(self.api(loaded), concurrency=self.settings.panel.concurrency)

    def mail_intake(self, store: Store, loaded: LoadedRulebook | None = None) -> MailIntake | None:
        """The reader of the support mailbox; None where config.yaml names none (`mail.imap`)."""
        mail = self.settings.mail
        if mail is None or mail.imap is None:
            return None
        loaded = loaded or self.mappings(store)
        return MailIntake(
            store=store,
            mailbox=Mailbox(mail.imap),
            people=self.people(store, loaded),
            rulebook=loaded.rulebook,
            settings=mail,
            answering=Answering(store, mail, loaded.rulebook, self.clock),
            clock=self.clock,
        )

    def delivery(self, store: Store, loaded: LoadedRulebook | None = None) -> Delivery:
        """What sends the notices that were released. Raises UsageFault for a channel nobody understands."""
        loaded = loaded or self.mappings(store)
        return Delivery(
            store=store,
            rulebook=loaded.rulebook,
            policy=loaded.notices,
            people=self.contacts(loaded),
            smtp=self.settings.smtp,
            channels={
                name: Channels(channel.addresses, f"notices.channels.{name}.urls")
                for name, channel in self.settings.notices.channels.items()
            },
            clock=self.clock,
        )

    def call_desk(self, store: Store, loaded: LoadedRulebook) -> CallDesk:
        """What an agent takes calls with. Raises UsageFault where the panel may take too long to answer."""
        self._claim(store)
        patience = patience_of(loaded.commands.settling, self.settings.panel.timeout_seconds)
        api = self.line(loaded.commands, loaded.rulebook.departments.names, attempts=1)
        _, route = self.database(loaded) or (None, None)
        wanted = {kind: self.settings.routes.of(kind) for kind in PushKind}
        at_once = AtOnce(store, self.push_routes(api, route), wanted, loaded.rulebook, self.clock, patience)
        return CallDesk(store, at_once, self._for_calls(store, loaded).client, loaded.rulebook, self.clock)

    def people(self, store: Store, loaded: LoadedRulebook, *, for_calls: bool = False) -> People:
        """The panel's directory, kept in the store; a caller on the line does not wait long for a new one."""
        mail = self.settings.mail
        patience = mail.directory_patience if mail is not None else DIRECTORY_PATIENCE
        api = self._for_calls(store, loaded) if for_calls else self.api(loaded)
        contacts = PanelContacts(api, concurrency=self.settings.panel.concurrency)
        return People(store, contacts, self.clock, patience)

    def _for_calls(self, store: Store, loaded: LoadedRulebook) -> PanelApi:
        """A client that asks once and gives up soon, where the last directory can stand in."""
        if store.directory.read_at is None:
            return self.api(loaded)
        timeout = min(self.settings.panel.timeout_seconds, CALLER_WAITS_SECONDS)
        return self.line(loaded.commands, loaded.rulebook.departments.names, timeout=timeout, attempts=1)

    def _claim(self, store: Store) -> None:
        """Ids collide between installations, so a store belongs to one panel. Raises UsageFault."""
        instance, known = self.settings.panel.instance, store.meta.get(INSTANCE)
        if known is None:
            store.meta.set(INSTANCE, instance)
        elif known != instance:
            raise UsageFault(
                f"this store belongs to the panel `{known}`, and panel.instance in config.yaml says "
                f"`{instance}`: give each panel a store of its own (state.url), or correct panel.instance"
            )

    def push_routes(self, api: PanelApi, database: DatabaseRoute | None) -> dict[Route, PushRoute]:
        """The routes that can write to the panel; the worklist is no route of the panel's."""
        routes: dict[Route, PushRoute] = {
            Route.API: ApiRoute(api, clock=self.clock, zone=self.settings.panel.timezone)
        }
        if database is not None:
            routes[Route.DATABASE] = database
        return routes
