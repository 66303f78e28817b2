"""An ISP to play a document on: a sandbox panel, and `bridge` called as people call it, at a set time."""

from __future__ import annotations

import io
import os
import re
import shlex
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from unittest.mock import patch
from zoneinfo import ZoneInfo

from bridge.cli.main import main
from tests.servers import ROOT, Sandbox

ZONE = ZoneInfo("America/Mexico_City")
ENDED_WELL = {0, 3, 4}
_STAMP = re.compile(r"\d{8}T\d{6}Z")  # of the store that a restore kept: real time


@dataclass(frozen=True, kw_only=True)
class World:
    """One panel, and the folder with the bridge's configuration, mappings and store."""

    panel: Sandbox
    folder: Path

    @classmethod
    def made(cls, panel: Sandbox, folder: Path, *, start: str, customers: Sequence[dict[str, Any]]) -> World:
        """Empty the panel, and seed it with customers as it stood at `start`."""
        folder.mkdir()
        panel.control("reset", {"seed": {"customers": list(customers)}})
        shutil.copytree(ROOT / "mappings", folder / "mappings")
        world = cls(panel=panel, folder=folder)
        world.at(start)
        return world

    def configure(self, *lines: str, database: bool = True, sweep_minutes: int = 0) -> None:
        """Write config.yaml: where the panel is, and the lines given."""
        panel = [
            "panel:",
            f"  base_url: {self.panel.url}",
            f"  token: {self.panel.token}",
            "  requests_per_second: 5000",
            f"  sweep_minutes: {sweep_minutes}",
            *([f"  database: {{url: '{self.panel.database_url}'}}"] if database else []),
            "state: {url: sqlite:///bridge.db}",
            "enforce_from: 2026-11-01",
        ]
        (self.folder / "config.yaml").write_text("\n".join([*panel, *lines]) + "\n", encoding="utf-8")

    def edit(self, mapping: str, old: str, new: str) -> None:
        """Change a text of a mapping wherever it stands."""
        path = self.folder / "mappings" / mapping
        text = path.read_text(encoding="utf-8")
        if old not in text:
            raise ValueError(f"{mapping} has no {old!r}")
        path.write_text(text.replace(old, new), encoding="utf-8")

    def at(self, when: str) -> None:
        """Set both clocks, the panel's own time; nobody is billed on the way."""
        now = datetime.fromisoformat(when).replace(tzinfo=ZONE).isoformat()
        self.panel.control("clock", {"set": now, "billing": False})
        os.environ["BRIDGE_NOW"] = now

    def sync(self, when: str) -> None:
        """Run a cycle at a time."""
        self.at(when)
        self.call("sync")

    def ticket(self, number: int, customer: int, at: str, **more: str) -> None:
        """Let a customer report a fault."""
        said = {"subject": "Sin internet", "body": "No navega"} | more
        self.panel.control("tickets", {"id": number, "customer": customer, "at": at, **said})

    def staff(self, action: str, **fields: Any) -> None:
        """Let a technician, or whoever else, do something in the panel."""
        self.panel.control("staff", {"action": action, **fields})

    def bill(self, *customers: int) -> None:
        """Let the panel issue invoices."""
        self.panel.control("billing", {"customers": list(customers), "force": True})

    def forget(self) -> None:
        """Lose the bridge's store."""
        for name in ("bridge.db", "bridge.db-wal", "bridge.db-shm"):
            (self.folder / name).unlink(missing_ok=True)

    def by_hand(self, statement: str, *values: object) -> None:
        """Change the panel's tables as somebody with the database open would."""
        path = self.panel.database_url.removeprefix("sqlite:///")
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.execute(statement, values)

    def call(self, *words: str, well: set[int] = ENDED_WELL) -> str:
        """Call `bridge`, and return what it printed; another exit code than those of `well` is a failure."""
        out, err = io.StringIO(), io.StringIO()
        with redirect_stdout(out), redirect_stderr(err):
            code = main(["-c", str(self.folder / "config.yaml"), *words])
        if code not in well:
            raise AssertionError(f"bridge {shlex.join(words)} ended with {code}: {err.getvalue()}")
        return _STAMP.sub("20261105T222500Z", out.getvalue().replace(str(self.folder), "/etc/bridge"))

    def answer(self, line: str) -> str:
        """What a line of a document shows: `$ bridge …`, also through a pipe, or `panel> saldos 1`."""
        if line.startswith("panel> "):
            return self._panel_shows(*line.removeprefix("panel> ").split())
        command, _, filter_ = line.removeprefix("$ ").partition(" | ")
        words = [word.replace("/etc/bridge", str(self.folder)) for word in shlex.split(command)]
        shown = self.call(*words[1:])
        if filter_:
            asked = ["sh", "-c", filter_]
            shown = subprocess.run(asked, input=shown, capture_output=True, check=True, text=True).stdout
        return shown

    def _panel_shows(self, what: str, customer: str) -> str:
        section = {"saldos": "saldos", "facturas": "invoices"}[what]
        rows = self.panel.control("dump", {"sections": [section], "customer": int(customer)})[section]
        if section == "saldos":
            names = ("id", "fecha", "monto", "estado", "iddestino", "descripcion")
            return _columns(names, [[row[name] for name in names] for row in rows])
        lines = []
        for row in rows:
            lines.append(f"factura {row['id']}  {row['emitido']}  {row['estado']}  total {row['total']}")
            lines += [
                f"  {item['cantidad']:>8}  {' '.join(item['descripcion'].split())}" for item in row["items"]
            ]
        return "\n".join(lines) + "\n" if lines else "(none)\n"


def _columns(names: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    if not rows:
        return "(none)\n"
    table = [list(names), *([str(cell) for cell in row] for row in rows)]
    widths = [max(len(row[place]) for row in table) for place in range(len(names))]
    return "".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() + "\n"
        for row in table
    )


@contextmanager
def own_environment() -> Iterator[None]:
    """Give the environment back as it was: a world sets the time there."""
    with patch.dict(os.environ):
        for name in ("BRIDGE_CONFIG", "BRIDGE_NOW", "BRIDGE_LANG"):
            os.environ.pop(name, None)
        yield


class Play:
    """A story told scene by scene: each scene is a method that changes the world, `SCENES` their order."""

    SCENES: tuple[str, ...]
    world: World

    def __init__(self, panel: Sandbox, folder: Path) -> None:
        self._played = 0
        self.world = self.begin(panel, folder)

    def begin(self, panel: Sandbox, folder: Path) -> World:
        """Make the world in which the first scene happens."""
        raise NotImplementedError

    def goes_on_to(self, scene: str) -> None:
        """Play all scenes up to this one; those that were played stay as they are."""
        upto = self.SCENES.index(scene) + 1
        if upto < self._played:
            raise ValueError(f"the story has gone past {scene}")
        for name in self.SCENES[self._played : upto]:
            getattr(self, name)()
        self._played = upto
