"""One call of a command: the request, the open transaction, and what the panel knows while it answers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.engine import Connection

from bridge.sandbox.clock import as_text
from bridge.sandbox.envelope import Answer
from bridge.sandbox.faults import Fault
from bridge.sandbox.schema import blank, logsistema
from bridge.sandbox.switches import Switches
from bridge.sandbox.values import number, shown_id

DEFAULT_LIMIT = 25


@dataclass(kw_only=True)
class Call:
    """What a command gets to work with; `now` is the panel's clock at the start of the call."""

    connection: Connection
    body: Mapping[str, Any]
    now: dt.datetime
    switches: Switches
    operator: int = 0
    faults: list[Fault] = field(default_factory=list)

    @property
    def local(self) -> str:
        """The present as a DATETIME column holds it."""
        return as_text(self.now)

    @property
    def today(self) -> str:
        """The present day as a DATE column holds it."""
        return self.now.date().isoformat()

    def fault(self, kind: str) -> Fault | None:
        """Return the first struck fault of this kind."""
        return next((fault for fault in self.faults if fault.kind == kind), None)

    def id(self, value: int, width: int) -> int | str:
        """Write an id as the switch `id_type` says."""
        return shown_id(value, width, self.switches.choice("id_type"))

    def audit(self, kind: str, words: str, customer: int = 0) -> None:
        """Leave an entry in the panel's log, as the panel does for what goes through it (contract, 5.6)."""
        row = blank(
            logsistema,
            log=words,
            fechalog=self.local,
            operador=str(self.operator),
            idcliente=customer,
            tipolog=kind,
        )
        self.connection.execute(logsistema.insert().values(row))


@dataclass(frozen=True, kw_only=True)
class Command:
    """A command of the API: its name, what it does, and whether it writes."""

    name: str
    run: Callable[[Call], Answer]
    writes: bool = False
    extension: bool = False


def page_of(body: Mapping[str, Any], switches: Switches) -> tuple[int, int] | None:
    """Return the page asked for, counted from 1, and the limit; None when the body names neither."""
    if "pagina" not in body and "limit" not in body:
        return None
    offset, limit = _window(body, switches)
    return offset // limit + 1, limit


def window(call: Call) -> slice:
    """Return the rows asked for by `limit` and `pagina`, whatever the switches make `pagina` mean."""
    offset, limit = _window(call.body, call.switches)
    if call.fault("duplicate_page"):
        offset = max(0, offset - limit)
    return slice(offset, offset + limit)


def _window(body: Mapping[str, Any], switches: Switches) -> tuple[int, int]:
    limit = max(1, number(body, "limit", DEFAULT_LIMIT))
    first = switches.number("page_first")
    if switches.choice("page_meaning") == "offset":
        return max(0, number(body, "pagina", first) - first), limit
    return max(0, number(body, "pagina", first) - first) * limit, limit
