"""`bridge work`: what only a person can do."""

from __future__ import annotations

from typing import Annotated

import typer

from bridge.cli.options import ByOption, Context, FormatOption
from bridge.cli.render import Column, Format, heading, say, say_command, show_json, show_table
from bridge.desk.openings import opened_by_hand
from bridge.desk.person import named
from bridge.desk.pushes import work_done
from bridge.views.instants import clock, hours
from bridge.views.work import find_work, list_work

app = typer.Typer(no_args_is_help=True, help="The worklist: what a person does in the panel, or looks at.")

_COLUMNS = (
    Column("line", right=True),
    Column("since"),
    Column("waits", right=True),
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
        views = list_work(bridge.store(), bridge.clock.now())
        if format_ is Format.JSON:
            show_json([view.as_json(zone) for view in views])
            return
        rows = [
            (
                view.line.line_id,
                clock(view.line.since, zone),
                hours(view.age),
                view.line.kind,
                view.line.client_id,
                view.line.ticket_id,
                view.line.text,
            )
            for view in views
        ]
        show_table(_COLUMNS, rows, empty="Nothing to do.")
        if any(view.paste for view in views):
            say()
            say("`bridge work show ID` prints the text to paste on a line of its own.")


@app.command("show")
def show(
    context: Context,
    line: Annotated[int, typer.Argument(metavar="ID", help="The number of the line.")],
    format_: FormatOption = Format.TABLE,
) -> None:
    """Show one line: what to do in the panel, and the text to paste, unbroken."""
    with context.obj.bridge() as bridge:
        zone = bridge.settings.panel.timezone
        found = find_work(bridge.store(), line, bridge.clock.now())
        if format_ is Format.JSON:
            show_json(found.as_json(zone))
            return
        about = [f"customer {found.line.client_id}"] if found.line.client_id is not None else []
        about += [f"ticket {found.line.ticket_id}"] if found.line.ticket_id is not None else []
        heading("  ".join([f"Line {line}", found.line.kind, *about]))
        say(f"Waits since {clock(found.line.since, zone)} ({hours(found.age)} hours).")
        say(found.line.text)
        if found.paste is not None:
            heading("Paste this")
            say_command(found.paste)
        say()
        say("It leaves the list when the panel shows it done, or its cause is over. What no read can show:")
        say_command(f"bridge work done {line} {'--ticket NUMBER ' if found.opens else ''}--by NAME")


@app.command("done")
def done(
    context: Context,
    line: Annotated[int, typer.Argument(metavar="ID", help="The number of the line.")],
    by: ByOption,
    ticket: Annotated[
        int | None, typer.Option("--ticket", metavar="N", help="The ticket that was opened by hand.")
    ] = None,
) -> None:
    """Tick a line off. A push done by hand counts as sent until a later read shows it.

    A ticket opened by hand is known by its mark, or by the number that --ticket says.
    """
    with context.obj.bridge() as bridge:
        store, now = bridge.store(), bridge.clock.now()
        if ticket is None:
            found = work_done(store, line, named(by), now)
        else:
            found = opened_by_hand(store, line, ticket, named(by), now, bridge.settings.panel.timezone)
        say(f"Line {found.line_id} done by {found.done_by}: {found.text}")
