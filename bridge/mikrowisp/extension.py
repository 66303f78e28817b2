"""Commands beyond the public API, as `commands.yaml` describes them: filled in and read back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from bridge.domain.intents import ABSENT, HIDDEN, SHOWN, Push, PushKind, Sight
from bridge.domain.money import Money
from bridge.domain.words import normalise
from bridge.errors import BrokenRecord, PanelUnusable
from bridge.mikrowisp.records import as_list
from bridge.mikrowisp.translate import money_of, number_of, plain_text
from bridge.rulebook.commands import Fields, ReadBack

Row = Mapping[str, Any]


def filled(fields: Fields, push: Push) -> dict[str, Any]:
    """Return the request of a push. A field whose only placeholder has no value is left out.

    `{internal}` is 1 or 0, `{amount}` is positive with two decimals; a minus sign stands in the template.
    """
    values = {
        "ticket_id": push.ticket_id,
        "client_id": push.client_id,
        "department_id": push.department_id,
        "state": push.state,
        "technician_id": push.technician_id,
        "text": push.text,
        "internal": int(push.internal),
        "amount": None if push.amount is None else str(push.amount.rounded()),
        "marker": push.marker,
    }
    request: dict[str, Any] = {}
    for key, template in fields.items():
        if isinstance(template, int):
            request[key] = template
            continue
        alone = values.get(template[1:-1]) if template[:1] + template[-1:] == "{}" else None
        if alone is not None:
            request[key] = alone
        elif not any(f"{{{name}}}" in template for name, value in values.items() if value is None):
            request[key] = template.format(**values)
    return request


def rows_of(body: Mapping[str, Any], path: str) -> list[Row]:
    """Return the rows under a dotted path of an answer; none where the path is missing."""
    value: Any = body
    for part in path.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    try:
        return [row for row in as_list(value) if isinstance(row, Mapping)]
    except ValueError as error:
        raise PanelUnusable(f"{path}: {error}") from error


def sight(push: Push, rows: Iterable[Row], shape: ReadBack) -> Sight:
    """Return what the rows of a read-back command show of a push (`Sight` in domain/intents.py)."""
    try:
        mine = [row for row in rows if _concerns(push, row, shape)]
        if push.kind.moves_money:
            return _money(push, mine, shape)
        if push.kind is PushKind.NOTE:
            return _note(push, mine, shape)
        return _state(push, mine, shape)
    except ValueError as error:
        raise BrokenRecord(f"client {push.client_id}", push.client_id, f"{shape.command}: {error}") from error


def _concerns(push: Push, row: Row, shape: ReadBack) -> bool:
    if shape.id is not None and push.ticket_id is not None and number_of(row.get(shape.id)) != push.ticket_id:
        return False
    return shape.client is None or number_of(row.get(shape.client)) == push.client_id


def _money(push: Push, rows: list[Row], shape: ReadBack) -> Sight:
    if shape.text is None or not push.marker:
        return HIDDEN
    marked = [row for row in rows if push.marker in _text(row, shape.text)]
    if not marked:
        return ABSENT
    # A remainder is a row of its own that names the invoice it comes from: the same money once more.
    own = [row for row in marked if not _number(row, shape.origin)] or marked
    invoices = {_number(row, shape.invoice) for row in own}
    held = list(own)
    while rest := [row for row in rows if row not in held and _number(row, shape.origin) in invoices - {0}]:
        held += rest
        invoices |= {_number(row, shape.invoice) for row in rest}
    return Sight(
        visibility=SHOWN.visibility,
        amount=_amount(own, shape, push),
        invoice_ids=tuple(sorted(invoices - {0})),
        pending=shape.invoice is not None and 0 in invoices,
        copies=len(own),
    )


def _amount(rows: list[Row], shape: ReadBack, push: Push) -> Money | None:
    if shape.amount is None or push.amount is None:
        return None
    currency = push.amount.currency
    total = sum((money_of(row.get(shape.amount, ""), currency).amount for row in rows), Decimal(0))
    return Money(-total if shape.negate else total, currency)


def _note(push: Push, rows: list[Row], shape: ReadBack) -> Sight:
    if shape.text is None or not push.marker:
        return HIDDEN
    texts = [
        _text(message, shape.text)
        for row in rows
        for message in (as_list(row.get(shape.messages)) if shape.messages else [row])
    ]
    copies = sum(push.marker in text for text in texts)
    return Sight(visibility=SHOWN.visibility, copies=copies) if copies else ABSENT


def _state(push: Push, rows: list[Row], shape: ReadBack) -> Sight:
    looked = []
    for row in rows[:1]:
        if push.technician_id is not None and shape.technician is not None:
            looked.append(_number(row, shape.technician) == push.technician_id)
        if push.department_id is not None and shape.department is not None:
            looked.append(_number(row, shape.department) == push.department_id)
        elif push.state is not None and shape.state is not None:
            looked.append(normalise(_text(row, shape.state)) == normalise(push.state))
    if rows and not looked:
        return HIDDEN
    return SHOWN if looked and all(looked) else ABSENT


def _text(row: object, key: str) -> str:
    value = row.get(key) if isinstance(row, Mapping) else None
    return plain_text(value) if isinstance(value, str) else ""


def _number(row: Row, key: str | None) -> int:
    value = row.get(key) if key is not None else None
    return 0 if value is None or value == "" else number_of(value)
