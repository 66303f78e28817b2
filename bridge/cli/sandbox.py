"""`bridge sandbox`: a small MikroWISP panel in a process of its own."""

from __future__ import annotations

import signal
import subprocess
import sys
from types import FrameType

import typer

from bridge.cli.options import Context

app = typer.Typer(no_args_is_help=True, help="A small MikroWISP panel for training and tests.")


@app.callback()
def group() -> None:
    """A small MikroWISP panel for training and tests."""


@app.command(
    "serve",
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []},
)
def serve(context: Context) -> None:
    """Start the panel and serve until stopped. `bridge sandbox serve --help` lists its options."""
    command = [sys.executable, "-m", "bridge.sandbox", "--exit-with-parent", *context.args]
    with subprocess.Popen(command) as child:  # noqa: S603 - our own module, the user's own options

        def forward(number: int, _frame: FrameType | None) -> None:
            child.send_signal(number)

        # At a terminal Ctrl-C reaches the child too, and it stops on the first of the two.
        before = {number: signal.signal(number, forward) for number in (signal.SIGTERM, signal.SIGINT)}
        try:
            context.obj.exit_code = 1 if child.wait() else 0
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
