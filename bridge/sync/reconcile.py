"""Looking whether what was pushed stands on the panel: first what is in doubt, then the rest."""

from __future__ import annotations

from datetime import datetime, timedelta

from bridge.clock import Clock
from bridge.domain.decisions import CreditStatus
from bridge.domain.intents import PushKind, Sight, Visibility
from bridge.domain.policy import Rulebook
from bridge.store.outbox_rows import OutboxRow
from bridge.store.push_states import PushState
from bridge.store.store import Store
from bridge.sync.eyes import Eyes, Fresh
from bridge.sync.openings import became
from bridge.sync.parking import Parked, is_parked_for, park
from bridge.sync.posting import BY_BRIDGE, list_stray, post
from bridge.sync.report import RunReport

_VISIBLE = frozenset(PushKind) - {PushKind.SMS}


class Reconciler:
    """Reads back. `settling` is how long after a sending a look may still miss it (commands.yaml)."""

    def __init__(
        self, store: Store, eyes: Eyes, rulebook: Rulebook, clock: Clock, settling: timedelta
    ) -> None:
        self.store = store
        self.eyes = eyes
        self.rulebook = rulebook
        self.clock = clock
        self.settling = settling

    def resolve_doubts(self, report: RunReport) -> None:
        """Before anything else: what may have been applied is looked for by its marker, never sent blindly.

        Found is verified; surely absent is sent again; what cannot be seen is parked for a person. What a
        person sends again after an earlier sending is looked for too, and goes out unless it is seen.
        """
        for row in self.store.outbox.in_states(PushState.SENDING):
            self._move(row, PushState.IN_DOUBT, "the bridge stopped while it was being sent")
        for row, sight in self.eyes.look(self.store.outbox.in_states(PushState.IN_DOUBT)):
            if sight.visibility is Visibility.SHOWN:
                self._verify(row, sight, report)
            elif sight.visibility is Visibility.ABSENT:
                if row.in_flight_since is None or self.clock.now() - row.in_flight_since >= self.settling:
                    self._move(row, PushState.RETRY_AT, "not on the panel: sent again", self.clock.now())
                else:
                    report.pushed["in_doubt"] += 1
            else:
                self._park(row, Parked.HIDDEN, report)
        sent_before = [row for row in self.store.outbox.in_states(PushState.PENDING) if row.attempts]
        for row, sight in self.eyes.look(sent_before):
            if sight.visibility is Visibility.SHOWN:
                self._verify(row, sight, report)

    def read_back(self, fresh: Fresh, report: RunReport) -> None:
        """Verify what earlier cycles sent or people did, before anything new is sent.

        Over the API, where each look is a call, the tickets of `fresh` show what was sent before.
        """
        waiting = self.store.outbox.in_states(
            PushState.SENT, PushState.MANUAL, PushState.PARKED, kinds=_VISIBLE
        )
        for row, sight in self.eyes.look(waiting, fresh):
            if sight.visibility is Visibility.SHOWN:
                # One that was never sent from here was parked because the panel holds something else.
                if not is_parked_for(row, Parked.FOUND):
                    self._verify(row, sight, report)
            elif (
                sight.visibility is Visibility.ABSENT
                and row.state is PushState.SENT
                and self.clock.now() - row.changed_at >= self.settling
            ):
                self._park(row, Parked.UNDONE, report)

    def see_just_sent(self, fresh: Fresh, report: RunReport) -> None:
        """Verify at once what this cycle sent, where the database shows it without further calls."""
        just_sent = self.store.outbox.in_states(PushState.SENT, kinds=_VISIBLE)
        for row, sight in self.eyes.look(just_sent, fresh):
            if sight.visibility is Visibility.SHOWN:
                self._verify(row, sight, report)

    def _verify(self, row: OutboxRow, sight: Sight, report: RunReport) -> None:
        now = self.clock.now()
        taken = bool(sight.invoice_ids) and not sight.pending
        with self.store.transaction():
            self._move(row, PushState.VERIFIED, "a read showed it on the panel")
            if sight.ticket_id is not None:
                became(self.store, row.push, sight.ticket_id, now)
            if not post(self.store, row, now, CreditStatus.INVOICED if taken else CreditStatus.POSTED, sight):
                list_stray(self.store, row, self.rulebook, now)
            self.store.worklist.close_key(f"push/{row.push.key}", BY_BRIDGE, now)
        report.pushed["verified"] += 1

    def _park(self, row: OutboxRow, why: Parked, report: RunReport) -> None:
        park(self.store, row, why, self.rulebook, self.clock.now())
        report.pushed["parked"] += 1

    def _move(self, row: OutboxRow, to: PushState, reason: str, retry_at: datetime | None = None) -> None:
        self.store.outbox.move(
            row.push.key, to, at=self.clock.now(), actor=BY_BRIDGE, reason=reason, retry_at=retry_at
        )
