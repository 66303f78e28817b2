"""`bridge doctor`: the check-up, with the next step for each failure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from bridge.cli.options import Context, FormatOption
from bridge.cli.render import Column, Format, heading, say, say_command, show_json, show_table
from bridge.doctor import Check, Status, examine, exit_code

_COLUMNS = (Column("check"), Column(""), Column("of", fixed=False), Column("found", fixed=False))
_SUMS = {
    Status.OK: "ok",
    Status.WARNING: "with a warning",
    Status.FAILED: "failed",
    Status.SKIPPED: "not made",
}


def doctor(context: Context, format_: FormatOption = Format.TABLE) -> None:
    """Check everything against the live panel, read-only; each failure is told with its next step."""
    with context.obj.bridge() as bridge:
        checks = list(examine(bridge))
    if format_ is Format.JSON:
        show_json([check.as_json() for check in checks])
    else:
        _show(checks)
    context.obj.exit_code = exit_code(checks)


def _show(checks: Sequence[Check]) -> None:
    """Print the table, and below it the next steps whole, so that a GRANT can be copied."""
    rows = [(check.check, check.status, check.subject, check.detail) for check in checks]
    show_table(_COLUMNS, rows, empty="Nothing was checked.")
    steps = [check for check in checks if check.next_step]
    if steps:
        heading("Next steps")
    for check in steps:
        say(f"{check.status}: {check.check}, {check.subject}")
        say_command(check.next_step)
    counts = Counter(check.status for check in checks)
    say()
    say(", ".join(f"{counts[status]} {word}" for status, word in _SUMS.items() if counts[status]))
