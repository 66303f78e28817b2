"""`python -m bridge.sandbox`: start a panel, print one JSON line when it is ready, stop on SIGTERM."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import signal
import sys
import tempfile
import threading
from pathlib import Path
from types import FrameType
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from bridge.sandbox.clock import Clock, ClockError
from bridge.sandbox.control import FAULTY, Control
from bridge.sandbox.database import Database, ForeignDatabaseError
from bridge.sandbox.invented import DEFAULT_TOKEN
from bridge.sandbox.panel import Panel
from bridge.sandbox.server import Server

_LOOK_AROUND_SECONDS = 1.0


def main(arguments: list[str] | None = None) -> int:
    """Run until told to stop; exit code 0 after a clean stop, 1 when it could not start."""
    options = _parser().parse_args(arguments)
    with contextlib.ExitStack() as cleanup:
        try:
            return _serve(options, cleanup)
        except (ForeignDatabaseError, ClockError, ValueError, OSError, SQLAlchemyError, *FAULTY) as fault:
            sys.stderr.write(f"sandbox: {fault}\n")
            return 1


def _serve(options: argparse.Namespace, cleanup: contextlib.ExitStack) -> int:
    where = options.database
    if where is None:
        folder = cleanup.enter_context(
            tempfile.TemporaryDirectory(prefix="sandbox-", ignore_cleanup_errors=True)
        )
        where = str(Path(folder) / "panel.db")
    clock = Clock(options.timezone)
    if options.now:
        clock.set(clock.read(options.now))
    database = Database(where)
    cleanup.callback(database.close)
    panel = Panel(database, clock)
    control = Control(panel, {"customers": options.customers, "token": options.token})
    server = Server((options.host, options.port), panel, control, quiet=options.quiet)
    cleanup.callback(server.server_close)
    if database.prepare(fresh=options.fresh):
        control.fill()
    stop = threading.Event()
    _stop_on_signals(stop)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True).start()
    cleanup.callback(server.shutdown)
    host = f"[{options.host}]" if ":" in options.host else options.host
    ready = {
        "url": f"http://{host}:{server.server_address[1]}",
        "database_url": database.shown_url,
        "token": options.token,
        "pid": os.getpid(),
    }
    sys.stdout.write(json.dumps(ready) + "\n")
    sys.stdout.flush()
    parent = os.getppid()
    while not stop.wait(_LOOK_AROUND_SECONDS):
        _bill(panel)
        if options.exit_with_parent and os.getppid() != parent:
            break
    return 0


def _bill(panel: Panel) -> None:
    try:
        panel.billing.catch_up()
    except SQLAlchemyError as fault:  # The database may be busy or gone for a while; the panel stays up.
        sys.stderr.write(f"sandbox: billing failed: {fault}\n")


def _stop_on_signals(stop: threading.Event) -> None:
    def told(_signal: int, _frame: FrameType | None) -> Any:
        stop.set()

    signal.signal(signal.SIGTERM, told)
    signal.signal(signal.SIGINT, told)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m bridge.sandbox",
        description="A small MikroWISP panel for tests, training and the demo.",
    )
    parser.add_argument(
        "--host", default="127.0.0.1", help="loopback address to listen on (default %(default)s)"
    )
    parser.add_argument("--port", type=int, default=8765, help="port, 0 for a free one (default %(default)s)")
    parser.add_argument(
        "--database", help="SQLite file, or URL sqlite:/// or mysql+pymysql:// (default: temporary)"
    )
    parser.add_argument("--fresh", action="store_true", help="empty an earlier sandbox's database first")
    parser.add_argument("--customers", type=int, default=40, help="invented customers (default %(default)s)")
    parser.add_argument("--token", default=DEFAULT_TOKEN, help="API token (default %(default)s)")
    parser.add_argument("--now", help="freeze the sandbox's clock at this ISO time")
    parser.add_argument(
        "--timezone", default="America/Mexico_City", help="the panel's zone (default %(default)s)"
    )
    parser.add_argument("--quiet", action="store_true", help="no line on stderr for each request")
    parser.add_argument(
        "--exit-with-parent", action="store_true", help="stop when the starting process is gone"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
