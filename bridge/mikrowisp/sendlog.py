"""A push that goes out as lines of the log; all that is logged meanwhile carries its incident."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Protocol, TypeVar

from structlog.contextvars import bound_contextvars

from bridge import logs
from bridge.domain.intents import Push, Route
from bridge.errors import BridgeError

log = logs.logger("bridge.push")


class _Routed(Protocol):
    @property
    def route(self) -> Route:
        """Which route this is."""


R = TypeVar("R", bound=_Routed)
T = TypeVar("T")


def logged(send: Callable[[R, Push], T]) -> Callable[[R, Push], T]:
    """Log how `send` ended; what it returns is returned, what it raises is raised."""

    @wraps(send)
    def sent(self: R, push: Push) -> T:
        incident = push.key.partition("/")[0]
        with bound_contextvars(incident=incident, push=push.key, kind=str(push.kind), route=str(self.route)):
            try:
                done = send(self, push)
            except BridgeError as fault:
                log.warning("push.failed", reaction=logs.reaction_to(fault), why=str(fault))
                raise
            log.info("push.sent")
            return done

    return sent
