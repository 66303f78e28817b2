"""Acts a story out: people at the panel and the bridge do what its steps say; what must be true is checked.

A step happens at `day hour:minute[:second]` by the panel's clock; `2 1:30 again` is the second 1:30 of a
night in which the clocks go back. Unless the bridge is switched off, it syncs after every step. A step
without a ticket is about the last one named; a customer is the ticket's.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from bridge.bootstrap import Bridge
from bridge.desk.credits import BillingDesk
from bridge.desk.facts import Fact, FactDesk, Statement
from bridge.desk.person import deed
from bridge.domain.policy import Rulebook
from bridge.phrases import phrase
from bridge.store.incidents import IncidentRow
from bridge.sync.replay import Replay
from bridge.yamlfile import Document, parse
from tests.acceptance.town import Town, town
from tests.servers import ROOT, Sandbox

BRIDGE_OPERATOR = 9
_MOMENT = re.compile(r"(\d+) (\d+):(\d\d)(?::(\d\d))?( again)?")
_ABOUT = {"at", "who", "ticket", "customer", "then", "tell"}
_OPENING = {"subject", "channel", "text", "closed", "opened"}


@dataclass(frozen=True, kw_only=True)
class Story:
    """One file: what it is about, its panel, and its steps."""

    path: Path
    document: Document

    @classmethod
    def read(cls, path: Path) -> Story:
        """Read a story; FileFaults where it is no YAML."""
        return cls(path=path, document=parse(f"{path.parent.name}/{path.name}", path.read_text("utf-8")))

    @property
    def zone(self) -> str:
        """The panel's zone."""
        return str(self.document.data.get("zone", "America/Mexico_City"))

    def __getitem__(self, name: str) -> Any:
        return self.document.data.get(name)


def play(story: Story, panel: Sandbox, folder: Path) -> None:
    """Act a story out. Raises AssertionError with the line of the step that does not come true."""
    begins = date.fromisoformat(story["begins"] or "2026-11-02")
    zone = ZoneInfo(story.zone)
    mappings = folder / "mappings"
    shutil.copytree(ROOT / "mappings", mappings)
    for name, pieces in (story["mappings"] or {}).items():
        text = (mappings / name).read_text("utf-8")
        for old, new in pieces.items():
            assert text.count(old) == 1, f"{name} holds {old!r} {text.count(old)} times"
            text = text.replace(old, new)
        (mappings / name).write_text(text, "utf-8")
    with town(
        folder,
        customers=int(story["customers"] or 1),
        start=datetime.combine(begins, time(), zone),
        mappings=mappings,
        zone=story.zone,
        enforce_from=story["enforce_from"] or "2026-11-01",
        running=panel,
    ) as place:
        place.panel.control("batch", {"actions": story["panel"] or []})
        bills = story["billing"] != "off"
        _Actor(place=place, begins=begins, zone=zone, folder=folder, bills=bills).act(story)
        assert Replay(place.store).run().differences == [], "decided again, it comes out otherwise"


