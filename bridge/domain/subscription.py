"""What a customer had when a ticket was first seen open: standing, services and their prices (C-6)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from bridge.domain.events import Event
from bridge.domain.money import Money
from bridge.domain.records import ClientStatus, Service


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """What the customer had at first sight of an opening (C-6)."""

    status: ClientStatus
    services: tuple[Service, ...]
    zone: str
    seen_at: datetime


def subscription_of(event: Event) -> Subscription:
    """Read what `observe.subscribed` recorded."""
    services = [
        Service(
            service_id=int(one["id"]),
            plan=one["plan"],
            price=Money(Decimal(one["price"]), one["currency"]),
            tax_percent=Decimal(one["tax"]),
            node=one["node"],
        )
        for one in json.loads(event.data["services"])
    ]
    return Subscription(
        status=ClientStatus(event.data["status"]),
        services=tuple(services),
        zone=event.data.get("zone", ""),
        seen_at=event.seen_at,
    )
