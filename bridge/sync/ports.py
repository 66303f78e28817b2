"""What a cycle needs of the panel, so that the real routes and the tests' fake are used alike."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Protocol

from bridge.domain.intents import Posting, Push, PushKind, Route, Sight
from bridge.domain.reading import Reading, Wanted
from bridge.domain.records import Ticket

Progress = Callable[[int, int], None]


class TicketReader(Protocol):
    """A read route for tickets and customers."""

    @property
    def route(self) -> Route:
        """Which route this is."""

    def read(self, wanted: Wanted, progress: Progress | None = None) -> Reading:
        """Read what is wanted, wholly or not at all.

        Raises PanelUnreachable, AccessRefused or PanelUnusable.
        """


class Books(Protocol):
    """A route that can show all balances the bridge ever wrote, wherever they stand now."""

    def marked(self, since: date) -> Sequence[Posting] | None:
        """Return every balance since a day whose text has a marker of a credit, a charge or a reversal.

        The prefix may be that of another day. None where this user may not look. Raises PanelUnreachable or
        AccessRefused.
        """


class Invoices(Protocol):
    """What became of invoices, where the push route's own looks do not tell."""

    def dead(self, wanted: Mapping[int, Iterable[int]]) -> Mapping[int, bool] | None:
        """Return whether invoices were cancelled or deleted; one that cannot be read now is missing.

        `wanted` are invoices by their customer. None where the panel does not tell. Raises
        PanelUnreachable, AccessRefused or PanelUnusable.
        """


class PushRoute(Protocol):
    """A route that writes to the panel and can look whether a write stands there."""

    @property
    def route(self) -> Route:
        """Which route this is."""

    def serves(self, kind: PushKind) -> str | None:
        """None where the route can carry `kind`, else why not, in words."""

    def send(self, push: Push) -> int | None:
        """Apply a push once; return the number of the ticket it opened, where the answer tells one.

        Raises NotApplied, Refused, OutcomeUnknown, AccessRefused or PanelUnusable.
        """

    def look_many(self, pushes: Iterable[Push], tickets: Mapping[int, Ticket]) -> dict[str, Sight]:
        """Return what the panel shows of each push, by key, in as few calls as the route can.

        `tickets` are tickets that were read since these pushes were sent; others the route reads itself.
        Raises PanelUnreachable, AccessRefused or PanelUnusable.
        """
