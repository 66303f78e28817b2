"""The texts of messages.yaml by section and name, each with the fields it may and must use."""

from __future__ import annotations

from collections.abc import Mapping

from bridge.rulebook.texts import Template


def _template(fields: str, required: str = "", longest: int = 2000) -> Template:
    return Template(frozenset(fields.split()), frozenset(required.split()), longest)


# 300 characters fit into `saldos.descripcion`; the fields need some of them.
_ON_INVOICE = 220

_PARKED = "push kind client_id look_for detail"
_DIFFERS = "credit_id client_id amount marker"
# Why a person has to say whose a letter is (bridge/intake).
_DOUBTS = (
    "unknown_sender",
    "several_customers",
    "number_alone",
    "names_another",
    "no_sender",
    "customer_left",
    "contact_changed",
    "anothers_ticket",
    "no_number",
    "too_many",
    "unreadable",
    "too_large",
    "empty",
)

SECTIONS: Mapping[str, Mapping[str, Template]] = {
    "replies": {
        "report_number": _template("report_number marker", "report_number marker"),
        "severe": _template("report_number marker", "report_number marker"),
    },
    "notes": {
        "visit_helper": _template("report_number technician visit marker", "technician visit marker"),
    },
    "closing": {
        "resolved": _template("report_number marker", "marker"),
        "enquiry": _template("ticket_id marker", "marker"),
    },
    "invoice": {
        "credit_days": _template(
            "days amount report_number credit_id marker", "days report_number marker", _ON_INVOICE
        ),
        "credit_one_day": _template(
            "days amount report_number credit_id marker", "report_number marker", _ON_INVOICE
        ),
        "credit_month": _template(
            "amount report_number credit_id marker", "report_number marker", _ON_INVOICE
        ),
        "charge": _template("amount report_number credit_id marker", "report_number marker", _ON_INVOICE),
        "reversal": _template("amount report_number credit_id marker", "report_number marker", _ON_INVOICE),
    },
    "worklist": {
        "open": _template("client_id department text marker", "client_id text"),
        "close": _template("client_id ticket_id text marker", "ticket_id text"),
        "set_status": _template("client_id ticket_id department department_id state", "ticket_id department"),
        "assign": _template("client_id ticket_id technician technician_id", "ticket_id technician"),
        "note": _template("client_id ticket_id text marker", "ticket_id text"),
        "internal_note": _template("client_id ticket_id text marker", "ticket_id text"),
        "credit": _template("client_id amount text marker", "client_id amount text"),
        "charge": _template("client_id amount text marker", "client_id amount text"),
        "sms": _template("client_id text", "client_id text"),
        "look_first": _template("marker", "marker"),
        "notice": _template("client_id report_number to text why", "to text why"),
    },
    "parked": {
        "hidden": _template(_PARKED, "push look_for"),
        "undone": _template(_PARKED, "push look_for"),
        "undone_open": _template(_PARKED, "push look_for"),
        "refused": _template(_PARKED, "push detail"),
        "forgotten": _template(_PARKED, "push look_for"),
        "other_client": _template(_PARKED, "push look_for detail"),
        "found": _template(_PARKED, "push detail"),
    },
    "differences": {
        "gone": _template(_DIFFERS, "credit_id"),
        "invoice_gone": _template(f"{_DIFFERS} invoices", "credit_id invoices"),
        "reversal_lost": _template(_DIFFERS, "credit_id"),
        "part_gone": _template(f"{_DIFFERS} invoices", "credit_id invoices"),
        "amount": _template(f"{_DIFFERS} on_panel", "credit_id amount on_panel"),
        "copies": _template(f"{_DIFFERS} copies on_panel", "credit_id copies"),
        "paid_before": _template(f"{_DIFFERS} invoices", "credit_id invoices"),
        "taken_off": _template(_DIFFERS, "credit_id"),
        "remainder_lost": _template(f"{_DIFFERS} rest", "credit_id rest"),
        "client_left": _template(_DIFFERS, "credit_id client_id"),
        "other_client": _template(f"{_DIFFERS} other_client", "credit_id client_id other_client"),
        "came_back": _template(_DIFFERS, "credit_id client_id"),
        "unsent": _template(_DIFFERS, "credit_id client_id"),
        "voided": _template(_DIFFERS, "credit_id client_id"),
        "unknown": _template("credit_id client_id", "credit_id client_id"),
    },
    "receipt": {
        "months": _template(""),
        "day": _template("day month year", "day month year"),
        "moment": _template("day month year hour minute", "day month year hour minute"),
        "morning": _template(""),
        "afternoon": _template(""),
        "duration": _template("hours minutes", "hours minutes"),
        "duration_exact": _template("hours minutes seconds", "hours minutes seconds"),
        "greeting": _template(""),
        "fault": _template("opened kind ticket", "opened"),
        "fault_unrouted": _template("opened ticket", "opened"),
        "enquiry": _template("opened kind ticket", "opened"),
        "report_number": _template("report_number", "report_number"),
        "handled_by": _template("department", "department"),
        "steps": _template(""),
        "step": _template("when what", "when what"),
        "contact": _template(""),
        "contact_failed": _template(""),
        "visit_fixed": _template("visit", "visit"),
        "visit_done": _template(""),
        "visit_failed": _template(""),
        "level_2": _template(""),
        "level_3": _template(""),
        "unrouted": _template(""),
        "outage_since": _template("since", "since"),
        "outage_restored": _template("restored", "restored"),
        "reopened": _template(""),
        "closed": _template("ticket"),
        "resolved": _template(""),
        "lasted": _template("duration", "duration"),
        "lasting": _template("duration", "duration"),
        "nothing_yet": _template("hours", "hours"),
        "credit_days": _template("days amount", "days amount"),
        "credit_one_day": _template("days amount", "amount"),
        "credit_month": _template("amount hours", "amount"),
        "credit_given": _template("amount", "amount"),
        "credit_accruing": _template("amount", "amount"),
        "credit_accruing_unpriced": _template(""),
        "sum_days": _template("days monthly_price divisor", "days monthly_price divisor"),
        "sum_one_day": _template("days monthly_price divisor", "monthly_price divisor"),
        "sum_month": _template("monthly_price", "monthly_price"),
        "already_credited": _template("amount", "amount"),
        "cut_by_cap": _template(""),
        "next_invoice": _template(""),
        "on_invoice": _template("invoices", "invoices"),
        "carried_over": _template(""),
        "in_review": _template(""),
        "voided": _template(""),
        "charge": _template("amount", "amount"),
        "charge_next_invoice": _template(""),
        "charge_pending": _template(""),
        "charge_in_review": _template(""),
        "credit_reversed": _template("amount", "amount"),
        "charge_reversed": _template("amount", "amount"),
        "reversal_next_invoice": _template(""),
        "refused_below_threshold": _template("hours", "hours"),
        "refused_no_days_for_kind": _template("hours", "hours"),
        "refused_not_attributable": _template(""),
        "refused_before_enforcement": _template(""),
        "refused_capped": _template(""),
        "refused_attribution_changed": _template(""),
        "held_unclassified": _template(""),
        "held_ambiguous_service": _template(""),
        "held_no_service": _template(""),
        "held_suspended_customer": _template(""),
        "held_customer_left": _template(""),
        "held_ticket_gone": _template(""),
        "held_no_policy": _template(""),
        "held_no_next_invoice": _template(""),
        "held_gone_from_panel": _template(""),
        "held_invoice_gone": _template(""),
        "held_regrouped": _template(""),
        "farewell": _template("report_number"),
    },
    "mail": {
        "ticket": _template("text received files marker", "text received marker"),
        "reply": _template("text received files marker", "text received marker"),
        "files": _template("names", "names"),
        "no_subject": _template("", longest=150),
        "answer_subject": _template("ticket_id", "ticket_id", 150),
        "answer": _template("ticket_id", "ticket_id"),
        "answer_enquiry": _template("ticket_id department", "ticket_id"),
        "answer_parked": _template("ticket_id client_id address why", "ticket_id address why"),
        "review": _template("letter sender received subject why", "letter sender why"),
        **{f"why_{doubt}": _template("", longest=300) for doubt in _DOUBTS},
    },
    "phone": {
        "ticket": _template("text received by marker", "text received marker"),
        "note": _template("text received by marker", "text received marker"),
        "no_subject": _template("", longest=150),
        "say_fault": _template("due", "due"),
        "say_enquiry": _template("department", "department"),
        "say_solved": _template(""),
        "say_solved_enquiry": _template(""),
        "say_goes_on": _template("report", "report"),
        "say_may_go_on": _template("report", "report"),
        "say_unknown": _template("time", "time"),
        "say_continued": _template("ticket_id", "ticket_id"),
        "say_report": _template("report_number level", "report_number"),
        "say_deadline": _template("due", "due"),
        "say_visit": _template("visit", "visit"),
        "evidence": _template(""),
    },
}
_FLAT_NAMES: Mapping[str, str] = {
    "replies": "{}_reply",
    "notes": "{}_note",
    "closing": "{}_closing",
    "invoice": "{}",
    "worklist": "work_{}",
    "parked": "parked_{}",
    "differences": "differs_{}",
    "receipt": "receipt_{}",
    "mail": "mail_{}",
    "phone": "phone_{}",
}


def flat_name(section: str, name: str) -> str:
    """Return the name under which `Texts.render` finds a text."""
    return _FLAT_NAMES[section].format(name)


TEMPLATES: Mapping[str, Template] = {
    flat_name(section, name): template
    for section, templates in SECTIONS.items()
    for name, template in templates.items()
}
"""Every text by the name under which `Texts.render` finds it."""
