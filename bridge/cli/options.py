"""The options and arguments that several commands share."""

from __future__ import annotations

from typing import Annotated

import typer

from bridge.cli.render import Format
from bridge.cli.session import Session


class Context(typer.Context):
    """A command's context; `obj` is the session of this call."""

    obj: Session


FormatOption = Annotated[Format, typer.Option("--format", help="A table for people, or JSON for programs.")]
ByOption = Annotated[str, typer.Option("--by", metavar="NAME", help="Who does this; kept for ever.")]
ReasonOption = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; kept for ever.")]
AllOption = Annotated[bool, typer.Option("--all", help="Everything, not only what matters now.")]
AcceptShrinkOption = Annotated[
    bool,
    typer.Option("--accept-shrink", help="Go on although the panel shows far fewer customers or tickets."),
]
