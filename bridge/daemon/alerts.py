"""Telling staff what is wrong with the bridge itself: once when it begins, once when it is over."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from bridge import logs
from bridge.clock import Clock
from bridge.daemon.health import Health

log = logs.logger("bridge.alert")

NO_GOOD_CYCLE = "no_good_cycle"
MAIL_SILENT = "mail_silent"
MAPPINGS_FAULTY = "mappings_faulty"

_LOOK_EVERY = 20.0  # seconds
_TRY_AGAIN = 300.0  # seconds until a message that no channel took is tried again
_LAST_WORDS = 10.0  # seconds that the end of the service waits for a message on its way
_MOST_FAULTS = 10

# In Spanish: operations read them. Not in messages.yaml, for that file may be what is wrong.
_TITLES = {
    NO_GOOD_CYCLE: ("El puente no trabaja", "El puente trabaja de nuevo"),
    MAIL_SILENT: ("El buzón no se lee", "El buzón se lee de nuevo"),
    MAPPINGS_FAULTY: ("Hay errores en los archivos de reglas", "Los archivos de reglas están corregidos"),
}


class Tell(Protocol):
    """Takes a title and a text to people; returns whether anybody can have got it."""

    def __call__(self, title: str, text: str) -> bool:
        """Send."""


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """Something that people do not know yet: `alert` began, or is over."""

    alert: str
    is_over: bool
    title: str
    text: str


def wrong(health: Health) -> dict[str, str]:
    """Return what is wrong now: the text for people by the alert's name."""
    found, now = {}, health.snapshot
    if health.is_stale:
        found[NO_GOOD_CYCLE] = (
            f"No hay un ciclo bueno desde hace {_minutes(health.age)} min "
            f"(límite: {_minutes(health.patience)} min).{_last(now.trouble)} Mientras tanto no se escala "
            "ni se abona nada. Revise con `bridge status` y `bridge doctor`."
        )
    mailbox = now.status.mailbox
    if mailbox is not None and health.is_mail_silent:
        found[MAIL_SILENT] = (
            f"Los correos al buzón de soporte no se leen desde hace {_minutes(health.mail_age)} min "
            f"(límite: {_minutes(health.patience)} min).{_last(mailbox.trouble)} Ninguno se pierde, pero "
            "mientras tanto no se abren sus tickets. Revise con `bridge status` y `bridge doctor`."
        )
    if now.faults:
        shown = [*now.faults[:_MOST_FAULTS], *(["…"] if len(now.faults) > _MOST_FAULTS else [])]
        found[MAPPINGS_FAULTY] = (
            f"Siguen en vigor las últimas reglas buenas (versión {now.version}). "
            "Corrija y revise con `bridge mappings check`:\n"
        ) + "\n".join(shown)
    return found


def news(told: Iterable[str], present: Mapping[str, str]) -> list[News]:
    """Return what has begun and what is over since people were told last."""
    known = set(told)
    begun = [
        News(alert=alert, is_over=False, title=_TITLES[alert][0], text=text)
        for alert, text in present.items()
        if alert not in known
    ]
    over = [
        News(alert=alert, is_over=True, title=_TITLES[alert][1], text="No hace falta hacer nada más.")
        for alert in sorted(known - present.keys())
        if alert in _TITLES
    ]
    return begun + over


class Alerts:
    """Looks at the health and tells the news, in a thread of its own: no channel ever holds up a cycle.

    `told` are the alerts that people know of. The service keeps them in the store, so that a new start
    does not tell them again.
    """

    def __init__(self, health: Health, tell: Tell, *, told: Iterable[str], name: str, clock: Clock) -> None:
        self.told = frozenset(told)
        self._health = health
        self._tell = tell
        self._name = name
        self._clock = clock
        self._not_before: dict[str, float] = {}

    def look(self) -> None:
        """Tell what is new. What no channel took is tried again after some minutes."""
        for one in news(self.told, wrong(self._health)):
            if self._clock.monotonic() < self._not_before.get(one.alert, 0.0):
                continue
            if self._tell(f"[{self._name}] {one.title}", one.text):
                self._told(one)
            else:
                self._not_before[one.alert] = self._clock.monotonic() + _TRY_AGAIN

    def _told(self, one: News) -> None:
        self._not_before.pop(one.alert, None)
        if one.is_over:
            self.told -= {one.alert}
            log.info("alert.over", alert=one.alert)
        else:
            self.told |= {one.alert}
            log.error("alert.raised", alert=one.alert, text=one.text)

    @contextmanager
    def watching(self) -> Iterator[threading.Event]:
        """Look every few seconds during the block, and at once when the event is set."""
        wake, ended = threading.Event(), threading.Event()

        def watch() -> None:
            while not ended.is_set():
                wake.wait(_LOOK_EVERY)
                wake.clear()
                try:
                    self.look()
                except Exception:  # or nobody would ever be told of anything again
                    log.exception("alert.broken")

        thread = threading.Thread(target=watch, name="alerts", daemon=True)
        thread.start()
        try:
            yield wake
        finally:
            ended.set()
            wake.set()
            thread.join(_LAST_WORDS)


def _last(trouble: str) -> str:
    return f" Último fallo: {trouble}." if trouble else ""


def _minutes(duration: timedelta) -> int:
    return int(duration.total_seconds()) // 60
