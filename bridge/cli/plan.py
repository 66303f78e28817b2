"""`bridge plan` and `bridge apply`: what a cycle would push, and a cycle that pushes exactly that."""

from __future__ import annotations

import json
from itertools import groupby
from pathlib import Path
from typing import Annotated, Any

import typer

from bridge.bootstrap import Bridge
from bridge.cli.files import write_new
from bridge.cli.options import AcceptShrinkOption, Context, FormatOption
from bridge.cli.progress import Shown
from bridge.cli.render import Format, heading, many, say, show_json
from bridge.cli.summary import show_summary
from bridge.errors import UsageFault
from bridge.notices.release import held_back
from bridge.sync.push import choose
from bridge.sync.report import RunReport
from bridge.views.plans import VERSION, PlanTotals, Step, differences, plan_as_json
from bridge.views.plans import plan as plan_of
from bridge.views.reports import report_as_json
from bridge.views.waiting import waiting

CHANGES_PENDING = 4


def plan(
    context: Context,
    *,
    save: Annotated[
        Path | None, typer.Option("--save", metavar="FILE", help="Keep the plan in a new file, for `apply`.")
    ] = None,
    accept_shrink: AcceptShrinkOption = False,
    format_: FormatOption = Format.TABLE,
) -> None:
    """Show the pushes a cycle would make, by incident; write nothing (exit 4: there are some; 0: none)."""
    with context.obj.bridge() as bridge:
        zone = bridge.settings.panel.timezone
        report, steps = _rehearsed(bridge, accept_shrink=accept_shrink)
        document = plan_as_json(steps, report, bridge.clock.now(), zone)
        if save is not None:
            write_new(save, json.dumps(document, ensure_ascii=False, indent=2) + "\n")
        if format_ is Format.JSON:
            show_json(document)
        else:
            _show(report, steps)
            if save is not None:
                say(f"Saved. `bridge apply {save}` makes exactly these pushes, or says why it cannot.")
        context.obj.exit_code = CHANGES_PENDING if steps else 0


def apply(
    context: Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A plan that `bridge plan --save` wrote.")],
    *,
    accept_shrink: AcceptShrinkOption = False,
    format_: FormatOption = Format.TABLE,
) -> None:
    """Run a cycle if it would push exactly what the saved plan says; refuse it, and say why, if not."""
    saved = _saved(file)
    with context.obj.bridge() as bridge:
        zone = bridge.settings.panel.timezone
        _, steps = _rehearsed(bridge, accept_shrink=accept_shrink)
        changes = differences(saved, [step.as_json() for step in steps])
        if changes:
            raise UsageFault("\n  ".join([f"{file} is no longer true, nothing was pushed:", *changes]))
        store = bridge.store()
        loaded = bridge.mappings(store)
        delivery = bridge.delivery(store, loaded)
        with Shown(bridge.clock) as shown:
            report = bridge.cycle(store, shown, loaded).sync(accept_shrink=accept_shrink)
        delivery.run()
        if format_ is Format.JSON:
            show_json(report_as_json(report, zone))
        else:
            show_summary(report, waiting(store, bridge.clock.now()), dry_run=False)
        context.obj.exit_code = report.exit_code


def _rehearsed(bridge: Bridge, *, accept_shrink: bool) -> tuple[RunReport, list[Step]]:
    store = bridge.store(rehearse=True)
    loaded = bridge.mappings(store)
    with Shown(bridge.clock) as shown:
        report = bridge.cycle(store, shown, loaded).rehearse(accept_shrink=accept_shrink)
    held = held_back(loaded.rulebook, loaded.notices, bridge.clock.now())
    chosen = choose(store, bridge.limits, bridge.clock.now(), held)
    report.guards += chosen.guards
    report.notes += chosen.notes
    return report, plan_of(store, loaded.rulebook, chosen.rows)


def _saved(file: Path) -> list[dict[str, Any]]:
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageFault(f"{file} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise UsageFault(f"{file} is no saved plan: {error}") from error
    steps = document.get("steps") if isinstance(document, dict) else None
    known = isinstance(steps, list) and all(
        isinstance(step, dict) and {"key", "words"} <= set(step) for step in steps
    )
    if steps is None or not known or document.get("version") != VERSION:
        raise UsageFault(
            f"{file} is no plan of this version of the bridge; make one with `bridge plan --save`"
        )
    return list(steps)


def _show(report: RunReport, steps: list[Step]) -> None:
    for incident_id, group in groupby(steps, key=lambda step: step.incident_id):
        listed = list(group)
        heading(f"{incident_id or 'No incident'}  customer {listed[0].push.client_id}")
        for step in listed:
            say(f"+ {step.push.kind}  {step.words}{f' (now {step.now})' if step.now else ''}", indent=2)
            if step.decision is not None:
                say(f"{step.decision.rule}: {step.decision.because.label}", indent=6)
    say()
    for guard in report.guards:
        say(f"Would be stopped: {guard}")
    for note in report.notes:
        say(f"Note: {note}")
    _show_totals(steps)


def _show_totals(steps: list[Step]) -> None:
    if not steps:
        say("A cycle would push nothing.")
        return
    totals = PlanTotals.of(steps)
    kinds = ", ".join(f"{kind} {number}" for kind, number in totals.kinds.items())
    say(f"A cycle would make {many(len(steps), 'push')}: {kinds}.")
    for name, amounts in (("Credits", totals.credits), ("Charges", totals.charges)):
        for currency, amount in amounts.items():
            say(f"{name}: {amount} {currency} in all.")
