"""`bridge outbox`: pushes that have not gone through."""

from __future__ import annotations

from textwrap import shorten
from typing import Annotated

import typer

from bridge.cli.options import AllOption, ByOption, Context, FormatOption, ReasonOption
from bridge.cli.render import Column, Format, say, show_json, show_table
from bridge.desk.person import deed, named
from bridge.desk.pushes import discard as discard_push
from bridge.desk.pushes import retry as retry_push
from bridge.store.outbox_rows import OutboxRow
from bridge.views.instants import clock
from bridge.views.pushes import list_pushes, push_as_json, push_in_words

app = typer.Typer(no_args_is_help=True, help="Pushes that have not gone through, and what to do with them.")

_COLUMNS = (
    Column("key"),
    Column("state"),
    Column("since"),
    Column("what", fixed=False),
    Column("reason", fixed=False),
)

_LONGEST_WORDS = 60

NotThereOption = Annotated[
    bool,
    typer.Option(
        "--not-there",
        help="You looked in the panel and it is not there: send it even where the bridge cannot look.",
    ),
]
KeyArgument = Annotated[str, typer.Argument(metavar="KEY", help="The key of the push, as `list` shows it.")]


@app.command("list")
def list_(context: Context, *, all_: AllOption = False, format_: FormatOption = Format.TABLE) -> None:
    """List pushes that are not delivered; with --all every push."""
    with context.obj.bridge() as bridge:
        zone = bridge.settings.panel.timezone
        rows = list_pushes(bridge.store(), delivered=all_)
        if format_ is Format.JSON:
            show_json([push_as_json(row, zone) for row in rows])
            return
        cells = [
            (
                row.push.key,
                row.state,
                clock(row.waiting_since or row.changed_at, zone),
                shorten(push_in_words(row.push), _LONGEST_WORDS, placeholder="..."),
                row.reason,
            )
            for row in rows
        ]
        show_table(_COLUMNS, cells, empty="Nothing waits.")


@app.command("retry")
def retry(
    context: Context,
    key: KeyArgument,
    by: ByOption = "somebody at the terminal",
    *,
    not_there: NotThereOption = False,
) -> None:
    """Send a push again with the next sync; one that may stand on the panel is looked for there first."""
    with context.obj.bridge() as bridge:
        _say_now(retry_push(bridge.store(), key, named(by), bridge.clock.now(), not_there=not_there))


@app.command("discard")
def discard(context: Context, key: KeyArgument, by: ByOption, reason: ReasonOption) -> None:
    """Give a push up. The credit behind it is held until `credits approve` or `credits void`."""
    with context.obj.bridge() as bridge:
        _say_now(discard_push(bridge.store(), key, deed(by, reason, bridge.clock.now())))


def _say_now(row: OutboxRow) -> None:
    say(f"{row.push.key} is {row.state}: {row.state.label}.")
