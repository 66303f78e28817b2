"""The few lines that a person reads after a cycle."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from bridge.cli.render import heading, many, say
from bridge.sync.report import RunReport
from bridge.views.waiting import Waiting

_MOST_DECISIONS = 20
_Name = TypeVar("_Name", bound=str)


def show_summary(report: RunReport, left: Waiting, *, dry_run: bool) -> None:
    """Print what was read, decided and pushed, what stopped, and what waits for a person."""
    read = f"Read {many(report.clients_polled, 'customer')}, {many(report.tickets_seen, 'ticket')}"
    say(f"{read} ({report.tickets_changed} changed), {many(report.calls, 'call')}.")
    _decided(report)
    if dry_run:
        say(f"A sync would push {left.ready}; nothing was written. `bridge plan` shows what.")
    else:
        pushed = _listed({name: number for name, number in report.pushed.items() if number})
        say(f"Pushed: {pushed or 'nothing'}.")
    for guard in report.guards:
        say(f"Stopped: {guard}")
    for note in report.notes:
        say(f"Note: {note}")
    for line in _waiting(left):
        say(line)


def _decided(report: RunReport) -> None:
    if not report.taken:
        say("Decided: nothing new.")
        return
    heading(f"Decided: {_listed(report.decisions)}")
    for decision in report.taken[:_MOST_DECISIONS]:
        say(
            f"{decision.incident_id}  {decision.rule}  {decision.subject}: {decision.because.label}", indent=2
        )
    if len(report.taken) > _MOST_DECISIONS:
        say(f"... and {len(report.taken) - _MOST_DECISIONS} more", indent=2)
    say()


def _waiting(left: Waiting) -> list[str]:
    found = []
    if left.pushes:
        found.append(f"Needs a person: pushes {_listed(left.pushes)}, see `bridge outbox list`.")
    if left.credits:
        found.append(f"Needs a person: credits {_listed(left.credits)}, see `bridge credits list`.")
    if left.work:
        found.append(f"Needs a person: worklist {_listed(left.work)}, see `bridge work list`.")
    return found


def _listed(counts: Mapping[_Name, int]) -> str:
    return ", ".join(f"{name} {number}" for name, number in sorted(counts.items()))
