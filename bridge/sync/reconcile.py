"""Looking whether what was pushed stands on the panel: first what is in doubt, then the rest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bridge.clock import Clock
from bridge.domain.decisions import CreditStatus, Line, Reason
from bridge.domain.intents import HIDDEN, PushKind, Route, Sight, Visibility
from bridge.domain.lines import is_overdue
from bridge.domain.policy import Rulebook, in_force
from bridge.domain.records import Ticket
from bridge.errors import AccessRefused, PanelUnreachable, PanelUnusable
from bridge.store.outbox_rows import OutboxRow
from bridge.store.push_states import PushState
from bridge.store.store import Store
from bridge.sync.ports import PushRoute
from bridge.sync.posting import post
from bridge.sync.report import RunReport

BY_BRIDGE = "bridge"
_VISIBLE = frozenset(PushKind) - {PushKind.SMS}
SETTLING = timedelta(minutes=2)  # after this a write that no read shows is surely absent
INVOICES_LOOKED_AT = "invoices_looked_at"

_ORDER = (Route.DATABASE, Route.API)  # the better eyes first


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fresh:
    """What this cycle has read over the API."""

    tickets: Mapping[int, Ticket]
    read_at: datetime
    invoices: bool

    def shows(self, row: OutboxRow) -> bool:
        """Whether a look over the API can tell something new of this push without an extra call a ticket."""
        if row.push.kind.moves_money:
            return self.invoices
        return row.push.ticket_id in self.tickets and row.changed_at < self.read_at


class Reconciler:
    """Reads back. `sweep` bounds how often invoices are searched over the API for credits."""

    def __init__(
        self,
        store: Store,
        routes: Mapping[Route, PushRoute],
        rulebook: Rulebook,
        clock: Clock,
        sweep: timedelta,
    ) -> None:
        self.store = store
        self.routes = routes
        self.rulebook = rulebook
        self.clock = clock
        self.sweep = sweep
        self.fresh: _Fresh | None = None

    def resolve_doubts(self, report: RunReport) -> None:
        """Before anything else: what may have been applied is looked for by its marker, never sent blindly.

        Found is verified; surely absent is sent again; what cannot be seen is parked for a person.
        """
        for row in self.store.outbox.in_states(PushState.SENDING):
            self._move(row, PushState.IN_DOUBT, "the bridge stopped while it was being sent")
        for row, sight in self._look(self.store.outbox.in_states(PushState.IN_DOUBT)):
            if sight.visibility is Visibility.SHOWN:
                self._verify(row, sight, report)
            elif sight.visibility is Visibility.ABSENT:
                if row.in_flight_since is None or self.clock.now() - row.in_flight_since >= SETTLING:
                    self._move(row, PushState.RETRY_AT, "not on the panel: sent again", self.clock.now())
                else:
                    report.pushed["in_doubt"] += 1
            else:
                self._park(row, "it may have been applied, and no read route can show it", report)

    def read_back(self, fresh: Mapping[int, Ticket], read_at: datetime, report: RunReport) -> None:
        """Verify what earlier cycles sent or people did, before anything new is sent; follow credits.

        `fresh` are the tickets read in this cycle, at `read_at`: over the API, where each look is a call,
        they show what was sent before.
        """
        self.fresh = _Fresh(tickets=fresh, read_at=read_at, invoices=self._invoices_due())
        waiting = self.store.outbox.in_states(
            PushState.SENT, PushState.MANUAL, PushState.PARKED, kinds=_VISIBLE
        )
        for row, sight in self._look(waiting):
            if sight.visibility is Visibility.SHOWN:
                self._verify(row, sight, report)
            elif (
                sight.visibility is Visibility.ABSENT
                and row.state is PushState.SENT
                and self.clock.now() - row.changed_at >= SETTLING
            ):
                self._park(
                    row, "the panel accepted it, and it is not there: somebody may have undone it", report
                )
        self._follow_credits()

    def see_just_sent(self, report: RunReport) -> None:
        """Verify at once what this cycle sent, where the database shows it without further calls."""
        just_sent = self.store.outbox.in_states(PushState.SENT, kinds=_VISIBLE)
        for row, sight in self._look(just_sent):
            if sight.visibility is Visibility.SHOWN:
                self._verify(row, sight, report)

    def _follow_credits(self) -> None:
        """A posted line becomes `invoiced` once an invoice has taken it up (C-11).

        Where no invoice comes in time it is held for billing, and followed all the same (C-12).
        """
        lines = self.store.ledger.lines({CreditStatus.POSTED, CreditStatus.HELD})
        lines = [line for line in lines if not line.is_open]
        rows = [row for line in lines for row in self.store.outbox.of_credit(line.credit_id)]
        by_id = {line.credit_id: line for line in lines}
        for row, sight in self._look([row for row in rows if row.state is PushState.VERIFIED]):
            self._on_invoice(row, by_id[row.credit_id or ""], sight)
        for line in lines:
            self._hold_uninvoiced(line.credit_id)

    def _hold_uninvoiced(self, credit_id: str) -> None:
        line = self.store.ledger.line(credit_id)
        row = self.store.incidents.get(line.incident_id) if line is not None else None
        if line is None or row is None:
            return
        policy = in_force(self.rulebook.bonus, row.opened_at, self.rulebook.zone)
        now = self.clock.now()
        if policy is not None and is_overdue(line, policy, now):
            held = replace(line, status=CreditStatus.HELD, reason=Reason.NO_NEXT_INVOICE)
            self.store.ledger.record(held, at=now, actor=BY_BRIDGE)

    def _on_invoice(self, row: OutboxRow, line: Line, sight: Sight) -> None:
        if sight.visibility is not Visibility.SHOWN or not sight.invoice_ids:
            return
        status = CreditStatus.POSTED if sight.pending else CreditStatus.INVOICED
        if status is not line.status or sight.invoice_ids != line.invoice_ids:
            post(self.store, row, self.clock.now(), status, sight)

    def _invoices_due(self) -> bool:
        """Whether the API's invoices may be searched: a call or more a customer, so once in a sweep."""
        last, now = self.store.meta.get_time(INVOICES_LOOKED_AT), self.clock.now()
        if Route.API not in self.routes or (last is not None and now - last < self.sweep):
            return False
        self.store.meta.set_time(INVOICES_LOOKED_AT, now)
        return True

    def _look(self, rows: Sequence[OutboxRow]) -> list[tuple[OutboxRow, Sight]]:
        """What the best eyes see of each push; a route that cannot look now hides it."""
        sights: dict[str, Sight] = {}
        for name in _ORDER:
            route = self.routes.get(name)
            blind = [row for row in rows if sights.get(row.push.key, HIDDEN).visibility is Visibility.HIDDEN]
            if name is Route.API and self.fresh is not None:
                blind = [row for row in blind if self.fresh.shows(row)]
            if route is None or not blind:
                continue
            tickets = self.fresh.tickets if self.fresh is not None else {}
            try:
                sights |= route.look_many([row.push for row in blind], tickets)
            except (PanelUnreachable, AccessRefused, PanelUnusable):
                continue
        return [(row, sights.get(row.push.key, HIDDEN)) for row in rows]

    def _park(self, row: OutboxRow, reason: str, report: RunReport) -> None:
        """A person looks in the panel; ticking the line off says that it stands there."""
        push, now = row.push, self.clock.now()
        with self.store.transaction():
            self._move(row, PushState.PARKED, reason)
            self.store.worklist.add(
                f"push/{push.key}",
                "check",
                f"{push.kind} {push.key} for client {push.client_id}: {reason}. Look in the panel for "
                f"`{push.marker or push.text or push.ticket_id}`. If it is there, tick this line off; if "
                f"not, run `bridge outbox retry {push.key}`.",
                client_id=push.client_id,
                ticket_id=push.ticket_id,
                push_key=push.key,
                at=now,
            )
        report.pushed["parked"] += 1

    def _verify(self, row: OutboxRow, sight: Sight, report: RunReport) -> None:
        now = self.clock.now()
        taken = bool(sight.invoice_ids) and not sight.pending
        with self.store.transaction():
            self._move(row, PushState.VERIFIED, "a read showed it on the panel")
            post(self.store, row, now, CreditStatus.INVOICED if taken else CreditStatus.POSTED, sight)
            self.store.worklist.close_key(f"push/{row.push.key}", BY_BRIDGE, now)
        report.pushed["verified"] += 1

    def _move(self, row: OutboxRow, to: PushState, reason: str, retry_at: datetime | None = None) -> None:
        self.store.outbox.move(
            row.push.key, to, at=self.clock.now(), actor=BY_BRIDGE, reason=reason, retry_at=retry_at
        )
