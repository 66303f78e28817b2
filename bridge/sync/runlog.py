"""What a cycle leaves in the log: its decisions once they are kept, and at the end the rest."""

from __future__ import annotations

from collections.abc import Iterable

from bridge import logs
from bridge.domain.decisions import Decision
from bridge.sync.report import RunReport

log = logs.logger("bridge.cycle")


def tell_decisions(decisions: Iterable[Decision]) -> None:
    """Log what was decided."""
    for decision in decisions:
        log.info(
            "decision.taken",
            incident=decision.incident_id,
            rule=decision.rule,
            subject=str(decision.subject),
            because=str(decision.because),
        )


def tell(report: RunReport) -> None:
    """Log what stopped, what is to be known, and the cycle as a whole."""
    for text in report.guards:
        log.warning("cycle.guard", text=text)
    for text in report.notes:
        log.warning("cycle.note", text=text)
    log.info(
        "cycle.finished",
        customers=report.clients_polled,
        tickets=report.tickets_seen,
        changed=report.tickets_changed,
        calls=report.calls,
        decided=dict(sorted(report.decisions.items())),
        pushed={name: number for name, number in sorted(report.pushed.items()) if number},
        exit_code=report.exit_code,
    )
