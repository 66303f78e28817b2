"""How much a person may set a line to: never more than the rules could give, or take back (C-10, C-13)."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from bridge.domain.decisions import CreditStatus, CreditType, Line
from bridge.domain.money import CENT, Money
from bridge.errors import UsageFault

_S = CreditStatus
_CREDITS = frozenset({CreditType.DAYS, CreditType.MONTH})
_COUNTS_NOTHING = frozenset({_S.REFUSED, _S.ACCRUING, _S.VOIDED})
_NOT_GOING = frozenset({_S.REVERSAL_PROPOSED, _S.VOIDED})


def checked(amount: Decimal, line: Line, lines: Sequence[Line]) -> Money:
    """Return the amount as money of the line. `lines` are all those of its customer.

    Raises UsageFault where it is not above zero, has fractions of a cent, or is more than the line may be:
    a credit and the others of its tickets make one monthly price at most, a reversal takes back what is
    left of its line, a charge is what billing says.
    """
    if not amount.is_finite() or amount <= 0 or amount != amount.quantize(CENT):
        raise UsageFault("the amount is above zero and has at most two decimals, such as 120.50")
    match line.type:
        case CreditType.REVERSAL:
            _check_reversal(amount, line, lines)
        case CreditType.DAYS | CreditType.MONTH:
            _check_credit(amount, line, lines)
        case CreditType.CHARGE:
            pass
    return Money(amount.quantize(CENT), line.amount.currency)


def _check_reversal(amount: Decimal, line: Line, lines: Sequence[Line]) -> None:
    taken = line.facts["of"]
    standing = [one for one in lines if one.credit_id == taken and _stands(one)]
    others = [one for one in lines if one.credit_id != line.credit_id and _takes_back(one, {taken})]
    left = _sum(standing) - _sum(others)
    if amount > left:
        raise UsageFault(
            f"{line.credit_id} takes back {taken}, of which {max(left, Decimal(0)):.2f} stand on the panel: "
            "it cannot be more (rule C-13)"
        )


def _check_credit(amount: Decimal, line: Line, lines: Sequence[Line]) -> None:
    if "monthly_price" not in line.facts:
        return
    price = Decimal(line.facts["monthly_price"])
    others = [
        one
        for one in lines
        if one.type in _CREDITS
        and one.credit_id != line.credit_id
        and one.status not in _COUNTS_NOTHING
        and {*one.ticket_ids} & {*line.ticket_ids}
    ]
    ids = {one.credit_id for one in others}
    given = _sum(others) - _sum([one for one in lines if _takes_back(one, ids)])
    if amount + given > price:
        beside = f", and {given:.2f} of it are given or wait already" if given else ""
        raise UsageFault(
            f"the credits of a report are never more than one monthly price, here {price}{beside} (rule C-10)"
        )


def _takes_back(line: Line, ids: set[str]) -> bool:
    return line.type is CreditType.REVERSAL and line.facts.get("of") in ids and _is_let_go(line)


def _is_let_go(line: Line) -> bool:
    """Whether a line is on its way to the panel or there, as far as the ledger knows."""
    return not line.is_open and not line.has_vanished and line.status not in _NOT_GOING


def _stands(line: Line) -> bool:
    return _is_let_go(line) and line.status is not _S.DUE


def _sum(lines: Sequence[Line]) -> Decimal:
    return sum((line.amount.amount for line in lines), Decimal(0))
