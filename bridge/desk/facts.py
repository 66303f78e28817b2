"""Facts that staff record by hand: each becomes an event of the ticket's incident (design section 3)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bridge.clock import Clock
from bridge.desk.person import named
from bridge.desk.times import past_time, read_visit
from bridge.domain.events import Event, EventKind
from bridge.domain.policy import Attribution, Rulebook
from bridge.domain.words import normalise
from bridge.errors import UsageFault
from bridge.store.incidents import IncidentRow
from bridge.store.store import Store

_MOST_HOURS = 72


class Fact(StrEnum):
    """What can be recorded."""

    CONTACT = "contact"
    VISIT = "visit"
    VISIT_DONE = "visit-done"
    VISIT_FAILED = "visit-failed"
    SEVERE = "severe"
    ATTRIBUTION = "attribution"
    OUTAGE = "outage"
    KIND = "kind"
    SERVICE = "service"
    RESOLVED = "resolved"
    CANCELLED = "cancelled"


_PLAIN = {
    Fact.CONTACT: EventKind.CONTACTED,
    Fact.VISIT_DONE: EventKind.VISIT_DONE,
    Fact.VISIT_FAILED: EventKind.VISIT_FAILED,
    Fact.SEVERE: EventKind.CLASSED_SEVERE,
    Fact.CANCELLED: EventKind.CANCELLED,
}

# The options and the value that each fact takes beside --by, --at and --note.
_TAKES = {
    Fact.CONTACT: {"--failed"},
    Fact.VISIT: {"--start", "--hours"},
    Fact.ATTRIBUTION: {"WHO"},
    Fact.OUTAGE: {"--since", "--restored"},
    Fact.KIND: {"KIND"},
    Fact.SERVICE: {"ID"},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """What a person says, as typed; None is not said."""

    ticket: str
    what: Fact
    by: str
    value: str | None = None
    at: str | None = None
    note: str = ""
    failed: bool = False
    start: str | None = None
    hours: int | None = None
    since: str | None = None
    restored: str | None = None

    @property
    def said(self) -> set[str]:
        """The options of the fact itself that were given."""
        options = {
            "--failed": self.failed or None,
            "--start": self.start,
            "--hours": self.hours,
            "--since": self.since,
            "--restored": self.restored,
        }
        return {name for name, value in options.items() if value is not None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """The events that were written, and the incident they belong to."""

    incident: IncidentRow
    ticket_id: int
    events: tuple[Event, ...]


class FactDesk:
    """Records facts; the next cycle judges their incidents by them."""

    def __init__(self, store: Store, rulebook: Rulebook, clock: Clock) -> None:
        self.store = store
        self.rulebook = rulebook
        self.clock = clock
        self.now = clock.now()

    def record(self, statement: Statement) -> Recorded:
        """Check and write a fact. Raises UsageFault with what is valid instead."""
        by, note = named(statement.by), " ".join(statement.note.split())
        _check_options(statement)
        ticket_id, row = self._ticket(statement.ticket)
        at = self._time("--at", statement.at) if statement.at is not None else self.now
        facts = self._facts(statement, row)
        if statement.what is Fact.RESOLVED:
            at = self.now
        self._check_home(ticket_id, row, at)
        events = tuple(
            Event(
                key=f"t{ticket_id}:fact:{self.clock.real():%Y%m%dT%H%M%S%f}:{number}",
                kind=kind,
                client_id=row.client_id,
                ticket_id=ticket_id,
                at=at,
                seen_at=self.now,
                source=f"person:{by}",
                data=data,
                note=note,
            )
            for number, (kind, data) in enumerate(facts)
        )
        with self.store.transaction():
            self.store.events.append(events)
            self.store.incidents.touch(row.client_id, self.now)
        return Recorded(incident=row, ticket_id=ticket_id, events=events)

    def _facts(self, statement: Statement, row: IncidentRow) -> list[tuple[EventKind, dict[str, str]]]:
        match statement.what:
            case Fact.CONTACT if statement.failed:
                return [(EventKind.CONTACT_FAILED, {})]
            case Fact.VISIT:
                return [(EventKind.VISIT_FIXED, self._visit(statement))]
            case Fact.ATTRIBUTION:
                return [(EventKind.ATTRIBUTED, {"attribution": self._attribution(statement.value)})]
            case Fact.OUTAGE:
                return self._outage(statement)
            case Fact.KIND:
                return [(EventKind.KIND_SET, {"kind": self._kind(statement.value)})]
            case Fact.SERVICE:
                return [(EventKind.SERVICE_NAMED, {"service_id": self._service(statement.value, row)})]
            case Fact.RESOLVED:
                restored = statement.at and self._time("--at", statement.at).isoformat()
                return [(EventKind.RESOLVED, {"restored": restored} if restored else {})]
            case _:
                return [(_PLAIN[statement.what], {})]

    def _ticket(self, wanted: str) -> tuple[int, IncidentRow]:
        word = wanted.strip().lstrip("#")
        if word.isdecimal():
            row = self.store.incidents.by_ticket(int(word))
            ticket_id = int(word)
        else:
            row = self.store.incidents.get(word.upper())
            ticket_id = row.ticket_ids[0] if row is not None else 0
        if row is None:
            raise UsageFault(
                f"no ticket or report number {wanted} is known here; `bridge tickets list --all`"
            )
        return ticket_id, row

    def _check_home(self, ticket_id: int, row: IncidentRow, at: datetime) -> None:
        """A fact belongs to the incident of its ticket that had begun when it happened."""
        zone = self.rulebook.zone
        if at < row.opened_at:
            begun = row.opened_at.astimezone(zone)
            raise UsageFault(f"--at lies before {row.incident_id} began ({begun:%Y-%m-%d %H:%M})")
        later = [
            other
            for other in self.store.incidents.of_client(row.client_id)
            if ticket_id in other.ticket_ids and row.opened_at < other.opened_at <= at
        ]
        if later:
            until = later[0].opened_at.astimezone(zone)
            raise UsageFault(
                f"ticket {ticket_id} belongs to {later[-1].incident_id} by now; to record something of "
                f"{row.incident_id}, give its time with --at, before {until:%Y-%m-%d %H:%M}"
            )

    def _time(self, option: str, text: str) -> datetime:
        return past_time(option, text, self.now, self.rulebook.zone)

    def _visit(self, statement: Statement) -> dict[str, str]:
        if statement.start is None:
            raise UsageFault("`visit` needs --start TIME")
        visits_from = self.rulebook.signals.visits_from
        visit = dict(read_visit(statement.start, self.now, self.rulebook.zone, visits_from))
        if statement.hours is None:
            return visit
        if not 1 <= statement.hours <= _MOST_HOURS or "start" not in visit:
            raise UsageFault(
                f"--hours is from 1 to {_MOST_HOURS} and goes with a --start that has a time of day"
            )
        return {**visit, "hours": str(statement.hours)}

    def _outage(self, statement: Statement) -> list[tuple[EventKind, dict[str, str]]]:
        since = self._time("--since", statement.since) if statement.since is not None else None
        restored = self._time("--restored", statement.restored) if statement.restored is not None else None
        if since is None and restored is None:
            raise UsageFault("`outage` needs --since TIME, --restored TIME or both")
        if since is not None and restored is not None and since >= restored:
            raise UsageFault("--since does not lie before --restored")
        facts = []
        if since is not None:
            facts.append((EventKind.OUTAGE_SINCE, {"since": since.isoformat()}))
        if restored is not None:
            facts.append((EventKind.OUTAGE_RESTORED, {"restored": restored.isoformat()}))
        return facts

    def _attribution(self, value: str | None) -> str:
        words = {normalise(word): who for word, who in self.rulebook.signals.attribution_words.items()}
        known = {str(who): who for who in Attribution} | words
        spelled = normalise(value or "")
        found = known.get(spelled.replace("-", "_")) or known.get(spelled)
        if found is None:
            raise UsageFault(f"`attribution {value or ''}`: WHO is one of {', '.join(Attribution)}")
        return str(found)

    def _kind(self, value: str | None) -> str:
        names = [kind.name for kind in self.rulebook.kinds.kinds]
        if value not in names:
            raise UsageFault(f"`kind {value or ''}`: faults.yaml knows {', '.join(names)}")
        return value

    def _service(self, value: str | None, row: IncidentRow) -> str:
        client = self.store.snapshots.clients([row.client_id]).get(row.client_id)
        services = (client.services if client is not None else None) or ()
        known = {str(service.service_id): service for service in services}
        if value is not None and value.isdecimal() and (not known or str(int(value)) in known):
            return str(int(value))
        valid = ", ".join(f"{number} ({service.plan})" for number, service in known.items()) or "a number"
        raise UsageFault(f"`service {value or ''}`: customer {row.client_id} has {valid}")


def _check_options(statement: Statement) -> None:
    takes = _TAKES.get(statement.what, set())
    value = next((name for name in takes if not name.startswith("-")), None)
    if statement.value is not None and value is None:
        raise UsageFault(f"`{statement.what}` takes no value; what is `{statement.value}`?")
    if statement.value is None and value is not None:
        statement_of_use = f"bridge fact ID {statement.what} {value} --by NAME"
        raise UsageFault(f"`{statement.what}` needs its {value}: {statement_of_use}")
    for option in sorted(statement.said - takes):
        owners = [str(what) for what, options in _TAKES.items() if option in options]
        raise UsageFault(f"{option} goes with `{owners[0]}`, not with `{statement.what}`")
