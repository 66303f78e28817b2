"""messages.yaml: the texts that customers, invoices and the worklist show, and which notices are sent."""

from __future__ import annotations

from pydantic import GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from bridge.domain.policy import Texts
from bridge.domain.words import normalise
from bridge.errors import Fault
from bridge.phrases import phrase
from bridge.rulebook.files import Read
from bridge.rulebook.notices import SECTION as NOTICES
from bridge.rulebook.notices import Notices
from bridge.rulebook.signals import SignalsFile
from bridge.rulebook.templates import SECTIONS, flat_name
from bridge.rulebook.texts import complaints, lines, tags_in
from bridge.yamlfile import FileModel, nearest
from bridge.yamlfile.scalars import Words

_MONTHS = 12
_TWELVE = phrase("expected the names of the twelve months, with spaces")
_FOR_STAFF = frozenset({"worklist", "parked", "differences"})  # read on the worklist, where tags are advice


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
    notices: Notices

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
        told = found["properties"][NOTICES]
        return {
            **found,
            **lines({**{section: lines(texts) for section, texts in sections.items()}, NOTICES: told}),
        }

    def policy(self) -> Texts:
        """Return all texts under their flat names."""
        plain = {flat_name(*trail): text for trail, text in self.texts().items()}
        return Texts(templates=plain | {name: text for _, name, _, text in self.notices.texts()})

    def texts(self) -> dict[tuple[str, str], str]:
        """Return every text but those of notices by its place in the file: section and name."""
        return {
            (section, name): text for section in SECTIONS for name, text in getattr(self, section).items()
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
    for place, _, template, text in read.content.notices.texts():
        said = complaints(template, text, cut=document.is_cut(place))
        found += [document.fault(place, words) for words in said]
    for trail, text in read.content.texts().items():
        section, name = trail
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
