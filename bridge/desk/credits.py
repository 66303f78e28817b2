"""What billing decides about lines of the ledger: release, hold, void, set the amount."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal

from bridge.desk.amounts import checked
from bridge.desk.person import Deed
from bridge.domain.books import numbered_next
from bridge.domain.decisions import CreditStatus, CreditType, Line, Reason
from bridge.domain.intents import Push
from bridge.domain.policy import Rulebook
from bridge.domain.pushes import line_push
from bridge.errors import UsageFault
from bridge.store.outbox_rows import OutboxRow
from bridge.store.push_states import PushState
from bridge.store.store import Store
from bridge.sync.decide import approved
from bridge.sync.posting import earned

_S = CreditStatus
_RELEASABLE = frozenset({_S.AWAITING_APPROVAL, _S.HELD, _S.REVERSAL_PROPOSED})
_SENT = frozenset({PushState.SENDING, PushState.SENT, PushState.IN_DOUBT, PushState.VERIFIED})
_ON_PANEL = frozenset({_S.POSTED, _S.INVOICED, _S.REVERSED})
_STUCK = frozenset({PushState.PARKED, PushState.MANUAL})
_WAITING = frozenset({_S.ACCRUING, _S.AWAITING_APPROVAL, _S.AWAITING_AMOUNT, _S.HELD})


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one line, in words and as the line it is now."""

    line: Line
    words: str


