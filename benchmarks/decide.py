"""What deciding costs beside reading: 100,000 open incidents judged, and the same tickets parsed.

    python -m benchmarks.decide [--incidents 100000] [--profile]

Each part runs in a process of its own, keeps what it made, and says its CPU time and how much memory it took.
"""

from __future__ import annotations

import argparse
import cProfile
import gc
import html
import json
import pstats
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from bridge.domain.assess import Memory, assess
from bridge.domain.events import Event, EventKind
from bridge.domain.money import Money
from bridge.domain.policy import Rulebook
from bridge.domain.timeline import tell
from bridge.mikrowisp.api import sorted_out
from bridge.mikrowisp.envelope import read_reply, text_of
from bridge.mikrowisp.records import Tongue, as_list
from bridge.mikrowisp.wire import WireTicket
from bridge.rulebook.commands import Commands
from bridge.rulebook.loader import load_rulebook
from tests.servers import ROOT

ZONE = ZoneInfo("America/Mexico_City")
NOW = datetime(2026, 11, 20, 18, tzinfo=UTC)
HOUR = timedelta(hours=1)
BATCH = 1000
AGES = (1, 3, 20, 47, 50, 73, 80, 95, 97, 200)  # hours open, so that every level and amount occurs
KINDS = (("no_access", "Sin internet"), ("low_speed", "Internet lento"))
PRICES = ("300.00", "349.00", "400.00")
# What staff did and wrote, hours after the opening; a fault has had the first none, one, two or three.
STAFF = (
    (1, EventKind.CONTACTED, "Se llamó al titular, se reinicia el equipo y queda en observación."),
    (2, EventKind.CONTACT_FAILED, "#sin-solucion Se hicieron pruebas y el servicio no levanta."),
    (20, EventKind.VISIT_FIXED, "#visita {visit} Se acuerda visita con el titular."),
)
REPORT = "Buenos días, desde anoche no funciona el internet. Ya apagué y prendí el módem y sigue la luz roja."


