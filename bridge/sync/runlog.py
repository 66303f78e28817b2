"""What a finished cycle leaves in the log."""

from __future__ import annotations

from bridge import logs
from bridge.sync.report import RunReport

log = logs.logger("bridge.cycle")


def tell(report: RunReport) -> None:
    """Log what was decided, what stopped, and the cycle as a whole."""
    for decision in report.taken:
        log.info(
            "decision.taken",
            incident=decision.incident_id,
            rule=decision.rule,
            subject=decision.subject,
            because=str(decision.because),
        )
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