class BillingDesk:
    """Decides about lines by a person's word; that word stands against the rules from then on."""

    def __init__(self, store: Store, rulebook: Rulebook) -> None:
        self.store = store
        self.rulebook = rulebook

    def approve(self, credit_ids: Iterable[str], deed: Deed) -> list[Outcome]:
        """Release lines to the panel: all of them or, where one cannot be, none. Raises UsageFault."""
        with self.store.transaction():
            return [self._approve(self._line(credit_id), deed) for credit_id in _once(credit_ids)]

    def hold(self, credit_ids: Iterable[str], deed: Deed) -> list[Outcome]:
        """Keep lines back that are not on the panel yet. Raises UsageFault, and holds none, where one is."""
        with self.store.transaction():
            return [self._hold(self._line(credit_id), deed) for credit_id in _once(credit_ids)]

    def void(self, credit_ids: Iterable[str], deed: Deed) -> list[Outcome]:
        """Give lines up for good. Raises UsageFault, and voids none, where one is on the panel."""
        with self.store.transaction():
            return [self._void(self._line(credit_id), deed) for credit_id in _once(credit_ids)]

    def set_amount(self, credit_id: str, amount: Decimal, deed: Deed) -> Outcome:
        """Set the amount of a line that waits. Raises UsageFault for any other, and for a wrong amount."""
        with self.store.transaction():
            return self._set_amount(self._line(credit_id), amount, deed)

    def _line(self, credit_id: str) -> Line:
        wanted = credit_id.strip().strip("[]").upper()
        line = self.store.ledger.line(wanted)
        if line is None:
            raise UsageFault(f"there is no credit {credit_id}; `bridge credits list --all` shows all of them")
        return line

    def _approve(self, line: Line, deed: Deed) -> Outcome:
        if line.type is CreditType.REVERSAL and line.status in _RELEASABLE | {_S.DUE}:
            self._check_reversal(line)
        if line.status is _S.DUE:
            return self._release(line, deed)
        if line.has_vanished:
            return self._put_back(line, deed)
        if line.status not in _RELEASABLE or self._is_sent(line):
            raise UsageFault(f"{line.credit_id} is {line.status}: {_why_not(line)}")
        if not line.amount:
            raise UsageFault(
                f"{line.credit_id} has no amount ({line.reason}). Set it with `bridge credits set-amount`, "
                f"or name the service with `bridge fact {line.ticket_ids[0]} service ID`"
            )
        return self._released(line, deed, "goes to the panel with the next sync")

    def _check_reversal(self, line: Line) -> None:
        """Nothing is taken back but what stands on the panel, and no more of it than is left."""
        checked(line.amount.amount, line, self._of_client(line))
        taken = line.facts["of"]
        if any(row.state is PushState.PARKED for row in self.store.outbox.of_credit(taken)):
            raise UsageFault(
                f"{taken}, which {line.credit_id} takes back, may not stand on the panel: see "
                "`bridge outbox list`, and settle its push first"
            )

    def _released(self, line: Line, deed: Deed, words: str) -> Outcome:
        released = approved(line, deed.by)
        lines = {other.credit_id: other for other in self._of_client(line)}
        push = line_push(released, lines, line.final_at or deed.at, self.rulebook)
        self._record(released, deed)
        if push is not None:
            self._send(push, released, deed)
        return Outcome(line=released, words=words)

    def _of_client(self, line: Line) -> list[Line]:
        return self.store.ledger.lines_of_client(line.client_id)

    def _put_back(self, line: Line, deed: Deed) -> Outcome:
        """What vanished from the panel goes there once more, under the next number; the old one is given up.

        The old marker may still stand on a cancelled invoice, so that a new one is needed to find it.
        """
        lines = {other.credit_id: other for other in self._of_client(line)}
        again = replace(
            approved(line, deed.by),
            credit_id=numbered_next(line, lines.values()),
            reason=earned(line),
            invoice_ids=(),
            facts={**line.facts, "replaces": line.credit_id, "decided_by": deed.by},
        )
        push = line_push(again, lines, deed.at, self.rulebook)
        facts = {**line.facts, "replaced_by": again.credit_id, "decided_by": deed.by}
        self._record(replace(line, status=_S.VOIDED, facts=facts), deed)
        self._record(again, deed)
        if push is not None:
            self._send(push, again, deed)
        return Outcome(line=again, words=f"takes the place of {line.credit_id} with the next sync")

    def _release(self, line: Line, deed: Deed) -> Outcome:
        """A line that only a money guard keeps back goes out whatever the guard says."""
        row = self.store.outbox.get(line.credit_id)
        if row is not None and row.state in _STUCK:
            raise UsageFault(_stuck(row))
        if "decided_by" in line.facts:
            raise UsageFault(f"{line.credit_id} was already released by {line.facts['decided_by']}")
        return self._released(line, deed, "goes to the panel with the next sync, past the money guard")

    def _send(self, push: Push, line: Line, deed: Deed) -> None:
        """Write the push; one that was withdrawn earlier is looked for on the panel before it goes again."""
        if self.store.outbox.add(
            push, incident_id=line.incident_id, credit_id=line.credit_id, at=deed.at, actor=deed.by
        ):
            return
        row = self.store.outbox.get(push.key)
        if row is None or row.push.amount != push.amount:
            raise UsageFault(
                f"{line.credit_id} was once on its way with another amount and cannot be sent again under "
                "its number. Void it, and enter the credit in the panel by hand"
            )
        if row.state is PushState.DISCARDED:
            self.store.outbox.move(
                push.key, PushState.IN_DOUBT, at=deed.at, actor=deed.by, reason=f"approved: {deed.reason}"
            )

    def _hold(self, line: Line, deed: Deed) -> Outcome:
        if line.status is _S.HELD and "decided_by" in line.facts:
            raise UsageFault(f"{line.credit_id} is held already, by {line.facts['decided_by']}")
        self._take_back(line, deed)
        held = replace(line, status=_S.HELD, facts={**line.facts, "decided_by": deed.by})
        self._record(held, deed)
        return Outcome(line=held, words="stays here until somebody approves or voids it")

    def _void(self, line: Line, deed: Deed) -> Outcome:
        if line.status is _S.REVERSAL_PROPOSED:
            reason = "is given up: what it would have taken back stays as it is"
        else:
            reason = "is given up and will not be earned again"
        self._take_back(line, deed)
        voided = replace(line, status=_S.VOIDED, facts={**line.facts, "decided_by": deed.by})
        self._record(voided, deed)
        return Outcome(line=voided, words=reason)

    def _take_back(self, line: Line, deed: Deed) -> None:
        """Withdraw the push of a line that is due; refuse what was sent, or is a mere refusal."""
        if line.status is _S.DUE:
            if not self._withdraw(line.credit_id, deed):
                raise UsageFault(f"{line.credit_id} may stand on the panel already; see `bridge outbox list`")
            self.store.worklist.close_key(f"push/{line.credit_id}", deed.by, deed.at)
        elif not line.has_vanished and (
            self._is_sent(line) or line.status not in _WAITING | {_S.REVERSAL_PROPOSED}
        ):
            raise UsageFault(f"{line.credit_id} is {line.status}: {_why_not(line)}")

    def _withdraw(self, key: str, deed: Deed) -> bool:
        row = self.store.outbox.get(key)
        if row is not None and row.state is PushState.IN_DOUBT and not row.attempts:
            # Held, approved and held again before any cycle: whatever became of it, nobody has sent it.
            self.store.outbox.move(
                key,
                PushState.RETRY_AT,
                at=deed.at,
                actor=deed.by,
                reason="it was never sent",
                retry_at=deed.at,
            )
        return self.store.outbox.withdraw(key, deed.at, deed.by, deed.reason)

    def _is_sent(self, line: Line) -> bool:
        """Whether the line stands on the panel, held or not (C-12: no invoice took it up in time)."""
        return any(row.state in _SENT for row in self.store.outbox.of_credit(line.credit_id))

    def _set_amount(self, line: Line, amount: Decimal, deed: Deed) -> Outcome:
        on_panel = line.status in _ON_PANEL or line.reason is Reason.NO_NEXT_INVOICE
        if on_panel and self.store.worklist.lasting(f"differs/{line.credit_id}/amount"):
            return self._believe_panel(line, amount, deed)
        if line.status not in _WAITING - {_S.ACCRUING} or self._is_sent(line):
            raise UsageFault(
                f"{line.credit_id} is {line.status}: an amount can be set while a line waits for one, for "
                "approval or is held"
            )
        money = checked(amount, line, self._of_client(line))
        priced = line.status is _S.AWAITING_AMOUNT
        changed = replace(
            line,
            amount=money,
            status=_S.AWAITING_APPROVAL if priced else line.status,
            reason=Reason.NOT_ATTRIBUTABLE if line.type is CreditType.CHARGE else line.reason,
            facts={
                **line.facts,
                "decided_by": deed.by,
                "amount_set_by": deed.by,
                "amount_before": _reckoned(line),
            },
        )
        self._record(changed, deed)
        return Outcome(line=changed, words=f"`bridge credits approve {line.credit_id}` sends it to the panel")

    def _believe_panel(self, line: Line, amount: Decimal, deed: Deed) -> Outcome:
        """Somebody changed the amount on the panel, and it is right there: the ledger follows."""
        money = checked(amount, line, self._of_client(line))
        facts = {**line.facts, "amount_set_by": deed.by, "amount_before": _reckoned(line)}
        corrected = replace(line, amount=money, facts=facts)
        self.store.ledger.correct(corrected, at=deed.at, actor=deed.by, note=deed.reason)
        return Outcome(line=corrected, words="is what the panel shows; the next sync compares them again")

    def _record(self, line: Line, deed: Deed) -> None:
        self.store.ledger.record(line, at=deed.at, actor=deed.by, note=deed.reason)
        self.store.incidents.touch(line.client_id, deed.at)  # what it leaves open or frees is reckoned again


