"""The ISP's numbers and words: dated policies and the settings read from the mappings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from zoneinfo import ZoneInfo

from bridge.domain.money import Money
from bridge.domain.words import normalise

HOUR = timedelta(hours=1)
_HALF_DAYS = {"manana": "receipt_morning", "tarde": "receipt_afternoon"}

UNKNOWN = "unknown"
UNROUTED = "unrouted"
NO_ACCESS = "no_access"
LOW_SPEED = "low_speed"


class Attribution(StrEnum):
    """Whose the fault is (C-1)."""

    ISP = "isp"
    CUSTOMER = "customer"
    THIRD_PARTY = "third_party"
    FORCE_MAJEURE = "force_majeure"
    PLANNED = "planned"
    UNKNOWN = "unknown"


class DayCounting(StrEnum):
    """How hours without service become days (C-4)."""

    STARTED_24H = "started_24h"
    COMPLETED_24H = "completed_24h"
    CALENDAR_DAYS = "calendar_days"
    EXACT_HOURS = "exact_hours"


class ClockStart(StrEnum):
    """Where the 48 h of level 2 are counted from (L-4)."""

    OPENING = "opening"
    REPORT_NUMBER = "report_number"


class MonthBasis(StrEnum):
    """What a month is divided by to price a day (C-6)."""

    THIRTY = "30"
    CALENDAR = "calendar_month"


@dataclass(frozen=True, slots=True, kw_only=True)
class EscalationPolicy:
    """One dated version of the ladder (rules L-2 to L-9)."""

    version: str
    effective_from: date
    level_1_contact: timedelta = 2 * HOUR
    report_after: timedelta = 2 * HOUR
    level_2_call: timedelta = 48 * HOUR
    level_2_counted_from: ClockStart = ClockStart.OPENING
    severe_after: timedelta = 72 * HOUR
    visit_hours: timedelta = 2 * HOUR
    visit_grace: timedelta = 4 * HOUR
    half_day_ends: Mapping[str, time] = field(
        default_factory=lambda: {"mañana": time(14), "tarde": time(19), "": time(19)}
    )
    continues_within: timedelta = 72 * HOUR
    report_prefix: str = "RC-"


@dataclass(frozen=True, slots=True, kw_only=True)
class KindCredit:
    """What a kind of fault earns (C-8)."""

    days: bool
    month: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class BonusPolicy:
    """One dated version of the service credits (rules C-1 to C-12)."""

    version: str
    effective_from: date
    days_from: timedelta = 72 * HOUR
    month_over: timedelta = 96 * HOUR
    month_replaces_days: bool = True
    day_counting: DayCounting = DayCounting.STARTED_24H
    month_basis: MonthBasis = MonthBasis.THIRTY
    price_includes_tax: bool = True
    unknown_attribution: Attribution = Attribution.ISP
    kinds: Mapping[str, KindCredit] = field(
        default_factory=lambda: {
            NO_ACCESS: KindCredit(days=True, month=True),
            LOW_SPEED: KindCredit(days=False, month=True),
        }
    )
    monthly_cap: Decimal = Decimal(1)  # monthly prices per service and calendar month (C-10)
    next_invoice_within: timedelta = timedelta(days=62)  # C-12


class Support(StrEnum):
    """The kind of support a charge pays for (X-2)."""

    REMOTE = "remote"
    VISIT = "visit"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargePolicy:
    """One dated version of the extra charges (rules X-1 to X-3). A price of None waits for billing."""

    version: str
    effective_from: date
    attributions: frozenset[Attribution] = frozenset({Attribution.CUSTOMER})
    prices: Mapping[Support, Money | None] = field(default_factory=dict)
    needs_approval: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultKind:
    """A kind of fault or enquiry and the words it is known by (I-5 to I-7); words are normalised."""

    name: str
    label: str
    is_fault: bool
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Kinds:
    """The classifier of tickets (`faults.yaml`); the first kind in the file's order that matches wins."""

    kinds: tuple[FaultKind, ...]

    def is_fault(self, name: str) -> bool:
        """Whether the ladder applies: every kind but the enquiries (I-6)."""
        return name not in [kind.name for kind in self.kinds if not kind.is_fault]


@dataclass(frozen=True, slots=True, kw_only=True)
class Departments:
    """Where tickets are routed (`departments.yaml`): panel department ids.

    `states` is the panel state word to set with a level, where the ISP wants one.
    """

    names: Mapping[int, str]
    levels: Mapping[int, int]
    reception: int
    enquiries: Mapping[str, int]
    states: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """Working hours on some weekdays (0 = Monday), in the panel's zone."""

    weekdays: frozenset[int]
    start: time
    end: time


@dataclass(frozen=True, slots=True, kw_only=True)
class Leave:
    """Days away, both included."""

    first: date
    last: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Technician:
    """A technician of the roster (`technicians.yaml`). Empty zones and nodes mean everywhere."""

    operator_id: int
    name: str
    levels: frozenset[int]
    zones: frozenset[str] = frozenset()
    nodes: frozenset[int] = frozenset()
    shifts: tuple[Shift, ...] = ()
    leave: tuple[Leave, ...] = ()
    max_open: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Roster:
    """The technicians, and the operator id under which the bridge itself writes (0: none known)."""

    technicians: tuple[Technician, ...]
    bridge_operator: int = 0


class Meaning(StrEnum):
    """What a signal says (design section 3)."""

    CONTACT = "contact"
    CONTACT_FAILED = "contact_failed"
    VISIT = "visit"
    VISIT_DONE = "visit_done"
    VISIT_FAILED = "visit_failed"
    SERVICE = "service"
    SEVERE = "severe"
    ATTRIBUTION = "attribution"
    KIND = "kind"
    RESOLVED = "resolved"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tag:
    """One tag staff can write: `word` without `#`, normalised; `value` is its fixed argument, if any."""

    word: str
    meaning: Meaning
    value: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signals:
    """How the panel's facts are read (`signals.yaml`).

    `states` maps a ticket state's name (`answered`) to its meaning; `departments` maps a department id
    that staff move a ticket to, to a kind. `attribution_words` are the words after `#no-atribuible`. An hour
    before `visits_from` without am or pm is, for a visit, one of the afternoon.
    """

    tags: tuple[Tag, ...]
    attribution_words: Mapping[str, Attribution]
    states: Mapping[str, Meaning] = field(default_factory=dict)
    departments: Mapping[int, str] = field(default_factory=dict)
    visit_date_fixes_visit: bool = True
    reply_is_contact: bool = True
    visits_from: time = time(7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Texts:
    """Customer-facing templates (`messages.yaml`), `str.format` with the fields each one names."""

    templates: Mapping[str, str]

    def render(self, name: str, **fields: object) -> str:
        """Fill the template `name`."""
        return self.templates[name].format(**fields)

    def half_day(self, half_day: str) -> str:
        """Return the words for a half-day (`tarde`: `por la tarde`); nothing for another one, or none."""
        name = _HALF_DAYS.get(normalise(half_day))
        return self.render(name) if name else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rulebook:
    """Everything the mappings say, as the domain needs it.

    `digest` identifies the texts used, what config.yaml gives to the rules among them.
    """

    zone: ZoneInfo
    enforce_from: datetime  # C-14: midnight of the day, panel's zone
    escalation: tuple[EscalationPolicy, ...]
    bonus: tuple[BonusPolicy, ...]
    charges: tuple[ChargePolicy, ...]
    kinds: Kinds
    departments: Departments
    roster: Roster
    signals: Signals
    texts: Texts
    approval_above: Money
    digest: str = ""
