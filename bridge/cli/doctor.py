"""`bridge doctor`: the check-up, with the next step for each failure."""

from __future__ import annotations

from bridge.cli.options import Context, FormatOption
from bridge.cli.render import Column, Format, show_json, show_table
from bridge.doctor import examine, exit_code

_COLUMNS = (Column("what"), Column(""), Column("found", fixed=False), Column("next step", fixed=False))


def doctor(context: Context, format_: FormatOption = Format.TABLE) -> None:
    """Check everything against the live panel, read-only; each failure is told with its next step."""
    with context.obj.bridge() as bridge:
        checks = list(examine(bridge))
    if format_ is Format.JSON:
        show_json([check.as_json() for check in checks])
    else:
        rows = [(check.subject, check.health, check.found, check.next_step) for check in checks]
        show_table(_COLUMNS, rows, empty="Nothing was checked.")
    context.obj.exit_code = exit_code(checks)
