"""Service credits: what an incident earns, and why (C-1 to C-16). The amount is worked out in the open."""

from __future__ import annotations

import calendar as gregorian
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import ROUND_DOWN, Decimal
from fractions import Fraction
from itertools import zip_longest
from typing import NamedTuple
from zoneinfo import ZoneInfo

from bridge.domain.calendar import Span, age, cut_at, in_hours, instant_at, union
from bridge.domain.decisions import CreditStatus, CreditType, Reason
from bridge.domain.events import Event, EventKind
from bridge.domain.money import Money
from bridge.domain.policy import Attribution, BonusPolicy, DayCounting, KindCredit, MonthBasis
from bridge.domain.records import ClientStatus, Service
from bridge.domain.subscription import Subscription
from bridge.domain.timeline import Incident

_DAY = timedelta(hours=24)
_MICROSECOND = timedelta(microseconds=1)
_NOTHING = Money(Decimal(0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Entitlement:
    """What an incident earns in all, before earlier lines and caps are taken off.

    `status` is `refused`, `accruing`, `due` or `held`; `final_at` the instant it became final (C-9).
    """

    status: CreditStatus
    reason: Reason
    rule: str
    type: CreditType = CreditType.DAYS
    amount: Money = _NOTHING
    days: Decimal | None = None
    monthly_price: Money | None = None
    service_id: int | None = None
    final_at: datetime | None = None
    facts: Mapping[str, str] = field(default_factory=dict)


class Outage(NamedTuple):
    """The outage of an incident (C-2) as it stands at `now`: its spans, and how long it has lasted."""

    spans: tuple[Span, ...]
    now: datetime
    lasted: timedelta


def outage_at(incident: Incident, now: datetime) -> Outage:
    """Measure the outage once for everything that depends on it."""
    spans = outage_spans(incident)
    return Outage(spans=spans, now=now, lasted=age(spans, now))


def outage_spans(incident: Incident) -> tuple[Span, ...]:
    """The outage (C-2): the spans a ticket was open, started or ended earlier where staff recorded so."""
    spans = incident.spans
    since = incident.last_of(EventKind.OUTAGE_SINCE)
    if since is not None:
        start = datetime.fromisoformat(since.data["since"])
        spans = union((*spans, Span(start, incident.opened_at))) if start < incident.opened_at else spans
    told = incident.all_of(EventKind.OUTAGE_RESTORED)
    if not told:
        return spans if spans[0].end != spans[0].start else union(spans)
    following = [span.start for span in spans[1:]]
    return union(_restored(told, span, until) for span, until in zip_longest(spans, following))


def _restored(told: Sequence[Event], span: Span, until: datetime | None) -> Span:
    """End a span where staff recorded that service was back, by the last word before the next span."""
    last = next((event for event in reversed(told) if Span(span.start, until).holds(event.at)), None)
    if last is None:
        return span
    moment = datetime.fromisoformat(last.data["restored"])
    return Span(span.start, max(min(moment, span.end or moment), span.start))


def entitlement(
    incident: Incident, outage: Outage, policy: BonusPolicy | None, zone: ZoneInfo, enforce_from: datetime
) -> Entitlement | None:
    """Return what the incident has earned by `outage.now`; None while open with nothing earned yet.

    One clause a rule, the first that applies decides.
    """
    if incident.opened_at < enforce_from:
        return Entitlement(status=CreditStatus.REFUSED, reason=Reason.BEFORE_ENFORCEMENT, rule="C-14")
    if policy is None:
        if incident.ended_at is None:
            return None
        return Entitlement(status=CreditStatus.HELD, reason=Reason.NO_POLICY, rule="C-12")
    return _Claim(incident, outage, policy, zone).result()


class _Claim:
    def __init__(self, incident: Incident, outage: Outage, policy: BonusPolicy, zone: ZoneInfo) -> None:
        self.incident = incident
        self.policy = policy
        self.zone = zone
        self.outage = outage
        ended = incident.ended_at
        self.final = outage.lasted > policy.month_over or (ended is not None and ended <= outage.now)

    def result(self) -> Entitlement | None:
        policy, lasted, final = self.policy, self.outage.lasted, self.final
        attribution = self.incident.attribution
        if attribution is Attribution.UNKNOWN:
            attribution = policy.unknown_attribution
        if attribution is not Attribution.ISP:
            return self._refused(Reason.NOT_ATTRIBUTABLE, "C-1")
        if lasted < policy.days_from:
            return self._refused(Reason.BELOW_THRESHOLD, "C-3") if final else None
        month = lasted > policy.month_over
        earns = policy.kinds.get(self.incident.kind)
        if earns is not None and not self._earns(earns, month=month):
            return self._refused(Reason.NO_DAYS_FOR_KIND, "C-8") if final else None
        subscription = self.incident.subscription
        service, missing = self._service(subscription)
        claim = self._amount(service, subscription, earns or KindCredit(days=True, month=True), month=month)
        if not final:
            return self._entitled(CreditStatus.ACCRUING, claim, claim.reason, "C-9", service)
        unnamed = None if earns else (Reason.UNCLASSIFIED, "C-8")
        obstacle = self._obstacle(subscription) or unnamed or missing
        if obstacle is not None:
            return self._entitled(CreditStatus.HELD, claim, obstacle[0], obstacle[1], service)
        return self._entitled(CreditStatus.DUE, claim, claim.reason, "C-5" if month else "C-4", service)

    def _final_at(self) -> datetime | None:
        """When the credit became final: at the incident's end, or just after the month's limit (C-9)."""
        if not self.final:
            return None
        over, ended = instant_at(self.outage.spans, self.policy.month_over), self.incident.ended_at
        known = [instant for instant in (over and over + _MICROSECOND, ended) if instant is not None]
        return min(known)

    def _facts(self) -> dict[str, str]:
        return {
            "outage": in_hours(self.outage.lasted),
            "days_from": in_hours(self.policy.days_from),
            "month_over": in_hours(self.policy.month_over),
            "kind": self.incident.kind,
            "attribution": str(self.incident.attribution),
        }

    @staticmethod
    def _earns(earns: KindCredit, *, month: bool) -> bool:
        return earns.month if month else earns.days

    def _refused(self, reason: Reason, rule: str) -> Entitlement:
        return Entitlement(
            status=CreditStatus.REFUSED,
            reason=reason,
            rule=rule,
            final_at=self._final_at(),
            facts=self._facts(),
        )

    def _entitled(
        self, status: CreditStatus, claim: _Amount, reason: Reason, rule: str, service: Service | None
    ) -> Entitlement:
        return Entitlement(
            status=status,
            reason=reason,
            rule=rule,
            type=claim.type,
            amount=claim.amount,
            days=claim.days,
            monthly_price=claim.monthly_price,
            service_id=service.service_id if service else None,
            final_at=self._final_at(),
            facts={**self._facts(), **claim.facts},
        )

    def _service(self, subscription: Subscription | None) -> tuple[Service | None, tuple[Reason, str] | None]:
        """The affected service: the one staff named, else the only one (C-6)."""
        services = subscription.services if subscription else ()
        named = self.incident.service_id
        if named is not None:
            services = tuple(service for service in services if service.service_id == named)
        if not services:
            return None, (Reason.NO_SERVICE, "C-6")
        if len(services) > 1:
            return None, (Reason.AMBIGUOUS_SERVICE, "C-6")
        if services[0].price.amount <= 0:
            return services[0], (Reason.AWAITING_AMOUNT, "C-6")
        return services[0], None

    def _obstacle(self, subscription: Subscription | None) -> tuple[Reason, str] | None:
        """What billing must look at: customer left, ticket gone (C-12), service suspended (C-16)."""
        changes = self.incident.all_of(EventKind.CLIENT_STATUS)
        at_opening = [subscription.status] if subscription else []
        latest = [*at_opening, *(ClientStatus(event.data["status"]) for event in changes)][-1:]
        if self.incident.last_of(EventKind.CANCELLED) or latest == [ClientStatus.RETIRED]:
            return Reason.CUSTOMER_LEFT, "C-12"
        if self.incident.ended_at is not None and self._last_sight() is EventKind.GONE:
            return Reason.TICKET_GONE, "C-12"
        until = self._final_at() or self.outage.now
        before_final = [ClientStatus(event.data["status"]) for event in changes if event.at <= until]
        if ClientStatus.SUSPENDED in {*at_opening, *before_final}:
            return Reason.SUSPENDED_CUSTOMER, "C-16"
        return None

    def _last_sight(self) -> EventKind | None:
        sights = EventKind.OPENED, EventKind.REOPENED, EventKind.CLOSED, EventKind.GONE
        last = self.incident.last_of(*sights)
        return last.kind if last else None

    def _amount(
        self, service: Service | None, subscription: Subscription | None, earns: KindCredit, *, month: bool
    ) -> _Amount:
        """C-4 to C-7: days or a month of the price at t0, rounded once."""
        days = self._days() if earns.days and not (month and self.policy.month_replaces_days) else 0
        type_, reason = (CreditType.MONTH, Reason.MONTH) if month else (CreditType.DAYS, Reason.DAYS)
        shown = None if month else _decimal(days)
        facts = {} if shown is None else {"days": str(shown), "counting": str(self.policy.day_counting)}
        if service is None:
            return _Amount(type_, reason, _NOTHING, days=shown, monthly_price=None, facts=facts)
        price, divisor = self._price(service), self._month_days()
        price_text, (top, bottom) = str(price), price.amount.as_integer_ratio()
        whole = top * divisor
        part = min(whole, top * (days + (divisor if month else 0)))
        facts |= {"monthly_price": price_text, "service": str(service.service_id), "plan": service.plan}
        if subscription is not None:
            facts["price_seen_at"] = subscription.seen_at.isoformat()
        facts["sum"] = price_text if part == whole else f"{price_text} x {shown} / {divisor}"
        return _Amount(
            type_,
            reason,
            amount=Money(_to_cents(part, bottom * divisor), price.currency),
            days=shown,
            monthly_price=price,
            facts=facts,
        )

    def _price(self, service: Service) -> Money:
        if self.policy.price_includes_tax:
            return service.price
        return Money(service.price.amount * (1 + service.tax_percent / 100), service.price.currency)

    def _month_days(self) -> int:
        if self.policy.month_basis is MonthBasis.THIRTY:
            return 30
        begun = self.outage.spans[0].start.astimezone(self.zone)
        return gregorian.monthrange(begun.year, begun.month)[1]

    def _days(self) -> int | Fraction:
        """The days without service, by the way the mapping counts them (C-4)."""
        match self.policy.day_counting:
            case DayCounting.STARTED_24H:
                return -(-self.outage.lasted // _DAY)
            case DayCounting.COMPLETED_24H:
                return self.outage.lasted // _DAY
            case DayCounting.EXACT_HOURS:
                return Fraction(self.outage.lasted // _MICROSECOND, _DAY // _MICROSECOND)
            case DayCounting.CALENDAR_DAYS:
                return len(self._dates())

    def _dates(self) -> set[int]:
        dates: set[int] = set()
        for span in cut_at(self.outage.spans, self.outage.now):
            last = (span.end or self.outage.now) - _MICROSECOND
            first_day = span.start.astimezone(self.zone).toordinal()
            dates.update(range(first_day, last.astimezone(self.zone).toordinal() + 1))
        return dates


class _Amount(NamedTuple):
    type: CreditType
    reason: Reason
    amount: Money
    days: Decimal | None
    monthly_price: Money | None
    facts: Mapping[str, str]


def _to_cents(top: int | Fraction, bottom: int) -> Decimal:
    """Round the exact `top / bottom` half up to the cent, once (C-7)."""
    return Decimal((200 * top + bottom) // (2 * bottom)).scaleb(-2)


def _decimal(days: int | Fraction) -> Decimal:
    """Days for people: whole where they are, else four decimals, cut."""
    if days.denominator == 1:
        return Decimal(days.numerator)
    return (Decimal(days.numerator) / Decimal(days.denominator)).quantize(Decimal("0.0001"), ROUND_DOWN)
