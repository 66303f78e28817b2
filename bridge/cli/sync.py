"""`bridge sync`: one cycle, or with --dry-run what one would decide."""

from __future__ import annotations

from typing import Annotated

import typer

from bridge.cli.options import AcceptShrinkOption, Context, FormatOption
from bridge.cli.progress import Shown
from bridge.cli.render import Format, show_json
from bridge.cli.summary import show_summary
from bridge.errors import LeaseHeld, NothingPushed
from bridge.views.reports import last_report, report_as_json
from bridge.views.waiting import waiting


def sync(
    context: Context,
    *,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="Read and decide, and write nothing: not to the panel, not here."),
    ] = False,
    accept_shrink: AcceptShrinkOption = False,
    format_: FormatOption = Format.TABLE,
) -> None:
    """Run one cycle: read the panel, decide by the rules, push the difference, read it back."""
    with context.obj.bridge() as bridge:
        zone = bridge.settings.panel.timezone
        store = bridge.store(rehearse=dry_run)
        loaded = bridge.mappings(store)
        delivery = None if dry_run else bridge.delivery(store, loaded)
        with Shown(bridge.clock) as shown:
            cycle = bridge.cycle(store, shown, loaded)
            try:
                report = (cycle.rehearse if dry_run else cycle.sync)(accept_shrink=accept_shrink)
            except NothingPushed as fault:
                found = None if dry_run or isinstance(fault, LeaseHeld) else last_report(store, zone)
                if format_ is Format.JSON and found is not None:
                    show_json(found)
                raise
        if delivery is not None:
            delivery.run()
        if format_ is Format.JSON:
            show_json(report_as_json(report, zone))
        else:
            show_summary(report, waiting(store, bridge.clock.now()), dry_run=dry_run)
        context.obj.exit_code = report.exit_code
