"""`make chaos`: storms by seed, and a table of what they did; exit code 1 if anything doubled or was lost."""

from __future__ import annotations

import argparse
import logging
import random
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from rich.console import Console
from rich.table import Table

from tests.acceptance.town import T0
from tests.faults.fates import Ending, drawn, set_prices
from tests.faults.mortal import Nursery, nursery
from tests.faults.outage import Outage, while_stopped
from tests.faults.stage import OVER_DATABASE, OVER_HTTP, mappings_for_every_push, stage
from tests.faults.storm import Storm, Tally
from tests.servers import MariaDB, Sandbox, start_mariadb, start_sandbox

SWEEP_MINUTES = 360  # over HTTP everybody's tickets are read so often; open incidents with every cycle
NO_LIMITS = "limits: {credits_per_cycle: 10000, amount_per_cycle: 10000000}\n"


@dataclass(frozen=True, kw_only=True)
class Sea:
    """Where a storm blows: which routes carry the pushes, and what the panel runs on."""

    name: str
    routes: str
    http_only: bool
    on_mariadb: bool

    @property
    def endings(self) -> list[Ending]:
        """Over HTTP alone nobody can tell who wrote #resuelto, so the panel's staff close by themselves."""
        return [Ending.STAFF_CLOSE] if self.http_only else [Ending.STAFF_CLOSE, Ending.STAFF_RESOLVE]


DATABASE = Sea(name="database route, SQLite", routes=OVER_DATABASE, http_only=False, on_mariadb=False)
HTTP = Sea(name="HTTP alone, SQLite", routes=OVER_HTTP, http_only=True, on_mariadb=False)
MARIADB = Sea(name="database route, MariaDB", routes=OVER_DATABASE, http_only=False, on_mariadb=True)
SEAS = (MARIADB, DATABASE, HTTP)


def storm(
    sea: Sea,
    *,
    seed: int,
    cycles: int,
    credits: int,  # noqa: A002
    folder: Path,
    panel: Sandbox,
    mappings: Path,
    mortals: Nursery,
    outage: Outage | None = None,
) -> Tally:
    """Let one storm blow over an emptied panel."""
    dice = random.Random(seed)  # noqa: S311  dice, no secret
    fates = drawn(dice, credits, sea.endings)
    with stage(
        folder,
        panel,
        mappings,
        routes=sea.routes,
        read="api" if sea.http_only else "database",
        http_only=sea.http_only,
        customers=len(fates),
        config=NO_LIMITS,
        sweep_minutes=SWEEP_MINUTES,
    ) as scene:
        set_prices(scene.place, fates)
        return Storm(
            scene=scene,
            fates=fates,
            dice=dice,
            cycles=cycles,
            folder=folder,
            mortals=mortals,
            outage=outage,
        ).blow()


@contextmanager
def _panel(sea: Sea, folder: Path) -> Iterator[tuple[Sandbox, MariaDB | None]]:
    with ExitStack() as over:
        server = over.enter_context(start_mariadb(folder / "db")) if sea.on_mariadb else None
        where = server.create_database("chaos") if server else folder / "panel.db"
        yield over.enter_context(start_sandbox(where, now=T0.isoformat())), server


def _seeded(seed: int, cycles: int, credits: int) -> tuple[Sea, Tally]:  # noqa: A002
    sea = SEAS[seed % len(SEAS)]
    with tempfile.TemporaryDirectory(prefix="chaos-") as name, ExitStack() as over:
        folder = Path(name)
        panel, server = over.enter_context(_panel(sea, folder))
        mortals = over.enter_context(nursery(folder))
        (folder / "bridge").mkdir()
        return sea, storm(
            sea,
            seed=seed,
            cycles=cycles,
            credits=credits,
            folder=folder / "bridge",
            panel=panel,
            mappings=mappings_for_every_push(folder),
            mortals=mortals,
            outage=over.enter_context(while_stopped(server, panel)) if server else None,
        )


def table(results: dict[str, Tally]) -> Table:
    """Show storms beside each other, a line for each number."""
    shown = Table(show_header=True, title="Storms")
    shown.add_column("")
    for name in results:
        shown.add_column(name, justify="right")
    rows: dict[str, list[int]] = {
        "cycles": [tally.cycles for tally in results.values()],
        "credits owed": [tally.credits for tally in results.values()],
        "pushes": [tally.pushes for tally in results.values()],
    }
    for kind in sorted({kind for tally in results.values() for kind in tally.faults}):
        rows[f"fault: {kind}"] = [tally.faults[kind] for tally in results.values()]
    for name in ("retries", "in_doubt", "resolved", "parked", "doubles", "losses"):
        words = {"in_doubt": "in doubt", "resolved": "in doubt, resolved"}.get(name, name)
        rows[words] = [getattr(tally, name) for tally in results.values()]
    for name, numbers in rows.items():
        shown.add_row(name, *map(str, numbers))
    return shown


def main() -> int:
    """Blow the storms asked for; 1 if anything differs from the books."""
    parser = argparse.ArgumentParser(prog="chaos", description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--cycles", type=int, default=1000)
    parser.add_argument("--credits", type=int, default=50)
    asked = parser.parse_args()
    logging.disable()  # thousands of warnings that are meant
    console = Console(width=100)
    results: dict[str, Tally] = {}
    for seed in asked.seeds:
        try:
            sea, tally = _seeded(seed, asked.cycles, asked.credits)
        except pytest.skip.Exception as reason:
            console.print(f"seed {seed} was left out: {reason}")
            continue
        console.print(f"seed {seed}: {sea.name}, {tally.doubles} doubles, {tally.losses} losses")
        for difference in tally.differences:
            console.print(f"  {difference}")
        results[f"seed {seed}: {sea.name}"] = tally
    console.print(table(results))
    return int(not results or any(tally.differences for tally in results.values()))


if __name__ == "__main__":
    raise SystemExit(main())
