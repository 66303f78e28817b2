"""Who will be without Internet in a storm, when and for how long, and what the books say each is owed."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import Enum, auto

from tests.acceptance.town import T0, Town
from tests.faults.books import Books, earned

SPAN = timedelta(hours=150)  # within which everybody's trouble begins
WHOLE = SPAN + timedelta(hours=150)  # by when all of it is over
SUPPORT = Decimal("150.00")  # remote support, as in `mappings_for_every_push`

PRICES = tuple(map(Decimal, ("199.00", "300.00", "349.00", "400.00", "499.90")))
UNPAID = (
    timedelta(hours=1),
    timedelta(hours=47),
    timedelta(hours=71, minutes=59, seconds=59),
)
PAID = (
    timedelta(hours=72),
    timedelta(hours=72, seconds=1),
    timedelta(hours=83),
    timedelta(hours=96),
    timedelta(hours=96, seconds=1),
    timedelta(hours=130),
)


class Ending(Enum):
    """How somebody's trouble ends."""

    STAFF_CLOSE = auto()  # somebody closes the ticket in the panel
    STAFF_RESOLVE = auto()  # a note with #resuelto: the bridge closes the ticket
    OWN_FAULT = auto()  # closed as the customer's own fault: no credit, a charge


@dataclass(kw_only=True)
class Fate:
    """One customer's trouble; `ticket` is 0 until it is opened."""

    customer: int
    price: Decimal
    opened: datetime
    outage: timedelta
    ending: Ending
    ticket: int = 0
    over: bool = False

    def happen(self, place: Town, books: Books, now: datetime) -> None:
        """Let happen in the panel what has come to pass by `now`."""
        if not self.ticket and now >= self.opened:
            self.ticket = place.ticket(self.customer, self.opened)
        end = self.opened + self.outage
        if self.ticket and not self.over and now >= end:
            self.over = True
            books.closed.add(self.ticket)
            if self.ending is Ending.STAFF_RESOLVE:
                place.staff("tag", end, ticket=self.ticket, text="#resuelto", operator=11)
            else:
                reason = "#no-atribuible" if self.ending is Ending.OWN_FAULT else "listo"
                place.staff("close", end, ticket=self.ticket, reason=reason)

    def enter(self, books: Books) -> None:
        """Enter in the books what this customer will be owed, or owe."""
        if self.ending is Ending.OWN_FAULT:
            books.charge(self.customer, SUPPORT)
        else:
            books.credit(self.customer, earned(self.price, self.outage))


def drawn(dice: random.Random, credits: int, endings: Sequence[Ending]) -> list[Fate]:  # noqa: A002
    """Draw so many customers who earn a credit, and some who do not, in an order of the dice's own."""
    outages = [dice.choice(PAID) for _ in range(credits)]
    fates = [(outage, dice.choice(endings)) for outage in outages]
    fates += [(dice.choice(UNPAID), dice.choice(endings)) for _ in range(credits // 5 + 1)]
    # Beyond 96 hours a month would be credited before anybody learns whose fault it was.
    own = [outage for outage in UNPAID + PAID if outage <= timedelta(hours=96)]
    fates += [(dice.choice(own), Ending.OWN_FAULT) for _ in range(credits // 5 + 1)]
    dice.shuffle(fates)
    return [
        Fate(
            customer=customer,
            price=dice.choice(PRICES),
            opened=T0 + timedelta(minutes=dice.randint(5, SPAN // timedelta(minutes=1))),
            outage=outage,
            ending=ending,
        )
        for customer, (outage, ending) in enumerate(fates, 1)
    ]


def set_prices(place: Town, fates: Sequence[Fate]) -> None:
    """Give everybody their price before the first cycle."""
    price = {fate.customer: fate.price for fate in fates}
    for person in place.panel.control("dump", {"sections": ["customers"]})["customers"]:
        for service in person["servicios"]:
            place.staff("price", service=service["id"], price=str(price[person["id"]]))
