"""One worked example on its way through the real rules: events told, judged, and sent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from bridge.domain.assess import Assessment, assess
from bridge.domain.decisions import CreditStatus, CreditType, Decision, Line, Reason
from bridge.domain.events import Event, EventKind
from bridge.domain.lineage import trace
from bridge.domain.lines import is_overdue
from bridge.domain.money import Money
from bridge.domain.observe import subscribed
from bridge.domain.policy import Rulebook, Support
from bridge.domain.records import Channel, Client, ClientStatus, Service
from bridge.domain.terms import in_force
from bridge.domain.timeline import tell
from bridge.rulebook.examples import Given, Visit

_CLIENT, _TICKET, _SECOND, _SERVICE = 77, 1201, 1202, 91

Data = Mapping[str, str]


@dataclass(kw_only=True, slots=True)
class Play:
    """One example on its way through the rules: what was known, decided and sent."""

    given: Given
    opened: datetime
    rulebook: Rulebook
    assessments: list[Assessment] = field(default_factory=list)
    fired: dict[str, dict[str, Decision]] = field(default_factory=dict)
    lines: dict[str, Line] = field(default_factory=dict)

    def act(self) -> None:
        """Look whenever a ticket was closed and at the end; what is due by then is sent."""
        events = list(self._events())
        ends = sorted({event.at for event in events if event.kind is EventKind.CLOSED})
        last = max([self.opened + self._length(), *ends])
        for now in [*ends, *([] if last in ends else [last])]:
            self._post()
            story = tell(_CLIENT, [event for event in events if event.at <= now], self.rulebook)
            self.assessments = []
            for kin in trace(story, self.fired, self.lines.values()).kin:
                assessment = assess(
                    kin.incident, kin.memory([*self._earlier(), *self.lines.values()]), self.rulebook, now
                )
                fired = self.fired.setdefault(kin.incident.incident_id, {})
                for decision in assessment.decisions:
                    fired.setdefault(decision.subject, decision)
                self.lines |= {line.credit_id: line for line in assessment.lines}
                self.assessments.append(assessment)
        self._wait_for_invoice(last)

    def _post(self) -> None:
        for line in [line for line in self.lines.values() if line.status is CreditStatus.DUE]:
            self.lines[line.credit_id] = replace(line, status=CreditStatus.POSTED)

    def _wait_for_invoice(self, last: datetime) -> None:
        """C-12: no invoice takes up what was sent."""
        waited = self.given.no_invoice_for
        policy = in_force(self.rulebook.bonus, self.opened, self.rulebook.zone)
        if waited is None or policy is None:
            return
        self._post()
        for line in self.lines.values():
            if is_overdue(line, policy, last + waited):
                held = replace(line, status=CreditStatus.HELD, reason=Reason.NO_NEXT_INVOICE)
                self.lines[line.credit_id] = held

    def _length(self) -> timedelta:
        again = self.given.open_again_for
        return self.given.open_for + (
            (self.given.reopened_after or timedelta()) + again if again else timedelta()
        )

    def _earlier(self) -> list[Line]:
        """What other incidents of the same service and month were credited before (C-10)."""
        if self.given.earlier_credits is None:
            return []
        return [
            Line(
                credit_id="RC-1/C1",
                incident_id="RC-1",
                client_id=_CLIENT,
                ticket_ids=(1,),
                type=CreditType.DAYS,
                status=CreditStatus.INVOICED,
                reason=Reason.DAYS,
                amount=Money(self.given.earlier_credits),
                service_id=_SERVICE,
                begun_month=f"{self.opened.astimezone(self.rulebook.zone):%Y-%m}",
            )
        ]

    def _events(self) -> Iterator[Event]:
        given = self.given
        yield from self._opening(timedelta(), EventKind.OPENED)
        if given.reopened_after is not None:
            yield self._event(EventKind.CLOSED, given.open_for)
            yield from self._opening(given.open_for + given.reopened_after, EventKind.REOPENED)
        if not given.still_open:
            yield self._event(EventKind.CLOSED, self._length())
        if given.second_ticket is not None:
            yield from self._opening(given.second_ticket.opened, EventKind.OPENED, _SECOND)
            yield self._event(EventKind.CLOSED, given.second_ticket.closed, _SECOND)
        if given.attribution is not None:
            yield self._event(EventKind.ATTRIBUTED, timedelta(), data={"attribution": given.attribution})
        if given.support is Support.VISIT:
            yield self._event(EventKind.VISIT_DONE, given.open_for / 2)
        for contact in given.contacts:
            yield self._event(EventKind.CONTACTED, contact)
        if given.contact_failed is not None:
            yield self._event(EventKind.CONTACT_FAILED, given.contact_failed)
        if given.classed_severe is not None:
            yield self._event(EventKind.CLASSED_SEVERE, given.classed_severe)
        for visit in given.visits:
            yield from self._visit(visit)

    def _opening(self, at: timedelta, kind: EventKind, ticket_id: int = _TICKET) -> Iterator[Event]:
        opened = self._event(kind, at, ticket_id, {"channel": Channel.PORTAL})
        service = Service(
            service_id=_SERVICE, plan="", price=Money(self.given.price), tax_percent=self.given.tax
        )
        client = Client(client_id=_CLIENT, name="", status=ClientStatus.ACTIVE, services=(service,))
        yield opened
        if kind is EventKind.OPENED:
            yield self._event(EventKind.CLASSIFIED, at, ticket_id, {"kind": self.given.kind})
        yield subscribed(opened, client)

    def _visit(self, visit: Visit) -> Iterator[Event]:
        if visit.starts is not None:
            yield self._event(
                EventKind.VISIT_FIXED, visit.fixed, data={"start": (self.opened + visit.starts).isoformat()}
            )
        else:
            first = self.opened.astimezone(self.rulebook.zone).date()
            day = first + timedelta(days=(visit.day or 1) - 1)
            yield self._event(
                EventKind.VISIT_FIXED, visit.fixed, data={"date": day.isoformat(), "half_day": visit.half_day}
            )
        if visit.done is not None:
            yield self._event(EventKind.VISIT_DONE, visit.done)
        if visit.failed is not None:
            yield self._event(EventKind.VISIT_FAILED, visit.failed)

    def _event(
        self, kind: EventKind, at: timedelta, ticket_id: int = _TICKET, data: Data | None = None
    ) -> Event:
        instant = self.opened + at
        return Event(
            key=f"t{ticket_id}:{kind}:{instant.isoformat()}",
            kind=kind,
            client_id=_CLIENT,
            ticket_id=ticket_id,
            at=instant,
            seen_at=instant,
            source="example",
            data=data or {},
        )
