"""What deciding costs beside reading: 100,000 open incidents judged, and the same tickets parsed.

    python -m benchmarks.decide [--incidents 100000] [--profile]

Each part runs in a process of its own, keeps what it made, and says its time and how much memory it took.
"""

from __future__ import annotations

import argparse
import cProfile
import json
import pstats
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from bridge.domain.assess import Memory, assess
from bridge.domain.events import Event, EventKind
from bridge.domain.money import Money
from bridge.domain.policy import Rulebook
from bridge.domain.timeline import tell
from bridge.mikrowisp.records import Tongue
from bridge.mikrowisp.wire import WireTicket
from bridge.rulebook.commands import Commands
from bridge.rulebook.loader import load_rulebook
from tests.servers import ROOT

ZONE = ZoneInfo("America/Mexico_City")
NOW = datetime(2026, 11, 20, 18, tzinfo=UTC)
HOUR = timedelta(hours=1)
BATCH = 1000
AGES = (1, 3, 20, 47, 50, 73, 80, 95, 97, 200)  # hours open, so that every level and amount occurs
SERVICES = json.dumps(
    [{"id": 70, "plan": "25M", "price": "300.00", "currency": "MXN", "tax": "16", "node": 1}]
)


def rulebook() -> Rulebook:
    """The shipped mappings."""
    loaded = load_rulebook(
        ROOT / "mappings",
        zone=ZONE,
        enforce_from=date(2026, 11, 1),
        approval_above=Money(Decimal(1500)),
    )
    return loaded.rulebook


def events(number: int) -> list[Event]:
    """The events of one customer's one open fault: two to six."""
    opened = NOW - AGES[number % len(AGES)] * HOUR
    told = [
        (EventKind.OPENED, 0, {"channel": "portal"}),
        (EventKind.CLASSIFIED, 0, {"kind": ("no_access", "low_speed")[number % 2]}),
        (EventKind.SUBSCRIBED, 0, {"status": "active", "services": SERVICES, "zone": "Centro"}),
        (EventKind.CONTACTED, 1, {}),
        (EventKind.CONTACT_FAILED, 2, {}),
        (EventKind.VISIT_FIXED, 20, {"start": (opened + 30 * HOUR).isoformat()}),
    ]
    return [
        Event(
            key=f"t{number}:{position}",
            kind=kind,
            client_id=number,
            ticket_id=number,
            at=opened + after * HOUR,
            seen_at=opened + after * HOUR,
            source="panel",
            data=data,
        )
        for position, (kind, after, data) in enumerate(told[: 2 + number % 5])
        if opened + after * HOUR <= NOW
    ]


def record(number: int) -> dict[str, Any]:
    """The same fault's ticket as the panel sends it."""
    opened = f"{(NOW - AGES[number % len(AGES)] * HOUR).astimezone(ZONE):%Y-%m-%d %H:%M:%S}"
    return {
        "id": str(number),
        "idcliente": str(number),
        "asunto": ("Sin internet", "Internet lento")[number % 2],
        "fecha_soporte": opened,
        "estado": "respondido",
        "fecha_cerrado": "0000-00-00 00:00:00",
        "fechavisita": "2026-11-21",
        "turno": "TARDE",
        "agendado": "PAGINA WEB",
        "lastdate": opened,
        "dp": "Soporte técnico",
        "motivo_cierre": "",
        "solicitante": "TITULAR",
        "mensajes": [
            {"id": str(position), "contenido": "&lt;p&gt;No navega&lt;/p&gt;", "adjunto": ""}
            for position in range(1 + number % 5)
        ],
    }


def batches(count: int, make: Callable[[int], Any]) -> Iterator[list[Any]]:
    """What goes in, made a thousand at a time, so that it is no part of what a process holds."""
    for first in range(1, count + 1, BATCH):
        yield [make(number) for number in range(first, min(first + BATCH, count + 1))]


def decide(rules: Rulebook) -> Callable[[list[Event]], object]:
    """Fold and judge one customer, as a cycle does, and keep the decisions and lines."""

    def work(told: list[Event]) -> object:
        [incident] = tell(told[0].client_id, told, rules).incidents
        found = assess(incident, Memory(fired={}, lines=(), others=()), rules, NOW)
        return found.decisions, found.lines, found.next_due_at

    return work


def translate() -> Callable[[dict[str, Any]], object]:
    """Parse one ticket and make a domain record of it, as a read over the API does."""
    tongue = Tongue(words=Commands().tickets, zone=ZONE, departments={"soporte tecnico": 1})
    return lambda raw: tongue.ticket(raw, int(raw["id"]))


PARTS: dict[str, tuple[Callable[[], Callable[[Any], object]], Callable[[int], Any]]] = {
    "parse": (lambda: WireTicket.model_validate, record),
    "translate": (translate, record),
    "decide": (lambda: decide(rulebook()), events),
}


def measure(part: str, count: int) -> dict[str, float]:
    """Run one part and tell seconds and megabytes above what was held before."""
    prepare, make = PARTS[part]
    work = prepare()
    work(make(1))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    seconds, kept = 0.0, []
    for batch in batches(count, make):
        start = time.process_time()
        kept += [work(one) for one in batch]
        seconds += time.process_time() - start
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert len(kept) == count
    return {"seconds": seconds, "megabytes": (after - before) / 1024}


def main() -> None:
    """Measure every part in a process of its own and print the ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--incidents", type=int, default=100_000)
    parser.add_argument("--only", choices=sorted(PARTS), help="one part, as JSON")
    parser.add_argument("--profile", action="store_true", help="show where deciding spends its time")
    arguments = parser.parse_args()
    if arguments.only:
        print(json.dumps(measure(arguments.only, arguments.incidents)))
        return
    if arguments.profile:
        profile = cProfile.Profile()
        profile.runcall(measure, "decide", arguments.incidents)
        pstats.Stats(profile).sort_stats("tottime").print_stats(25)
        return
    found = {}
    print(f"{arguments.incidents} incidents{'':22}{'CPU s':>9}{'MB':>8}{'of parsing':>14}")
    names = {"parse": "pydantic alone", "translate": "pydantic and domain record", "decide": "decide"}
    for part, name in names.items():
        command = [sys.executable, "-m", "benchmarks.decide", "--only", part]
        command += ["--incidents", str(arguments.incidents)]
        answer = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
        found[part] = json.loads(answer.stdout)
        time_ratio = found[part]["seconds"] / found["parse"]["seconds"]
        room_ratio = found[part]["megabytes"] / found["parse"]["megabytes"]
        print(
            f"{name:38}{found[part]['seconds']:9.2f}{found[part]['megabytes']:8.0f}"
            f"{time_ratio:8.2f} t {room_ratio:5.2f} m"
        )
    whole = found["decide"]["seconds"] / found["translate"]["seconds"]
    print(f"deciding takes {whole:.2f} times as long as reading the same tickets into domain records")


if __name__ == "__main__":
    main()
