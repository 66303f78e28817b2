"""A store that was lost, or restored from an older copy, remembers what the panel still shows of money."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from bridge.domain.books import letter_of
from bridge.domain.decisions import CreditStatus, CreditType, Line, Reason
from bridge.domain.intents import Push, PushKind, Sight, Visibility
from bridge.domain.money import Money
from bridge.domain.policy import Rulebook
from bridge.errors import AccessRefused, PanelUnreachable
from bridge.store.incidents import IncidentRow
from bridge.store.push_states import PushState
from bridge.store.store import Store
from bridge.sync.eyes import Eyes
from bridge.sync.memory import remembers_since
from bridge.sync.ports import Books
from bridge.sync.posting import BY_BRIDGE, give_up

YOUNG = timedelta(days=2)  # by then every customer was read, and every report is known again
_UNDECIDED = frozenset({CreditStatus.POSTED, CreditStatus.INVOICED, CreditStatus.REVERSED})


class Rememberer:
    """Takes into the ledger what stands on the panel from before the store's memory.

    Then the rules reckon with it as if it had never been forgotten: nothing is paid a second time, and what
    was not due is proposed to be taken back (C-9, C-13, X-4).
    """

    def __init__(
        self, store: Store, eyes: Eyes, books: Books | None, rulebook: Rulebook, now: datetime
    ) -> None:
        self.store = store
        self.eyes = eyes
        self.books = books
        self.rulebook = rulebook
        self.now = now

    def run(self) -> frozenset[int]:
        """Take over what was forgotten; return the customers whom it concerns."""
        since = remembers_since(self.store, self.now)
        if self.books is None or self.now - since > YOUNG:
            return frozenset()
        day = since.astimezone(self.rulebook.zone).date()
        try:
            postings = self.books.marked(day - timedelta(days=400)) or ()
        except (PanelUnreachable, AccessRefused):
            return frozenset()
        names: defaultdict[str, set[str]] = defaultdict(set)
        for posting in postings:
            if posting.written_on is None or posting.written_on <= day:
                credit_id = posting.marker[1:-1]
                names[credit_id.rpartition("/")[0]].add(credit_id)
        return frozenset(
            row.client_id
            for name, credit_ids in sorted(names.items())
            if (row := self.store.incidents.get(name)) is not None and self._report(row, credit_ids)
        )

    def _report(self, row: IncidentRow, credit_ids: Collection[str]) -> bool:
        """Take over the lines of one report that this store has not sent itself."""
        lines = self.store.ledger.lines_of_client(row.client_id)
        mine = [one for one in lines if one.incident_id == row.incident_id]
        forgotten = sorted(set(credit_ids) - {one.credit_id for one in mine if not self._is_unsent(one)})
        pushes = [_push(row, credit_id, self.now) for credit_id in forgotten]
        sights = self.eyes.find(pushes)
        whole = [(push, sights[push.key]) for push in pushes if _is_whole(push, sights[push.key])]
        if not whole:
            return False
        with self.store.transaction():
            known = {one.credit_id: one for one in mine}
            for push, sight in whole:
                line = self._line(push, sight, row, known)
                known[line.credit_id] = line
                self.store.ledger.adopt(
                    line, at=self.now, actor=BY_BRIDGE, note=f"found on the panel with {line.amount}"
                )
                self._stand(replace(push, amount=line.amount), line)
            found = {push.key for push, _ in whole}
            for line in mine:
                if line.credit_id not in found and line.status is CreditStatus.DUE and self._is_unsent(line):
                    give_up(self.store, line, self.now)
        return True

    def _is_unsent(self, line: Line) -> bool:
        if line.status is not CreditStatus.DUE:
            return line.is_open
        return all(not row.attempts for row in self.store.outbox.of_credit(line.credit_id))

    def _line(self, push: Push, sight: Sight, row: IncidentRow, known: Mapping[str, Line]) -> Line:
        signed = sight.amount or Money(Decimal(0))
        amount = Money(abs(signed.amount), signed.currency)
        kind = _type_of(push.key, amount, known.values())
        posted = CreditStatus.POSTED
        if not sight.pending:
            posted = CreditStatus.REVERSED if kind is CreditType.REVERSAL else CreditStatus.INVOICED
        before = known.get(push.key)
        facts = dict(before.facts) if before is not None else {}
        if kind is CreditType.REVERSAL:
            facts["of"] = _reversed_by(amount, known.values())
        return Line(
            credit_id=push.key,
            incident_id=row.incident_id,
            client_id=row.client_id,
            ticket_ids=row.ticket_ids,
            type=kind,
            status=posted,
            reason=_REASONS[kind],
            amount=amount,
            service_id=before.service_id if before is not None else row.service_id,
            begun_month=f"{row.opened_at.astimezone(self.rulebook.zone):%Y-%m}",
            final_at=(before.final_at if before is not None else None) or row.ended_at or self.now,
            invoice_ids=sight.invoice_ids,
            facts=facts | {"adopted": str(amount)},
        )

    def _stand(self, push: Push, line: Line) -> None:
        """Note that the push of a line stands on the panel, whatever became of it here."""
        outbox = self.store.outbox
        outbox.add(push, incident_id=line.incident_id, credit_id=line.credit_id, at=self.now)
        present = outbox.get(push.key)
        if present is not None and present.state is PushState.DISCARDED:
            self._move(push.key, PushState.IN_DOUBT)
        self._move(push.key, PushState.VERIFIED)
        self.store.worklist.close_key(f"push/{push.key}", BY_BRIDGE, self.now)

    def _move(self, key: str, to: PushState) -> None:
        reason = "found on the panel: an earlier store sent it"
        self.store.outbox.move(key, to, at=self.now, actor=BY_BRIDGE, reason=reason)


_REASONS = {
    CreditType.DAYS: Reason.DAYS,
    CreditType.MONTH: Reason.MONTH,
    CreditType.CHARGE: Reason.NOT_ATTRIBUTABLE,
    CreditType.REVERSAL: Reason.ATTRIBUTION_CHANGED,
}


def _push(row: IncidentRow, credit_id: str, now: datetime) -> Push:
    """The push that would have written a line; a reversal's sign is told by its amount."""
    is_credit = _letter(credit_id) == "C"
    return Push(
        key=credit_id,
        kind=PushKind.CREDIT if is_credit else PushKind.CHARGE,
        client_id=row.client_id,
        due_at=now,
        marker=f"[{credit_id}]",
        text=f"[{credit_id}]",
    )


