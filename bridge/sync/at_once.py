"""A push that goes out while a person waits, beside any cycle: written ahead as one that may stand already.

The cycle has the lease for minutes, and nobody keeps a caller waiting for it. So the push is in doubt from
the moment it is written: a cycle that meets it looks for its marker first, and sends it again only where it
is absent and the time for settling is over. By then the one call that is made here has long ended.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from bridge.clock import Clock
from bridge.domain.intents import Push, PushKind, Route
from bridge.domain.policy import Rulebook
from bridge.errors import NothingPushed, OutcomeUnknown, PushFault, Refused, StoreUnusable, UsageFault
from bridge.store.push_states import PushState
from bridge.store.store import Store
from bridge.sync.openings import callback
from bridge.sync.parking import BY_BRIDGE, Parked, park
from bridge.sync.ports import PushRoute
from bridge.sync.push import hand_over

UNDER_WAY = "being sent while a person waits"
TOO_LATE = "the process was held up; it is looked for before it is sent"
STOPPED = "stopped by hand while it was being sent"

# How a push that surely stands on the panel comes to `sent`, whatever a cycle has made of it meanwhile.
_TO_SENT: Mapping[PushState, Sequence[PushState]] = {
    PushState.IN_DOUBT: (PushState.SENT,),
    PushState.PARKED: (PushState.SENT,),
    PushState.MANUAL: (PushState.SENT,),
    PushState.RETRY_AT: (PushState.SENDING, PushState.SENT),
    PushState.DISCARDED: (PushState.IN_DOUBT, PushState.SENT),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How it went: where the push stands, the ticket that was opened if its number is known, and why not."""

    state: PushState
    ticket_id: int | None = None
    why: str = ""


def patience_of(settling: timedelta, timeout_seconds: float) -> timedelta:
    """Return how long after it was written ahead a push may still be sent, so that nobody else has begun to.

    `settling` is that of commands.yaml; a time-out counts twice, to connect and to answer. Raises UsageFault
    where no time is left.
    """
    patience = settling - timedelta(seconds=2 * timeout_seconds)
    if patience <= timedelta():
        raise UsageFault(
            f"panel.timeout_seconds ({timeout_seconds:g}) is too long to open tickets during a call: write "
            f"less than half of `settling` in commands.yaml ({settling.total_seconds():g} s)"
        )
    return patience


class AtOnce:
    """Writes single pushes ahead and sends them. `patience` is how long after that a call may still begin."""

    def __init__(  # noqa: PLR0913, PLR0917 - what sending needs
        self,
        store: Store,
        routes: Mapping[Route, PushRoute],
        wanted: Mapping[PushKind, Sequence[Route]],
        rulebook: Rulebook,
        clock: Clock,
        patience: timedelta,
    ) -> None:
        self._store = store
        self._routes = routes
        self._wanted = wanted
        self._rulebook = rulebook
        self._clock = clock
        self._patience = patience

    def write(self, push: Push) -> PushRoute | None:
        """Write a push ahead, inside the caller's transaction, and return the route to send it by.

        None where only a person can carry it: then it stands on the worklist. Raises PanelUnreachable,
        AccessRefused or PanelUnusable where a route cannot say whether it serves.
        """
        route = self._route(push.kind)
        now = self._clock.now()
        self._store.outbox.add(push, incident_id=None, credit_id=None, at=now)
        if route is None:
            hand_over(self._store, push, self._rulebook, now)
            return None
        self._move(push, PushState.SENDING, route=route.route)
        self._move(push, PushState.IN_DOUBT, reason=UNDER_WAY)
        return route

    def send(self, push: Push, route: PushRoute) -> Outcome:
        """Send a push that was written ahead, once, and record how it went.

        Stopped by hand, it stays in doubt. So does what cannot be recorded; its number is told all the same.
        """
        if self._is_late(push):
            return Outcome(state=PushState.IN_DOUBT, why=TOO_LATE)
        number, fault = None, None
        try:
            number = route.send(push)
        except KeyboardInterrupt:
            return Outcome(state=PushState.IN_DOUBT, why=STOPPED)
        except (PushFault, NothingPushed) as error:
            fault = error
        try:
            with self._store.transaction():
                return self._record(push, number, fault)
        except (StoreUnusable, KeyboardInterrupt) as error:
            return Outcome(state=PushState.IN_DOUBT, ticket_id=number, why=str(error) or STOPPED)

    def _route(self, kind: PushKind) -> PushRoute | None:
        """The first route of the config that carries the kind."""
        known = (self._routes.get(name) for name in self._wanted[kind])
        return next((route for route in known if route is not None and route.serves(kind) is None), None)

    def _is_late(self, push: Push) -> bool:
        row = self._store.outbox.get(push.key)
        began = row.in_flight_since if row is not None else None
        return began is None or self._clock.now() - began > self._patience

    def _record(self, push: Push, number: int | None, fault: PushFault | NothingPushed | None) -> Outcome:
        match fault:
            case None:
                return self._applied(push, number)
            case OutcomeUnknown():
                return Outcome(state=self._state(push), why=str(fault))
            case _:
                return self._not_applied(push, fault)

    def _applied(self, push: Push, number: int | None) -> Outcome:
        for step in _TO_SENT.get(self._state(push), ()):
            self._move(push, step)
        now = self._clock.now()
        self._store.worklist.close_key(f"push/{push.key}", BY_BRIDGE, now)
        if number is not None and push.kind is PushKind.OPEN:
            self._store.openings.bind(push.key, number, now)
        known = self._store.openings.ticket_of(push.key)
        if known is not None:
            self._store.worklist.close_key(callback(push), BY_BRIDGE, now)  # a cycle may have been faster
        return Outcome(state=self._state(push), ticket_id=known)

    def _not_applied(self, push: Push, fault: PushFault | NothingPushed) -> Outcome:
        """What the panel has refused a person looks at; anything else goes out with the next cycle."""
        if self._state(push) in {PushState.IN_DOUBT, PushState.PARKED}:
            self._store.worklist.close_key(f"push/{push.key}", BY_BRIDGE, self._clock.now())
            now = self._clock.now()
            self._store.outbox.move(
                push.key, PushState.RETRY_AT, at=now, actor=BY_BRIDGE, reason=str(fault), retry_at=now
            )
        row = self._store.outbox.get(push.key)
        if isinstance(fault, Refused) and row is not None and row.state is PushState.RETRY_AT:
            park(self._store, row, Parked.REFUSED, self._rulebook, self._clock.now(), str(fault))
        return Outcome(state=self._state(push), why=str(fault))

    def _state(self, push: Push) -> PushState:
        row = self._store.outbox.get(push.key)
        if row is None:
            raise KeyError(push.key)
        return row.state

    def _move(self, push: Push, to: PushState, *, reason: str = "", route: Route | None = None) -> None:
        self._store.outbox.move(
            push.key, to, at=self._clock.now(), actor=BY_BRIDGE, reason=reason, route=route
        )
