"""What must be true after a replay, whatever happened: each check returns what it found wrong, in words."""

from __future__ import annotations

from collections import Counter, defaultdict
from decimal import Decimal
from typing import Any

from bridge.domain.decisions import CreditStatus, CreditType
from bridge.domain.events import EventKind
from tests.replay.books import Piece, Words, credits_of, moment, outages, pieces
from tests.replay.fortnight import ENGLISH, Evidence

Problems = list[str]

_CREDITS = {CreditType.DAYS, CreditType.MONTH}
_ON_PANEL = {CreditStatus.POSTED, CreditStatus.INVOICED}


def each_ticket_is_seen_once(evidence: Evidence) -> Problems:
    """I-1, C-14: one opening each, at the panel's own time; what was closed before the start leaves none."""
    opened = Counter(event.ticket_id for event in evidence.events if event.kind is EventKind.OPENED)
    at = {event.ticket_id: event.at for event in evidence.events if event.kind is EventKind.OPENED}
    past = {
        row["id"]
        for row in evidence.tickets
        if (closed := moment(row["fecha_cerrado"])) is not None and closed < evidence.enforce_from
    }
    return [
        f"ticket {one.ticket_id}: {opened[one.ticket_id]} openings, {at.get(one.ticket_id)} for {one.at}"
        for one in evidence.complaints
        if opened[one.ticket_id] != (one.ticket_id not in past)
        or (one.ticket_id not in past and at[one.ticket_id] != one.at)
    ]


def every_open_fault_has_level_and_owner(evidence: Evidence) -> Problems:
    """L-1: an owner of the level, or a line on the worklist that nobody is available."""
    owners = {1: {11, 12, 13}, 2: {21, 22}, 3: {31, 32}}
    return [
        f"{row.incident_id} at {at}: level {row.level}, technician {row.technician_id}, listed: {listed}"
        for at, row, listed in evidence.watched
        if row.level not in owners or (row.technician_id not in owners[row.level]) != listed
    ]


def every_open_ticket_is_held(evidence: Evidence) -> Problems:
    """I-6: no ticket that is open on the panel is without an open incident or enquiry."""
    return [f"ticket {ticket} at {at} is open, and nobody's" for at, ticket in evidence.unheard]


def no_credit_without_its_outage(evidence: Evidence) -> Problems:
    """C-2 to C-10: credits on the panel are those the panel's own rows earn, to the cent, and no others.

    Left out are incidents with a deleted ticket, or with one that is not the ISP's fault: people decide.
    """
    expected = expected_credits(evidence)
    paid: dict[tuple[int, str], Decimal] = defaultdict(Decimal)
    for line in evidence.lines:
        if line.type in _CREDITS and line.status in _ON_PANEL | {CreditStatus.DUE}:
            paid[line.client_id, line.incident_id] += line.amount.amount
    odd = _decided_by_people(evidence)
    return [
        f"customer {key[0]}, {key[1]}: earned {expected.get(key, 0)}, credited {paid.get(key, 0)}"
        for key in sorted(paid.keys() | expected.keys())
        if paid.get(key, 0) != expected.get(key, 0) and key[0] not in odd
    ]


def expected_credits(evidence: Evidence) -> dict[tuple[int, str], Decimal]:
    """What every customer's outages earn, by customer and report number."""
    words = Words(ENGLISH)
    now = evidence.reports[-1].started_at
    by_customer: dict[int, list[Piece]] = defaultdict(list)
    for row in evidence.tickets:
        closed = moment(row["fecha_cerrado"])
        kind = words.kind(row["asunto"])
        if kind in words.enquiries or (closed is not None and closed < evidence.enforce_from):
            continue
        by_customer[row["idcliente"]] += pieces(row, kind, evidence.work.gaps.get(row["id"], []))
    return {
        (customer, name): amount
        for customer, found in by_customer.items()
        for name, amount in credits_of(
            outages(customer, found, now), evidence.price(customer), evidence.enforce_from
        ).items()
    }


