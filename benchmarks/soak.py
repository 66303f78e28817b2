"""How `bridge run` stands an hour of bad luck: whether it stays up, stays right and stays small.

    python -m benchmarks.soak [--minutes 60] [--seed 1]

A sandbox panel with customers who report faults and staff who answer, on a line that loses requests and
answers; an editor who saves the mappings in every way, right and wrong; signals; a scraper; a chat that
takes alerts and is down now and then. At the end: what the log says, the memory, and whether the panel
holds every credit and reply once.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.servers import ROOT, Sandbox, start_sandbox

CUSTOMERS = 30
STEP = 5.0  # seconds between two things that happen
FAULTS: tuple[dict[str, Any], ...] = (
    {"kind": "drop_before"},
    {"kind": "drop_after"},
    {"kind": "http502"},
    {"kind": "http503", "applied": True},
    {"kind": "html200"},
    {"kind": "empty200"},
    {"kind": "slow", "ms": 3000},
    {"kind": "token_lost"},
    {"kind": "shrunken_list", "command": "GetAllClients"},
    {"kind": "broken_record", "command": "GetClientsDetails"},
    {"kind": "http503", "times": 9},  # the panel is down for some minutes
)


@dataclass(slots=True)
class Seen:
    """What was done and observed."""

    done: Counter[str] = field(default_factory=Counter)
    events: Counter[str] = field(default_factory=Counter)
    levels: Counter[str] = field(default_factory=Counter)
    reactions: Counter[str] = field(default_factory=Counter)
    health: Counter[int] = field(default_factory=Counter)
    cycles: list[float] = field(default_factory=list)
    memory: list[int] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)
    address: str = ""


class Chat(ThreadingHTTPServer):
    """Takes alerts; every third time it is down."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Post)
        self.titles: Counter[str] = Counter()
        self.asked = 0


class _Post(BaseHTTPRequestHandler):
    server: Chat

    def do_POST(self) -> None:
        """Take a message, or be down."""
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked += 1
        if self.server.asked % 3 == 0:
            self.send_response(503)
        else:
            self.server.titles[body["title"]] += 1
            self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Say nothing."""


class Day:
    """A bad day: one thing after the other, drawn by dice with a seed."""

    def __init__(self, panel: Sandbox, folder: Path, process: subprocess.Popen[str], seed: int) -> None:
        self.panel = panel
        self.mappings = folder / "mappings"
        self.good = {path.name: path.read_text() for path in self.mappings.glob("*.yaml")}
        self.process = process
        self.dice = random.Random(seed)  # noqa: S311 - a game
        self.open: list[int] = []
        self.seen = Seen()
        self.did = (
            (self.reports, 30),
            (self.answers, 20),
            (self.line_fails, 6),
            (self.edits_well, 10),
            (self.edits_badly, 8),
            (self.saves_slowly, 6),
            (self.replaces, 6),
            (self.mends, 8),
            (self.signals, 8),
        )

    def step(self) -> None:
        """Let one thing happen."""
        actions, weights = zip(*self.did, strict=True)
        chosen = self.dice.choices(actions, weights)[0]
        chosen()
        self.seen.done[chosen.__name__] += 1

    def reports(self) -> None:
        """A customer has no internet, since some hours or days."""
        opened = time.time() - self.dice.choice((0, 1, 3, 49, 73, 97)) * 3600  # noqa: TID251
        customer = self.dice.randint(1, CUSTOMERS)
        at = time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime(opened))
        payload = {"customer": customer, "subject": "Sin internet", "body": "No navega", "at": at}
        self.open += self.panel.control("tickets", payload)["tickets"]

    def answers(self) -> None:
        """Staff write or close."""
        if not self.open:
            return
        ticket = self.dice.choice(self.open)
        text = self.dice.choice(("#sin-solucion", "#grave", "#resuelto", "Le llamo", "#no-atribuible"))
        self.panel.control("staff", {"action": "tag", "ticket": ticket, "text": text, "operator": 11})

    def line_fails(self) -> None:
        """The line plays a trick on some of the next requests."""
        fault = {"times": self.dice.randint(1, 3), **self.dice.choice(FAULTS)}
        self.panel.control("faults", fault)

    def edits_well(self) -> None:
        """Somebody changes an owner."""
        text = self.good["technicians.yaml"]
        self._write(text.replace("id: 22", f"id: {self.dice.choice((18, 22, 31))}"))

    def edits_badly(self) -> None:
        """Somebody saves nonsense."""
        self._write(self.dice.choice(("technicians: 3\n", "\ttab\n", "", "technicians: [\n")))

    def saves_slowly(self) -> None:
        """An editor empties the file, and writes it in two halves."""
        file = self.mappings / "technicians.yaml"
        text = self.good["technicians.yaml"]
        file.write_text("")
        time.sleep(0.3)  # noqa: TID251 - a slow editor
        file.write_text(text[: len(text) // 2])
        time.sleep(0.3)  # noqa: TID251
        file.write_text(text)

    def replaces(self) -> None:
        """An editor writes a new file and gives it the old one's name."""
        new = self.mappings / ".technicians.yaml.new"
        new.write_text(self.good["technicians.yaml"])
        new.replace(self.mappings / "technicians.yaml")

    def mends(self) -> None:
        """Somebody puts every file back."""
        for name, text in self.good.items():
            (self.mappings / name).write_text(text)

    def signals(self) -> None:
        """Somebody sends SIGHUP."""
        self.process.send_signal(signal.SIGHUP)

    def look(self) -> None:
        """Scrape, and weigh the process."""
        if not self.seen.cycles:
            return
        status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        self.seen.memory.append(next(int(line.split()[1]) for line in status.splitlines() if "VmRSS" in line))
        for path in ("/metrics", "/healthz"):
            try:
                with urllib.request.urlopen(self.seen.address + path, timeout=20) as answer:  # noqa: S310
                    answer.read()
                    self.seen.health[answer.status] += path == "/healthz"
            except urllib.error.HTTPError as refusal:
                with refusal:
                    self.seen.health[refusal.code] += 1

    def _write(self, text: str) -> None:
        (self.mappings / "technicians.yaml").write_text(text)


