"""Small mappings that load, for tests that break one thing at a time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bridge.domain.money import Money
from bridge.rulebook import LoadedRulebook, load_rulebook

SMALL = {
    "escalation.yaml": """\
versions:
  - effective_from: 2019-01-01
    level_1_contact: 2 h
    report_after: 2 h
    level_2_call: 48 h
    level_2_counted_from: opening
    severe_after: 72 h
    visit_hours: 2 h
    visit_grace: 4 h
    half_day_ends: {mañana: 14:00, tarde: 19:00, ninguno: 19:00}
    continues_within: 72 h
    report_prefix: RC-
""",
    "bonus.yaml": """\
versions:
  - effective_from: 2019-01-01
    days_from: 72 h
    month_over: 96 h
    month_replaces_days: true
    day_counting: started_24h
    month_basis: 30
    price_includes_tax: true
    unknown_attribution: isp
    kinds:
      no_access: {days: true, month: true}
      low_speed: {days: false, month: true}
    monthly_cap: 1
    next_invoice_within: 62 días
""",
    "charges.yaml": """\
versions:
  - effective_from: 2019-01-01
    attributions: [customer]
    prices: {remote: null, visit: 150.00}
    needs_approval: true
""",
    "faults.yaml": """\
kinds:
  - {name: no_access, label: Sin acceso, type: fault, words: [sin internet, caído]}
  - {name: low_speed, label: Lento, type: fault, words: [lento]}
  - {name: enquiry_sale, label: Venta, type: enquiry, words: [contratar]}
  - {name: unknown, label: Falla, type: fault, words: [falla]}
""",
    "departments.yaml": """\
names: {1: Soporte, 2: Ventas, 7: Recepción}
levels: {1: 1, 2: 1, 3: 1}
reception: 7
enquiries: {enquiry_sale: 2}
""",
    "technicians.yaml": """\
bridge_operator: 9
technicians:
  - {id: 11, name: Luz, levels: [1, 2]}
  - {id: 31, name: Hugo, levels: [3]}
""",
    "signals.yaml": """\
reply_is_contact: true
visit_date_fixes_visit: true
states: {answered: contact}
departments: {2: enquiry_sale}
tags:
  Sin-Solución: {meaning: contact_failed}
  lenta: {meaning: kind, value: low_speed}
  atribuible: {meaning: attribution, value: isp}
attribution_words: {tercero: third_party}
""",
    "messages.yaml": """\
replies:
  report_number: "Su reporte: {report_number} {marker}"
  severe: "Grave: {report_number} {marker}"
notes:
  visit_helper: "{technician} {visit} {marker}"
closing:
  resolved: "Listo {marker}"
  enquiry: "Atendida {marker}"
invoice:
  credit_days: "{days} días {report_number} {marker}"
  credit_one_day: "Un día {report_number} {marker}"
  credit_month: "Mes {report_number} {marker}"
  charge: "Cargo {report_number} {marker}"
  reversal: "Corrección {report_number} {marker}"
worklist:
  open: "{client_id} {text}"
  close: "{ticket_id} {text}"
  set_status: "{ticket_id} {department}"
  assign: "{ticket_id} {technician}"
  note: "{ticket_id} {text}"
  internal_note: "{ticket_id} {text}"
  credit: "{client_id} {amount} {text}"
  charge: "{client_id} {amount} {text}"
  sms: "{client_id} {text}"
  notice: "{to} {text} {why}"
  look_first: "{marker}"
parked:
  hidden: "{push} {look_for}"
  undone: "{push} {look_for}"
  undone_open: "{push} {look_for}"
  refused: "{push} {detail}"
  forgotten: "{push} {look_for}"
  other_client: "{push} {look_for} {detail}"
  found: "{push} {detail}"
differences:
  gone: "{credit_id}"
  invoice_gone: "{credit_id} {invoices}"
  reversal_lost: "{credit_id}"
  part_gone: "{credit_id} {invoices}"
  amount: "{credit_id} {amount} {on_panel}"
  copies: "{credit_id} {copies}"
  paid_before: "{credit_id} {invoices}"
  taken_off: "{credit_id}"
  remainder_lost: "{credit_id} {rest}"
  client_left: "{credit_id} {client_id}"
  other_client: "{credit_id} {client_id} {other_client}"
  came_back: "{credit_id} {client_id}"
  unsent: "{credit_id} {client_id}"
  voided: "{credit_id} {client_id}"
  unknown: "{credit_id} {client_id}"
