"""The vocabulary of the domain's tests: a rulebook, events told in words, and a bridge that remembers.

Instants are told from t0, the opening of ticket 1201: `50 h`, `72:00:01`, `-3 h`. An event is an instant
and a phrase: `50 h closed`, `20 h ticket 1202 opened low_speed`, `3 h contact failed (seen 5 h)`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from bridge.domain.assess import Assessment, assess, homeless
from bridge.domain.decisions import CreditStatus, Decision, Line
from bridge.domain.events import Event, EventKind
from bridge.domain.lineage import Kin, trace
from bridge.domain.money import Money
from bridge.domain.policy import (
    Attribution,
    BonusPolicy,
    ChargePolicy,
    Departments,
    EscalationPolicy,
    FaultKind,
    Kinds,
    Meaning,
    Roster,
    Rulebook,
    Signals,
    Tag,
    Texts,
)
from bridge.domain.timeline import ClientStory, Incident, tell

ZONE = ZoneInfo("America/Mexico_City")
SINCE = date(2019, 1, 1)
T0 = datetime(2026, 11, 9, 16, tzinfo=UTC)  # 10:00 on a Monday in the panel's zone
CLIENT = 77
TICKET = 1201
HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)

KINDS = Kinds(
    kinds=(
        FaultKind(
            name="no_access", label="Sin acceso", is_fault=True, words=("sin internet", "sin servicio", "los")
        ),
        FaultKind(name="low_speed", label="Baja velocidad", is_fault=True, words=("lento", "baja velocidad")),
        FaultKind(name="static", label="Ruido en la línea", is_fault=True, words=("ruido",)),
        FaultKind(name="enquiry_products", label="Productos", is_fault=False, words=("informes",)),
        FaultKind(name="enquiry_sale", label="Venta", is_fault=False, words=("contratar",)),
        FaultKind(name="enquiry_change", label="Cambio", is_fault=False, words=("cambio de plan",)),
        FaultKind(name="enquiry_address", label="Domicilio", is_fault=False, words=("cambio de domicilio",)),
        FaultKind(name="enquiry_equipment", label="Equipos", is_fault=False, words=("mover el módem",)),
        FaultKind(name="enquiry_billing", label="Facturación", is_fault=False, words=("factura",)),
        FaultKind(name="unknown", label="Por clasificar", is_fault=True, words=("falla",)),
    )
)

DEPARTMENTS = Departments(
    names={1: "Soporte", 2: "Ventas", 4: "Nivel 2", 5: "Nivel 3", 6: "Facturación", 7: "Recepción"},
    levels={1: 1, 2: 4, 3: 5},
    reception=7,
    enquiries={
        "enquiry_products": 2,
        "enquiry_sale": 2,
        "enquiry_change": 2,
        "enquiry_address": 7,
        "enquiry_equipment": 7,
        "enquiry_billing": 6,
    },
)

SIGNALS = Signals(
    tags=(
        Tag(word="contacto", meaning=Meaning.CONTACT),
        Tag(word="sin-solucion", meaning=Meaning.CONTACT_FAILED),
        Tag(word="visita", meaning=Meaning.VISIT),
        Tag(word="visita-hecha", meaning=Meaning.VISIT_DONE),
        Tag(word="visita-fallida", meaning=Meaning.VISIT_FAILED),
        Tag(word="servicio", meaning=Meaning.SERVICE),
        Tag(word="grave", meaning=Meaning.SEVERE),
        Tag(word="no-atribuible", meaning=Meaning.ATTRIBUTION),
        Tag(word="atribuible", meaning=Meaning.ATTRIBUTION, value="isp"),
        Tag(word="baja-velocidad", meaning=Meaning.KIND, value="low_speed"),
        Tag(word="sin-servicio", meaning=Meaning.KIND, value="no_access"),
        Tag(word="resuelto", meaning=Meaning.RESOLVED),
        Tag(word="cancelado", meaning=Meaning.CANCELLED),
    ),
    attribution_words={
        "cliente": Attribution.CUSTOMER,
        "tercero": Attribution.THIRD_PARTY,
        "fuerza-mayor": Attribution.FORCE_MAJEURE,
        "fuerza mayor": Attribution.FORCE_MAJEURE,
        "programado": Attribution.PLANNED,
    },
    states={"answered": Meaning.CONTACT},
    departments={2: "enquiry_sale"},
)

TEXTS = Texts(
    templates={
        "report_number_reply": "Reporte {report_number} {marker}",
        "severe_reply": "Grave {report_number} {marker}",
        "resolved_closing": "Resuelto {report_number} {marker}",
        "enquiry_closing": "Atendida {ticket_id} {marker}",
        "credit_days": "{days} dias {report_number} {marker}",
        "credit_one_day": "Un dia {report_number} {marker}",
        "credit_month": "Un mes {report_number} {marker}",
        "receipt_morning": "por la mañana",
        "receipt_afternoon": "por la tarde",
        "charge": "Cargo {report_number} {marker}",
        "reversal": "Correccion de {credit_id} {marker}",
    }
)

ESCALATION = EscalationPolicy(version="escalation@2019-01-01", effective_from=SINCE)
BONUS = BonusPolicy(version="bonus@2019-01-01", effective_from=SINCE)
CHARGES = ChargePolicy(version="charges@2019-01-01", effective_from=SINCE)

RULEBOOK = Rulebook(
    zone=ZONE,
    enforce_from=datetime(2026, 1, 1, tzinfo=ZONE),
    escalation=(ESCALATION,),
    bonus=(BONUS,),
    charges=(CHARGES,),
    kinds=KINDS,
    departments=DEPARTMENTS,
    roster=Roster(technicians=()),
    signals=SIGNALS,
    texts=TEXTS,
    approval_above=Money(Decimal(1500)),
)


def rulebook(
    escalation: EscalationPolicy = ESCALATION,
    bonus: BonusPolicy = BONUS,
    charges: ChargePolicy = CHARGES,
    approval_above: str = "1500",
) -> Rulebook:
    """The test rulebook with another version of a policy."""
    return replace(
        RULEBOOK,
        escalation=(escalation,),
        bonus=(bonus,),
        charges=(charges,),
        approval_above=Money(Decimal(approval_above)),
    )


def duration(text: str) -> timedelta:
    """`50 h`, `1.5 h`, `72:00:01` or `-3 h` as a duration."""
    found = re.fullmatch(r"(-?)(?:([\d.]+) h|(\d+):(\d\d):(\d\d))", text.strip())
    if found is None:
        raise ValueError(f"not a duration: {text!r}; write `50 h` or `72:00:01`")
    sign, hours, *clock = found.groups()
    if hours is not None:
        length = timedelta(hours=float(hours))
    else:
        length = timedelta(hours=int(clock[0]), minutes=int(clock[1]), seconds=int(clock[2]))
    return -length if sign else length


def at(text: str, t0: datetime = T0) -> datetime:
    """The instant that lies `text` after t0."""
    return t0 + duration(text)


def clock(instant: datetime, t0: datetime = T0) -> str:
    """The way back: an instant as `72:00:01` from t0."""
    length = instant - t0
    sign = "-" if length < timedelta(0) else ""
    seconds, micro = divmod(abs(length), SECOND)
    shown = f"{sign}{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    return f"{shown} + {micro.microseconds} us" if micro else shown


def _ticket(phrase: str) -> tuple[int, str]:
    found = re.fullmatch(r"ticket (\d+) (.+)", phrase)
    return (int(found[1]), found[2]) if found else (TICKET, phrase)


def services_of(text: str) -> str:
    """`91 300.00; 92 200.00` as the services of a subscription; `none` is none."""
    listed = [] if text == "none" else [one.split() for one in text.split(";")]
    return json.dumps(
        [
            {"id": int(number), "plan": "Plan", "price": price, "currency": "MXN", "tax": "16", "node": 3}
            for number, price in listed
        ]
    )


Words = Callable[[re.Match[str], datetime], Mapping[str, str]]


def _visit(found: re.Match[str], t0: datetime) -> Mapping[str, str]:
    data = {"start": at(found["start"], t0).isoformat()}
    return data | ({"hours": found["hours"]} if found["hours"] else {})


_PHRASES: tuple[tuple[str, EventKind, Words], ...] = (
    (r"closed", EventKind.CLOSED, lambda _, __: {}),
    (r"reopened", EventKind.REOPENED, lambda _, __: {}),
    (r"gone", EventKind.GONE, lambda _, __: {}),
    (r"contact", EventKind.CONTACTED, lambda _, __: {}),
    (r"contact failed", EventKind.CONTACT_FAILED, lambda _, __: {}),
    (r"visit fixed for (?P<start>\S+(?: h)?)(?: lasting (?P<hours>\d+) h)?", EventKind.VISIT_FIXED, _visit),
    (
        r"visit fixed on (?P<date>[\d-]+)(?: (?P<half>\S+))?",
        EventKind.VISIT_FIXED,
        lambda found, _: {"date": found["date"], "half_day": found["half"] or ""},
    ),
    (r"visit done", EventKind.VISIT_DONE, lambda _, __: {}),
    (r"visit failed", EventKind.VISIT_FAILED, lambda _, __: {}),
    (r"classed severe", EventKind.CLASSED_SEVERE, lambda _, __: {}),
    (r"attributed to (?P<who>\w+)", EventKind.ATTRIBUTED, lambda found, _: {"attribution": found["who"]}),
    (r"service (?P<id>\d+) named", EventKind.SERVICE_NAMED, lambda found, _: {"service_id": found["id"]}),
    (
        r"without service since (?P<since>.+)",
        EventKind.OUTAGE_SINCE,
        lambda found, t0: {"since": at(found["since"], t0).isoformat()},
    ),
    (
        r"restored at (?P<when>.+)",
        EventKind.OUTAGE_RESTORED,
        lambda found, t0: {"restored": at(found["when"], t0).isoformat()},
    ),
    (
        r"resolved as of (?P<when>.+)",
        EventKind.RESOLVED,
        lambda found, t0: {"restored": at(found["when"], t0).isoformat()},
    ),
    (r"resolved", EventKind.RESOLVED, lambda _, __: {}),
    (r"cancelled", EventKind.CANCELLED, lambda _, __: {}),
    (r"kind (?P<kind>\w+)", EventKind.KIND_SET, lambda found, _: {"kind": found["kind"]}),
)


@dataclass(frozen=True, kw_only=True)
class Setting:
    """What a story begins with."""

    t0: datetime = T0
    kind: str = "no_access"
    services: str = "91 300.00"
    standing: str = "active"
    channel: str = "portal"


def opening(
    ticket_id: int, moment: datetime, setting: Setting, seen_at: datetime | None = None
) -> list[Event]:
    """A new ticket as the bridge learns of it: opened, classified, and with the customer's services."""
    seen = seen_at or moment
    opened = Event(
        key=f"t{ticket_id}:opened",
        kind=EventKind.OPENED,
        client_id=CLIENT,
        ticket_id=ticket_id,
        at=moment,
        seen_at=seen,
        source="panel",
        data={"channel": setting.channel},
    )
    classified = replace(
        opened,
        key=f"t{ticket_id}:kind",
        kind=EventKind.CLASSIFIED,
        source="mapping",
        data={"kind": setting.kind},
    )
    return [opened, classified, _subscribed(opened, setting)]


