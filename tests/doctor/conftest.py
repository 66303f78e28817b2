"""An ISP to probe: a sandbox panel, a folder with config and mappings, and a clock that both go by."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bridge.bootstrap import Bridge
from bridge.clock import SetClock
from bridge.doctor import Outcome, Probe
from tests.servers import ROOT, Sandbox, start_sandbox

ZONE = ZoneInfo("America/Mexico_City")
NOW = datetime(2026, 11, 25, 10, 0, tzinfo=ZONE)
SUBJECT = 3


class SharedClock(SetClock):
    """A clock by which the panel goes too: sleeping moves both."""

    def __init__(self, panel: Sandbox) -> None:
        super().__init__(NOW)
        self._panel = panel

    def sleep(self, seconds: float) -> None:
        if seconds >= 1:
            self._panel.control("clock", {"advance": seconds, "billing": False})
            self.set(self.now() + timedelta(seconds=seconds))


@dataclass(kw_only=True)
class Isp:
    """A panel and the bridge beside it."""

    panel: Sandbox
    folder: Path

    @property
    def commands(self) -> Path:
        return self.folder / "mappings" / "commands.yaml"

    def configure(self, *, database: bool = True, extensions: bool = False, **routes: Any) -> None:
        lines = [
            f"panel: {{base_url: '{self.panel.url}', token: '{self.panel.token}',",
            "  requests_per_second: 5000, sweep_minutes: 0,",
            f"  database: {{url: '{self.panel.database_url}'}}}}" if database else "}",
            "enforce_from: 2026-11-01",
            f"routes: {routes}" if routes else "",
        ]
        (self.folder / "config.yaml").write_text("\n".join(lines) + "\n")
        if extensions:
            example = (ROOT / "docs" / "commands-extension.example.yaml").read_text()
            text = self.commands.read_text().replace("extensions: {}\n", example)
            self.commands.write_text(text)

    def ticket(self, customer: int, **fields: Any) -> int:
        made = self.panel.control("tickets", {"customer": customer, "subject": "Sin internet", **fields})
        return int(made["tickets"][0])

    @contextmanager
    def bridge(self) -> Iterator[Bridge]:
        with Bridge.configured(self.folder / "config.yaml", {}, SharedClock(self.panel)) as bridge:
            yield bridge

    def probe(
        self, switches: dict[str, Any] | None = None, *, money: bool = True, despite_open: bool = False
    ) -> Outcome:
        """Set switches and probe the customer."""
        self.panel.control("switches", switches or {})
        with self.bridge() as bridge:
            prepared = Probe.prepared(bridge, SUBJECT, with_money=money, despite_open=despite_open)
            return prepared.run(lambda _: None)

    def rows(self, section: str) -> list[dict[str, Any]]:
        dumped = self.panel.control("dump", {"sections": [section], "customer": SUBJECT})
        found: list[dict[str, Any]] = dumped[section]
        return found


@pytest.fixture(scope="session")
def panel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with start_sandbox(tmp_path_factory.mktemp("panel") / "panel.db", customers=6) as sandbox:
        yield sandbox


@pytest.fixture
def isp(panel: Sandbox, tmp_path: Path) -> Isp:
    """An ISP whose bridge has the database; each test begins with a fresh panel."""
    panel.control("clock", {"set": NOW.isoformat(), "billing": False})
    panel.control("reset", {"seed": {"customers": 6}})
    shutil.copytree(ROOT / "mappings", tmp_path / "mappings")
    made = Isp(panel=panel, folder=tmp_path)
    made.configure()
    return made
