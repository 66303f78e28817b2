"""The rules' sums done a second time, from the panel's rows and by hand: nothing of the bridge is used here.

Which faults a customer had, how long each lasted, and what it earns (docs/rules.md, I-7, L-9, C-2 to C-10).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from tests.replay.complaints import ZONE

HOUR = timedelta(hours=1)
CENT = Decimal("0.01")

_NEVER = datetime.max.replace(tzinfo=UTC)
_STRONGEST_FIRST = ("no_access", "low_speed", "unknown", "unrouted")


@dataclass(frozen=True, kw_only=True)
class Piece:
    """One time in which one ticket was open; `end` None is still open, `solved`: staff said so before."""

    ticket_id: int
    kind: str
    start: datetime
    end: datetime | None
    solved: bool = False


@dataclass(frozen=True, kw_only=True)
class Outage:
    """One fault of one customer: its tickets and what it lasted in all up to `now`."""

    customer: int
    first: int
    tickets: frozenset[int]
    kind: str
    begun: datetime
    ended: datetime | None
    lasted: timedelta
    over: datetime | None  # when it passed 96 hours

    @property
    def settled(self) -> datetime:
        """When what it earns stood fast: its end, or the moment it passed 96 hours."""
        return min((one for one in (self.over, self.ended) if one is not None), default=_NEVER)


class Words:
    """The kinds of a faults.yaml, read as plainly as can be."""

    def __init__(self, path: Path) -> None:
        kinds = YAML(typ="safe").load(path)["kinds"]
        self._patterns = [
            (
                kind["name"],
                re.compile(r"(?<![a-z0-9])(" + "|".join(map(_pattern, kind["words"])) + r")(?![a-z0-9])"),
            )
            for kind in kinds
        ]
        self.enquiries = {kind["name"] for kind in kinds if kind["type"] == "enquiry"}

    def kind(self, subject: str) -> str:
        """The first kind of the file that has a word in the subject."""
        found = (name for name, pattern in self._patterns if pattern.search(subject.lower()))
        return next(found, "unrouted")


def _pattern(words: str) -> str:
    return r"[^a-z0-9]+".join(map(re.escape, re.split(r"[^a-z0-9]+", words.lower())))


def moment(text: str) -> datetime | None:
    """Read a DATETIME column of the panel, local time; zero dates are none."""
    if text.startswith("0000"):
        return None
    return datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=ZONE).astimezone(UTC)


def pieces(row: Mapping[str, Any], kind: str, gaps: Sequence[tuple[datetime, datetime]]) -> list[Piece]:
    """The times in which a ticket was open.

    The panel forgets an earlier closing once a ticket is open again, so `gaps` are those staff made. A
    `#resuelto` of staff ends a time before the ticket is closed.
    """
    opened, closed = moment(row["fecha_soporte"]), moment(row["fecha_cerrado"])
    assert opened is not None
    starts = [opened, *(reopened for _, reopened in gaps)]
    ends = [*(shut for shut, _ in gaps), closed if row["estado"] == "cerrado" else None]
    solved = [at for message in row["mensajes"] if (at := _solved(message)) is not None]
    found = []
    for start, end in zip(starts, ends, strict=True):
        known = [one for one in solved if one >= start and (end is None or one < end)]
        found.append(
            Piece(
                ticket_id=row["id"],
                kind=kind,
                start=start,
                end=min(known) if known else end,
                solved=bool(known),
            )
        )
    return found


def _solved(message: Mapping[str, Any]) -> datetime | None:
    is_staff = message["idtecnico"] != 0
    return moment(message["fecha_hora"]) if is_staff and "#resuelto" in message["contenido"] else None


def outages(customer: int, found: Sequence[Piece], now: datetime) -> list[Outage]:
    """Put the pieces together: open at the same time, or the same again within 72 hours of the end (L-9)."""
    faults: list[list[Piece]] = []
    for piece in sorted(found, key=lambda one: (one.start, one.ticket_id)):
        home = next((fault for fault in reversed(faults) if _goes_on(fault, piece)), None)
        if home is None:
            faults.append([piece])
        else:
            home.append(piece)
    return [_outage(customer, fault, now) for fault in faults]


def _goes_on(fault: Sequence[Piece], piece: Piece) -> bool:
    ends = [one.end for one in fault]
    if any(end is None or piece.start < end for end in ends):
        return True
    again = any(one.ticket_id == piece.ticket_id for one in fault) or piece.kind == _kind(fault)
    return again and piece.start - max(end for end in ends if end is not None) <= 72 * HOUR


def _kind(fault: Sequence[Piece]) -> str:
    kinds = {one.kind for one in fault}
    return next(kind for kind in _STRONGEST_FIRST if kind in kinds)


def _outage(customer: int, fault: Sequence[Piece], now: datetime) -> Outage:
    """Time in which two tickets were open counts once (C-2); what solved one of them solved the others."""
    times = sorted((piece.start, _end(piece, fault) or now) for piece in fault)
    lasted, over, upto = timedelta(0), None, times[0][0]
    for start, end in times:
        begin = max(start, upto)
        if end <= begin:
            continue
        if over is None and lasted + (end - begin) > 96 * HOUR:
            over = begin + (96 * HOUR - lasted)
        lasted, upto = lasted + (end - begin), end
    ends = [_end(piece, fault) for piece in fault]
    return Outage(
        customer=customer,
        first=min(fault, key=lambda one: (one.start, one.ticket_id)).ticket_id,
        tickets=frozenset(one.ticket_id for one in fault),
        kind=_kind(fault),
        begun=times[0][0],
        ended=None if None in ends else max(end for end in ends if end is not None),
        lasted=lasted,
        over=over,
    )


def _end(piece: Piece, fault: Sequence[Piece]) -> datetime | None:
    cuts = [one.end for one in fault if one.solved and one.end is not None and one.end >= piece.start]
    ends = [end for end in (piece.end, *cuts) if end is not None]
    return min(ends) if ends else None


def earned(outage: Outage, price: Decimal) -> Decimal:
    """What an outage earns (C-3 to C-8): nothing, days of the price, or a month."""
    if outage.lasted > 96 * HOUR:
        return price if outage.kind in {"no_access", "low_speed"} else Decimal(0)
    if outage.kind != "no_access" or outage.lasted < 72 * HOUR:
        return Decimal(0)
    days = 3 if outage.lasted == 72 * HOUR else 4
    return (price * days / 30).quantize(CENT, ROUND_HALF_UP)


def credits_of(found: Sequence[Outage], price: Decimal, enforce_from: datetime) -> dict[str, Decimal]:
    """What a customer's outages earn by report number; all that begin in a month earn one price (C-10)."""
    numbers: Counter[int] = Counter()
    named: list[tuple[str, Outage]] = []
    for outage in sorted(found, key=lambda one: (one.begun, one.first)):
        numbers[outage.first] += 1
        ordinal = numbers[outage.first]
        named.append((f"RC-{outage.first}" + (f"-{ordinal}" if ordinal > 1 else ""), outage))
    room: dict[str, Decimal] = {}
    result: dict[str, Decimal] = {}
    for name, outage in sorted(named, key=lambda one: one[1].settled):
        if outage.begun < enforce_from:
            continue
        month = f"{outage.begun.astimezone(ZONE):%Y-%m}"
        amount = min(earned(outage, price), room.setdefault(month, price))
        room[month] -= amount
        if amount:
            result[name] = amount
    return result
