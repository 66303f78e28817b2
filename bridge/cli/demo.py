"""`bridge demo`: six invented days at a panel, told as they happen, and what they left."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from bridge.cli.demo_tables import show_outcome
from bridge.cli.options import Context
from bridge.cli.render import clean, heading, say, show
from bridge.clock import SystemClock
from bridge.demo.folder import DemoFolder
from bridge.demo.play import CUSTOMERS, ZONE, moments, play, start_before
from bridge.demo.play import Progress as Step
from bridge.demo.telling import Said, Tone
from bridge.errors import UsageFault

_STYLES = {
    Tone.PEOPLE: "",
    Tone.LADDER: "cyan",
    Tone.LATE: "yellow",
    Tone.SEVERE: "bold red",
    Tone.CREDIT: "bold green",
    Tone.NOTHING: "dim",
    Tone.WAITING: "magenta",
}
_NEEDS_PERSON = 3

FolderOption = Annotated[
    Path,
    typer.Option("--folder", metavar="DIR", help="Where to leave the result; an earlier demo is replaced."),
]
StartOption = Annotated[
    datetime | None,
    typer.Option(
        "--start", metavar="DATE", formats=["%Y-%m-%d"], help="The first day. Default: seven days ago."
    ),
]
QuietOption = Annotated[bool, typer.Option("--quiet", help="Only the result, not the story.")]


def demo(
    context: Context,
    *,
    folder: FolderOption = Path("demo"),
    start: StartOption = None,
    quiet: QuietOption = False,
) -> None:
    """Play six days of tickets on a sandbox panel, and show the credits on the invoices."""
    now = SystemClock().now()
    first = start.date() if start else start_before(now)
    if moments(first)[-1] > now:
        raise UsageFault(f"the six days must be over: --start {start_before(now)} or earlier")
    place = DemoFolder.prepared(folder)
    if not quiet:
        _introduce()
    with _bar() as step:
        played = play(place, first, _silent if quiet else _Story(first).tell, step)
    show_outcome(played)
    if not played.outcome.adds_up:
        context.obj.exit_code = _NEEDS_PERSON


def _introduce() -> None:
    say(
        f"An invented ISP: {CUSTOMERS} customers, plans of 300.00, 349.00 and 400.00 a month, technicians "
        "at three levels. The bridge looks at the panel every 15 minutes for six days. Codes such as L-3 are "
        "the rules in docs/rules.md; lines without one are what people do."
    )


def _silent(_said: Said) -> None:
    """Tell nothing."""


class _Story:
    """Prints the story line by line, with a heading for each day."""

    def __init__(self, first: date) -> None:
        self.first = first
        self.day: date | None = None

    def tell(self, said: Said) -> None:
        local = said.at.astimezone(ZONE)
        if local.date() != self.day:
            self.day = local.date()
            heading(f"Day {(self.day - self.first).days + 1}, {self.day:%A} {self.day.day} {self.day:%B %Y}")
        grid = Table.grid(padding=(0, 2, 0, 0), expand=True)
        for width in (5, 7, 15, 4):
            grid.add_column(width=width, no_wrap=True)
        grid.add_column(ratio=1)
        style = _STYLES[said.tone]
        cells = (f"{local:%H:%M}", said.about, said.customer, said.rule, said.text)
        grid.add_row(*(Text(clean(cell), style=style) for cell in cells))
        show(grid)


@contextmanager
def _bar() -> Iterator[Step]:
    """A bar at a terminal, above which the story is printed; nothing elsewhere."""
    bar = Progress(
        TextColumn("Quarters of an hour played"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
        redirect_stdout=sys.stdout.isatty(),
        disable=not sys.stderr.isatty(),
    )
    task = bar.add_task("", total=None)
    with bar:
        yield lambda done, total: bar.update(task, completed=done, total=total)