def _reckoned(line: Line) -> str:
    """What the rules had reckoned before anybody set an amount."""
    return line.facts.get("amount_before", str(line.amount))


def _stuck(row: OutboxRow) -> str:
    """Why approving a line that is due already does not help, and what does."""
    key = row.push.key
    if row.state is PushState.MANUAL:
        return (
            f"{key} is due: a person enters it in the panel (`bridge work list`). Where a route "
            f"can carry it by now, `bridge outbox retry {key} --by NAME` sends it"
        )
    return (
        f"{key} is due, and its push is stopped: {row.reason}. `bridge work list` says what to "
        f"look at; then `bridge outbox retry {key} --by NAME` sends it"
    )


def _why_not(line: Line) -> str:
    match line.status:
        case _S.POSTED | _S.INVOICED | _S.REVERSED:
            return "it stands on the panel"
        case _S.ACCRUING:
            return "it grows until the incident ends or passes the month's limit (rule C-9)"
        case _S.AWAITING_AMOUNT:
            return f"it has no amount; set one with `bridge credits set-amount {line.credit_id}`"
        case _S.REFUSED:
            return f"a rule refused it ({line.reason})"
        case _S.VOIDED:
            return "it was given up for good"
        case _:
            return "it stands on the panel, or may"


def _once(credit_ids: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(credit_ids))
