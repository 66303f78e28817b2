"""One demo with a fixed start, played once for all tests that look at it."""

from __future__ import annotations

import io
import re
import sqlite3
from contextlib import closing, redirect_stdout
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from bridge.bootstrap import Bridge
from bridge.cli.main import main

START = date(2025, 11, 3)  # a Monday


def plain(line: str) -> str:
    """A line without the spaces and rules that only lay it out."""
    return " ".join(line.replace("─", "").split())


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A demo that was played: its exit code, what it printed, and the folder it left."""

    code: int
    text: str
    folder: Path

    @property
    def neutral(self) -> list[str]:
        """The printed lines without what differs from run to run."""
        text = re.sub(r"--port \d+", "--port 8765", self.text.replace(str(self.folder), "demo"))
        return [plain(line) for line in text.splitlines()]

    @property
    def commands(self) -> list[str]:
        """The commands it proposes."""
        return [line.strip() for line in self.text.splitlines() if line.startswith("  bridge ")]

    def panel(self, query: str, *values: object) -> list[tuple]:
        """Ask the panel's own database."""
        with closing(sqlite3.connect(self.folder / "panel.db")) as connection:
            return connection.execute(query, values).fetchall()


@pytest.fixture(scope="package")
def demo(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo") / "shown"
    out = io.StringIO()
    with redirect_stdout(out):
        code = main(["demo", "--folder", str(folder), "--start", START.isoformat()])
    return Shown(code=code, text=out.getvalue(), folder=folder)


@pytest.fixture(scope="package")
def store(demo):
    with Bridge.configured(demo.folder / "config.yaml", {}) as bridge:
        yield bridge.store()