def _decided_by_people(evidence: Evidence) -> set[int]:
    deleted = {one.customer for one in evidence.complaints if one.ticket_id in evidence.work.deleted}
    return deleted | {
        row["idcliente"] for row in evidence.tickets if "#no-atribuible" in row["motivo_cierre"]
    }


def ledger_equals_panel(evidence: Evidence) -> Problems:
    """Per customer: credits of the ledger = balances written = taken off invoices + still pending."""
    ledger: dict[int, Decimal] = defaultdict(Decimal)
    written: dict[int, Decimal] = defaultdict(Decimal)
    granted: dict[int, Decimal] = defaultdict(Decimal)
    for line in evidence.lines:
        if line.status in _ON_PANEL:
            ledger[line.client_id] += line.amount.amount
    for row in evidence.saldos:
        if not row["idorigen"]:  # a rest that an invoice left over is no new money
            written[row["iduser"]] -= Decimal(row["monto"])
        if row["estado"] == "no cobrado":
            granted[row["iduser"]] -= Decimal(row["monto"])
    for invoice in evidence.invoices:
        customer = invoice["idcliente"]
        granted[customer] += evidence.price(customer) - Decimal(invoice["total"])
    return [
        f"customer {one}: ledger {ledger[one]}, balances {written[one]}, off invoices {granted[one]}"
        for one in sorted(ledger.keys() | written.keys() | granted.keys())
        if not ledger[one] == written[one] == granted[one]
    ]


def one_row_for_a_marker(evidence: Evidence) -> Problems:
    """Each credit on the panel stands there once, under its own marker, for its own customer."""
    rows = [row for row in evidence.saldos if not row["idorigen"]]
    found = Counter(
        (row["iduser"], row["descripcion"].rpartition(" ")[2], -Decimal(row["monto"])) for row in rows
    )
    wanted = Counter(
        (line.client_id, line.marker, line.amount.amount)
        for line in evidence.lines
        if line.status in _ON_PANEL
    )
    return _differences(found, wanted)


def no_decision_is_repeated(evidence: Evidence) -> Problems:
    """L-10: over all cycles each step of an incident was reported once, and each stands in the store."""
    taken = Counter((one.incident_id, one.subject) for report in evidence.reports for one in report.taken)
    stored = Counter((one.incident_id, one.subject) for one in evidence.decisions)
    return [f"{one}: taken {count} times" for one, count in taken.items() if count > 1] + _differences(
        taken, stored
    )


def a_quiet_cycle_does_nothing(evidence: Evidence) -> Problems:
    """A cycle with no news decides nothing, sends nothing, and leaves every row of the panel as it was."""
    quiet = evidence.quiet
    done = {
        "tickets changed": quiet.tickets_changed,
        "decisions": len(quiet.taken),
        "pushes": sum(quiet.pushed.values()),
        "exit code": quiet.exit_code,
    }
    changed = [name for name, rows in evidence.before_quiet.items() if rows != evidence.after_quiet[name]]
    return [f"{name}: {count}" for name, count in done.items() if count] + [
        f"{one} changed" for one in changed
    ]


def no_cycle_needed_a_person(evidence: Evidence) -> Problems:
    """Nothing was parked, left in doubt, held by a guard or broken on the way."""
    return [
        f"{report.started_at}: exit code {report.exit_code}, {report.guards} {report.notes}"
        for report in evidence.reports
        if report.exit_code or report.guards or report.notes
    ]


CHECKS = (
    each_ticket_is_seen_once,
    every_open_fault_has_level_and_owner,
    every_open_ticket_is_held,
    no_credit_without_its_outage,
    ledger_equals_panel,
    one_row_for_a_marker,
    no_decision_is_repeated,
    a_quiet_cycle_does_nothing,
    no_cycle_needed_a_person,
)


def _differences(found: Counter[Any], wanted: Counter[Any]) -> Problems:
    return [
        f"{one}: {found[one]} for {wanted[one]}"
        for one in found.keys() | wanted.keys()
        if found[one] != wanted[one]
    ]
