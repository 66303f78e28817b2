"""`bridge fact`: what staff know and the panel does not show."""

from __future__ import annotations

from typing import Annotated

import typer

from bridge.cli.options import ByOption, Context
from bridge.cli.render import say
from bridge.desk.facts import Fact, FactDesk, Statement
from bridge.views.instants import clock

TimeMeta = "TIME"


def fact(  # noqa: PLR0913 - one option for each thing that can be said
    context: Context,
    ticket: Annotated[str, typer.Argument(metavar="ID", help="A ticket number or a report number.")],
    what: Annotated[Fact, typer.Argument(metavar="WHAT", help="What happened: " + ", ".join(Fact) + ".")],
    value: Annotated[
        str | None, typer.Argument(help="WHO of `attribution`, KIND of `kind`, ID of `service`.")
    ] = None,
    *,
    by: ByOption,
    at: Annotated[
        str | None, typer.Option("--at", metavar=TimeMeta, help="When it happened; default: now.")
    ] = None,
    note: Annotated[str, typer.Option("--note", metavar="TEXT", help="Anything worth keeping.")] = "",
    failed: Annotated[bool, typer.Option("--failed", help="`contact`: reached, not solved.")] = False,
    start: Annotated[
        str | None, typer.Option("--start", metavar=TimeMeta, help="`visit`: when it begins.")
    ] = None,
    hours: Annotated[
        int | None, typer.Option("--hours", metavar="N", help="`visit`: how long it lasts.")
    ] = None,
    since: Annotated[
        str | None, typer.Option("--since", metavar=TimeMeta, help="`outage`: without service since.")
    ] = None,
    restored: Annotated[
        str | None, typer.Option("--restored", metavar=TimeMeta, help="`outage`: service is back since.")
    ] = None,
) -> None:
    """Record what staff know about a ticket; the next sync decides by it.

    contact [--failed] | visit --start TIME [--hours N] | visit-done | visit-failed | severe |
    attribution WHO | outage [--since TIME] [--restored TIME] | kind KIND | service ID | resolved | cancelled.
    Times are ISO, without an offset in the panel's zone, or as in tags: `25/11 4pm`.
    """
    with context.obj.bridge() as bridge:
        store = bridge.store()
        desk = FactDesk(store, bridge.mappings(store).rulebook, bridge.clock)
        recorded = desk.record(
            Statement(
                ticket=ticket,
                what=what,
                value=value,
                by=by,
                at=at,
                note=note,
                failed=failed,
                start=start,
                hours=hours,
                since=since,
                restored=restored,
            )
        )
        zone = bridge.settings.panel.timezone
        for event in recorded.events:
            details = "".join(f", {name} {word}" for name, word in event.data.items())
            say(
                f"Ticket {recorded.ticket_id} ({recorded.incident.incident_id}): {event.kind} at "
                f"{clock(event.at, zone)}{details}. The next sync decides by it."
            )
