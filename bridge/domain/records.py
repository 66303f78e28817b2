"""What the panel shows, in the trade's words: customers, services, tickets and their messages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from bridge.domain.money import Money


class ClientStatus(StrEnum):
    """A customer's standing with the ISP."""

    ACTIVE = "active"
    SUSPENDED = "suspended"  # for non-payment (C-16)
    RETIRED = "retired"  # has left (C-12)


class TicketState(StrEnum):
    """A ticket's state on the panel (contract 3.1); anything but CLOSED counts as open."""

    OPEN = "open"
    ANSWERED = "answered"  # staff replied
    CUSTOMER_REPLIED = "customer_replied"
    CLOSED = "closed"


class Channel(StrEnum):
    """How the customer reported it."""

    PORTAL = "portal"
    PHONE = "phone"
    MAIL = "mail"
    OFFICE = "office"
    SOCIAL = "social"
    OTHER = "other"


class Author(StrEnum):
    """Who wrote a message; only STAFF's words are signals (design section 3)."""

    CUSTOMER = "customer"
    STAFF = "staff"
    BRIDGE = "bridge"
    UNKNOWN = "unknown"  # the API shows neither author nor time


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """One service a customer pays for; `price` is per month, as billed."""

    service_id: int
    plan: str
    price: Money
    tax_percent: Decimal = Decimal(0)
    node: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """A customer. `services` is None where this read did not show them; `zone` likewise."""

    client_id: int
    name: str
    status: ClientStatus
    services: tuple[Service, ...] | None = None
    zone: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message of a ticket: plain text (tags stripped, entities resolved), author and time if known.

    `operator_id` is the member of staff who wrote it.
    """

    message_id: int | None
    author: Author
    text: str
    at: datetime | None = None
    internal: bool = False
    operator_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """A ticket as one read showed it.

    Instants are aware. A field that the read route cannot show is None: `technician_id` and
    `department_id` (0 = shown, and nobody or nothing). `messages` are in the order the panel gives,
    the opening message first.
    """

    ticket_id: int
    client_id: int
    subject: str
    state: TicketState
    opened_at: datetime
    closed_at: datetime | None = None
    last_activity_at: datetime | None = None
    channel: Channel = Channel.OTHER
    visit_date: date | None = None
    visit_half_day: str = ""
    department_id: int | None = None
    technician_id: int | None = None
    closing_reason: str = ""
    messages: tuple[Message, ...] = ()
    has_attachment: bool | None = None  # None: the route cannot tell (I-8)

    @property
    def is_open(self) -> bool:
        """Whether the panel shows the ticket as anything but closed."""
        return self.state is not TicketState.CLOSED


@dataclass(frozen=True, slots=True, kw_only=True)
class Invoice:
    """An invoice with the texts of its item lines where the route shows them."""

    invoice_id: int
    client_id: int
    issued_on: date | None
    total: Money
    state: str
    item_texts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """A person of the ISP who can log in to the panel."""

    operator_id: int
    name: str
    active: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Department:
    """A department tickets are routed to."""

    department_id: int
    name: str
