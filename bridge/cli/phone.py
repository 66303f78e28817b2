"""`bridge intake phone`: a ticket while the caller is on the line, by questions or by flags (I-2)."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from bridge.cli.options import ByOption, Context, FormatOption
from bridge.cli.phone_shown import taken_as_json
from bridge.cli.phone_taking import Flags, Taking
from bridge.cli.render import Format, show_json
from bridge.desk.person import named
from bridge.errors import UsageFault

if TYPE_CHECKING:
    from bridge.cli.phone_talk import Talk

_NO_NUMBER = 3


def phone(  # noqa: PLR0913 - one option for each answer
    context: Context,
    *,
    by: ByOption,
    client: Annotated[
        int | None, typer.Option("--client", metavar="N", help="The customer's number.")
    ] = None,
    find: Annotated[
        str | None,
        typer.Option("--find", metavar="TEXT", help="Number, name, telephone or id card of just one."),
    ] = None,
    kind: Annotated[
        str | None, typer.Option("--kind", metavar="KIND", help="A kind of faults.yaml, or `unrouted`.")
    ] = None,
    service: Annotated[
        str | None, typer.Option("--service", metavar="ID", help="The service, or `unknown` (default).")
    ] = None,
    text: Annotated[str | None, typer.Option("--text", metavar="TEXT", help="What the caller says.")] = None,
    solved: Annotated[
        bool, typer.Option("--solved", help="Solved on the call: opened and closed at once.")
    ] = False,
    at: Annotated[
        str | None, typer.Option("--at", metavar="TIME", help="When the call began; default: now.")
    ] = None,
    join: Annotated[
        str | None,
        typer.Option(
            "--continue", metavar="TICKET", help="A ticket or report that is open: add a note to it."
        ),
    ] = None,
    new: Annotated[bool, typer.Option("--new", help="A ticket of its own, whatever is open.")] = False,
    format_: FormatOption = Format.TABLE,
) -> None:
    """Take a call: find the customer, see what is open, and open a ticket while the caller waits.

    At a terminal it asks for what is not said; a script says it all. Exit code 3: the call is kept, and its
    ticket has no number yet.
    """
    flags = Flags(
        client=client,
        find=find,
        kind=kind,
        service=service,
        text=text,
        solved=solved,
        at=at,
        join=join,
        new=new,
    )
    flags.check()
    talk = _talk() if format_ is Format.TABLE and sys.stdin.isatty() and sys.stdout.isatty() else None
    if talk is None and flags.missing:
        raise UsageFault(f"without a terminal nobody can be asked; add {', '.join(flags.missing)}")
    with context.obj.bridge() as bridge:
        taking = Taking(bridge, flags, named(by), talk, is_quiet=format_ is Format.JSON)
        taken = taking.run()
        if format_ is Format.JSON:
            show_json(taken_as_json(taken))
        context.obj.exit_code = 0 if taken.is_through else _NO_NUMBER


def _talk() -> Talk:
    # The library that draws questions takes longer to load than most commands take to run.
    from bridge.cli.phone_talk import Talk  # noqa: PLC0415

    return Talk()
