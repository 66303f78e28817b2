"""The receipt of a ticket as people read it."""

from __future__ import annotations

from collections.abc import Mapping
from zoneinfo import ZoneInfo

from bridge.cli.render import Column, heading, say, show_table
from bridge.domain.decisions import Line
from bridge.domain.events import Event
from bridge.store.outbox_rows import OutboxRow
from bridge.views.instants import clock, hours
from bridge.views.pushes import push_in_words
from bridge.views.receipts import Receipt

_EVENTS = (Column("when"), Column("what"), Column("who or what says so"), Column("details", fixed=False))
_DECISIONS = (Column("due"), Column("rule"), Column("decided"), Column("because", fixed=False))
_PUSHES = (Column("push"), Column("state"), Column("what", fixed=False))

# The facts that the line of money shows already, or that no reader needs.
_SHOWN = frozenset({"days", "amount", "credit", "opened_at"})


def show_receipt(receipt: Receipt, zone: ZoneInfo) -> None:
    """Print a receipt."""
    _show_head(receipt, zone)
    heading("What happened")
    events = [
        (clock(event.at, zone), str(event.kind), event.source, _event_details(event))
        for event in receipt.events
    ]
    show_table(_EVENTS, events, empty="Nothing is known.")
    heading("What was decided")
    decisions = [
        (
            clock(decision.at, zone),
            decision.rule,
            decision.subject,
            f"{decision.because.label}{_facts(decision.facts)}",
        )
        for decision in receipt.decisions
    ]
    show_table(_DECISIONS, decisions, empty="Nothing yet.")
    if receipt.credits:
        heading("Money")
        for view in receipt.credits:
            _show_line(view.line, zone)
    if receipt.pushes:
        heading("On the panel")
        pushes = [
            (str(row.push.kind), str(row.state), f"{push_in_words(row.push)}{_because(row)}")
            for row in receipt.pushes
        ]
        show_table(_PUSHES, pushes, empty="")


def _show_head(receipt: Receipt, zone: ZoneInfo) -> None:
    view, row = receipt.view, receipt.view.incident
    title = [f"Ticket {view.ticket_id}", row.report_number, row.kind, view.status]
    heading(" · ".join(word for word in title if word))
    if view.ticket is not None:
        say(view.ticket.subject, indent=2)
    level = f"level {row.level}{', severe' if row.severe else ''}" if row.level else "no level"
    owner = f"technician {view.technician_id}" if view.technician_id else "no technician"
    say(f"customer {row.client_id}, service {row.service_id or 'unknown'}, {level}, {owner}", indent=2)
    others = [str(number) for number in row.ticket_ids if number != view.ticket_id]
    if others:
        say(f"with the tickets {', '.join(others)} of the same fault", indent=2)
    lasted = f"open for {hours(view.age)} h" if row.ended_at is None else f"was open for {hours(view.age)} h"
    ended = "" if row.ended_at is None else f", ended {clock(row.ended_at, zone)}"
    say(f"opened {clock(view.opened_at, zone)} by {view.channel}, {lasted}{ended}", indent=2)
    say(f"attribution: {row.attribution}", indent=2)
    if row.breaches:
        say(f"promises broken: {', '.join(row.breaches)}", indent=2)
    if row.next_deadline_at is not None:
        say(f"next: rule {row.next_deadline_rule} at {clock(row.next_deadline_at, zone)}", indent=2)


def _event_details(event: Event) -> str:
    details = [f"{name} {value}" for name, value in event.data.items() if name != "services"]
    return ", ".join([*details, *([event.note] if event.note else [])])


def _facts(facts: Mapping[str, str]) -> str:
    shown = [f"{name.replace('_', ' ')} {value}" for name, value in facts.items() if name not in _SHOWN]
    return f" ({'; '.join(shown)})" if shown else ""


def _show_line(line: Line, zone: ZoneInfo) -> None:
    """One line of the ledger with the sum it came from."""
    what = f"{line.days} days" if line.days is not None else str(line.type)
    say(
        f"{line.credit_id}  {what}  {line.amount} {line.amount.currency}  {line.status} ({line.reason})",
        indent=2,
    )
    if "sum" in line.facts:
        say(f"{line.facts['sum']} = {line.amount}", indent=6)
    rest = {name: value for name, value in line.facts.items() if name not in {"sum", "monthly_price"}}
    if rest:
        say(_facts(rest).strip(" ()"), indent=6)
    if line.final_at is not None:
        say(f"final since {clock(line.final_at, zone)}", indent=6)
    if line.invoice_ids:
        say(f"on invoice {', '.join(map(str, line.invoice_ids))}", indent=6)


def _because(row: OutboxRow) -> str:
    return f" ({row.reason})" if row.reason and not row.state.is_settled else ""