@dataclass(kw_only=True)
class _Actor:
    place: Town
    begins: date
    zone: ZoneInfo
    folder: Path
    ticket: int = 0
    customer: int = 1
    owners: dict[int, int] = field(default_factory=dict)
    awake: bool = True
    bills: bool = True

    def act(self, story: Story) -> None:
        for number, step in enumerate(story["steps"]):
            trail = ("steps", number)
            try:
                self._step(step)
            except (AssertionError, ValueError) as error:
                raise AssertionError(
                    str(story.document.fault(trail, phrase("{at}: {why}", at=step.get("at"), why=error)))
                ) from error
            wrong = list(self._wrong(step.get("then", {})))
            if wrong:
                told = "\n".join(
                    f"  {name}: expected {want}\n  {' ' * len(name)}       is {have}"
                    for name, want, have in wrong
                )
                place = story.document.fault((*trail, "then", wrong[0][0]), phrase("at {at}:", at=step["at"]))
                raise AssertionError(f"{place}\n{told}")

    def _step(self, step: Mapping[str, Any]) -> None:
        now = self._moment(step["at"])
        if not self.bills:
            self.place.panel.control("clock", {"set": now.isoformat(), "billing": False})
        self.place.at(now)
        self.ticket = step.get("ticket", step.get("opens", self.ticket))
        self.customer = step.get("customer", self.owners.get(self.ticket, self.customer))
        deeds = set(step) - _ABOUT - (_OPENING if "opens" in step else set())
        if len(deeds) > 1:
            raise ValueError(f"one deed a step, not {', '.join(sorted(deeds))}")
        for name in deeds:
            _DEEDS[name](self, step, now)
        if self.awake:
            self.place.sync()

    def _moment(self, text: str) -> datetime:
        found = _MOMENT.fullmatch(text)
        if found is None:
            raise ValueError(f"no time: {text!r}; write `2 14:30`")
        day, hour, minute, second = (int(part or 0) for part in found.groups()[:4])
        clock = time(hour, minute, second, fold=1 if found[5] else 0)
        return datetime.combine(self.begins + timedelta(days=day - 1), clock, self.zone)

    # --- deeds ------------------------------------------------------------------------------------------

    def opens(self, step: Mapping[str, Any], now: datetime) -> None:
        self.owners[self.ticket] = self.customer
        fields = {"id": self.ticket, "body": step.get("text", "No navega")}
        if "channel" in step:
            fields["channel"] = step["channel"]
        if "closed" in step:
            fields["closed_at"] = self._moment(step["closed"]).isoformat()
        opened = self._moment(step["opened"]) if "opened" in step else now
        self.place.ticket(self.customer, opened, step.get("subject", "Sin internet"), **fields)

    def staff(self, step: Mapping[str, Any], now: datetime, action: str, **fields: Any) -> None:
        self.place.staff(action, now, operator=step.get("who", 11), **fields)

    def visit(self, step: Mapping[str, Any], now: datetime) -> None:
        day = self.begins + timedelta(days=step["visit"]["day"] - 1)
        fields = {"fechavisita": day.isoformat(), "turno": step["visit"].get("half_day", "")}
        self.staff(step, now, "visit", ticket=self.ticket, **fields)

    def message(self, step: Mapping[str, Any], now: datetime) -> None:
        payload = {"ticket": self.ticket, "text": step["message"], "at": now.isoformat()}
        self.place.panel.control("customer_message", payload)

    def bill(self, step: Mapping[str, Any], _: datetime) -> None:
        self.place.panel.control("billing", {"customers": step["bill"], "force": True})

    def fact(self, step: Mapping[str, Any], _: datetime) -> None:
        what, _, value = step["fact"].partition(" ")
        desk = FactDesk(self.place.store, self._rulebook(), self.place.clock)
        desk.record(Statement(ticket=str(self.ticket), what=Fact(what), by="Ana", value=value or None))

    def approve(self, step: Mapping[str, Any], now: datetime) -> None:
        self._desk().approve([step["approve"]], deed("Ana", "checked", now))

    def void(self, step: Mapping[str, Any], now: datetime) -> None:
        """Let billing give a line up."""
        self._desk().void([step["void"]], deed("Ana", "no procede", now))

    def set_amount(self, step: Mapping[str, Any], now: datetime) -> None:
        credit_id, amount = step["set_amount"].split()
        self._desk().set_amount(credit_id, Decimal(amount), deed("Ana", "price list", now))

    def bridge(self, step: Mapping[str, Any], _: datetime) -> None:
        self.awake = {"off": False, "on": True}[step["bridge"]]

    def _desk(self) -> BillingDesk:
        return BillingDesk(self.place.store, self._rulebook())

    def _rulebook(self) -> Rulebook:
        with Bridge.configured(self.folder / "config.yaml", {}, self.place.clock) as bridge:
            return bridge.mappings(self.place.store).rulebook

    # --- what must be true --------------------------------------------------------------------------------

    def _wrong(self, wanted: Mapping[str, Any]) -> Iterator[tuple[str, object, object]]:
        for name, want in wanted.items():
            have = _CHECKS[name](self, want)
            if have != want:
                yield name, want, have

    def row(self) -> IncidentRow:
        found = self.place.store.incidents.by_ticket(self.ticket)
        assert found is not None, f"the bridge knows no ticket {self.ticket}"
        return found

    def on_panel(self) -> dict[str, Any]:
        rows = self.place.panel.control("dump", {"sections": ["tickets"], "customer": self.customer})[
            "tickets"
        ]
        return next(row for row in rows if row["id"] == self.ticket)

    def due(self, wanted: Mapping[str, str]) -> dict[str, str | None]:
        """When each step fell due by the panel's clock, to the second."""
        fired = self.place.store.incidents.fired(self.customer)[self.row().incident_id]
        return {name: self.said(fired[name].at) if name in fired else "never" for name in wanted}

    def seen(self, wanted: Mapping[str, str]) -> dict[str, str | None]:
        fired = self.place.store.incidents.fired(self.customer)[self.row().incident_id]
        return {name: self.said(fired[name].decided_at) if name in fired else "never" for name in wanted}

    def said(self, instant: datetime | None) -> str | None:
        """An instant as stories write it."""
        if instant is None:
            return None
        local = instant.astimezone(self.zone)
        return f"{(local.date() - self.begins).days + 1} {local.hour}:{local:%M:%S}"

    def credits(self) -> list[str]:
        lines = self.place.store.ledger.lines_of_client(self.customer)
        return [f"{line.credit_id} {line.status} {line.amount} {line.reason}" for line in lines]

    def incidents(self) -> list[str]:
        rows = self.place.store.incidents.of_client(self.customer)
        return [f"{row.incident_id} ({', '.join(map(str, row.ticket_ids))})" for row in rows]

    def work(self) -> list[str]:
        lines = self.place.store.worklist.open_lines()
        return sorted({line.kind for line in lines if line.client_id == self.customer})

    def told(self) -> int:
        """How many replies of the bridge the customer can read."""
        messages = self.on_panel()["mensajes"]
        return sum(one["idtecnico"] == BRIDGE_OPERATOR and not one["nota"] for one in messages)