def _subscribed(opened: Event, setting: Setting) -> Event:
    subscription = {"status": setting.standing, "services": services_of(setting.services), "zone": "Centro"}
    return replace(opened, key=f"{opened.key}:services", kind=EventKind.SUBSCRIBED, data=subscription)


def event(phrase: str, moment: datetime, setting: Setting, seen_at: datetime | None = None) -> list[Event]:
    """One phrase as the events it stands for."""
    ticket_id, words = _ticket(phrase)
    if words.startswith("opened"):
        kind = words.removeprefix("opened").strip() or setting.kind
        return opening(ticket_id, moment, replace(setting, kind=kind), seen_at)
    found = re.fullmatch(r"customer (\w+)", words)
    if found:
        return [_event(None, EventKind.CLIENT_STATUS, moment, seen_at, {"status": found[1]})]
    for pattern, kind_, data in _PHRASES:
        match = re.fullmatch(pattern, words)
        if match is not None:
            one = _event(ticket_id, kind_, moment, seen_at, data(match, setting.t0))
            return [one, _subscribed(one, setting)] if kind_ is EventKind.REOPENED else [one]
    raise ValueError(f"no such phrase: {words!r}")


def _event(
    ticket_id: int | None,
    kind: EventKind,
    moment: datetime,
    seen_at: datetime | None,
    data: Mapping[str, str],
) -> Event:
    return Event(
        key=f"t{ticket_id}:{kind.partition(':')[2]}:{moment.isoformat()}",
        kind=kind,
        client_id=CLIENT,
        ticket_id=ticket_id,
        at=moment,
        seen_at=seen_at or moment,
        source="person:Ana",
        data=data,
    )


