"""`bridge backup` and `bridge restore`: the store in one file, and back."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bridge.cli.options import ByOption, Context, ReasonOption
from bridge.cli.render import say, say_command
from bridge.desk.person import deed
from bridge.store.backup import back_up
from bridge.store.restore import restore as put_back
from bridge.views.instants import clock


def backup(
    context: Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where the copy goes.")],
    *,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
) -> None:
    """Copy the bridge's own store into one file; a cycle may be at work meanwhile."""
    with context.obj.bridge() as bridge:
        settings = bridge.settings
        back_up(
            settings.state.url.get_secret_value(),
            file,
            instance=settings.panel.instance,
            at=bridge.clock.now(),
            overwrite=force,
        )
        say("The store is copied. To have it back:")
        say_command(f"bridge restore {file}")


def restore(
    context: Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A copy that `bridge backup` wrote.")],
    by: ByOption,
    reason: ReasonOption,
) -> None:
    """Put a copy in the place of the bridge's store, and keep the store before it beside it."""
    with context.obj.bridge() as bridge:
        settings = bridge.settings
        signed = deed(by, reason, bridge.clock.now())
        done = put_back(
            settings.state.url.get_secret_value(),
            file,
            instance=settings.panel.instance,
            by=signed.by,
            reason=signed.reason,
            at=signed.at,
            real_now=bridge.clock.real(),
        )
        say(f"The store is that of {clock(done.made_at, settings.panel.timezone)} again.")
        if done.kept is not None:
            say("The one before it is kept. To have it back:")
            say_command(f"bridge restore {done.kept}")
        say("What was posted since then stands on the panel; the next cycle finds it there by its marks.")
