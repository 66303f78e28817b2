"""messages.yaml: the texts that customers, invoices and the worklist show, and which notices are sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from string import Formatter

from pydantic import Field

from bridge.domain.policy import Texts
from bridge.errors import Fault
from bridge.rulebook.files import Read
from bridge.yamlfile import FileModel, Trail, nearest
from bridge.yamlfile.scalars import Switch, Words

SMS = "sms_"
_PANEL_CHARACTERS = "cp1252"  # the panel's text columns (contract, section 5)


@dataclass(frozen=True, slots=True)
class Template:
    """The fields a text may use, those it must use, and how long it may be before they are filled in."""

    fields: frozenset[str]
    required: frozenset[str] = frozenset()
    longest: int = 2000


def _template(fields: str, required: str = "", longest: int = 2000) -> Template:
    return Template(frozenset(fields.split()), frozenset(required.split()), longest)


# 300 characters fit into `saldos.descripcion`; the fields need some of them.
_ON_INVOICE = 220
_IN_SMS = 130

_SECTIONS: Mapping[str, Mapping[str, Template]] = {
    "replies": {
        "report_number": _template("report_number ticket_id marker", "report_number marker"),
        "severe": _template("report_number ticket_id marker", "marker"),
        "visit_fixed": _template("report_number ticket_id visit_date visit_time marker", "visit_date marker"),
        "credit_notice": _template("report_number ticket_id amount marker", "amount marker"),
    },
    "closing": {
        "resolved": _template("report_number ticket_id marker", "marker"),
    },
    "invoice": {
        "credit_days": _template(
            "days amount report_number marker", "days report_number marker", _ON_INVOICE
        ),
        "credit_month": _template("amount report_number marker", "report_number marker", _ON_INVOICE),
        "charge_remote": _template("amount report_number marker", "report_number marker", _ON_INVOICE),
        "charge_visit": _template("amount report_number marker", "report_number marker", _ON_INVOICE),
        "reversal": _template("amount report_number marker", "report_number marker", _ON_INVOICE),
    },
    "worklist": {
        "work_open": _template("client_id department text marker", "client_id text"),
        "work_close": _template("client_id ticket_id text marker", "ticket_id text"),
        "work_set_status": _template(
            "client_id ticket_id department department_id state", "ticket_id department"
        ),
        "work_assign": _template("client_id ticket_id technician technician_id", "ticket_id technician"),
        "work_note": _template("client_id ticket_id text marker", "ticket_id text"),
        "work_internal_note": _template("client_id ticket_id text marker", "ticket_id text"),
        "work_credit": _template("client_id amount text marker", "client_id amount text"),
        "work_charge": _template("client_id amount text marker", "client_id amount text"),
        "work_sms": _template("client_id text", "client_id text"),
    },
    "sms": {
        "report_number": _template("report_number ticket_id", "report_number", _IN_SMS),
        "severe": _template("report_number ticket_id", "", _IN_SMS),
        "visit_fixed": _template("report_number ticket_id visit_date visit_time", "visit_date", _IN_SMS),
        "credit_notice": _template("report_number ticket_id amount", "amount", _IN_SMS),
    },
}

TEMPLATES: Mapping[str, Template] = {
    f"{SMS}{name}" if section == "sms" else name: template
    for section, templates in _SECTIONS.items()
    for name, template in templates.items()
}
"""Every text by the name under which `Texts.render` finds it."""


class Sms(FileModel):
    """One notice by SMS: whether it is sent, and its text."""

    send: Switch
    text: Words


class MessagesFile(FileModel):
    """The content of messages.yaml."""

    replies: dict[str, Words]
    closing: dict[str, Words]
    invoice: dict[str, Words]
    worklist: dict[str, Words]
    sms: dict[str, Sms] = Field(description="the notices by SMS, each with send and text")

    def policy(self) -> Texts:
        """Return all texts under their flat names."""
        return Texts(templates={name: text for _, name, text in self._texts()})

    def sms_events(self) -> frozenset[str]:
        """Return the names of the notices that are sent by SMS as well."""
        return frozenset(name for name, notice in self.sms.items() if notice.send)

    def _texts(self) -> list[tuple[Trail, str, str]]:
        sections = {"replies": self.replies, "closing": self.closing}
        sections |= {"invoice": self.invoice, "worklist": self.worklist}
        return [
            *(
                ((section, name), name, text)
                for section, texts in sections.items()
                for name, text in texts.items()
            ),
            *((("sms", name, "text"), f"{SMS}{name}", notice.text) for name, notice in self.sms.items()),
        ]

    def faults(self, read: Read[MessagesFile]) -> list[Fault]:
        """Return texts that are missing or unknown, and what is wrong inside the others."""
        document = read.document
        found = []
        for section, expected in _SECTIONS.items():
            written = getattr(self, section)
            found += [
                document.key_fault((section, name), f"unknown text `{name}`; {nearest(name, expected)}")
                for name in written
                if name not in expected
            ]
            found += [
                document.key_fault((section,), f"the text `{name}` is missing")
                for name in expected
                if name not in written
            ]
        for trail, name, text in self._texts():
            if name in TEMPLATES:
                found += [document.fault(trail, words) for words in _complaints(TEMPLATES[name], text)]
        return found


def faults(read: Read[MessagesFile]) -> list[Fault]:
    """Return what is wrong across and inside the texts."""
    return read.content.faults(read)


def _complaints(template: Template, text: str) -> list[str]:
    try:
        parts = list(Formatter().parse(text))
    except ValueError:
        return ["a brace `{` or `}` without its other half; for the sign itself write it twice"]
    used = [name for _, name, _, _ in parts if name is not None]
    found = [
        f"unknown field `{{{name}}}`; {nearest(name, template.fields)}"
        for name in used
        if name not in template.fields
    ]
    if any(form or conversion for _, name, form, conversion in parts if name is not None):
        found.append("a field is its name alone, without `:` or `!`")
    found += [f"the field `{{{name}}}` is missing" for name in sorted(template.required.difference(used))]
    if len(text) > template.longest:
        found.append(f"{len(text)} characters; expected {template.longest} or less")
    strange = "".join(sorted({letter for letter in text if not _fits_panel(letter)}))
    if strange:
        found.append(f"the panel cannot store `{strange}`")
    return found


def _fits_panel(letter: str) -> bool:
    try:
        letter.encode(_PANEL_CHARACTERS)
    except UnicodeEncodeError:
        return False
    return True
