"""How fast the API's sweep is: beside a plain loop, at the default limit, and once all is known.

    python -m benchmarks.sweep [--customers 600] [--latency 30]

Each table line is measured in this one run against a sandbox on this machine.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

from bridge.bootstrap import Bridge
from bridge.clock import SystemClock
from bridge.domain.reading import Reading, Wanted
from bridge.mikrowisp.api import PanelApi
from bridge.mikrowisp.customers import Customers
from bridge.mikrowisp.sweep import ApiReader
from bridge.mikrowisp.transport import Transport
from tests.servers import ROOT, Sandbox, start_sandbox

T = TypeVar("T")
CLOCK = SystemClock()
EVERY_FIFTH = 5  # customers with an open ticket: more than any ISP would like
SWEEP, EVERY = timedelta(minutes=30), timedelta(minutes=5)
DEFAULT_RATE, DEFAULT_CONCURRENCY = 20, 8


def config(folder: Path, panel: Sandbox, *, rate: float, concurrency: int) -> Path:
    """Write a config.yaml that reads over the API alone."""
    path = folder / f"{concurrency}-{rate:.0f}.yaml"
    path.write_text(
        f"panel: {{base_url: '{panel.url}', token: '{panel.token}', concurrency: {concurrency},\n"
        f"  requests_per_second: {rate}, sweep_minutes: 30, database: {{url: '{panel.database_url}'}}}}\n"
        f"state: {{url: sqlite:///bridge-{concurrency}.db}}\n"
        f"mappings: {ROOT / 'mappings'}\n"
        f"routes: {{read_tickets: [api]}}\n",
        encoding="utf-8",
    )
    return path


@contextmanager
def api(bridge: Bridge, panel: Sandbox, *, rate: float, concurrency: int) -> Iterator[PanelApi]:
    """The panel's API; a rate of 0 lifts the limit."""
    dialect = bridge.mappings().commands
    transport = Transport(
        panel.url, panel.token, rate=rate, concurrency=concurrency, clock=CLOCK, dialect=dialect
    )
    try:
        yield PanelApi(transport, dialect=dialect, zone=bridge.settings.panel.timezone, clock=CLOCK)
    finally:
        transport.close()


def sweep(panel_api: PanelApi, concurrency: int) -> Reading:
    """One cold sweep: the list, everybody's tickets, the services of who has an open one."""
    reader = ApiReader(panel_api, concurrency=concurrency, sweep=SWEEP, every=EVERY)
    return reader.read(Wanted(now=CLOCK.now()))


def plain_loop(panel_api: PanelApi) -> int:
    """The same calls, one after another; return how many."""
    meter = panel_api.metered()
    listed = Customers(panel_api, concurrency=1).read()
    priced = {client.client_id for client in listed.clients if client.services is not None}
    for client_id in sorted(listed.ids - listed.retired):
        tickets = panel_api.tickets(client_id)
        if client_id not in priced and any(ticket.is_open for ticket in tickets.records):
            panel_api.client(client_id)
    return meter.calls


def timed(work: Callable[[], T]) -> tuple[float, T]:
    """Run and time."""
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=600)
    parser.add_argument("--latency", type=int, default=30, help="milliseconds an answer takes at least")
    arguments = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as name,
        start_sandbox(Path(name) / "panel.db", customers=arguments.customers) as panel,
    ):
        folder = Path(name)
        tickets = [{"customer": number} for number in range(1, arguments.customers + 1, EVERY_FIFTH)]
        panel.control("tickets", {"tickets": tickets})
        panel.control("switches", {"latency_ms": arguments.latency})
        print(
            f"{arguments.customers} customers, {len(tickets)} open tickets, {arguments.latency} ms a call, "
            f"{os.cpu_count()} cores\n"
        )
        print(f"{'':44}{'calls':>7}{'seconds':>9}{'calls/s':>9}")
        _speed(folder, panel)
        _share(folder, panel)
        _second_cycle(folder, panel)


def _line(what: str, calls: int, seconds: float) -> None:
    print(f"{what:44}{calls:7}{seconds:9.2f}{calls / seconds:9.1f}")


def _speed(folder: Path, panel: Sandbox) -> None:
    with Bridge.configured(config(folder, panel, rate=100_000, concurrency=16), {}) as bridge:
        with api(bridge, panel, rate=0, concurrency=16) as panel_api:
            together, reading = timed(lambda: sweep(panel_api, 16))
        with api(bridge, panel, rate=0, concurrency=1) as panel_api:
            alone, calls = timed(lambda: plain_loop(panel_api))
    _line("sweep, 16 at once, no limit", reading.calls, together)
    _line("plain loop, one after another", calls, alone)
    print(f"{'times faster (wanted: 6)':44}{alone / together:25.1f}\n")


def _share(folder: Path, panel: Sandbox) -> None:
    path = config(folder, panel, rate=DEFAULT_RATE, concurrency=DEFAULT_CONCURRENCY)
    with (
        Bridge.configured(path, {}) as bridge,
        api(bridge, panel, rate=DEFAULT_RATE, concurrency=DEFAULT_CONCURRENCY) as panel_api,
    ):
        seconds, reading = timed(lambda: sweep(panel_api, DEFAULT_CONCURRENCY))
    _line("sweep, 8 at once, 20 a second (the default)", reading.calls, seconds)
    print(
        f"{'share of the allowed rate (wanted: 95 %)':44}"
        f"{100 * reading.calls / seconds / DEFAULT_RATE:23.1f} %\n"
    )


def _second_cycle(folder: Path, panel: Sandbox) -> None:
    """Whole cycles, with a store, decisions and pushes: what is asked when nothing has happened since."""
    path = config(folder, panel, rate=100_000, concurrency=DEFAULT_CONCURRENCY)
    with Bridge.configured(path, {}) as bridge:
        cycle = bridge.cycle(bridge.store())
        for what in ("first cycle", "second cycle right after", "third cycle right after"):
            panel.control("journal/clear")
            seconds, report = timed(cycle.sync)
            counts = panel.control("journal")["counts"]
            asked = ", ".join(f"{count} {command}" for command, count in sorted(counts.items()))
            _line(what, report.calls, seconds)
            print(f"  {asked or 'no call at all'}")


if __name__ == "__main__":
    main()
