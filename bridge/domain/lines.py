"""From what an incident earns to the lines of the ledger: differences, caps, approval, reversal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from bridge.domain.books import numbered_next
from bridge.domain.calendar import elapsed
from bridge.domain.credits import Entitlement
from bridge.domain.decisions import CreditStatus, CreditType, Line, Reason
from bridge.domain.events import EventKind
from bridge.domain.money import Money, in_cents
from bridge.domain.policy import BonusPolicy
from bridge.domain.reversals import dropped, is_on_panel, is_unsent, proposed, sum_taken_back, withdrawn
from bridge.domain.timeline import Incident

_NOTHING = Money(Decimal(0))
_CREDITS = {CreditType.DAYS, CreditType.MONTH}
_WAITING = {CreditStatus.AWAITING_APPROVAL, CreditStatus.HELD}  # a person may release them any time
# Voided by the rules: what such a line would have given may be earned again.
_UNDONE = {Reason.ATTRIBUTION_CHANGED, Reason.REGROUPED, Reason.FOUND_ON_PANEL}


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What the ledger holds before an incident is settled, and what bounds it.

    `lines` are the incident's own, in the order they were made; `inherited` those of incidents that proved
    to be this one, `others` those of the customer's other incidents. `begun_month` is the calendar month of
    t0. `monthly_cap` counts monthly prices per service and month (C-10); a line above `approval_above` waits
    for a person. `told_apart` says that a ticket of it was credited while it belonged to another.
    """

    lines: Sequence[Line]
    others: Sequence[Line]
    begun_month: str
    monthly_cap: Decimal
    approval_above: Money
    inherited: Sequence[Line] = ()
    told_apart: bool = False

    @property
    def of_incident(self) -> tuple[Line, ...]:
        """Every line of the incident, under whatever name."""
        return (*self.inherited, *self.lines)


def credit_lines(incident: Incident, earned: Entitlement | None, account: Account) -> tuple[Line, ...]:
    """Return the credit lines whose state changes now that `earned` is known.

    Only the difference to what was already sent is added (C-9); lines never sum to more than the
    entitlement, nor all lines of a service and month to more than the cap (C-10). What a person decided
    stands.
    """
    if not account.of_incident:
        return _settled_lines(incident, earned, (), account)
    own = [line for line in account.lines if line.type in _CREDITS]
    sent = [line for line in account.of_incident if line.type in _CREDITS]
    handed_on = _handed_on([line for line in account.inherited if line.type in _CREDITS])
    if earned is not None and earned.reason is Reason.NOT_ATTRIBUTABLE:
        taken = withdrawn(sent, account.of_incident, _blamed_at(incident))
        return taken or (*handed_on, *_settled_lines(incident, earned, own, account))
    moot = dropped(sent, account.of_incident)
    return (*handed_on, *moot, *_settled_lines(incident, earned, own, account))


def _handed_on(inherited: Sequence[Line]) -> tuple[Line, ...]:
    """What was not sent under a name of before is reckoned under the present one (L-9)."""
    return tuple(
        replace(line, status=CreditStatus.VOIDED, reason=Reason.REGROUPED)
        for line in inherited
        if is_unsent(line)
    )


def lines_of_no_fault(lines: Sequence[Line]) -> tuple[Line, ...]:
    """What becomes of lines whose fault proves to be an enquiry (I-5): held, or proposed to be taken back."""
    waiting = tuple(
        replace(line, status=_without_fault(line), reason=Reason.REGROUPED)
        for line in lines
        if is_unsent(line) and line.reason is not Reason.REGROUPED and "decided_by" not in line.facts
    )
    on_panel = [line for line in lines if is_on_panel(line) and line.type is not CreditType.REVERSAL]
    return (*waiting, *proposed(on_panel, lines, Reason.REGROUPED, None))


def _without_fault(line: Line) -> CreditStatus:
    """A credit is billing's to decide; a charge, and a credit of nothing, fall away."""
    return CreditStatus.HELD if line.type in _CREDITS and line.amount else CreditStatus.VOIDED


def _settled_lines(
    incident: Incident, earned: Entitlement | None, own: Sequence[Line], account: Account
) -> tuple[Line, ...]:
    """The line that is still open, or a new one, brought to what is earned and not yet sent."""
    current = next((line for line in reversed(own) if line.is_open), None)
    if current is not None and "decided_by" in current.facts:
        return ()
    if current is not None and current.reason is Reason.REGROUPED:
        # It was on its way before it was no fault: what is earned now goes out under a number of its own.
        given_up = replace(current, status=CreditStatus.VOIDED)
        others = [given_up if line is current else line for line in own]
        return (given_up, *_settled_lines(incident, earned, others, account))
    drafted = _drafted(incident, earned, own, account) if earned else None
    if drafted is None:
        return _nothing_more(current)
    if current is None and own and drafted.status is CreditStatus.REFUSED:
        return ()
    held = next((line for line in account.inherited if _is_held_by_a_person(line)), None)
    if held is not None and drafted.amount:
        decided = {**drafted.facts, "decided_by": held.facts["decided_by"]}
        drafted = replace(drafted, status=CreditStatus.HELD, facts=decided)
    line = replace(drafted, credit_id=current.credit_id if current else numbered_next(drafted, own))
    unchanged = current is not None and replace(line, facts=current.facts) == current
    return () if unchanged else (line,)


def _is_held_by_a_person(line: Line) -> bool:
    """Whether billing holds a line back; its word goes with the money to another report."""
    return line.status is CreditStatus.HELD and line.is_open and "decided_by" in line.facts


