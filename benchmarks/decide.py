"""What deciding costs beside reading: 100,000 open incidents judged, and the same tickets parsed.

    python -m benchmarks.decide [--incidents 100000] [--profile]

Each part runs in a process of its own, keeps what it made, and says its CPU time and how much memory it took.
The parts take turns, a thousand each, so that other work on the machine meets all of them alike.
"""

from __future__ import annotations

import argparse
import cProfile
import gc
import html
import json
import pstats
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from bridge.domain.assess import assess
from bridge.domain.decisions import Decision, Line
from bridge.domain.events import Event, EventKind
from bridge.domain.lineage import trace
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
CYCLE = timedelta(minutes=5)
TURN = 1000
BATCH = 100  # a cycle, too, judges what it has just read
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


Judged = tuple[tuple[Decision, ...], tuple[Line, ...], datetime | None]


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


def batches(numbers: range, make: Callable[[int], Any]) -> Iterator[list[Any]]:
    """What goes in, made a hundred at a time, so that it is no part of what a process holds."""
    for first in range(0, len(numbers), BATCH):
        yield [make(number) for number in numbers[first : first + BATCH]]


@dataclass(frozen=True, slots=True)
class Known:
    """What the store holds of a customer: events, the decisions by incident and subject, and lines."""

    told: list[Event]
    fired: dict[str, dict[str, Decision]]
    lines: tuple[Line, ...]


def decide(now: datetime = NOW) -> Callable[[Known], Judged]:
    """Fold and judge one customer, as a cycle does, and keep the decisions and lines."""
    rules = rulebook()

    def work(known: Known) -> Judged:
        story = tell(known.told[0].client_id, known.told, rules)
        [kin] = trace(story, known.fired, known.lines).kin
        found = assess(kin.incident, kin.memory(known.lines), rules, now)
        return found.decisions, found.lines, found.next_due_at

    return work


def first_sight(number: int) -> Known:
    """A fault of which nothing was decided yet."""
    return Known(events(number), {}, ())


def later() -> tuple[Callable[[Known], Judged], Callable[[int], Known]]:
    """The next cycle: the same fault with what was decided of it."""
    first = decide()

    def remembered(number: int) -> Known:
        decisions, lines, _ = first(first_sight(number))
        fired = {decision.incident_id: {} for decision in decisions}
        for decision in decisions:
            fired[decision.incident_id][decision.subject] = decision
        return Known(events(number), fired, lines)

    return decide(NOW + CYCLE), remembered


def validate(row: dict[str, Any]) -> object:
    """Let pydantic check a ticket that is no longer text."""
    return WireTicket.model_validate(row)


def parse(content: bytes) -> object:
    """Make pydantic's record of an answer's text."""
    return [WireTicket.model_validate(row) for row in _rows(content)]


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
    """Something to measure: what it is called, and what prepares the work and what goes into it."""

    name: str
    prepare: Callable[[], tuple[Callable[[Any], object], Callable[[int], Any]]]


PARTS = {
    "validate": Part(
        "pydantic alone, from a dict", lambda: (validate, lambda number: _rows(answer(number))[0])
    ),
    "parse": Part("JSON text to pydantic", lambda: (parse, answer)),
    "read": Part("JSON text to domain record", lambda: (read(), answer)),
    "decide": Part("events to decisions, first sight", lambda: (decide(), first_sight)),
    "later": Part("the same in a later cycle", later),
}


def measure(part: str, count: int) -> Iterator[float]:
    """Run one part and tell the CPU seconds of each turn, at last the megabytes it grew by."""
    work, make = PARTS[part].prepare()
    work(make(1))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    kept: list[object] = []
    for first in range(1, count + 1, TURN):
        seconds = 0.0
        for batch in batches(range(first, min(first + TURN, count + 1)), make):
            gc.freeze()  # what goes in is not for the collector to walk while the work is measured
            start = time.process_time()
            kept += [work(one) for one in batch]
            seconds += time.process_time() - start
        yield seconds
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert len(kept) == count
    yield (after - before) / 1024


class Runner:
    """A part in a process of its own, which takes a turn when it is told to."""

    def __init__(self, part: str, count: int) -> None:
        command = [sys.executable, "-m", "benchmarks.decide", "--only", part, "--incidents", str(count)]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1, cwd=ROOT
        )

    def next(self) -> float:
        """Let it take its next turn: the seconds that took; after the last one the megabytes of all."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write("next\n")
        return float(self.process.stdout.readline())


def main() -> None:
    """Measure every part in a process of its own and print the ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--incidents", type=int, default=100_000)
    parser.add_argument("--only", choices=sorted(PARTS), help="one part, a turn for each line of input")
    parser.add_argument("--profile", action="store_true", help="show where deciding spends its time")
    arguments = parser.parse_args()
    if arguments.only:
        for found in measure(arguments.only, arguments.incidents):
            sys.stdin.readline()
            print(found, flush=True)
    elif arguments.profile:
        profile = cProfile.Profile()
        profile.runcall(lambda: list(measure("decide", arguments.incidents)))
        pstats.Stats(profile).sort_stats("tottime").print_stats(25)
    else:
        compare(arguments.incidents)


def compare(count: int) -> None:
    """Let the parts take turns, and print what each took and how deciding compares with it."""
    runners = {part: Runner(part, count) for part in PARTS}
    seconds: dict[str, list[float]] = {part: [] for part in PARTS}
    for _ in range(-(-count // TURN)):
        for part, runner in runners.items():
            seconds[part].append(runner.next())
    megabytes = {part: runner.next() for part, runner in runners.items()}
    heads = f"{'CPU s':>7}{'us each':>9}{'MB':>6}{'first sight':>14}{'later':>9}{'memory':>9}"
    print(f"{count} incidents{'':18}{heads}")
    for part, about in PARTS.items():
        ratios = [
            statistics.median(
                mine / theirs for mine, theirs in zip(seconds[case], seconds[part], strict=True)
            )
            for case in ("decide", "later")
        ]
        total, held = sum(seconds[part]), megabytes[part]
        print(
            f"{about.name:34}{total:7.2f}{total / count * 1e6:9.1f}{held:6.0f}"
            f"{ratios[0]:14.2f}{ratios[1]:9.2f}{megabytes['decide'] / held:9.2f}"
        )


if __name__ == "__main__":
    main()
