"""An ISP for the commands: a sandbox panel, a folder with its configuration, and `bridge` to call."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bridge.bootstrap import Bridge
from bridge.cli.main import main
from bridge.store.store import Store
from tests.servers import ROOT, Sandbox, start_sandbox

ZONE = ZoneInfo("America/Mexico_City")
OPENED = datetime(2026, 11, 2, 8, 0, tzinfo=ZONE)


def after(hours: float) -> datetime:
    """Return the instant so many hours after the first ticket."""
    return OPENED + timedelta(hours=hours)


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What a command left."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def words(self) -> str:
        """The output without its line breaks."""
        return " ".join(self.out.split())


class Isp:
    """A panel with customers, and the bridge beside it."""

    def __init__(
        self,
        panel: Sandbox,
        folder: Path,
        capsys: pytest.CaptureFixture[str],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        self.panel = panel
        self.folder = folder
        self.config = folder / "config.yaml"
        self._capsys = capsys
        self._monkeypatch = monkeypatch

    def configure(self, *, database: bool, **changes: Any) -> None:
        """Write config.yaml; `changes` are top-level keys in YAML's flow style."""
        lines = [
            "panel:",
            f"  base_url: {self.panel.url}",
            f"  token: {self.panel.token}",
            "  requests_per_second: 5000",
            "  sweep_minutes: 0",
            *([f"  database: {{url: '{self.panel.database_url}'}}"] if database else []),
            *(
                f"{key}: {json.dumps(value)}"
                for key, value in ({"mappings": str(ROOT / "mappings")} | changes).items()
            ),
            *([] if "enforce_from" in changes else ["enforce_from: 2026-11-01"]),
        ]
        self.config.write_text("\n".join(lines) + "\n")

    def at(self, hours: float) -> None:
        """Set both clocks so many hours after the first ticket."""
        now = after(hours).isoformat()
        self.panel.control("clock", {"set": now})
        self._monkeypatch.setenv("BRIDGE_NOW", now)

    def ticket(self, customer: int = 1, subject: str = "Sin internet", at: float = 0, **more: Any) -> int:
        payload = {"customer": customer, "subject": subject, "body": "No navega", "at": after(at).isoformat()}
        ticket: int = self.panel.control("tickets", payload | more)["tickets"][0]
        return ticket

    def staff(self, action: str, **payload: Any) -> None:
        self.panel.control("staff", {"action": action, **payload})

    def __call__(self, *arguments: object) -> Result:
        """Call `bridge` as its console entry does."""
        self._capsys.readouterr()
        code = main(["-c", str(self.config), *map(str, arguments)])
        captured = self._capsys.readouterr()
        return Result(code=code, out=captured.out, err=captured.err)

    def sync(self, hours: float) -> Result:
        """Run a cycle so many hours after the first ticket; it must end with 0 or 3."""
        self.at(hours)
        result = self("sync", "--format", "json")
        assert result.code in {0, 3}, result.err
        return result

    def store(self) -> Store:
        """Open the bridge's store; the caller closes it."""
        with Bridge.configured(self.config, {}) as bridge:
            return Store.open(bridge.settings.state.url.get_secret_value())


@pytest.fixture(scope="session")
def panel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """One sandbox for all tests of the commands; each test resets it."""
    with start_sandbox(tmp_path_factory.mktemp("panel") / "panel.db", customers=5) as sandbox:
        yield sandbox


@pytest.fixture
def bare_isp(
    panel: Sandbox, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Isp:
    """An ISP whose bridge is not configured yet."""
    panel.control("clock", {"set": OPENED.isoformat(), "billing": False})
    panel.control("reset", {"seed": {"customers": 5}})
    monkeypatch.delenv("BRIDGE_CONFIG", raising=False)
    isp = Isp(panel, tmp_path, capsys, monkeypatch)
    isp.at(0)
    return isp


@pytest.fixture
def isp(bare_isp: Isp) -> Isp:
    """An ISP whose bridge reads and writes the panel's database."""
    bare_isp.configure(database=True)
    return bare_isp


@pytest.fixture
def isp_over_api(bare_isp: Isp) -> Isp:
    """An ISP whose bridge has the public API only: most pushes are done by hand."""
    bare_isp.configure(database=False)
    return bare_isp


@pytest.fixture(params=["database", "api"])
def isp_by_both(request: pytest.FixtureRequest, bare_isp: Isp) -> Isp:
    """The same ISP by each read route."""
    bare_isp.configure(database=request.param == "database")
    return bare_isp
