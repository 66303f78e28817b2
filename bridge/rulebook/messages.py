"""messages.yaml: the texts that customers, invoices and the worklist show, and which notices are sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from string import Formatter

from pydantic import Field

from bridge.domain.policy import Texts
from bridge.errors import Fault
from bridge.rulebook.files import Read
from bridge.yamlfile import FileModel, nearest
from bridge.yamlfile.scalars import Switch, Words

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
        "report_number": _template("report_number marker", "report_number marker"),
        "severe": _template("report_number marker", "report_number marker"),
    },
    "notes": {
        "visit_helper": _template("report_number technician visit marker", "technician visit marker"),
    },
    "closing": {
        "resolved": _template("report_number marker", "marker"),
    },
    "invoice": {
        "credit_days": _template(
            "days amount report_number credit_id marker", "days report_number marker", _ON_INVOICE
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
    },
    "sms": {
        "report_number": _template("report_number", "report_number", _IN_SMS),
        "severe": _template("report_number", "report_number", _IN_SMS),
        "credit_notice": _template("report_number amount", "amount", _IN_SMS),
    },
}
_FLAT_NAMES: Mapping[str, str] = {
    "replies": "{}_reply",
    "notes": "{}_note",
    "closing": "{}_closing",
    "invoice": "{}",
    "worklist": "work_{}",
    "sms": "{}_sms",
}


def _flat(section: str, name: str) -> str:
    return _FLAT_NAMES[section].format(name)


TEMPLATES: Mapping[str, Template] = {
    _flat(section, name): template
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
    notes: dict[str, Words]
    closing: dict[str, Words]
    invoice: dict[str, Words]
    worklist: dict[str, Words]
    sms: dict[str, Sms] = Field(description="the notices by SMS, each with send and text")

    def policy(self) -> Texts:
        """Return all texts under their flat names."""
        return Texts(templates={_flat(*trail[:2]): text for trail, text in self.texts().items()})

    def sms_events(self) -> frozenset[str]:
        """Return the names of the notices that are sent by SMS as well."""
        return frozenset(name for name, notice in self.sms.items() if notice.send)

    def texts(self) -> dict[tuple[str, ...], str]:
        """Return every text by its place in the file: section and name first."""
        found: dict[tuple[str, ...], str] = {
            ("sms", name, "text"): sms.text for name, sms in self.sms.items()
        }
        for section in ("replies", "notes", "closing", "invoice", "worklist"):
            found |= {(section, name): text for name, text in getattr(self, section).items()}
        return found


def faults(read: Read[MessagesFile]) -> list[Fault]:
    """Return texts that are missing or unknown, and what is wrong inside the others."""
    document = read.document
    found = []
    for section, expected in _SECTIONS.items():
        written = getattr(read.content, section)
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
    for trail, text in read.content.texts().items():
        section, name = trail[:2]
        if name in _SECTIONS[section]:
            found += [document.fault(trail, words) for words in _complaints(_SECTIONS[section][name], text)]
    return found


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
