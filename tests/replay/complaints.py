"""Real complaints of an ISP's customers: when they came, how, and in which words. Moved to a recent year."""

from __future__ import annotations

import csv
import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

VARIABLE = "BRIDGE_COMPLAINTS"
ZONE = ZoneInfo("America/Mexico_City")
MOVED = timedelta(weeks=572)  # from 2015 to 2026, each complaint on its own day of the week
CUSTOMERS = 2000

_FIRST_TICKET = 1001
_CHANNELS = {"Customer Care Call": "VIA TELEFONICA", "Internet": "PAGINA WEB"}
_SUBJECT = 150  # as the panel cuts it
_SPREAD = 7919  # a prime, so that neighbours in the file are different customers


@dataclass(frozen=True, kw_only=True)
class Complaint:
    """One complaint as a ticket of the panel. `pending` says that the file has it as not settled."""

    ticket_id: int
    customer: int
    at: datetime
    subject: str
    channel: str
    pending: bool


def place() -> Path | None:
    """Where the file is, None where the environment names none or it is not there."""
    named = os.environ.get(VARIABLE)
    path = Path(named) if named else None
    return path if path is not None and path.is_file() else None


def complaints(path: Path, customers: int = CUSTOMERS) -> list[Complaint]:
    """Read the file, oldest complaint first; tickets are numbered as they came, as the panel does."""
    with path.open(encoding="utf-8", errors="replace", newline="") as file:
        rows = sorted((_moment(row), number, row) for number, row in enumerate(csv.DictReader(file)))
    return [
        Complaint(
            ticket_id=_FIRST_TICKET + position,
            customer=1 + number * _SPREAD % customers,
            at=at,
            subject=" ".join(row["Customer Complaint"].split())[:_SUBJECT].strip(),
            channel=_CHANNELS[row["Received Via"]],
            pending=row["Status"] in {"Open", "Pending"},
        )
        for position, (at, number, row) in enumerate(rows)
    ]


def _moment(row: dict[str, str]) -> datetime:
    read = datetime.strptime(f"{row['Date']} {row['Time']}", "%d-%m-%Y %I:%M:%S %p").replace(tzinfo=ZONE)
    return read + MOVED
