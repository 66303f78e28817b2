"""Faults on request: what a bad day does to a request, armed through control, used up by requests."""

from __future__ import annotations

import fnmatch
import math
import random
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

KINDS = {
    "refuse": "a business error, not applied",
    "slow": "the answer comes `ms` later",
    "drop_before": "the connection is closed, nothing applied",
    "drop_after": "applied, then the connection is closed without an answer",
    "html200": "an HTML page with status 200",
    "empty200": "an empty body with status 200",
    "http500": "status 500 with an HTML page",
    "http502": "status 502 with an HTML page",
    "http503": "status 503 with an HTML page",
    "token_lost": "the token is refused",
    "duplicate_page": "page `page` + 1 shows page `page` again",
    "shrunken_list": "GetAllClients knows only `fraction` of the customers",
    "broken_record": "the record `id` (or the first) has nonsense in its fields",
    "text_before": "a PHP warning stands before the JSON",
}
_FIELDS = (
    "command", "kind", "times", "probability", "seed", "after", "ms", "message", "fraction", "page",
    "id", "applied", "match",
)  # fmt: skip


class FaultError(ValueError):
    """A fault that cannot be armed as described."""


@dataclass(kw_only=True)
class Fault:
    """One armed fault and what is left of it."""

    number: int
    kind: str
    command: str = "*"
    times: int | None = 1
    probability: float | None = None
    seed: int = 0
    after: int = 0
    ms: int = 0
    message: str = "No se pudo procesar la solicitud."
    fraction: float = 0.5
    page: int = 1
    id: int | None = None
    applied: bool = False
    match: dict[str, Any] = field(default_factory=dict)
    fired: int = 0
    _dice: random.Random = field(default_factory=random.Random, repr=False)

    def concerns(self, command: str, body: Mapping[str, Any]) -> bool:
        """Whether a request is one of those this fault waits for."""
        if not fnmatch.fnmatchcase(command.lower(), self.command.lower()):
            return False
        return all(str(body.get(key)) == str(value) for key, value in self.match.items())

    def strikes(self) -> bool:
        """Count one concerned request, and tell whether the fault strikes it."""
        if self.times is not None and self.fired >= self.times:
            return False
        if self.after > 0:
            self.after -= 1
            return False
        if self.probability is not None and self._dice.random() >= self.probability:
            return False
        self.fired += 1
        return True

    def as_json(self) -> dict[str, Any]:
        """Return the fault as it is listed."""
        return {name: getattr(self, name) for name in ("number", *_FIELDS, "fired")}


class Faults:
    """The armed faults, in the order they were armed; safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._armed: list[Fault] = []
        self._next = 1

    def arm(self, wanted: Mapping[str, Any]) -> Fault:
        """Arm a fault; without `times` it strikes once, or with `probability` until cleared."""
        unknown = sorted(set(wanted) - set(_FIELDS))
        if unknown:
            raise FaultError(f"a fault has no {unknown}; it has {', '.join(_FIELDS)}")
        if wanted.get("kind") not in KINDS:
            raise FaultError(f"kind is one of {', '.join(KINDS)}, not {wanted.get('kind')!r}")
        values = dict(wanted)
        if "times" not in values and values.get("probability") is not None:
            values["times"] = None
        chance = values.get("probability")
        if chance is not None and not (isinstance(chance, int | float) and 0 <= chance <= 1):
            raise FaultError("probability lies between 0 and 1")
        for name in ("times", "after", "ms", "page", "id", "seed"):
            if values.get(name) is not None and type(values[name]) is not int:
                raise FaultError(f"{name} is a whole number")
        with self._lock:
            fault = Fault(number=self._next, **values)
            fault._dice.seed(fault.seed)  # noqa: SLF001  a fault's dice are thrown by it and seeded once, here
            self._next += 1
            self._armed.append(fault)
        return fault

    def clear(self, number: int | None = None) -> None:
        """Disarm one fault, or all of them."""
        with self._lock:
            self._armed = [] if number is None else [item for item in self._armed if item.number != number]

    def listed(self) -> list[dict[str, Any]]:
        """Return every armed fault, the used-up ones too, with how often each has struck."""
        with self._lock:
            return [item.as_json() for item in self._armed]

    def struck(self, command: str, body: Mapping[str, Any], page: int | None) -> list[Fault]:
        """Return the faults that strike this request; `page` counts from 1, None is no page."""
        with self._lock:
            return [
                fault
                for fault in self._armed
                if fault.concerns(command, body)
                and not (fault.kind == "duplicate_page" and page != fault.page + 1)
                and fault.strikes()
            ]


def shrink(total: int, fraction: float) -> int:
    """How many of `total` customers a shrunken list still knows."""
    return max(0, math.floor(total * fraction))


BROKEN_CLIENT: dict[str, Any] = {
    "nombre": {"0": None},
    "estado": 7,
    "servicios": "ninguno",
    "facturacion": [[]],
    "fecha_suspendido": "31/02/2026",
}
BROKEN_TICKET: dict[str, Any] = {
    "fecha_soporte": "ayer",
    "estado": ["abierto"],
    "mensajes": "ninguno",
    "lastdate": 20260203,
    "dp": {"id": None},
}
BROKEN_INVOICE: dict[str, Any] = {"total": "mil", "emitido": None, "estado": {}, "vencimiento": 0}


def spoil(records: list[dict[str, Any]], nonsense: Mapping[str, Any], wanted: int | None) -> None:
    """Put nonsense into one record, in place; its id stays readable."""
    for record in records:
        if wanted is None or int(record["id"]) == wanted:
            record.update({key: value for key, value in nonsense.items() if key in record})
            return
