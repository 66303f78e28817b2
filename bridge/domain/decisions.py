"""Decisions as values: what, by which rule, because of what, resting on which events and policy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from bridge.domain.labels import Labelled
from bridge.domain.money import Money


class Because(Labelled):
    """Why a decision was taken; the value is stable, the label is for people."""

    OPENED = "opened", "a new fault was reported"
    ENQUIRY = "enquiry", "an enquiry goes to the department that handles it"
    UNMATCHED = "unmatched", "no category matches, so reception routes it"
    NO_CONTACT = "no_contact", "level 1 had not contacted the customer in time"
    CONTACT_FAILED = "contact_failed", "staff contacted the customer and could not solve it"
    NOT_SOLVED_IN_TIME = "not_solved_in_time", "still open when level 1's time ran out"
    NO_LEVEL_2_CALL = "no_level_2_call", "level 2 had neither called nor fixed a visit in time"
    CLASSED_SEVERE = "classed_severe", "staff classed it severe"
    VISIT_FAILED = "visit_failed", "the visit did not solve it"
    NO_VISIT_FIXED = "no_visit_fixed", "no visit was fixed in time"
    VISIT_PASSED = "visit_passed", "the visit's time passed without a resolution"
    TOO_OLD = "too_old", "open for so long that it is severe whatever happened"
    CHOSEN = "chosen", "the available technician of that level with the fewest open incidents"
    KEPT = "kept", "the technician who has it already serves that level"
    HANDED_OVER = "handed_over", "the technician before is on leave or no longer on the roster"
    NOBODY = "nobody", "no technician of that level is available"
    ENDED = "ended", "every ticket of the incident is closed"
    RESOLVED = "resolved", "staff recorded it as resolved"
    # The reasons of the ledger, with the same values as `Reason`.
    BELOW_THRESHOLD = "below_threshold", "the outage was shorter than the credit's threshold"
    DAYS = "days", "the days without service are credited"
    MONTH = "month", "the outage passed the limit for a month of service"
    NO_DAYS_FOR_KIND = "no_days_for_kind", "this kind of fault earns no days"
    NOT_ATTRIBUTABLE = "not_attributable", "the fault was not the ISP's"
    UNCLASSIFIED = "unclassified", "nobody has said what kind of fault it was"
    AMBIGUOUS_SERVICE = "ambiguous_service", "the customer has several services and none was named"
    NO_SERVICE = "no_service", "the customer has no such service"
    SUSPENDED_CUSTOMER = "suspended_customer", "the service was suspended for non-payment"
    CUSTOMER_LEFT = "customer_left", "the customer has left"
    TICKET_GONE = "ticket_gone", "the ticket vanished from the panel"
    NO_NEXT_INVOICE = "no_next_invoice", "no further invoice was issued in time"
    NO_POLICY = "no_policy", "no version of the policy was in force"
    BEFORE_ENFORCEMENT = "before_enforcement", "the ticket was opened before the bridge took over"
    CAPPED = "capped", "the month's cap cut it"
    ABOVE_APPROVAL = "above_approval", "the amount needs a person's approval"
    AWAITING_AMOUNT = "awaiting_amount", "the price list has no price for it"
    ATTRIBUTION_CHANGED = "attribution_changed", "the attribution was changed afterwards"
    REGROUPED = "regrouped", "its ticket proves to belong to another report, or to be no fault"
    GONE_FROM_PANEL = "gone_from_panel", "it stood on the panel and somebody took it away"
    INVOICE_GONE = "invoice_gone", "the invoice that carried it was cancelled or deleted"
    FOUND_ON_PANEL = "found_on_panel", "the panel held a credit for the report that the bridge did not know"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """One decision about one incident.

    `subject` is unique within the incident (`level_2`, `breach:level_2_call`, `credit:C1:due`): a step
    fires once (L-10). `at` is when it was due, `decided_at` the `now` of the cycle. `facts` are the
    numbers of the receipt, as text.
    """

    incident_id: str
    subject: str
    rule: str
    because: Because
    at: datetime
    decided_at: datetime
    policy: str
    events: tuple[str, ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict)


class CreditType(StrEnum):
    """What a line of the ledger is; the type gives the sign."""

    DAYS = "days"
    MONTH = "month"
    CHARGE = "charge"
    REVERSAL = "reversal"


class CreditStatus(StrEnum):
    """The states of a line (design section 4)."""

    REFUSED = "refused"  # a rule says no; the reason tells which
    ACCRUING = "accruing"  # the incident is open and not yet over the month's limit (C-9)
    DUE = "due"  # final, on its way to the panel
    AWAITING_APPROVAL = "awaiting_approval"
    AWAITING_AMOUNT = "awaiting_amount"  # the price list has no price
    HELD = "held"  # billing must look; the reason tells why
    POSTED = "posted"  # stands on the panel, waiting for an invoice
    INVOICED = "invoiced"  # stands on an invoice
    VOIDED = "voided"
    REVERSAL_PROPOSED = "reversal_proposed"  # C-13, X-4
    REVERSED = "reversed"

    @property
    def is_open(self) -> bool:
        """Whether the rules may still change amount and state: nothing was sent."""
        return self in _OPEN


_OPEN = frozenset(
    {
        CreditStatus.REFUSED,
        CreditStatus.ACCRUING,
        CreditStatus.AWAITING_APPROVAL,
        CreditStatus.AWAITING_AMOUNT,
        CreditStatus.HELD,
    }
)


class Reason(StrEnum):
    """Why a line is what it is (design section 5, JSON)."""

    BELOW_THRESHOLD = "below_threshold"
    DAYS = "days"
    MONTH = "month"
    NO_DAYS_FOR_KIND = "no_days_for_kind"
    NOT_ATTRIBUTABLE = "not_attributable"
    UNCLASSIFIED = "unclassified"
    AMBIGUOUS_SERVICE = "ambiguous_service"
    NO_SERVICE = "no_service"
    SUSPENDED_CUSTOMER = "suspended_customer"
    CUSTOMER_LEFT = "customer_left"
    TICKET_GONE = "ticket_gone"
    NO_NEXT_INVOICE = "no_next_invoice"
    NO_POLICY = "no_policy"
    BEFORE_ENFORCEMENT = "before_enforcement"
    CAPPED = "capped"
    ABOVE_APPROVAL = "above_approval"
    AWAITING_AMOUNT = "awaiting_amount"
    ATTRIBUTION_CHANGED = "attribution_changed"
    REGROUPED = "regrouped"
    GONE_FROM_PANEL = "gone_from_panel"
    INVOICE_GONE = "invoice_gone"
    FOUND_ON_PANEL = "found_on_panel"


# A line that is held for one of these was sent: the rules leave it alone, and a person decides.
AFTER_SENDING = frozenset({Reason.NO_NEXT_INVOICE, Reason.GONE_FROM_PANEL, Reason.INVOICE_GONE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of the ledger in its present state: a credit, a charge or a reversal.

    `credit_id` is `RC-1201/C1` (credit), `/X1` (charge) or `/R1` (reversal). `amount` is positive.
    `facts` is the working of the receipt; `decided_by` in it names a person whose word stands.
    `begun_month` is the calendar month (panel's zone, `2026-11`) in which the incident began (C-10).
    """

    credit_id: str
    incident_id: str
    client_id: int
    ticket_ids: tuple[int, ...]
    type: CreditType
    status: CreditStatus
    reason: Reason
    amount: Money
    days: Decimal | None = None
    service_id: int | None = None
    begun_month: str = ""
    final_at: datetime | None = None
    invoice_ids: tuple[int, ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict)

    @property
    def marker(self) -> str:
        """The text by which the line is found on the panel."""
        return f"[{self.credit_id}]"

    @property
    def is_open(self) -> bool:
        """Whether the rules may still change it: nothing was sent.

        A credit held because no invoice came (C-12), or because it vanished from the panel, was sent.
        """
        return self.status.is_open and self.reason not in AFTER_SENDING

    @property
    def has_vanished(self) -> bool:
        """Whether it stood on the panel, does not any more, and waits for a person."""
        gone = self.reason is Reason.GONE_FROM_PANEL or self.reason is Reason.INVOICE_GONE
        return gone and self.status is CreditStatus.HELD

    @property
    def because_of_attribution(self) -> bool:
        """Whether a changed attribution made it what it is (C-13, X-4)."""
        return self.reason is Reason.ATTRIBUTION_CHANGED
