"""Control of the sandbox under `/_sandbox/`: operations that take and answer JSON objects (see README)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy.exc import IntegrityError

from bridge.sandbox import shapes, tickets
from bridge.sandbox.clock import ClockError
from bridge.sandbox.dump import DEFAULT_SECTIONS, dump
from bridge.sandbox.envelope import PanelError
from bridge.sandbox.faults import KINDS, FaultError
from bridge.sandbox.panel import Panel
from bridge.sandbox.seed import seed
from bridge.sandbox.seed_tickets import add_tickets
from bridge.sandbox.shapes import ControlError
from bridge.sandbox.staff import act
from bridge.sandbox.switches import SwitchError, describe

Payload = Mapping[str, Any]
Result = dict[str, Any]
FAULTY = (ControlError, SwitchError, FaultError, ClockError, PanelError)


class Control:
    """The operations, by name; a fault in the payload raises one of `FAULTY`.

    Each operation is one transaction, so a fault changes nothing; but a `reset` with a faulty seed leaves
    the panel empty, and a `batch` keeps what it did before the fault.
    """

    def __init__(self, panel: Panel, default_seed: Mapping[str, Any]) -> None:
        self._panel = panel
        self._default_seed = dict(default_seed)
        self.operations: dict[str, Callable[[Payload], Result]] = {
            "health": self._health,
            "reset": self._reset,
            "seed": self._seed,
            "clock": self._clock,
            "switches": self._switches,
            "faults": self._faults,
            "faults/clear": self._faults_clear,
            "billing": self._billing,
            "tickets": self._tickets,
            "customer_message": self._customer_message,
            "staff": self._staff,
            "journal": self._journal,
            "journal/clear": self._journal_clear,
            "dump": self._dump,
            "batch": self._batch,
        }

    def run(self, name: str, payload: Payload) -> Result:
        """Run one operation."""
        operation = self.operations.get(name)
        if operation is None:
            raise ControlError(f"there is no operation {name!r}; there are {', '.join(self.operations)}")
        try:
            return operation(payload)
        except IntegrityError as fault:
            raise ControlError(
                f"{name}: an id is taken already, or a value is missing ({fault.orig})"
            ) from fault

    def fill(self) -> Result:
        """Seed a new database with the default seed."""
        return self._seed(self._default_seed)

    def _health(self, payload: Payload) -> Result:
        shapes.only(payload, "health")
        return {"ok": True, **self._time()}

    def _reset(self, payload: Payload) -> Result:
        shapes.only(payload, "reset", "seed", "keep_switches", "keep_clock")
        document = payload.get("seed")
        document = self._default_seed if document is None else shapes.mapping(document, "seed")
        self._panel.database.empty()
        self._panel.faults.clear()
        self._panel.journal.clear()
        if not shapes.flag(payload, "keep_switches", "reset", default=False):
            self._panel.switches.reset()
        if not shapes.flag(payload, "keep_clock", "reset", default=True):
            self._panel.clock.real()
        self._panel.billing.forget()
        return self._seed({"token": self._default_seed.get("token"), **document})

    def _seed(self, payload: Payload) -> Result:
        with self._panel.database.write() as connection:
            return seed(connection, self._panel.clock, payload)

    def _clock(self, payload: Payload) -> Result:
        shapes.only(payload, "clock", "set", "frozen", "advance", "real", "billing")
        clock = self._panel.clock
        bill = shapes.flag(payload, "billing", "clock", default=True)
        advance = payload.get("advance", 0)
        if isinstance(advance, bool) or not isinstance(advance, int | float):
            raise ControlError("clock: advance is a number of seconds")
        if shapes.flag(payload, "real", "clock", default=False):
            clock.real()
        if "set" in payload:
            instant = clock.read(shapes.words(payload, "set", "clock"))
            clock.set(instant, frozen=shapes.flag(payload, "frozen", "clock", default=True))
        elif "frozen" in payload:
            clock.freeze(frozen=shapes.flag(payload, "frozen", "clock", default=True))
        if advance:
            clock.advance(advance)
        issued: list[int] = []
        if bill:
            issued = self._panel.billing.catch_up()
        else:
            self._panel.billing.forget()
        return {**self._time(), "invoices": issued}

    def _switches(self, payload: Payload) -> Result:
        if payload:
            self._panel.switches.change(dict(payload))
        return {"switches": self._panel.switches.all(), "catalogue": describe()}

    def _faults(self, payload: Payload) -> Result:
        if payload:
            return {"fault": self._panel.faults.arm(payload).as_json()}
        return {"faults": self._panel.faults.listed(), "kinds": KINDS}

    def _faults_clear(self, payload: Payload) -> Result:
        shapes.only(payload, "faults/clear", "number")
        self._panel.faults.clear(
            shapes.whole(payload, "number", "faults/clear") if "number" in payload else None
        )
        return {"faults": self._panel.faults.listed()}

    def _billing(self, payload: Payload) -> Result:
        shapes.only(payload, "billing", "day", "customers", "force")
        try:
            day = dt.date.fromisoformat(str(payload.get("day") or self._panel.clock.now().date()))
        except ValueError as fault:
            raise ControlError(
                f"billing: day is a date such as 2026-02-01, not {payload['day']!r}"
            ) from fault
        customers = payload.get("customers")
        if customers is not None and not isinstance(customers, list):
            raise ControlError("billing: customers is a list of ids")
        force = shapes.flag(payload, "force", "billing", default=False)
        return {"invoices": self._panel.billing.run(day, customers=customers, force=force)}

    def _tickets(self, payload: Payload) -> Result:
        several = "tickets" in payload
        given = shapes.objects(payload, "tickets", "tickets") if several else [dict(payload)]
        if several:
            shapes.only(payload, "tickets", "tickets")
        with self._panel.database.write() as connection:
            return {"tickets": add_tickets(connection, self._panel.clock, given)}

    def _customer_message(self, payload: Payload) -> Result:
        shapes.only(payload, "customer_message", "ticket", "text", "at")
        ticket = shapes.whole(payload, "ticket", "customer_message")
        text = shapes.words(payload, "text", "customer_message")
        with self._panel.database.write() as connection:
            call = self._panel.call(connection, at=payload.get("at"))
            return {"message": tickets.customer_writes(call, ticket, text)}

    def _staff(self, payload: Payload) -> Result:
        with self._panel.database.write() as connection:
            return act(self._panel.call(connection, at=payload.get("at")), payload)

    def _journal(self, payload: Payload) -> Result:
        match = {key: str(value) for key, value in payload.items() if key not in ("command", "after")}
        command = payload.get("command")
        entries = self._panel.journal.listed(
            command=None if command is None else str(command),
            after=shapes.whole(payload, "after", "journal", 0),
            match=match,
        )
        return {"entries": entries, "counts": self._panel.journal.counts()}

    def _journal_clear(self, payload: Payload) -> Result:
        shapes.only(payload, "journal/clear")
        self._panel.journal.clear()
        return {"entries": []}

    def _dump(self, payload: Payload) -> Result:
        shapes.only(payload, "dump", "sections", "customer")
        sections = payload.get("sections") or list(DEFAULT_SECTIONS)
        if isinstance(sections, str):
            sections = sections.split(",")
        customer = shapes.whole(payload, "customer", "dump") if "customer" in payload else None
        with self._panel.database.read() as connection:
            return {**self._time(), **dump(connection, list(sections), customer)}

    def _batch(self, payload: Payload) -> Result:
        shapes.only(payload, "batch", "actions")
        results: list[Result] = []
        for number, action in enumerate(shapes.objects(payload, "actions", "batch")):
            name = shapes.words(action, "do", "batch")
            if name == "batch":
                raise ControlError("batch: a batch holds no batches")
            try:
                results.append(self.run(name, {key: value for key, value in action.items() if key != "do"}))
            except FAULTY as fault:
                words = fault.message if isinstance(fault, PanelError) else str(fault)
                raise ControlError(
                    f"action {number} ({name}): {words}; the {number} before it are done"
                ) from fault
        return {"results": results}

    def _time(self) -> Result:
        clock = self._panel.clock
        return {
            "now": clock.now().isoformat(),
            "local": clock.local(),
            "frozen": clock.frozen,
            "timezone": clock.timezone,
        }
