"""Before a push goes out for the first time: what an earlier store sent is found on the panel and adopted."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime

from bridge.domain.books import letter_of
from bridge.domain.decisions import CreditStatus, CreditType, Line, Reason
from bridge.domain.intents import ABSENT, Push, PushKind, Sight, Visibility
from bridge.domain.policy import Rulebook
from bridge.errors import AccessRefused, PanelUnreachable
from bridge.store.outbox_rows import OutboxRow
from bridge.store.push_states import PushState
from bridge.store.store import Store
from bridge.sync.eyes import Eyes
from bridge.sync.memory import remembers_since
from bridge.sync.parking import Parked, park
from bridge.sync.ports import Books
from bridge.sync.posting import BY_BRIDGE, give_up, post
from bridge.sync.report import RunReport

_MORE = 10  # lines of one incident that an earlier store may have sent beyond those this one knows
_LEAVE_A_TRACE = frozenset({PushKind.NOTE, PushKind.OPEN})


class Adopter:
    """Looks before the first sending.

    A credit whose marker, customer and amount stand on the panel was posted by a store that is lost, or by
    this one after the backup it was restored from: it is taken over as verified. Other amounts of the same
    report are taken into the ledger as they stand, and the rules reckon the difference.
    """

    def __init__(
        self, store: Store, eyes: Eyes, books: Books | None, rulebook: Rulebook, now: datetime
    ) -> None:
        self.store = store
        self.eyes = eyes
        self.books = books
        self.rulebook = rulebook
        self.now = now
        self.since = remembers_since(store, now)
        self.adopted: set[int] = set()

    def settle(self, rows: Sequence[OutboxRow], by_hand: Collection[PushKind], report: RunReport) -> None:
        """Settle those of the pushes that need no sending; customers with other amounts are in `adopted`.

        `by_hand` are the kinds that a person carries to the panel.
        """
        new = [row for row in rows if row.attempts == 0]
        self._money([row for row in new if row.push.kind.moves_money], by_hand, report)
        old = [row for row in new if row.push.due_at < self.since]
        traced = [row for row in old if row.push.kind in _LEAVE_A_TRACE]
        for row, sight in self.eyes.look(traced):
            if sight.visibility is Visibility.SHOWN:
                self._verify(row, sight, report)
        for row in old:
            if row.push.kind is PushKind.SMS:
                reason = "older than this store: an earlier one may have sent it"
                self.store.outbox.move(
                    row.push.key, PushState.DISCARDED, at=self.now, actor=BY_BRIDGE, reason=reason
                )

    def _money(self, rows: Sequence[OutboxRow], by_hand: Collection[PushKind], report: RunReport) -> None:
        if not rows:
            return
        homes = self._homes()
        for row, sight in self.eyes.look(rows):
            push = row.push
            if self.store.outbox.get(push.key) != row:
                continue  # a person decided while the panel was looked at
            strangers = homes.get(push.marker, set()) - {push.client_id}
            if strangers:
                self._park(row, Parked.OTHER_CLIENT, report, ", ".join(map(str, sorted(strangers))))
            elif sight.visibility is Visibility.HIDDEN:
                # Where a person had a parked one sent again, they have looked.
                looked = row.waiting_since is not None
                if push.due_at < self.since and not looked and push.kind not in by_hand:
                    self._park(row, Parked.FORGOTTEN, report)
            elif push.due_at < self.since or not (sight == ABSENT or sight.is_of(push)):
                self._whole_report(row, sight, report)
            elif sight.visibility is Visibility.SHOWN:
                self._verify(row, sight, report)

    def _whole_report(self, row: OutboxRow, own: Sight, report: RunReport) -> None:
        """What an earlier store may have sent of a report is looked for under all its numbers."""
        line = self.store.ledger.line(row.credit_id or "")
        found = self._of_report(row.push, line) if line is not None else []
        others = [push for push, _ in found if push.key != row.push.key]
        if own.visibility is Visibility.SHOWN and own.is_of(row.push) and not others:
            self._verify(row, own, report)
        elif line is not None and found:
            self._adopt(row, line, found, report)

    def _homes(self) -> Mapping[str, set[int]]:
        """At which customers each marker stands, as far as a route can show all of them."""
        homes: dict[str, set[int]] = {}
        if self.books is None:
            return homes
        try:
            found = self.books.marked(date.min)
        except (PanelUnreachable, AccessRefused):
            return homes
        for posting in found or ():
            homes.setdefault(posting.marker, set()).add(posting.client_id)
        return homes

    def _adopt(
        self, row: OutboxRow, line: Line, found: Sequence[tuple[Push, Sight]], report: RunReport
    ) -> None:
        """Take what the panel holds of a report into the ledger, and have the rules look at it again.

        Where it holds others than this line, the line is given up: what is still earned gets a new number.
        """
        credits_alone = letter_of(line.type) == "C" and all(_is_credit(push) for push, _ in found)
        if not credits_alone or not all(_is_whole(sight) for _, sight in found):
            words = ", ".join(f"{push.marker} {sight.amount or ''}".strip() for push, sight in found)
            self._park(row, Parked.FOUND, report, words)
            return
        with self.store.transaction():
            for push, sight in found:
                self._take_over(push, sight, line, row)
            if row.push.key not in {push.key for push, _ in found}:
                give_up(self.store, line, self.now)
        self.adopted.add(line.client_id)
        report.pushed["verified"] += len(found)

    def _of_report(self, push: Push, line: Line) -> list[tuple[Push, Sight]]:
        """Which lines of the report stand on the panel, of those that this store has not sent itself."""
        mine = {
            other.credit_id
            for other in self.store.ledger.lines_of_client(line.client_id)
            if other.credit_id != line.credit_id and not other.is_open
        }
        count = len(mine) + _MORE
        asked = [
            replace(push, key=f"{line.incident_id}/{letter}{number}", kind=kind)
            for letter, kind in (("C", PushKind.CREDIT), ("X", PushKind.CHARGE), ("R", PushKind.CHARGE))
            for number in range(1, count + 1)
        ]
        asked = [replace(one, marker=f"[{one.key}]") for one in asked if one.key not in mine]
        sights = self.eyes.find(asked)
        shown = [one for one in asked if sights[one.key].visibility is Visibility.SHOWN]
        return [(one, sights[one.key]) for one in shown]

    def _take_over(self, push: Push, sight: Sight, like: Line, row: OutboxRow) -> None:
        amount = sight.amount or like.amount
        whole_month = str(amount) == like.facts.get("monthly_price")
        taken = replace(
            like,
            credit_id=push.key,
            type=CreditType.MONTH if whole_month else CreditType.DAYS,
            reason=Reason.MONTH if whole_month else Reason.DAYS,
            status=CreditStatus.POSTED if sight.pending else CreditStatus.INVOICED,
            amount=amount,
            days=None,
            invoice_ids=sight.invoice_ids,
            facts={**like.facts, "adopted": str(amount)},
        )
        note = f"found on the panel with {amount}"
        self.store.ledger.adopt(taken, at=self.now, actor=BY_BRIDGE, note=note)
        if push.key != row.push.key:
            owner = {"incident_id": like.incident_id, "credit_id": push.key}
            self.store.outbox.add(replace(push, amount=amount), at=self.now, **owner)
        self._move_to_verified(push.key, note)

    def _verify(self, row: OutboxRow, sight: Sight, report: RunReport) -> None:
        taken = bool(sight.invoice_ids) and not sight.pending
        with self.store.transaction():
            self._move_to_verified(row.push.key, "found on the panel before it was sent from here")
            post(self.store, row, self.now, CreditStatus.INVOICED if taken else CreditStatus.POSTED, sight)
        report.pushed["verified"] += 1

    def _move_to_verified(self, key: str, reason: str) -> None:
        self.store.outbox.move(key, PushState.VERIFIED, at=self.now, actor=BY_BRIDGE, reason=reason)

    def _park(self, row: OutboxRow, why: Parked, report: RunReport, detail: str = "") -> None:
        park(self.store, row, why, self.rulebook, self.now, detail)
        report.pushed["parked"] += 1


def _is_whole(sight: Sight) -> bool:
    """Whether a balance can be taken into the ledger as it stands: once, and with an amount above zero."""
    return sight.copies == 1 and sight.amount is not None and sight.amount.amount > 0


def _is_credit(push: Push) -> bool:
    return push.kind is PushKind.CREDIT
