"""messages.yaml: the texts that customers, invoices and the worklist show, and which notices are sent."""

from __future__ import annotations

from typing import Any

from pydantic import Field, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from bridge.domain.policy import Texts
from bridge.domain.words import normalise
from bridge.errors import Fault
from bridge.phrases import phrase
from bridge.rulebook.files import Read
from bridge.rulebook.signals import SignalsFile
from bridge.rulebook.templates import SECTIONS, flat_name
from bridge.rulebook.texts import complaints, tags_in
from bridge.yamlfile import FileModel, nearest
from bridge.yamlfile.scalars import Switch, Words

_MONTHS = 12
_TWELVE = phrase("expected the names of the twelve months, with spaces")
_FOR_STAFF = frozenset({"worklist", "parked", "differences"})  # read on the worklist, where tags are advice


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
    parked: dict[str, Words]
    differences: dict[str, Words]
    receipt: dict[str, Words]
    mail: dict[str, Words]
    phone: dict[str, Words]
    sms: dict[str, Sms] = Field(description="the notices by SMS, each with send and text")

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Return a schema that knows every text by its name."""
        found = handler.resolve_ref_schema(handler(core_schema))
        sections = {
            section: {name: template.schema() for name, template in templates.items()}
            for section, templates in SECTIONS.items()
        }
        sections["receipt"]["months"]["pattern"] = r"^\s*\S+(\s+\S+){11}\s*$"
        sections["sms"] = {
            name: _lines({"send": {"type": "boolean"}, "text": text})
            for name, text in sections["sms"].items()
        }
        return {**found, **_lines({section: _lines(texts) for section, texts in sections.items()})}

    def policy(self) -> Texts:
        """Return all texts under their flat names."""
        return Texts(templates={flat_name(*trail[:2]): text for trail, text in self.texts().items()})

    def sms_events(self) -> frozenset[str]:
        """Return the names of the notices that are sent by SMS as well."""
        return frozenset(name for name, notice in self.sms.items() if notice.send)

    def texts(self) -> dict[tuple[str, ...], str]:
        """Return every text by its place in the file: section and name first."""
        found: dict[tuple[str, ...], str] = {
            ("sms", name, "text"): sms.text for name, sms in self.sms.items()
        }
        for section in (
            "replies",
            "notes",
            "closing",
            "invoice",
            "worklist",
            "parked",
            "differences",
            "receipt",
            "mail",
            "phone",
        ):
            found |= {(section, name): text for name, text in getattr(self, section).items()}
        return found


def _lines(properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def faults(read: Read[MessagesFile]) -> list[Fault]:
    """Return texts that are missing or unknown, and what is wrong inside the others."""
    document = read.document
    found = []
    for section, expected in SECTIONS.items():
        written = getattr(read.content, section)
        found += [
            document.key_fault(
                (section, name),
                phrase("unknown text `{name}`; {what}", name=name, what=nearest(name, expected)),
            )
            for name in written
            if name not in expected
        ]
        found += [
            document.key_fault((section,), phrase("the text `{name}` is missing", name=name))
            for name in expected
            if name not in written
        ]
    for trail, text in read.content.texts().items():
        section, name = trail[:2]
        if name in SECTIONS[section]:
            said = complaints(SECTIONS[section][name], text, cut=document.is_cut(trail))
            found += [document.fault(trail, words) for words in said]
        if trail == ("receipt", "months") and len(text.split()) != _MONTHS:
            found.append(document.fault(trail, _TWELVE))
    return found


def tag_faults(read: Read[MessagesFile], signals: SignalsFile) -> list[Fault]:
    """Return tags of staff in texts that stand, or may be pasted, where tags are read: in a ticket."""
    tags = {normalise(word) for word in signals.tags}
    return [
        read.document.fault(trail, words)
        for trail, text in read.content.texts().items()
        if trail[0] not in _FOR_STAFF
        for words in tags_in(text, tags)
    ]
