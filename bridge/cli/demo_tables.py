"""What the demo shows in the end: credits beside invoices, what waits for a person, where to look further."""

from __future__ import annotations

import shlex
from collections import Counter

from bridge.cli.render import Column, heading, say, say_command, show_table
from bridge.demo.outcome import Outcome, Placed
from bridge.demo.play import Played
from bridge.domain.decisions import Because, CreditStatus, CreditType, Line

_CREDITS = (
    Column("customer"),
    Column("report"),
    Column("type"),
    Column("days", right=True),
    Column("amount", right=True),
    Column("status"),
    Column("invoice", right=True),
    Column("before", right=True),
    Column("total", right=True),
)


def show_outcome(played: Played) -> None:
    """Print everything that the demo left."""
    outcome = played.outcome
    _credits(outcome)
    _texts(outcome)
    _check(outcome)
    _waiting(outcome)
    _nothing(outcome)
    _further(played)


def _credits(outcome: Outcome) -> None:
    heading("Credits on the panel, beside the invoices of its billing job")
    rows = [_credit(one) for one in outcome.placed]
    rows.append(("", "", "", "sum", f"{outcome.in_ledger:.2f}", "", "", "", ""))
    show_table(_CREDITS, rows, empty="none")
    if any(one.invoice is None for one in outcome.placed):
        say("posted = stands on the panel and waits for the customer's next invoice.")


def _credit(one: Placed) -> tuple[object, ...]:
    line, invoice = one.line, one.invoice
    on_invoice = (
        (invoice.invoice_id, f"{invoice.before:.2f}", f"{invoice.total:.2f}") if invoice else ("next", "", "")
    )
    return (one.customer, line.incident_id, line.type, line.days, line.amount, line.status, *on_invoice)


def _texts(outcome: Outcome) -> None:
    heading("As the customers read it on their invoices")
    columns = (Column("invoice", right=True), Column("line", fixed=False), Column("amount", right=True))
    rows = [
        (one.invoice.invoice_id, one.text, f"-{one.line.amount}")
        for one in outcome.placed
        if one.invoice is not None
    ]
    show_table(columns, rows, empty="none")


def _check(outcome: Outcome) -> None:
    heading("Check")
    say(f"{len(outcome.placed)} credits in the bridge's ledger: {outcome.in_ledger:.2f}")
    say(f"{len(outcome.balances)} balances in the panel's books: {outcome.on_panel:.2f}")
    if outcome.adds_up:
        say("They agree, and each credit stands there once.")
    else:
        say(f"THEY DIFFER. Twice on the panel: {', '.join(outcome.doubled) or 'none'}")


def _waiting(outcome: Outcome) -> None:
    heading("Waits for a person")
    lines = outcome.lines_in(CreditStatus.HELD, CreditStatus.AWAITING_AMOUNT, CreditStatus.AWAITING_APPROVAL)
    rows: list[tuple[object, ...]]
    rows = [(outcome.names[line.client_id], line.credit_id, line.status, _why(line)) for line in lines]
    rows += [
        (outcome.names.get(line.client_id or 0, ""), line.ticket_id, line.kind, line.text)
        for line in outcome.worklist
    ]
    columns = (Column("customer"), Column("about"), Column("what"), Column("why", fixed=False))
    show_table(columns, rows, empty="nothing")


def _why(line: Line) -> str:
    because = Because[line.reason.name].label
    if line.type is CreditType.CHARGE:
        return f"extra charge for a {line.facts['support']}: {because}"
    worth = f"{line.amount}" if line.amount else f"{line.days} days"
    return f"{worth}: {because}"


def _nothing(outcome: Outcome) -> None:
    heading("Not credited")
    for line in outcome.lines_in(CreditStatus.ACCRUING):
        say(f"{line.incident_id}: {line.amount} by now; it grows until the fault is solved, then it is sent.")
    refused = Counter(line.reason for line in outcome.lines_in(CreditStatus.REFUSED))
    for reason, times in refused.most_common():
        say(f"{times} x {reason}: {Because[reason.name].label}.")


def _further(played: Played) -> None:
    heading("How to look further")
    config = shlex.quote(str(played.folder.config))
    say_command(f"bridge -c {config} tickets list --all")
    say_command(f"bridge -c {config} tickets show RC-1202")
    say_command(f"bridge -c {config} credits list --all")
    say_command(f"bridge -c {config} work list")
    say("To go on, start the panel again in another terminal; then doctor and sync work too:")
    panel = shlex.quote(str(played.folder.panel_database))
    say_command(f"bridge sandbox serve --database {panel} --port {played.port}")
    say_command(f"bridge -c {config} doctor")
    say_command(f"bridge -c {config} sync")
