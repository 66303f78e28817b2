"""`bridge work`: what only a person can do."""

from __future__ import annotations

from typing import Annotated

import typer

from bridge.cli.options import ByOption, Context, FormatOption
from bridge.cli.render import Column, Format, say, show_json, show_table
from bridge.desk.person import named
from bridge.desk.pushes import work_done
from bridge.views.instants import clock
from bridge.views.work import list_work, work_as_json

app = typer.Typer(no_args_is_help=True, help="The worklist: what a person does in the panel, or looks at.")

_COLUMNS = (
    Column("line", right=True),
    Column("since"),
    Column("kind"),
    Column("customer", right=True),
    Column("ticket", right=True),
    Column("what to do", fixed=False),
)


@app.command("list")
def list_(context: Context, format_: FormatOption = Format.TABLE) -> None:
    """List what is still to be done, oldest first."""
    with context.obj.bridge() as bridge:
        zone = bridge.settings.panel.timezone
        lines = list_work(bridge.store())
        if format_ is Format.JSON:
            show_json([work_as_json(line, zone) for line in lines])
            return
        rows = [
            (line.line_id, clock(line.since, zone), line.kind, line.client_id, line.ticket_id, line.text)
            for line in lines
        ]
        show_table(_COLUMNS, rows, empty="Nothing to do.")


@app.command("done")
def done(
    context: Context,
    line: Annotated[int, typer.Argument(metavar="ID", help="The number of the line.")],
    by: ByOption,
) -> None:
    """Tick a line off. A push done by hand counts as sent until a later read shows it."""
    with context.obj.bridge() as bridge:
        found = work_done(bridge.store(), line, named(by), bridge.clock.now())
        say(f"Line {found.line_id} done by {found.done_by}: {found.text}")