@dataclass(frozen=True, slots=True)
class Fault:
    """One customer's one open fault; no two are opened at the same second of the hour, customer and price."""

    number: int

    @property
    def opened(self) -> datetime:
        """Up to an hour before the ages above."""
        return NOW - AGES[self.number % len(AGES)] * HOUR - timedelta(seconds=self.number * 7919 % 3600)

    @property
    def kind(self) -> tuple[str, str]:
        """The kind and the subject that says it."""
        return KINDS[self.number // 40 % 2]

    @property
    def visit(self) -> datetime:
        """When the visit is to begin, if one was fixed."""
        return self.opened + 30 * HOUR

    @property
    def done(self) -> list[tuple[datetime, EventKind, str]]:
        """What staff have done by now."""
        told = [(self.opened + after * HOUR, kind, text) for after, kind, text in STAFF]
        return [one for one in told[: self.number // 10 % 4] if one[0] <= NOW]


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
    """What the bridge has learnt of the fault: three events of its opening, one for each act of staff."""
    fault = Fault(number)
    service = {"id": 7000 + number, "plan": "25M", "price": PRICES[number % 3], "currency": "MXN"}
    subscribed = {
        "status": "active",
        "services": json.dumps([{**service, "tax": "16", "node": 1}]),
        "zone": "Centro",
    }
    visit = {"start": fault.visit.isoformat()}
    told: list[tuple[datetime, EventKind, dict[str, str]]] = [
        (fault.opened, EventKind.OPENED, {"channel": "portal"}),
        (fault.opened, EventKind.CLASSIFIED, {"kind": fault.kind[0]}),
        (fault.opened, EventKind.SUBSCRIBED, subscribed),
        *((at, kind, visit if kind is EventKind.VISIT_FIXED else {}) for at, kind, _ in fault.done),
    ]
    return [
        Event(
            key=f"t{number}:{position}",
            kind=kind,
            client_id=number,
            ticket_id=number,
            at=at,
            seen_at=at,
            source="panel",
            data=data,
        )
        for position, (at, kind, data) in enumerate(told)
    ]


def answer(number: int) -> bytes:
    """The panel's answer to ListTicket that shows the same fault, with all its messages (contract 2.1)."""
    fault = Fault(number)
    visit = f"{fault.visit.astimezone(ZONE):%d/%m %H:%M}"
    texts = [REPORT, *(text.format(visit=visit) for _, _, text in fault.done)]
    ticket = {
        "id": number,
        "idcliente": number,
        "asunto": fault.kind[1],
        "fecha_soporte": _local(fault.opened),
        "estado": "respondido" if fault.done else "abierto",
        "fecha_cerrado": "0000-00-00 00:00:00",
        "solicitante": "TITULAR",
        "fechavisita": f"{fault.opened.astimezone(ZONE) + timedelta(days=1):%Y-%m-%d}",
        "turno": "TARDE",
        "agendado": "PAGINA WEB",
        "lastdate": _local(max([fault.opened, *(at for at, _, _ in fault.done)])),
        "dp": "Soporte técnico",
        "motivo_cierre": "",
        "mensajes": [{"contenido": html.escape(f"<p>{text}</p>")} for text in texts],
    }
    counters = {"abiertos": 1, "cerrados": 0, "respondidos": 0, "respuesta_cliente": 0}
    return json.dumps(
        {"estado": "exito", "mensaje": "", "data": {**counters, "tickets": [ticket]}}, separators=(",", ":")
    ).encode()


def _local(instant: datetime) -> str:
    return f"{instant.astimezone(ZONE):%Y-%m-%d %H:%M:%S}"


def batches(count: int, make: Callable[[int], Any]) -> Iterator[list[Any]]:
    """What goes in, made a thousand at a time, so that it is no part of what a process holds."""
    for first in range(1, count + 1, BATCH):
        yield [make(number) for number in range(first, min(first + BATCH, count + 1))]


def decide() -> Callable[[list[Event]], object]:
    """Fold and judge one customer, as a cycle does, and keep the decisions and lines."""
    rules = rulebook()

    def work(told: list[Event]) -> object:
        [incident] = tell(told[0].client_id, told, rules).incidents
        found = assess(incident, Memory(fired={}, lines=(), others=()), rules, NOW)
        return found.decisions, found.lines, found.next_due_at

    return work


def validate() -> Callable[[dict[str, Any]], object]:
    """Let pydantic check a ticket that is no longer text."""
    return WireTicket.model_validate


def parse() -> Callable[[bytes], object]:
    """Make pydantic's record of an answer's text."""
    return lambda content: [WireTicket.model_validate(row) for row in _rows(content)]


def read() -> Callable[[bytes], object]:
    """Read an answer as the bridge does: envelope, pydantic, domain records."""
    tongue = Tongue(words=Commands().tickets, zone=ZONE, departments={"soporte tecnico": 1})

    def work(content: bytes) -> object:
        return sorted_out(_rows(content), lambda raw: tongue.ticket(raw, raw["idcliente"])).records

    return work


def _rows(content: bytes) -> list[Any]:
    return as_list(read_reply(200, text_of(content)).body["data"]["tickets"])


@dataclass(frozen=True, slots=True)
class Part:
    """Something to measure: what prepares the work, what goes in, and what it is called."""

    name: str
    prepare: Callable[[], Callable[[Any], object]]
    make: Callable[[int], Any]


PARTS = {
    "validate": Part("pydantic alone, from a dict", validate, lambda number: _rows(answer(number))[0]),
    "parse": Part("JSON text to pydantic", parse, answer),
    "read": Part("JSON text to domain record", read, answer),
    "decide": Part("events to decisions", decide, events),
}


def measure(part: str, count: int) -> tuple[float, float]:
    """Run one part and tell seconds, and megabytes above what was held before."""
    work, make = PARTS[part].prepare(), PARTS[part].make
    work(make(1))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    seconds, kept = 0.0, []
    for batch in batches(count, make):
        gc.freeze()  # what goes in is not for the collector to walk while the work is measured
        start = time.process_time()
        kept += [work(one) for one in batch]
        seconds += time.process_time() - start
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert len(kept) == count
    return seconds, (after - before) / 1024


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
    print(f"{arguments.incidents} incidents{'':16}{'CPU s':>9}{'us each':>9}{'MB':>8}{'deciding / this':>22}")
    found = {part: _in_a_process_of_its_own(part, arguments.incidents) for part in PARTS}
    for part, (seconds, megabytes) in found.items():
        ratios = f"{found['decide'][0] / seconds:12.2f} t {found['decide'][1] / megabytes:6.2f} m"
        each = seconds / arguments.incidents * 1e6
        print(f"{PARTS[part].name:32}{seconds:9.2f}{each:9.1f}{megabytes:8.0f}{ratios}")


def _in_a_process_of_its_own(part: str, count: int) -> tuple[float, float]:
    command = [sys.executable, "-m", "benchmarks.decide", "--only", part, "--incidents", str(count)]
    told = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    seconds, megabytes = json.loads(told.stdout)
    return seconds, megabytes


if __name__ == "__main__":
    main()
