"""`bridge tickets`: the list, and the receipt of one ticket."""

from __future__ import annotations

from typing import Annotated

import typer

from bridge.cli.options import Context, FormatOption
from bridge.cli.receipt import show_receipt
from bridge.cli.render import Column, Format, show_json, show_table, write
from bridge.errors import UsageFault
from bridge.views.instants import clock, hours
from bridge.views.letters import letter
from bridge.views.receipts import receipt
from bridge.views.tickets import Scope, list_tickets

app = typer.Typer(no_args_is_help=True, help="Tickets: state, deadlines, breaches, receipts.")

_COLUMNS = (
    Column("ticket", right=True),
    Column("customer", right=True),
    Column("report"),
    Column("kind", fixed=False),
    Column("status"),
    Column("level", right=True),
    Column("age h", right=True),
    Column("owner", right=True),
    Column("next", fixed=False),
    Column("breaches", fixed=False),
)


@app.command("list")
def list_(
    context: Context,
    *,
    open_: Annotated[bool, typer.Option("--open", help="Only what is open.")] = False,
    all_: Annotated[bool, typer.Option("--all", help="Everything ever seen.")] = False,
    format_: FormatOption = Format.TABLE,
) -> None:
    """List tickets: those open, and those closed in the last 30 days."""
    if open_ and all_:
        raise UsageFault("--open and --all exclude each other")
    scope = Scope.OPEN if open_ else Scope.ALL if all_ else Scope.RECENT
    with context.obj.bridge() as bridge:
        zone = bridge.settings.panel.timezone
        views = list_tickets(bridge.store(), bridge.clock.now(), scope)
        if format_ is Format.JSON:
            show_json([view.as_json(zone) for view in views])
            return
        rows = [
            (
                view.ticket_id,
                view.incident.client_id,
                view.incident.report_number,
                view.incident.kind,
                view.status,
                f"{view.incident.level or ''}{'!' if view.incident.severe else ''}",
                hours(view.age),
                view.technician_id,
                f"{view.incident.next_deadline_rule} {clock(view.incident.next_deadline_at, zone)[5:]}"
                if view.incident.next_deadline_at
                else "",
                ", ".join(view.incident.breaches),
            )
            for view in views
        ]
        show_table(_COLUMNS, rows, empty="No tickets.")


@app.command("show")
def show(
    context: Context,
    ticket: Annotated[
        str, typer.Argument(metavar="ID", help="The panel's ticket number, or a report number.")
    ],
    *,
    for_customer: Annotated[
        bool, typer.Option("--receipt", help="A letter in Spanish, fit to send to the customer.")
    ] = False,
    format_: FormatOption = Format.TABLE,
) -> None:
    """Show the receipt of a ticket: what happened, each decision with its rule, the money, the pushes."""
    with context.obj.bridge() as bridge:
        zone = bridge.settings.panel.timezone
        store, now = bridge.store(), bridge.clock.now()
        found = receipt(store, ticket, now)
        if for_customer:
            text = letter(store, found, bridge.mappings(store).rulebook, now)
            if format_ is Format.JSON:
                number = found.view.incident.report_number
                show_json({"ticket_id": found.view.ticket_id, "report_number": number, "text": text})
            else:
                write(f"{text}\n")
        elif format_ is Format.JSON:
            show_json(found.as_json(zone))
        else:
            show_receipt(found, zone)
