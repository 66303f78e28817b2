"""`bridge mappings`: what ops edit, checked."""

from __future__ import annotations

import typer

from bridge.cli.impact import impact
from bridge.cli.options import Context
from bridge.cli.render import say

app = typer.Typer(no_args_is_help=True, help="The mappings: deadlines, bonus table, technicians, texts.")


@app.callback()
def group() -> None:
    """The mappings: deadlines, bonus table, technicians, texts."""


@app.command("check")
def check(context: Context) -> None:
    """Check every mapping; each fault is told with its file, line and what to write instead (exit 1)."""
    with context.obj.bridge() as bridge:
        loaded = bridge.mappings()
        say(f"{len(loaded.texts)} files ok in {bridge.settings.mappings}")


app.command("impact")(impact)