def _nothing_more(current: Line | None) -> tuple[Line, ...]:
    """What was still open falls away: nothing is earned (any more) beyond what was sent."""
    if current is None or not (current.amount or current.status is CreditStatus.ACCRUING):
        return ()
    return (
        replace(
            current, status=CreditStatus.REFUSED, reason=Reason.BELOW_THRESHOLD, amount=_NOTHING, days=None
        ),
    )


def _drafted(incident: Incident, earned: Entitlement, own: Sequence[Line], account: Account) -> Line | None:
    status, reason, facts = earned.status, earned.reason, dict(earned.facts)
    sent = [*(line for line in account.inherited if line.type in _CREDITS), *own]
    settled = _settled(sent, account.of_incident)
    amount = max(earned.amount.amount - settled, Decimal(0))
    if settled:
        facts["already_credited"] = str(Money(settled))
        if amount == 0:
            return None
    days = earned.days
    if days is not None:
        days -= sum((line.days or Decimal(0) for line in sent if _counts(line)), Decimal(0))
    room = _room(earned, account)
    if room is not None and amount > room:
        facts["cut_by_cap"] = str(Money(amount - room))
        amount, reason = room, reason if status is CreditStatus.HELD else Reason.CAPPED
        status = CreditStatus.REFUSED if room == 0 and status is CreditStatus.DUE else status
    if status is CreditStatus.DUE and any("adopted" in line.facts for line in sent):
        # The panel held a part that this store had forgotten: a person looks before more follows.
        status, reason = CreditStatus.AWAITING_APPROVAL, Reason.FOUND_ON_PANEL
    elif status is CreditStatus.DUE and account.told_apart:
        # A ticket of it was credited under another report: they may have been one, and paid as one.
        status, reason = CreditStatus.AWAITING_APPROVAL, Reason.REGROUPED
    elif status is CreditStatus.DUE and amount > account.approval_above.amount:
        status, reason = CreditStatus.AWAITING_APPROVAL, Reason.ABOVE_APPROVAL
    return Line(
        credit_id="",
        incident_id=incident.incident_id,
        client_id=incident.client_id,
        ticket_ids=incident.ticket_ids,
        type=earned.type,
        status=status,
        reason=reason,
        amount=Money(amount, earned.amount.currency),
        days=days,
        service_id=earned.service_id,
        begun_month=account.begun_month,
        final_at=earned.final_at,
        facts=facts,
    )


def overpaid(earned: Entitlement | None, account: Account) -> Money | None:
    """C-10: how much more was sent than is earned by what is known now; None where nothing was.

    A fault that is not the ISP's has its own way: a proposed reversal (C-13). What a person decided stands.
    """
    if earned is None or earned.status is CreditStatus.ACCRUING or earned.reason is Reason.NOT_ATTRIBUTABLE:
        return None
    own = [line for line in account.of_incident if line.type in _CREDITS]
    if not own or any("decided_by" in line.facts for line in own):
        return None
    more = _settled(own, account.of_incident) - earned.amount.amount
    return Money(more, own[0].amount.currency) if more > 0 else None


def is_overdue(line: Line, policy: BonusPolicy, now: datetime) -> bool:
    """C-12: whether a credit stands on the panel for longer than the mapping waits for an invoice."""
    return (
        line.status is CreditStatus.POSTED
        and not line.invoice_ids
        and line.final_at is not None
        and elapsed(line.final_at, now) > policy.next_invoice_within
    )


def _room(earned: Entitlement, account: Account) -> Decimal | None:
    """What the month's cap leaves for this service (C-10); None where the price is not known."""
    price = earned.monthly_price
    if price is None:
        return None
    lines = [*account.of_incident, *account.others]
    counted = [
        line
        for line in lines
        if line.type in _CREDITS
        and line.service_id == earned.service_id
        and line.begun_month == account.begun_month
        and (not line.is_open or (line.status in _WAITING and line not in account.of_incident))
        and line.status is not CreditStatus.VOIDED
    ]
    taken = sum([line.amount.amount for line in counted], Decimal(0)) - sum_taken_back(counted, lines)
    cap = in_cents(in_cents(price.amount) * account.monthly_cap)
    return max(cap - taken, Decimal(0))


def _settled(own: Sequence[Line], lines: Sequence[Line]) -> Decimal:
    """What was sent, is on its way, or a person refused: never earned a second time (C-9)."""
    counted = [_earned_by(line) for line in own if _counts(line)]
    return sum(counted, Decimal(0)) - sum_taken_back(own, lines)


def _earned_by(line: Line) -> Decimal:
    """What a line stands for; an amount that a person set lower settles what had been reckoned."""
    return max(line.amount.amount, Decimal(line.facts.get("amount_before", 0)))


def _counts(line: Line) -> bool:
    """Whether a line has used up a part of the entitlement."""
    undone = line.reason in _UNDONE or "replaced_by" in line.facts
    return not line.is_open and not (line.status is CreditStatus.VOIDED and undone)


def _blamed_at(incident: Incident) -> datetime | None:
    """When it was last said whose the fault is."""
    word = incident.last_of(EventKind.ATTRIBUTED)
    return word.at if word else None


def charges_withdrawn(incident: Incident, lines: Sequence[Line]) -> tuple[Line, ...]:
    """X-4: the fault is the ISP's after all."""
    return withdrawn(_charges(lines), lines, _blamed_at(incident))


def charge_reversals_dropped(lines: Sequence[Line]) -> tuple[Line, ...]:
    """The fault is not the ISP's, as first recorded: proposed reversals of its charges fall away."""
    return dropped(_charges(lines), lines)


def _charges(lines: Sequence[Line]) -> list[Line]:
    return [line for line in lines if line.type is CreditType.CHARGE]
