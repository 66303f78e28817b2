"""Reading what callers send (numbers or numeric strings) and writing what the panel answers."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from bridge.sandbox.envelope import PanelError

CENT = Decimal("0.01")


def cents(amount: Decimal) -> Decimal:
    """Round half up to the cent."""
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)


def require(body: Mapping[str, Any], *names: str) -> None:
    """Refuse a body in which one of `names` is missing or empty, in the words of contract section 2.1."""
    if any(body.get(name) in (None, "") for name in names):
        listed = ",".join(names[:-1]) + (" ó " if len(names) > 1 else "") + names[-1]
        raise PanelError(f"Falta un campo requerido ({listed}).")


def number(body: Mapping[str, Any], name: str, default: int | None = None) -> int:
    """Read an id or a count, sent as a number or a numeric string (contract, section 1)."""
    value = body.get(name)
    if value in (None, "") and default is not None:
        return default
    try:
        return int(str(value).strip())
    except ValueError:
        raise PanelError(f"El campo {name} no es válido.") from None


def amount(value: Any, name: str) -> Decimal:
    """Read a sum of money, sent as a number or a string."""
    try:
        read = Decimal(str(value))
    except InvalidOperation:
        read = Decimal("NaN")
    if not read.is_finite():
        raise PanelError(f"El campo {name} no es válido.")
    return cents(read)


def text(body: Mapping[str, Any], name: str, default: str = "") -> str:
    """Read a text; what is absent or null is `default`."""
    value = body.get(name)
    return default if value is None else str(value)


def shown_id(value: int, width: int, form: str) -> int | str:
    """Write an id as the switch `id_type` says: number, string, or padded as a zerofill column prints it."""
    if form == "number":
        return int(value)
    return f"{int(value):0{width}d}" if form == "padded" else str(int(value))
