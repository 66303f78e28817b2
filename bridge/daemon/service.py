"""The service: one cycle after the other over one store, whatever happens to any of them."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass

from bridge import logs
from bridge.bootstrap import Bridge
from bridge.daemon.alerts import Alerts
from bridge.daemon.edits import Edits, told
from bridge.daemon.health import Health, Snapshot
from bridge.daemon.rhythm import Rhythm
from bridge.daemon.supervisor import Supervisor
from bridge.daemon.web import shown
from bridge.daemon.wishes import Wishes, listening
from bridge.errors import BridgeError
from bridge.intake.mail import MailIntake
from bridge.notices.deliver import Delivery
from bridge.notify.channels import Channels
from bridge.phrases import Language
from bridge.rulebook.loader import LoadedRulebook
from bridge.store.store import Store
from bridge.sync.cycle import Cycle
from bridge.sync.impact import impact
from bridge.sync.ports import Progress
from bridge.views.status import status_of

log = logs.logger("bridge.daemon")

ALERTS_TOLD = "alerts_told"
_BROKEN = "broken"  # the trouble of a cycle that raised what nobody foresaw
_LONGEST_WAIT = 60.0  # seconds; a machine that slept, or whose clock was set, looks again this often


class _Stopped(Exception):
    """The cycle was left between two calls to the panel."""


def serve(bridge: Bridge, environ: Mapping[str, str]) -> None:
    """Run cycles until SIGTERM or SIGINT; what is under way is finished as far as the call to the panel.

    Raises UserFault where configuration or mappings are faulty at the start. Later faults end nothing.
    """
    settings = bridge.settings
    channels = Channels([url.get_secret_value() for url in settings.alerts.urls])
    supervisor = Supervisor(environ, bridge.clock)
    store = bridge.store()
    with listening() as wishes, closing(Service(bridge, store, wishes, supervisor)) as service:
        alerts = Alerts(
            service.health,
            channels.send,
            told=json.loads(store.meta.get(ALERTS_TOLD) or "[]"),
            name=settings.panel.instance,
            clock=bridge.clock,
        )
        rhythm = Rhythm(
            service.once, every=settings.schedule.every, jitter=settings.schedule.jitter, clock=bridge.clock
        )
        with shown(service.health, settings.metrics.place), alerts.watching() as wake:
            every = settings.schedule.every_minutes
            log.info("daemon.started", pid=os.getpid(), every_minutes=every, mappings=service.edits.version)
            supervisor.ready()
            rhythm.run()
            while not wishes.stop:
                wake.set()
                service.remember(alerts.told)
                wishes.wait(min(rhythm.seconds_left, _LONGEST_WAIT))
                supervisor.alive()
                if wishes.take_reload():
                    service.reload()
                if not wishes.stop:
                    rhythm.run_if_due()
            supervisor.stopping()
        service.remember(alerts.told)
        log.info("daemon.stopped")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Parts:
    """What works by one version of the mappings."""

    cycle: Cycle
    mail: MailIntake | None
    delivery: Delivery


class Service:
    """Runs cycles with the mappings in force, and keeps the health up to date."""

    def __init__(self, bridge: Bridge, store: Store, wishes: Wishes, supervisor: Supervisor) -> None:
        self.bridge = bridge
        self.store = store
        self.wishes = wishes
        self.supervisor = supervisor
        self.edits = Edits(bridge.settings.mappings, self._load, bridge.clock, self._weigh)
        self.health = Health(self._snapshot(""), patience=bridge.settings.patience, clock=bridge.clock)
        self._parts = ExitStack()
        self._wired: tuple[LoadedRulebook, _Parts] | None = None

    def close(self) -> None:
        """Close the connections to the panel."""
        self._parts.close()

    def once(self) -> None:
        """Run a cycle with the mappings as they are; its trouble is logged, and the next one tries again."""
        trouble = ""
        try:
            parts = self._present_parts()
        except BridgeError as fault:
            trouble = logs.reaction_to(fault)
            log.warning("cycle.failed", reaction=trouble, why=str(fault))
        else:
            mail = parts.mail
            if mail is not None:
                self._post(lambda: mail.run(self._is_to_stop))
            trouble = self._run(parts.cycle)
            if mail is not None and not self.wishes.stop:
                self._post(mail.answer)  # to the letters whose ticket has its number now
            if not self.wishes.stop:
                self._deliver(parts.delivery)
        self._take_stock(trouble)

    def _is_to_stop(self) -> bool:
        """Asked between two letters or messages: the service is alive, and goes on unless told otherwise."""
        self.supervisor.alive()
        return self.wishes.stop

    def _deliver(self, delivery: Delivery) -> None:
        """Tell people; trouble with it is logged, and keeps no cycle from the panel."""
        try:
            delivery.run(self._is_to_stop)
        except BridgeError as fault:
            log.warning("notices.failed", reaction=logs.reaction_to(fault), why=str(fault))
        except Exception:  # a notice that nobody foresaw must not stop the service
            log.exception("notices.broken")

    @staticmethod
    def _post(work: Callable[[], object]) -> None:
        """Work at the mailbox; its trouble is logged, and keeps no cycle from the panel."""
        try:
            work()
        except BridgeError as fault:
            log.warning("mail.failed", reaction=logs.reaction_to(fault), why=str(fault))
        except Exception:  # a letter that nobody foresaw must not stop the service
            log.exception("mail.broken")

    @staticmethod
    def _run(cycle: Cycle) -> str:
        """Return the reaction to what ended the cycle early; empty where nothing did. The cycle logs it."""
        try:
            cycle.sync()
        except _Stopped:
            log.info("cycle.left")
        except BridgeError as fault:
            return logs.reaction_to(fault)
        except Exception:  # whatever it is, the next cycle tries again, and people are told in time
            log.exception("cycle.broken")
            return _BROKEN
        return ""

    def reload(self) -> None:
        """Look at the mappings because SIGHUP asked for it; they are in force from the next cycle on."""
        log.info("mappings.asked")
        try:
            self.edits.look_again()
        except BridgeError as fault:
            log.warning("store.trouble", why=str(fault))
        self._take_stock(self.health.snapshot.trouble)

    def phase(self, name: str) -> Progress:  # noqa: ARG002 - the protocol's signature
        """Leave the cycle between two calls to the panel once somebody asked for it."""

        def step(done: int, total: int) -> None:
            self.supervisor.alive()
            if self.wishes.stop and done < total:
                raise _Stopped

        return step

    def remember(self, told: frozenset[str]) -> None:
        """Keep which alerts people know of, for the next start."""
        words = json.dumps(sorted(told))
        try:
            if (self.store.meta.get(ALERTS_TOLD) or "[]") != words:
                self.store.meta.set(ALERTS_TOLD, words)
        except BridgeError as fault:
            log.warning("store.trouble", why=str(fault))

    def _present_parts(self) -> _Parts:
        """Wire all anew when the mappings changed; the old connections are closed."""
        self.edits.look()
        loaded = self.edits.loaded
        if self._wired is None or self._wired[0] is not loaded:
            self._wired = None
            self._parts.close()
            bridge = self._parts.enter_context(self.bridge.apart())
            parts = _Parts(
                cycle=bridge.cycle(self.store, self, loaded),
                mail=bridge.mail_intake(self.store, loaded),
                delivery=bridge.delivery(self.store, loaded),
            )
            self._wired = loaded, parts
        return self._wired[1]

    def _load(self) -> LoadedRulebook:
        """Read the mappings, and see that a cycle can work by them. Raises UserFault."""
        loaded = self.bridge.mappings(self.store)
        with self.bridge.apart() as trial:
            trial.cycle(self.store, self, loaded)
            trial.delivery(self.store, loaded)
        return loaded

    def _weigh(self, before: LoadedRulebook, after: LoadedRulebook) -> Mapping[str, object]:
        """What an edit changes in open incidents and pesos; nothing where that cannot be reckoned now."""
        try:
            return impact(self.store, before, after, self.bridge.clock).in_brief()
        except BridgeError as fault:
            log.warning("store.trouble", why=str(fault))
            return {}

    def _take_stock(self, trouble: str) -> None:
        try:
            self.health.take(self._snapshot(trouble))
        except BridgeError as fault:
            log.warning("store.trouble", why=str(fault))

    def _snapshot(self, trouble: str) -> Snapshot:
        clock = self.bridge.clock
        return Snapshot(
            status=status_of(
                self.store,
                now=clock.now(),
                real_now=clock.real(),
                reads_mail=self.bridge.settings.imap is not None,
            ),
            version=self.edits.version,
            faults=tuple(told(self.edits.fault, Language.SPANISH)) if self.edits.fault else (),
            trouble=trouble,
        )
