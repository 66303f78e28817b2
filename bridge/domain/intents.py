"""What the bridge wants of the panel: pushes, the routes they can take, and what a later look shows."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from bridge.domain.money import Money
from bridge.domain.records import Channel


class PushKind(StrEnum):
    """The kinds of push, as named under `routes` in config.yaml."""

    OPEN = "open"
    CLOSE = "close"
    SET_STATUS = "set_status"
    ASSIGN = "assign"
    NOTE = "note"  # a reply to the customer, or an internal note
    CREDIT = "credit"
    CHARGE = "charge"
    SMS = "sms"

    @property
    def moves_money(self) -> bool:
        """Whether the money guards watch it."""
        return self in {PushKind.CREDIT, PushKind.CHARGE}


class Route(StrEnum):
    """How a push reaches the panel (design section 1)."""

    API = "api"
    DATABASE = "database"
    MANUAL = "manual"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """One file that goes with a ticket."""

    name: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Push:
    """One wish. Only the fields of its kind are filled.

    `key` is the idempotency key. `marker` is the text by which the push is found again on the panel:
    it is part of `text` for notes, closings, credits and charges. `amount` is positive; the kind gives
    the sign. `due_at` is the deadline it serves, for ordering; for a ticket to be opened it is when the
    customer reported (I-4), so that no such ticket on the panel is older. `subject`, `channel` and
    `attachment` are the ticket's; the file is with it only while it is sent.
    """

    key: str
    kind: PushKind
    client_id: int
    due_at: datetime
    ticket_id: int | None = None
    marker: str = ""
    text: str = ""
    internal: bool = False
    department_id: int | None = None
    state: str | None = None
    technician_id: int | None = None
    amount: Money | None = None
    subject: str = ""
    channel: Channel = Channel.OTHER
    attachment: Attachment | None = None


class Visibility(StrEnum):
    """What a look at the panel says of a push."""

    SHOWN = "shown"
    ABSENT = "absent"  # the route can show it, and it is not there
    HIDDEN = "hidden"  # this route cannot show it


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """The result of looking for a push. Money facts only for credits and charges.

    `amount` is what the panel holds (positive, in the kind's own direction), summed over `invoice_ids`
    and what is still pending; `pending` says that some of it waits for an invoice; `copies` counts the
    rows that carry the marker. `dead_invoices` took it up and were cancelled or deleted since,
    `taken_off` says that the panel calls it charged though no invoice has it,
    `paid_before` are those of `invoice_ids` that had been paid before it was written, and `lost` is what an
    invoice too small for it took without leaving a remainder. `ticket_id` is the ticket that was opened.
    """

    visibility: Visibility
    amount: Money | None = None
    invoice_ids: tuple[int, ...] = ()
    pending: bool = False
    copies: int = 1
    dead_invoices: tuple[int, ...] = ()
    taken_off: bool = False
    paid_before: tuple[int, ...] = ()
    lost: Money | None = None
    ticket_id: int | None = None

    def is_of(self, push: Push) -> bool:
        """Whether the panel shows just this push: once and, where it tells the amount, with its amount."""
        return self.copies == 1 and (self.amount is None or self.amount == push.amount)


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """A balance on the panel, whoever wrote it, whose text carries a marker of the bridge.

    `pending` says that it waits for an invoice; `written_on` is its day in the panel's zone, if it has one.
    """

    client_id: int
    marker: str
    pending: bool
    written_on: date | None


HIDDEN = Sight(visibility=Visibility.HIDDEN)
ABSENT = Sight(visibility=Visibility.ABSENT)
SHOWN = Sight(visibility=Visibility.SHOWN)
