"""Calls that an agent takes: who is calling, a ticket while they wait, or a note on one that is open."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bridge.clock import Clock
from bridge.desk.continuing import Continued, continued
from bridge.desk.times import past_time
from bridge.domain.intents import Push, PushKind
from bridge.domain.policy import UNROUTED, FaultKind, Rulebook
from bridge.domain.records import Channel, Client
from bridge.domain.words import normalise
from bridge.errors import BrokenRecord, NothingPushed, UnknownCustomer, UsageFault
from bridge.intake.harmless import harmless
from bridge.intake.tickets import Report, note, opening
from bridge.store.calls import Call
from bridge.store.push_states import PushState
from bridge.store.store import Store
from bridge.sync.at_once import AtOnce, Outcome
from bridge.views.standing import Joinable, Standing, standing

LONGEST_AGO = timedelta(days=1)
_IDENTITY_BYTES = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """The customer on the line; `is_fresh` says that the panel was asked just now."""

    client: Client
    is_fresh: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What the agent took down of a call. `solved_at` is None where it was not solved on the call."""

    client: Client
    began_at: datetime
    by: str
    words: str
    kind: str = UNROUTED
    service_id: int | None = None
    solved_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What became of a call: its push, the ticket if its number is known, and where both stand.

    `joined` is what was open and goes on, None for a new ticket. `closing` is where the closing of a `solved`
    one stands, None where the next cycle sees to it. `goes_on_with` is the fault that a new ticket continues.
    """

    push: Push
    outcome: Outcome
    kind: str
    joined: Joinable | None = None
    solved: bool = False
    closing: PushState | None = None
    goes_on_with: Continued | None = None

    @property
    def is_through(self) -> bool:
        """Whether the caller can be told a number."""
        return self.outcome.ticket_id is not None


class CallDesk:
    """Takes calls. `ask_panel` returns a customer as the panel knows them now, None for nobody."""

    def __init__(
        self,
        store: Store,
        at_once: AtOnce,
        ask_panel: Callable[[int], Client | None],
        rulebook: Rulebook,
        clock: Clock,
    ) -> None:
        self._store = store
        self._at_once = at_once
        self._ask_panel = ask_panel
        self._rulebook = rulebook
        self._clock = clock

    def caller(self, client_id: int) -> Caller:
        """Return the customer of a number: as the panel knows them, else as it was last seen.

        Raises UnknownCustomer where the panel knows nobody of that number, and what the panel raises where
        nothing is known of them here either.
        """
        try:
            client = self._ask_panel(client_id)
        except (NothingPushed, BrokenRecord):
            known = self._last_seen(client_id)
            if known is None:
                raise
            return Caller(client=known, is_fresh=False)
        if client is None:
            raise UnknownCustomer(f"the panel knows no customer {client_id}")
        return Caller(client=client, is_fresh=True)

    def standing(self, client_id: int) -> Standing:
        """Return what is open of a customer's, what is being opened, and what has just ended."""
        return standing(self._store, client_id, self._rulebook, self._clock.now())

    def began(self, at: str | None) -> datetime:
        """Return when a call began. Raises UsageFault for a time to come, or of more than a day ago."""
        now = self._clock.now()
        if at is None:
            return now
        began = past_time("--at", at, now, self._rulebook.zone)
        if now - began > LONGEST_AGO:
            raise UsageFault(f"--at: {at} is more than a day ago; what is older is opened in the panel")
        return began

    def kinds(self) -> tuple[FaultKind, ...]:
        """Return what a call can be about, as faults.yaml has it; what is none of it is `unrouted`."""
        return self._rulebook.kinds.kinds

    def kind(self, typed: str) -> str:
        """Return the kind of a name, a label's word or a number in `kinds` (0: none). Raises UsageFault."""
        kinds = self.kinds()
        word = normalise(typed)
        if word in {UNROUTED, "0"}:
            return UNROUTED
        if word.isdecimal() and 1 <= int(word) <= len(kinds):
            return kinds[int(word) - 1].name
        named = [kind.name for kind in kinds if word in {kind.name, normalise(kind.label)}]
        begun = [kind.name for kind in kinds if word and f" {word}" in f" {normalise(kind.label)}"]
        found = named or begun
        if len(found) != 1:
            names = ", ".join(kind.name for kind in kinds)
            raise UsageFault(
                f"--kind `{typed}`: faults.yaml knows {names}; what is none of them is {UNROUTED}"
            )
        return found[0]

    def service(self, typed: str | None, client: Client) -> int | None:
        """Return the service of a number, None for `unknown`; the only one of a customer who has one.

        Raises UsageFault for a service that the customer does not have.
        """
        services = {service.service_id: service.plan for service in client.services or ()}
        if typed is None or normalise(typed) == "unknown":
            return next(iter(services)) if len(services) == 1 else None
        if typed.strip().isdecimal() and (not services or int(typed) in services):
            return int(typed)
        valid = ", ".join(f"{number} ({plan})" for number, plan in services.items()) or "a number"
        raise UsageFault(f"--service `{typed}`: customer {client.client_id} has {valid}; else `unknown`")

    def take(self, said: Said) -> Taken:
        """Open a ticket for a call while the caller waits (I-2); close it at once where it was solved.

        Call and push are written before the panel is asked. Raises UsageFault for words that say nothing, and
        StoreUnusable; nothing is written then.
        """
        report = self._report(said)
        now = self._clock.now()
        before = self.standing(said.client.client_id)
        goes_on_with = continued(said.kind, said.service_id, said.client, before, self._rulebook.kinds)
        push = opening(report, said.client, self._store.loads(), self._rulebook, now)
        call = Call(
            push_key=push.key,
            client_id=said.client.client_id,
            began_at=said.began_at,
            taken_by=said.by,
            kind=said.kind,
            service_id=said.service_id,
            words=report.words,
            solved_at=said.solved_at,
        )
        with self._store.transaction():
            route = self._at_once.write(push)
            self._store.calls.add(call)
        outcome = Outcome(state=PushState.MANUAL) if route is None else self._at_once.send(push, route)
        closing = None
        if said.solved_at is not None and outcome.ticket_id is not None:
            closing = self._close(report, said.kind, outcome.ticket_id, said.solved_at)
        solved = said.solved_at is not None
        return Taken(
            push=push,
            outcome=outcome,
            kind=said.kind,
            solved=solved,
            closing=closing,
            goes_on_with=goes_on_with,
        )

    def join(self, said: Said, to: Joinable) -> Taken:
        """Put what the caller says on a ticket that is open, as an internal note that the next cycle sends.

        Raises UsageFault for words that say nothing, for a ticket that is not open any more, and
        StoreUnusable.
        """
        number = to.ticket_id
        if number is None:
            raise UsageFault("that ticket has no number yet: nothing can be put on it")
        if not self.is_open(to):
            raise UsageFault(f"ticket {number} has been closed meanwhile: open a new one")
        push = note(self._report(said), number, self._rulebook)
        self._store.outbox.add(push, incident_id=None, credit_id=None, at=self._clock.now(), actor=said.by)
        outcome = Outcome(state=PushState.PENDING, ticket_id=number)
        return Taken(push=push, outcome=outcome, kind=to.kind, joined=to)

    def is_open(self, one: Joinable) -> bool:
        """Whether something that was open when it was shown can still be joined."""
        return self.standing(one.client_id).find(str(one.ticket_id)) is not None

    def _report(self, said: Said) -> Report:
        words = harmless(said.words)
        if not words:
            raise UsageFault("--text says nothing; write what the caller says")
        label = next((kind.label for kind in self.kinds() if kind.name == said.kind), "")
        return Report(
            identity=secrets.token_hex(_IDENTITY_BYTES),
            client_id=said.client.client_id,
            reported_at=said.began_at,
            subject=label,
            words=words,
            channel=Channel.PHONE,
            kind=said.kind,
            taken_by=said.by,
        )

    def _close(self, report: Report, kind: str, ticket_id: int, solved_at: datetime) -> PushState | None:
        """Close a ticket at once; None where the next cycle does, or has begun to."""
        key, texts = report.key("F"), self._rulebook.texts
        template = "resolved_closing" if self._rulebook.kinds.is_fault(kind) else "enquiry_closing"
        marker = f"[{key}]"
        push = Push(
            key=key,
            kind=PushKind.CLOSE,
            client_id=report.client_id,
            ticket_id=ticket_id,
            due_at=solved_at,
            marker=marker,
            text=texts.render(template, report_number=ticket_id, ticket_id=ticket_id, marker=marker),
        )
        try:
            with self._store.transaction():
                if ticket_id in self._store.outbox.being_closed():
                    return None
                route = self._at_once.write(push)
        except (NothingPushed, KeyboardInterrupt):
            return None
        return PushState.MANUAL if route is None else self._at_once.send(push, route).state

    def _last_seen(self, client_id: int) -> Client | None:
        known = self._store.snapshots.clients([client_id]).get(client_id)
        if known is not None:
            return known
        person = self._store.directory.person(client_id)
        if person is None:
            return None
        return Client(client_id=client_id, name=person.name, status=person.status)
