"""What people at the ISP do in the panel by hand: replies, notes, moves, prices, cancellations."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from bridge.sandbox import invoices, saldos, tickets
from bridge.sandbox.call import Call
from bridge.sandbox.commands.customers import set_state
from bridge.sandbox.schema import tblavisouser
from bridge.sandbox.schema_money import tblservicios
from bridge.sandbox.shapes import ControlError, flag, only, whole, words
from bridge.sandbox.values import amount

Payload = Mapping[str, Any]
Result = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Action:
    """One staff action: what it does and which keys its payload has besides `action`, `at` and `operator`."""

    run: Callable[[Call, Payload], Result]
    keys: tuple[str, ...]


def act(call: Call, payload: Payload) -> Result:
    """Do one staff action in the open transaction and return what it changed."""
    name = words(payload, "action", "staff")
    if name not in ACTIONS:
        raise ControlError(f"staff: there is no action {name!r}; there are {', '.join(ACTIONS)}")
    action = ACTIONS[name]
    only(payload, f"staff {name}", "action", "at", "operator", *action.keys)
    call.operator = whole(payload, "operator", "staff", 1)
    tickets.operator_exists(call, call.operator)
    return {"action": name, **action.run(call, payload)}


def _ticket(payload: Payload) -> int:
    return whole(payload, "ticket", "staff")


def _reply(call: Call, payload: Payload) -> Result:
    text = words(payload, "text", "staff")
    return {"message": tickets.reply(call, _ticket(payload), text, author=call.operator)}


def _note(call: Call, payload: Payload) -> Result:
    text = words(payload, "text", "staff")
    return {"message": tickets.note(call, _ticket(payload), text, author=call.operator)}


def _tag(call: Call, payload: Payload) -> Result:
    internal = flag(payload, "internal", "staff", default=True)
    text = words(payload, "text", "staff")
    write = tickets.note if internal else tickets.reply
    return {"message": write(call, _ticket(payload), text, author=call.operator)}


def _close(call: Call, payload: Payload) -> Result:
    tickets.close(call, _ticket(payload), words(payload, "reason", "staff", ""))
    return {"ticket": _ticket(payload)}


def _reopen(call: Call, payload: Payload) -> Result:
    tickets.reopen(call, _ticket(payload))
    return {"ticket": _ticket(payload)}


def _department(call: Call, payload: Payload) -> Result:
    department = tickets.department_id(call, payload.get("department"))
    tickets.move(call, _ticket(payload), dp=department)
    return {"ticket": _ticket(payload), "department": department}


def _assign(call: Call, payload: Payload) -> Result:
    technician = whole(payload, "technician", "staff")
    tickets.operator_exists(call, technician)
    tickets.move(call, _ticket(payload), idsoporte=technician)
    return {"ticket": _ticket(payload), "technician": technician}


def _visit(call: Call, payload: Payload) -> Result:
    changes = {name: words(payload, name, "staff") for name in ("fechavisita", "turno") if name in payload}
    tickets.find(call, _ticket(payload))
    tickets.update(call, _ticket(payload), **changes)
    return {"ticket": _ticket(payload)}


def _delete_ticket(call: Call, payload: Payload) -> Result:
    tickets.delete(call, _ticket(payload))
    return {"ticket": _ticket(payload)}


def _customer_state(state: str) -> Callable[[Call, Payload], Result]:
    def run(call: Call, payload: Payload) -> Result:
        customer = whole(payload, "customer", "staff")
        set_state(call, customer, state)
        return {"customer": customer, "state": state}

    return run


def _price(call: Call, payload: Payload) -> Result:
    service = whole(payload, "service", "staff")
    price = amount(payload.get("price"), "price")
    mine = tblservicios.update().where(tblservicios.c.id == service)
    if not call.connection.execute(mine.values(costo=price)).rowcount and not _exists(call, service):
        raise ControlError(f"staff: there is no service {service}")
    return {"service": service, "price": f"{price:.2f}"}


def _exists(call: Call, service: int) -> bool:
    # MariaDB counts changed rows, so the same price again looks like no service at all.
    return call.connection.scalar(tblservicios.select().where(tblservicios.c.id == service)) is not None


def _pay_day(call: Call, payload: Payload) -> Result:
    customer = whole(payload, "customer", "staff")
    tickets.customer_exists(call, customer)
    day = whole(payload, "pay_day", "staff")
    call.connection.execute(
        tblavisouser.update().where(tblavisouser.c.cliente == customer).values(diapago=day)
    )
    return {"customer": customer, "pay_day": day}


def _add_saldo(call: Call, payload: Payload) -> Result:
    customer = whole(payload, "customer", "staff")
    tickets.customer_exists(call, customer)
    money = amount(payload.get("amount"), "amount")
    return {"saldo": saldos.add_saldo(call, customer, money, words(payload, "text", "staff", ""))}


def _delete_saldo(call: Call, payload: Payload) -> Result:
    saldo = whole(payload, "saldo", "staff")
    saldos.delete_saldo(call, saldo)
    return {"saldo": saldo}


def _cancel_invoice(call: Call, payload: Payload) -> Result:
    invoice = whole(payload, "invoice", "staff")
    invoices.cancel(call, invoice)
    return {"invoice": invoice}


ACTIONS: dict[str, Action] = {
    "reply": Action(run=_reply, keys=("ticket", "text")),
    "note": Action(run=_note, keys=("ticket", "text")),
    "tag": Action(run=_tag, keys=("ticket", "text", "internal")),
    "close": Action(run=_close, keys=("ticket", "reason")),
    "reopen": Action(run=_reopen, keys=("ticket",)),
    "department": Action(run=_department, keys=("ticket", "department")),
    "assign": Action(run=_assign, keys=("ticket", "technician")),
    "visit": Action(run=_visit, keys=("ticket", "fechavisita", "turno")),
    "delete_ticket": Action(run=_delete_ticket, keys=("ticket",)),
    "suspend_customer": Action(run=_customer_state("SUSPENDIDO"), keys=("customer",)),
    "activate_customer": Action(run=_customer_state("ACTIVO"), keys=("customer",)),
    "retire_customer": Action(run=_customer_state("RETIRADO"), keys=("customer",)),
    "price": Action(run=_price, keys=("service", "price")),
    "pay_day": Action(run=_pay_day, keys=("customer", "pay_day")),
    "add_saldo": Action(run=_add_saldo, keys=("customer", "amount", "text")),
    "delete_saldo": Action(run=_delete_saldo, keys=("saldo",)),
    "cancel_invoice": Action(run=_cancel_invoice, keys=("invoice",)),
}