def events(text: str, setting: Setting | None = None) -> list[Event]:
    """The events of a story: ticket 1201 opens at t0, then the phrases."""
    setting = setting or Setting()
    told = opening(TICKET, setting.t0, setting)
    for one in filter(None, (part.strip() for part in text.split(";"))):
        found = re.fullmatch(r"(-?\S+(?: h)?) (.+?)(?: \(seen (.+)\))?", one)
        if found is None:
            raise ValueError(f"no such event: {one!r}")
        seen_at = at(found[3], setting.t0) if found[3] else None
        told += event(found[2], at(found[1], setting.t0), setting, seen_at)
    return list({one.key: one for one in reversed(told)}.values())[::-1]


def story(text: str, rules: Rulebook = RULEBOOK, setting: Setting | None = None) -> ClientStory:
    """The customer's story as the timeline tells it."""
    return tell(CLIENT, events(text, setting), rules)


def incident(text: str, rules: Rulebook = RULEBOOK, setting: Setting | None = None) -> Incident:
    """The only incident of a story."""
    (only,) = story(text, rules, setting).incidents
    return only


@dataclass(kw_only=True)
class Bridge:
    """A sync in memory: what it knows, decided and sent."""

    rules: Rulebook = RULEBOOK
    known: list[Event] = field(default_factory=list)
    fired: dict[str, dict[str, Decision]] = field(default_factory=dict)
    lines: dict[str, Line] = field(default_factory=dict)

    def sync(self, now: datetime) -> tuple[Assessment, ...]:
        """Assess every incident with what was seen by `now`, and remember what is new."""
        seen = [one for one in self.known if one.seen_at <= now]
        lineage = trace(tell(CLIENT, seen, self.rules), self.fired, self.lines.values())
        found = tuple(self._assess(kin, now) for kin in lineage.kin)
        settled, _ = homeless(
            [line for line in self.lines.values() if line.incident_id in lineage.homeless], now
        )
        self.lines |= {line.credit_id: line for line in settled}
        return found

    def _assess(self, kin: Kin, now: datetime) -> Assessment:
        assessment = assess(kin.incident, kin.memory(self.lines.values()), self.rules, now)
        fired = self.fired.setdefault(kin.incident.incident_id, {})
        for decision in assessment.decisions:
            fired.setdefault(decision.subject, decision)
        self.lines |= {line.credit_id: line for line in assessment.lines}
        return assessment

    def post(self) -> None:
        """The panel takes every line that is due."""
        for line in self.lines.values():
            if line.status is CreditStatus.DUE:
                self.decide(line.credit_id, status=CreditStatus.POSTED)

    def decide(self, credit_id: str, by: str = "", **changes: object) -> None:
        """A line changes outside the rules: sent, or decided by a person."""
        line = self.lines[credit_id]
        facts = {**line.facts, "decided_by": by} if by else line.facts
        self.lines[credit_id] = replace(line, facts=facts, **changes)  # type: ignore[arg-type]


def told(text: str, *syncs: str, rules: Rulebook = RULEBOOK, setting: Setting | None = None) -> Bridge:
    """A bridge that synced at each of these instants; what is due is posted between two syncs."""
    bridge = Bridge(rules=rules, known=events(text, setting))
    for number, moment in enumerate(syncs):
        if number:
            bridge.post()
        bridge.sync(at(moment, (setting or Setting()).t0))
    return bridge


def local(text: str) -> datetime:
    """`2026-02-10 10:00` in the panel's zone, as an instant."""
    day, _, hour = text.partition(" ")
    moment = time.fromisoformat(hour or "00:00")
    return datetime.combine(date.fromisoformat(day), moment, ZONE).astimezone(UTC)