receipt:
  months: a b c d e f g h i j k l
  day: "day {day} {month} {year}"
  moment: "moment {day} {month} {year} {hour} {minute}"
  morning: morning
  afternoon: afternoon
  duration: "duration {hours} {minutes}"
  duration_exact: "duration_exact {hours} {minutes} {seconds}"
  greeting: greeting
  fault: "fault {opened} {kind} {ticket}"
  fault_unrouted: "fault_unrouted {opened} {ticket}"
  enquiry: "enquiry {opened} {kind} {ticket}"
  report_number: "report_number {report_number}"
  handled_by: "handled_by {department}"
  steps: steps
  step: "step {when} {what}"
  contact: contact
  contact_failed: contact_failed
  visit_fixed: "visit_fixed {visit}"
  visit_done: visit_done
  visit_failed: visit_failed
  level_2: level_2
  level_3: level_3
  unrouted: unrouted
  outage_since: "outage_since {since}"
  outage_restored: "outage_restored {restored}"
  reopened: reopened
  closed: "closed {ticket}"
  resolved: resolved
  lasted: "lasted {duration}"
  lasting: "lasting {duration}"
  nothing_yet: "nothing_yet {hours}"
  credit_days: "credit_days {days} {amount}"
  credit_one_day: "credit_one_day {amount}"
  credit_month: "credit_month {amount} {hours}"
  credit_given: "credit_given {amount}"
  credit_accruing_unpriced: credit_accruing_unpriced
  credit_accruing: "credit_accruing {amount}"
  sum_days: "sum_days {days} {monthly_price} {divisor}"
  sum_one_day: "sum_one_day {monthly_price} {divisor}"
  sum_month: "sum_month {monthly_price}"
  already_credited: "already_credited {amount}"
  cut_by_cap: cut_by_cap
  next_invoice: next_invoice
  on_invoice: "on_invoice {invoices}"
  carried_over: carried_over
  in_review: in_review
  voided: voided
  charge: "charge {amount}"
  charge_next_invoice: charge_next_invoice
  charge_pending: charge_pending
  charge_in_review: charge_in_review
  credit_reversed: "credit_reversed {amount}"
  charge_reversed: "charge_reversed {amount}"
  reversal_next_invoice: reversal_next_invoice
  refused_below_threshold: "refused_below_threshold {hours}"
  refused_no_days_for_kind: "refused_no_days_for_kind {hours}"
  refused_not_attributable: refused_not_attributable
  refused_before_enforcement: refused_before_enforcement
  refused_capped: refused_capped
  refused_attribution_changed: refused_attribution_changed
  held_unclassified: held_unclassified
  held_ambiguous_service: held_ambiguous_service
  held_no_service: held_no_service
  held_suspended_customer: held_suspended_customer
  held_customer_left: held_customer_left
  held_ticket_gone: held_ticket_gone
  held_no_policy: held_no_policy
  held_no_next_invoice: held_no_next_invoice
  held_gone_from_panel: held_gone_from_panel
  held_invoice_gone: held_invoice_gone
  held_regrouped: held_regrouped
  farewell: "farewell {report_number}"
mail:
  ticket: "{text} {received} {files} {marker}"
  reply: "{text} {received} {files} {marker}"
  files: "{names}"
  no_subject: Correo
  answer_subject: "{ticket_id}"
  answer: "{ticket_id}"
  answer_enquiry: "{ticket_id} {department}"
  answer_parked: "{ticket_id} {address} {why}"
  review: "{letter} {sender} {why}"
  why_unknown_sender: unknown_sender
  why_several_customers: several_customers
  why_number_alone: number_alone
  why_names_another: names_another
  why_no_sender: no_sender
  why_customer_left: customer_left
  why_contact_changed: contact_changed
  why_anothers_ticket: anothers_ticket
  why_no_number: no_number
  why_too_many: too_many
  why_unreadable: unreadable
  why_too_large: too_large
  why_empty: empty
phone:
  ticket: "{text} {received} {by} {marker}"
  note: "{text} {received} {by} {marker}"
  no_subject: Llamada
  say_fault: "{due}"
  say_enquiry: "{department}"
  say_solved: solved
  say_solved_enquiry: solved
  say_goes_on: "{report}"
  say_may_go_on: "{report}"
  say_unknown: "{time}"
  say_continued: "{ticket_id}"
  say_report: "{report_number} {level}"
  say_deadline: "{due}"
  say_visit: "{visit}"
  evidence: evidence
notices:
  customers:
    at_most_a_day: 2
    quiet_hours: [diario 22:00-7:00]
    report_number:
      sms: {send: true, text: "{report_number}"}
      mail: {send: false, subject: "{report_number}", text: "{report_number}"}
    severe:
      sms: {send: false, text: "{report_number}"}
      mail: {send: true, subject: Grave, text: "{report_number}"}
    visit_fixed:
      sms: {send: false, text: "{visit}"}
      mail: {send: false, subject: Visita, text: "{visit}"}
    credit_granted:
      sms: {send: false, text: "{amount}"}
      mail: {send: false, subject: Bono, text: "{amount}"}
    credit_on_invoice:
      sms: {send: false, text: "{amount} {invoice}"}
      mail: {send: false, subject: Bono, text: "{amount} {invoice}"}
  technicians:
    subject: "{count}"
    assigned: {send: true, text: "{report_number}"}
    visit_given: {send: false, text: "{report_number} {visit}"}
  supervisors:
    to: [supervision]
    subject: "{count}"
    level_1_contact: {send: true, text: "{report_number}"}
    level_2_call: {send: false, text: "{report_number}"}
    nobody: {send: false, text: "{report_number} {level}"}
  billing:
    subject: "{count}"
    held: {send: false, text: "{credit_id} {reason}"}
    awaiting_approval: {send: false, text: "{credit_id} {amount}"}
    awaiting_amount: {send: false, text: "{credit_id}"}
    reversal_proposed: {send: false, text: "{credit_id} {amount}"}
""",
    "calendar.yaml": "calendar: continuous\n",
    "commands.yaml": "api: v1\n",
}


@pytest.fixture(scope="session")
def load() -> Callable[[Path], LoadedRulebook]:
    """Load a folder with the settings that every test shares."""
    return partial(
        load_rulebook,
        zone=ZoneInfo("America/Mexico_City"),
        enforce_from=date(2026, 11, 22),
        approval_above=Money(Decimal("1500.00")),
    )


@pytest.fixture
def small(tmp_path: Path) -> Path:
    folder = tmp_path / "mappings"
    folder.mkdir()
    for name, text in SMALL.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def edit(small: Path) -> Callable[[str, str, str], None]:
    """Replace a piece of one small mapping; the piece must be there once."""

    def replace(name: str, old: str, new: str) -> None:
        text = (small / name).read_text(encoding="utf-8")
        assert text.count(old) == 1
        (small / name).write_text(text.replace(old, new), encoding="utf-8")

    return replace