def _letter(credit_id: str) -> str:
    return credit_id.rpartition("/")[2][:1]


def _is_whole(push: Push, sight: Sight) -> bool:
    """Whether it stands there once, with an amount; only that of a reversal may have either sign."""
    if sight.visibility is not Visibility.SHOWN or sight.copies != 1 or sight.amount is None:
        return False
    return sight.amount.amount > 0 or (_letter(push.key) == "R" and sight.amount.amount < 0)


def _type_of(credit_id: str, amount: Money, known: Iterable[Line]) -> CreditType:
    match _letter(credit_id):
        case "X":
            return CreditType.CHARGE
        case "R":
            return CreditType.REVERSAL
        case _:
            prices = {line.facts.get("monthly_price") for line in known}
            return CreditType.MONTH if str(amount) in prices else CreditType.DAYS


def _reversed_by(amount: Money, known: Iterable[Line]) -> str:
    """Which line a reversal takes back: one of its amount that none takes back yet, else the last credit."""
    lines: Sequence[Line] = [line for line in known if line.status in _UNDECIDED]
    taken = {line.facts.get("of") for line in lines if line.type is CreditType.REVERSAL}
    open_ones = [one for one in lines if one.type is not CreditType.REVERSAL and one.credit_id not in taken]
    same = [line for line in open_ones if line.amount == amount]
    given = [line for line in open_ones if letter_of(line.type) == "C"]
    return next((line.credit_id for line in reversed(same or given)), "")
