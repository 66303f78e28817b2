"""The receipt of a ticket as people read it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from bridge.cli.render import Column, heading, say, show_table
from bridge.domain.decisions import Because, CreditStatus, CreditType, Decision, Line
from bridge.domain.events import Event
from bridge.store.ledger import Entry
from bridge.store.outbox_rows import OutboxRow
from bridge.views.instants import clock, hours
from bridge.views.overpaid import Overpaid
from bridge.views.pushes import push_in_words
from bridge.views.receipts import Receipt

_EVENTS = (Column("when"), Column("what"), Column("who or what says so"), Column("details", fixed=False))
_DECISIONS = (
    Column("due"),
    Column("seen"),
    Column("rule"),
    Column("decided", fixed=False),
    Column("because", fixed=False),
)
_PUSHES = (Column("push"), Column("state"), Column("what", fixed=False))

# The facts that a line of money or a sum shows already.
_SHOWN = frozenset(
    {
        "age_limit",
        "amount",
        "credit",
        "days",
        "days_from",
        "grace",
        "monthly_price",
        "month_over",
        "not_counted",
        "opened_at",
        "outage",
        "price_seen_at",
        "sum",
        "visit_ends",
    }
)
_DIGEST_SHOWN = 12


def show_receipt(receipt: Receipt, zone: ZoneInfo) -> None:
    """Print a receipt."""
    _show_head(receipt, zone)
    heading("What happened")
    events = [
        (clock(event.at, zone), str(event.kind), _teller(event), _event_details(event))
        for event in receipt.events
    ]
    show_table(_EVENTS, events, empty="Nothing is known.")
    heading("What was decided")
    decisions = [
        (
            clock(taken.decision.at, zone),
            clock(taken.decision.decided_at, zone),
            taken.decision.rule,
            taken.decision.subject,
            _reason(taken.decision, zone),
        )
        for taken in receipt.decisions
    ]
    show_table(_DECISIONS, decisions, empty="Nothing yet.")
    if receipt.rulebooks:
        texts = ", then ".join(digest[:_DIGEST_SHOWN] for digest in receipt.rulebooks)
        say(f"policy: {', '.join(receipt.policies) or 'none dated'}; policy texts {texts}", indent=2)
    if receipt.credits:
        heading("Money")
        for view in receipt.credits:
            _show_line(view.line, zone)
            _show_entries(receipt.entries[view.line.credit_id], zone)
        if receipt.overpaid is not None:
            _show_overpaid(receipt.overpaid)
    if receipt.pushes:
        heading("On the panel")
        pushes = [
            (str(row.push.kind), str(row.state), f"{push_in_words(row.push)}{_because(row)}")
            for row in receipt.pushes
        ]
        show_table(_PUSHES, pushes, empty="")


def _show_head(receipt: Receipt, zone: ZoneInfo) -> None:
    view, row = receipt.view, receipt.view.incident
    over = "over, its ticket still open in the panel" if view.is_open and row.ended_at else view.status
    title = [f"Ticket {view.ticket_id}", row.report_number, row.kind, over]
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
    if row.opened_at != view.opened_at:
        say(f"deadlines are counted from {clock(row.opened_at, zone)}", indent=2)
    say(f"attribution: {row.attribution}", indent=2)
    if row.breaches:
        say(f"promises broken: {', '.join(row.breaches)}", indent=2)
    if row.next_deadline_at is not None:
        say(f"next: rule {row.next_deadline_rule} at {clock(row.next_deadline_at, zone)}", indent=2)


def _teller(event: Event) -> str:
    """Which signal says so, with the person behind it where that is known."""
    operator_id = event.data.get("operator_id")
    return event.source if operator_id is None else f"{event.source} by operator {operator_id}"


def _event_details(event: Event) -> str:
    shown_elsewhere = {"services", "operator_id"}
    details = [f"{name} {value}" for name, value in event.data.items() if name not in shown_elsewhere]
    return ", ".join([*details, *([event.note] if event.note else [])])


def _reason(decision: Decision, zone: ZoneInfo) -> str:
    """Why, with the sum of the deadline; the sum of an amount stands under Money."""
    facts = decision.facts
    if "credit" in facts:
        changed = decision.because is Because.ATTRIBUTION_CHANGED and "attribution" in facts
        to_whom = f": {facts['attribution']}" if changed else ""
        return f"{_label(decision)}{to_whom} ({facts['amount']})"
    return f"{decision.because.label}{_deadline(decision, zone)}{_facts(decision.facts)}"


def _label(decision: Decision) -> str:
    """The reason in words; an amount that has no price yet is no credit so far."""
    if _lacks_price(decision.facts) and decision.because in {Because.DAYS, Because.MONTH}:
        return "a credit is earned, and nobody has named the service it is reckoned by"
    return decision.because.label


def _lacks_price(facts: Mapping[str, str]) -> bool:
    return "outage" in facts and "monthly_price" not in facts


def _deadline(decision: Decision, zone: ZoneInfo) -> str:
    facts = decision.facts
    if "age_limit" in facts:
        start, limit = facts["opened_at"], facts["age_limit"]
    elif "visit_ends" in facts:
        start, limit = facts["visit_ends"], facts["grace"]
    else:
        return ""
    closed = f" + {facts['not_counted']} not counted" if "not_counted" in facts else ""
    return f": {clock(datetime.fromisoformat(start), zone)} + {limit}{closed}"


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
    facts = line.facts
    if "outage" in facts:
        limits = f"days from {facts['days_from']}, a month over {facts['month_over']}"
        say(f"without service for {facts['outage']} ({limits})", indent=6)
    if "sum" in facts:
        say(f"{facts['sum']} = {_earned(line)}", indent=6)
    if "price_seen_at" in facts:
        seen = clock(datetime.fromisoformat(facts["price_seen_at"]), zone)
        say(f"monthly price {facts['monthly_price']} as the panel showed it first, {seen} (C-6)", indent=6)
    rest = _facts(facts).strip(" ()")
    if rest:
        say(rest, indent=6)
    if _lacks_price(facts) and line.status is CreditStatus.ACCRUING:
        how = f"`#servicio N` in the ticket, or `bridge fact {line.ticket_ids[0]} service N`"
        say(f"no amount yet: name the service, {how} (C-6)", indent=6)
    if line.final_at is not None:
        since = "proposed for what was recorded" if line.type is CreditType.REVERSAL else "final since"
        say(f"{since} {clock(line.final_at, zone)}", indent=6)
    if line.invoice_ids:
        say(f"on invoice {', '.join(map(str, line.invoice_ids))}", indent=6)


def _show_overpaid(overpaid: Overpaid) -> None:
    """Why billing has a line about it on the worklist."""
    facts, currency = overpaid.facts, overpaid.amount.currency
    say(
        f"{overpaid.amount} {currency} more was credited than is earned by what is known now (C-10)", indent=2
    )
    say(f"earned now: {overpaid.earned} {currency} ({overpaid.reason})", indent=6)
    if "outage" in facts:
        limits = f"days from {facts['days_from']}, a month over {facts['month_over']}"
        say(f"without service for {facts['outage']} ({limits}), kind {facts['kind']}", indent=6)


def _earned(line: Line) -> str:
    """What the sum gives, and what was taken off it."""
    off = [
        f"- {line.facts[name]} {words}"
        for name, words in (("already_credited", "credited before"), ("cut_by_cap", "over the month's cap"))
        if name in line.facts
    ]
    if not off:
        return str(line.amount)
    whole = line.amount.amount + sum(
        (Decimal(line.facts[name]) for name in ("already_credited", "cut_by_cap") if name in line.facts),
        Decimal(0),
    )
    return f"{whole} {' '.join(off)} = {line.amount}"


def _show_entries(entries: Sequence[Entry], zone: ZoneInfo) -> None:
    """What was done to a line after it was first written, by whom."""
    for entry in entries[1:]:
        note = f": {entry.note}" if entry.note else ""
        say(
            f"{clock(entry.at, zone)}  {entry.line.status} {entry.line.amount}, by {entry.actor}{note}",
            indent=6,
        )


def _because(row: OutboxRow) -> str:
    return f" ({row.reason})" if row.reason and not row.state.is_settled else ""
