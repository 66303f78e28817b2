"""`bridge doctor`: the check-up with the next step for each failure, and the probe on one customer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Annotated, Any

import typer

from bridge.bootstrap import Bridge
from bridge.cli.options import Context, FormatOption
from bridge.cli.render import Column, Format, heading, say, say_command, show_json, show_table, warn, write
from bridge.doctor import Check, Left, Outcome, Probe, ProbeStep, Status, examine, exit_code
from bridge.errors import UsageFault
from bridge.phrases import Language, language_of

_COLUMNS = (Column("check"), Column(""), Column("of", fixed=False), Column("found", fixed=False))
_SUMS = {
    Status.OK: "ok",
    Status.WARNING: "with a warning",
    Status.FAILED: "failed",
    Status.SKIPPED: "not made",
}

ProbeOption = Annotated[
    bool, typer.Option("--probe", help="Try the panel on one customer, and write commands.yaml. It writes!")
]
ClientOption = Annotated[
    int | None,
    typer.Option("--client", metavar="ID", min=1, help="The customer to probe on: a test customer."),
]
YesOption = Annotated[bool, typer.Option("--yes", help="Probe without asking, for scripts.")]
NoMoneyOption = Annotated[
    bool, typer.Option("--no-money", help="Leave invoices, balances and payments out of the probe.")
]
DespiteOption = Annotated[
    bool, typer.Option("--despite-open", help="Probe although the customer has open tickets or incidents.")
]


def doctor(  # noqa: PLR0913 - each is an option of the command
    context: Context,
    *,
    probe: ProbeOption = False,
    client: ClientOption = None,
    yes: YesOption = False,
    no_money: NoMoneyOption = False,
    despite_open: DespiteOption = False,
    format_: FormatOption = Format.TABLE,
) -> None:
    """Check everything against the live panel, read-only; each failure is told with its next step.

    With --probe it tries on one customer what nobody has published about the panel, after asking, cleans up,
    and writes what it found into commands.yaml.
    """
    if not probe and (client is not None or yes or no_money or despite_open):
        raise UsageFault("--client, --yes, --no-money and --despite-open belong to --probe")
    with context.obj.bridge() as bridge:
        if probe:
            if client is None:
                raise UsageFault(
                    "--probe needs --client ID: a test customer, named by whoever owns the panel"
                )
            prepared = Probe.prepared(bridge, client, with_money=not no_money, despite_open=despite_open)
            _confirm(prepared, yes=yes)
            context.obj.exit_code = _probe(prepared, format_)
        else:
            language = language_of(context.obj.environ)
            context.obj.exit_code = _examine(bridge, format_, language)


def _examine(bridge: Bridge, format_: Format, language: Language) -> int:
    checks = list(examine(bridge, language))
    if format_ is Format.JSON:
        show_json([check.as_json() for check in checks])
    else:
        _show(checks)
    return exit_code(checks)


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


def _confirm(prepared: Probe, *, yes: bool) -> None:
    """Tell whom the probe is about and what it writes, and ask. Raises UsageFault for anything but yes."""
    warn(f"The probe works on customer {prepared.client.client_id}, {prepared.client.name}, and writes:")
    for line in prepared.writes:
        warn(f"  - {line}")
    for line in prepared.doubts:
        warn(f"Mind: {line}")
    if yes:
        return
    try:
        agreed = typer.confirm("Go on?", err=True)
    except typer.Abort:
        agreed = False
    if not agreed:
        raise UsageFault("not confirmed, so nothing was written to the panel (--yes for scripts)")


def _probe(prepared: Probe, format_: Format) -> int:
    as_table = format_ is Format.TABLE
    try:
        outcome = prepared.run(_tell if as_table else lambda _: None)
    except BaseException:
        for one in prepared.left:
            warn(f"stays on the panel: {_spoken(one)}")
        raise
    if as_table:
        _conclude(outcome)
    else:
        show_json(_as_json(prepared, outcome))
    return outcome.exit_code


def _tell(step: ProbeStep) -> None:
    if not step.seen and not step.stopped:
        return
    heading(f"{step.number}. {step.title}" if step.number != "-" else step.title)
    for seen in step.seen:
        say(seen, indent=2)
    if step.stopped:
        say(f"ended early: {step.stopped}", indent=2)


def _conclude(outcome: Outcome) -> None:
    heading("What stays on the panel")
    for one in outcome.left:
        say(_spoken(one), indent=2)
    if not outcome.left:
        say("nothing", indent=2)
    if outcome.advice:
        heading("To be corrected by hand")
    for line in outcome.advice:
        say(line, indent=2)
    heading("commands.yaml")
    if outcome.backup is None:
        say("fits this panel as it is", indent=2)
        return
    write("".join(f"  {line}\n" for line in outcome.difference))
    say("The old file is kept as", indent=2)
    say_command(str(outcome.backup))


def _spoken(one: Left) -> str:
    number = f" {one.number}" if one.number is not None else ""
    return f"{'' if one.harmless else 'MIND: '}{one.what}{number}: {one.words}"


def _as_json(prepared: Probe, outcome: Outcome) -> dict[str, Any]:
    record = outcome.record
    return {
        "client_id": prepared.client.client_id,
        "steps": [
            {"number": step.number, "title": step.title, "seen": step.seen, "stopped": step.stopped}
            for step in record.steps
        ],
        "findings": [
            {"name": one.name, "value": one.value, "seen": one.seen} for one in record.findings.values()
        ],
        "changes": [
            {"key": ".".join(change.trail), "value": change.value, "because": change.because}
            for change in record.changes.values()
        ],
        "left": [
            {"what": one.what, "number": one.number, "words": one.words, "harmless": one.harmless}
            for one in outcome.left
        ],
        "advice": outcome.advice,
        "backup": str(outcome.backup) if outcome.backup else None,
        "exit_code": outcome.exit_code,
    }
