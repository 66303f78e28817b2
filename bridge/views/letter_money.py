"""The money of a letter: what is credited or charged as it stands now, its sum, and where to see it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from bridge.domain.decisions import CreditStatus, CreditType, Line, Reason
from bridge.domain.money import Money
from bridge.domain.policy import Rulebook
from bridge.domain.terms import in_force
from bridge.views.letter_words import Words
from bridge.views.receipts import Receipt

_S = CreditStatus
_UNDER_REVIEW = {_S.HELD, _S.AWAITING_APPROVAL, _S.AWAITING_AMOUNT}


def money_told(receipt: Receipt, rulebook: Rulebook, lasted: timedelta) -> Iterator[str]:
    """Yield each credit and charge that stands in a paragraph of its own, with what was corrected of it.

    `lasted` is the outage as it is known now (C-2).
    """
    return _Teller(receipt, rulebook, lasted).paragraphs()


@dataclass(frozen=True, slots=True)
class _Teller:
    receipt: Receipt
    rulebook: Rulebook
    lasted: timedelta

    @property
    def words(self) -> Words:
        return Words(self.rulebook.texts, self.rulebook.zone)

    def paragraphs(self) -> Iterator[str]:
        credited = self._standing()
        if not credited:
            yield self._nothing_yet()
        for line in (*credited, *self._lines(CreditType.CHARGE)):
            yield " ".join(filter(None, self._told(line)))

    def _standing(self) -> Sequence[Line]:
        """The credits, without those that others have taken the place of; the last one where none stands."""
        lines = self._lines(CreditType.DAYS, CreditType.MONTH)
        alive = [line for line in lines if not _says_no(line)]
        return [line for line in alive if not self._is_taken_back(line)] or alive or lines[-1:]

    def _is_taken_back(self, line: Line) -> bool:
        reversal = self._reversal(line)
        return reversal is not None and reversal.status is not _S.REVERSAL_PROPOSED

    def _reversal(self, line: Line) -> Line | None:
        """What takes a line back, or is proposed to."""
        found = [one for one in self._lines(CreditType.REVERSAL) if one.facts["of"] == line.credit_id]
        return next((one for one in found if one.status is not _S.VOIDED), None)

    def _told(self, line: Line) -> Iterator[str]:
        reversal = self._reversal(line)
        if reversal is None:
            return self._charge(line) if line.type is CreditType.CHARGE else self._credit(line)
        return self._reversed(line, reversal) if self._is_taken_back(line) else self._doubted(line)

    def _doubted(self, line: Line) -> Iterator[str]:
        """It stands on the panel, and a person decides whether it is taken back (C-13, X-4)."""
        if line.type is CreditType.CHARGE:
            yield self.words.say("charge_in_review")
            return
        yield self.words.say("credit_given", amount=self.words.money(line.amount))
        yield self.words.say("in_review")

    def _reversed(self, line: Line, reversal: Line) -> Iterator[str]:
        name = "charge_reversed" if line.type is CreditType.CHARGE else "credit_reversed"
        yield self.words.say(name, amount=self.words.money(reversal.amount))
        yield self._where(reversal, "reversal_next_invoice")

    def _credit(self, line: Line) -> Iterator[str]:
        if line.status is _S.REFUSED:
            yield self._refused(line.reason, line)
        elif line.status is _S.VOIDED:
            changed = line.because_of_attribution
            yield self.words.say("refused_attribution_changed" if changed else "voided")
        elif line.status in _UNDER_REVIEW:
            yield self.words.say("in_review")
            yield self.words.say_if_known(f"held_{line.reason}")
        else:
            yield from self._granted(line)

    def _refused(self, reason: Reason, line: Line) -> str:
        """The reason in a customer's words; limits come from the sum that refused it."""
        limit = "month_over" if reason is Reason.NO_DAYS_FOR_KIND else "days_from"
        return self.words.say(f"refused_{reason}", hours=self._hours(line, limit))

    def _hours(self, line: Line, name: str) -> str:
        known = line.facts.get(name, "")
        return known.removesuffix(":00:00") or self._limit(name)

    def _limit(self, name: str) -> str:
        policy = in_force(self.rulebook.bonus, self.receipt.view.incident.opened_at, self.rulebook.zone)
        limit = getattr(policy, name, timedelta(0))
        return f"{limit / timedelta(hours=1):g}"

    def _granted(self, line: Line) -> Iterator[str]:
        amount = self.words.money(line.amount)
        if line.status is _S.ACCRUING:
            if "monthly_price" not in line.facts:
                yield self.words.say("credit_accruing_unpriced")
                return
            yield self.words.say("credit_accruing", amount=amount)
        elif not self._is_explained(line):
            yield self.words.say("credit_given", amount=amount)
        elif line.type is CreditType.MONTH:
            yield self.words.say("credit_month", amount=amount, hours=self._hours(line, "month_over"))
        else:
            name = "credit_one_day" if line.days == 1 else "credit_days"
            yield self.words.say(name, amount=amount, days=line.days)
        if self._is_explained(line):
            yield from self._sum(line)
        if line.status is not _S.ACCRUING:
            yield self._where(line, "next_invoice")

    def _is_explained(self, line: Line) -> bool:
        """Whether the outage as it is known now still gives the amount; one found on the panel has no sum."""
        limit = line.facts.get("month_over" if line.type is CreditType.MONTH else "outage")
        if limit is None or "adopted" in line.facts:
            return False
        lasted = self.lasted
        return lasted > _duration(limit) if line.type is CreditType.MONTH else lasted >= _duration(limit)

    def _sum(self, line: Line) -> Iterator[str]:
        facts = line.facts
        if "amount_set_by" in facts or "sum" not in facts:
            return
        price = self.words.money(Money(Decimal(facts["monthly_price"]), line.amount.currency))
        _, divided, divisor = facts["sum"].partition(" / ")
        if divided:
            name = "sum_one_day" if facts["days"] == "1" else "sum_days"
            yield self.words.say(name, days=facts["days"], monthly_price=price, divisor=divisor)
        else:
            yield self.words.say("sum_month", monthly_price=price)
        if "already_credited" in facts:
            before = Money(Decimal(facts["already_credited"]), line.amount.currency)
            yield self.words.say("already_credited", amount=self.words.money(before))
        if "cut_by_cap" in facts:
            yield self.words.say("cut_by_cap")

    def _where(self, line: Line, otherwise: str) -> str:
        """On which invoice it stands, or that it will."""
        if not line.invoice_ids:
            return self.words.say(otherwise)
        found = self.words.say("on_invoice", invoices=", ".join(map(str, line.invoice_ids)))
        carried = line.status is _S.POSTED and line.type is not CreditType.CHARGE
        return f"{found} {self.words.say('carried_over')}" if carried else found

    def _nothing_yet(self) -> str:
        """Nothing is earned so far, and not refused either."""
        row = self.receipt.view.incident
        policy = in_force(self.rulebook.bonus, row.opened_at, self.rulebook.zone)
        if policy is None or row.ended_at is not None:
            return ""
        earns = policy.kinds.get(row.kind)
        return self.words.say("nothing_yet", hours=self._limit(_first_limit(days=not earns or earns.days)))

    def _charge(self, line: Line) -> Iterator[str]:
        if line.status in _UNDER_REVIEW:
            yield self.words.say("charge_pending")
        elif line.status is not _S.VOIDED:
            yield self.words.say("charge", amount=self.words.money(line.amount))
            yield self._where(line, "charge_next_invoice")

    def _lines(self, *types: CreditType) -> Sequence[Line]:
        return [view.line for view in self.receipt.credits if view.line.type in types]


def _says_no(line: Line) -> bool:
    """Whether a line says that there is no credit; a cap only says that there is no more."""
    refused = line.status is _S.REFUSED and line.reason is not Reason.CAPPED
    return refused or line.status is _S.VOIDED


def _duration(text: str) -> timedelta:
    """A duration as receipts write it: `72:00:01`."""
    hours, minutes, seconds = text.split(":")
    return timedelta(hours=int(hours), minutes=int(minutes), seconds=float(seconds))


def _first_limit(*, days: bool) -> str:
    return "days_from" if days else "month_over"