def _by_staff(action: str, name: str | None = None) -> Callable[[_Actor, Mapping[str, Any], datetime], None]:
    """A deed of staff at the ticket; its word in the story is the payload's key `name`."""

    def do(actor: _Actor, step: Mapping[str, Any], now: datetime) -> None:
        fields = {name: step[action]} if name else {}
        actor.staff(step, now, action, ticket=actor.ticket, **fields)

    return do


def _to_customer(action: str) -> Callable[[_Actor, Mapping[str, Any], datetime], None]:
    return lambda actor, step, now: actor.staff(step, now, action, customer=actor.customer)


_DEEDS: Mapping[str, Callable[[_Actor, Mapping[str, Any], datetime], None]] = {
    "opens": _Actor.opens,
    "reply": _by_staff("reply", "text"),
    "note": _by_staff("note", "text"),
    "close": _by_staff("close", "reason"),
    "reopen": _by_staff("reopen"),
    "delete": _by_staff("delete_ticket"),
    "assign": _by_staff("assign", "technician"),
    "department": _by_staff("department", "department"),
    "visit": _Actor.visit,
    "message": _Actor.message,
    "suspend": _to_customer("suspend_customer"),
    "activate": _to_customer("activate_customer"),
    "retire": _to_customer("retire_customer"),
    "price": lambda actor, step, now: actor.staff(step, now, "price", **step["price"]),
    "bill": _Actor.bill,
    "fact": _Actor.fact,
    "approve": _Actor.approve,
    "void": _Actor.void,
    "set_amount": _Actor.set_amount,
    "bridge": _Actor.bridge,
}

_CHECKS: Mapping[str, Callable[[_Actor, Any], object]] = {
    "level": lambda actor, _: actor.row().level,
    "severe": lambda actor, _: actor.row().severe,
    "report": lambda actor, _: actor.row().report_number,
    "breaches": lambda actor, _: list(actor.row().breaches),
    "kind": lambda actor, _: actor.row().kind,
    "channel": lambda actor, _: actor.row().channel,
    "technician": lambda actor, _: actor.row().technician_id,
    "ended": lambda actor, _: actor.said(actor.row().ended_at),
    "open": lambda actor, _: actor.row().ended_at is None,
    "next": lambda actor, _: actor.row().next_deadline_rule,
    "known": lambda actor, _: actor.place.store.incidents.by_ticket(actor.ticket) is not None,
    "due": _Actor.due,
    "seen": _Actor.seen,
    "incidents": lambda actor, _: actor.incidents(),
    "credits": lambda actor, _: actor.credits(),
    "work": lambda actor, _: actor.work(),
    "told": lambda actor, _: actor.told(),
    "department": lambda actor, _: actor.on_panel()["dp"],
    "owner": lambda actor, _: actor.on_panel()["idsoporte"],
    "balances": lambda actor, _: [f"{amount}" for amount, _ in actor.place.balances(actor.customer)],
    "invoices": lambda actor, _: [invoice["total"] for invoice in actor.place.invoices(actor.customer)],
    "exit_code": lambda actor, _: actor.place.reports[-1].exit_code,
}


def unknown_words(steps: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Words in steps that mean nothing, so that a misspelt check does not pass for a true one."""
    for step in steps:
        yield from set(step) - _ABOUT - _OPENING - set(_DEEDS)
        yield from set(step.get("then", {})) - set(_CHECKS)