def hear(process: subprocess.Popen[str], seen: Seen, log: Path) -> None:
    """Read the log to its end."""
    assert process.stderr is not None
    began = time.monotonic()
    with log.open("w", encoding="utf-8") as copy:
        for line in process.stderr:
            copy.write(line)
            copy.flush()
            try:
                said = json.loads(line)
            except ValueError:
                seen.unreadable.append(line)
                continue
            seen.events[said["event"]] += 1
            seen.levels[said["level"]] += 1
            if "reaction" in said:
                seen.reactions[said["reaction"]] += 1
            if said["event"] == "web.listening":
                seen.address = said["address"]
            if said["event"] in {"cycle.finished", "cycle.failed"}:
                seen.cycles.append(time.monotonic() - began)


@contextmanager
def chat() -> Iterator[Chat]:
    """Serve the chat during the block."""
    with Chat() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def configure(folder: Path, panel: Sandbox, server: Chat) -> Path:
    """Write config.yaml: writes go over the line that fails, reads too."""
    shutil.copytree(ROOT / "mappings", folder / "mappings")
    path = folder / "config.yaml"
    config = {
        "panel": {
            "base_url": panel.url,
            "token": panel.token,
            "requests_per_second": 500,
            "timeout_seconds": 5,
            "sweep_minutes": 0,
            "database": {"url": panel.database_url},
        },
        "routes": {"read_tickets": ["api"], "close": ["api"]},
        "schedule": {"every_minutes": 1, "jitter_seconds": 5},
        "enforce_from": "2026-01-01",
        "log": {"format": "json"},
        "metrics": {"listen": 0},
        "alerts": {
            "urls": [f"json://127.0.0.1:{server.server_port}/"],
            "no_good_cycle_minutes": 3,
        },
    }
    path.write_text(json.dumps(config), encoding="utf-8")
    return path


def doubles(panel: Sandbox) -> dict[str, int]:
    """Markers that stand more than once on a ticket or among the balances of the panel."""
    found: Counter[str] = Counter()
    dump = panel.control("dump", {"sections": ["tickets", "saldos"]})
    texts = [row["descripcion"] for row in dump["saldos"]]
    texts += [message["contenido"] for row in dump["tickets"] for message in row["mensajes"]]
    for text in texts:
        found.update({part.partition("]")[0] for part in text.split("[RC-")[1:]})
    return {marker: number for marker, number in found.items() if number > 1}


def soak(minutes: float, seed: int, folder: Path) -> int:
    """Run the day; return 0 where nothing was wrong."""
    with (
        start_sandbox(folder / "panel.db", customers=CUSTOMERS) as panel,
        chat() as server,
    ):
        path = configure(folder, panel, server)
        command = [sys.executable, "-m", "bridge", "-c", str(path), "run"]
        with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) as process:
            day = Day(panel, folder, process, seed)
            ear = threading.Thread(target=hear, args=(process, day.seen, folder / "run.log"))
            ear.start()
            end = time.monotonic() + minutes * 60
            while time.monotonic() < end and process.poll() is None:
                day.step()
                day.look()
                time.sleep(STEP)  # noqa: TID251 - a day goes by
            panel.control("faults/clear", {})
            process.send_signal(signal.SIGTERM)
            code = process.wait(timeout=120)
            ear.join()
        twice = doubles(panel)
    return report(day.seen, server, code, twice)


def report(seen: Seen, server: Chat, code: int, twice: dict[str, int]) -> int:
    """Print what happened; return 0 where nothing was wrong."""
    quarter = max(1, len(seen.memory) // 4)
    middle = seen.memory[quarter : quarter * 2] or seen.memory
    last = seen.memory[-quarter:]
    gaps = [later - sooner for sooner, later in zip(seen.cycles, seen.cycles[1:], strict=False)]
    lines = {
        "done": dict(seen.done),
        "events": dict(sorted(seen.events.items())),
        "levels": dict(seen.levels),
        "reactions": dict(seen.reactions),
        "cycles": f"{len(seen.cycles)}, longest pause between two ends {max(gaps, default=0):.0f} s",
        "/healthz": dict(seen.health),
        "alerts taken": dict(server.titles),
        "memory, KiB": ", ".join(
            [
                f"after the first cycle {seen.memory[0]}",
                f"second quarter {max(middle)}",
                f"last quarter {max(last)}",
                f"peak {max(seen.memory)}",
                f"end {seen.memory[-1]}",
            ]
        ),
        "exit code": code,
        "markers twice": twice or "none",
        "lines that are no JSON": seen.unreadable or "none",
    }
    for name, value in lines.items():
        print(f"{name:24}{value}")
    wrong = code or twice or seen.unreadable or seen.events["cycle.broken"] or seen.events["alert.broken"]
    return 1 if wrong else 0


def main() -> None:
    """Read the arguments and run."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bridge-soak-") as folder:
        sys.exit(soak(asked.minutes, asked.seed, Path(folder)))


if __name__ == "__main__":
    main()
