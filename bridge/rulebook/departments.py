"""departments.yaml: where tickets are routed (rules I-5, I-6 and the levels of the ladder)."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, WithJsonSchema

from bridge.domain.policy import Departments
from bridge.domain.records import TicketState
from bridge.domain.words import normalise
from bridge.errors import Fault
from bridge.phrases import phrase
from bridge.rulebook.commands import Tickets
from bridge.rulebook.files import Read
from bridge.rulebook.kinds import FaultsFile
from bridge.yamlfile import FileModel, Trail, nearest
from bridge.yamlfile.scalars import Some, Words

LEVELS = (1, 2, 3)
PanelId = Annotated[int, Field(ge=1, le=9_999_999)]
Level = Annotated[int, Field(ge=1, le=3)]
# As keys: in JSON every key is a text, yet an editor finds no number in a list of texts. A pattern does.
PanelKey = Annotated[PanelId, WithJsonSchema({"type": "string", "pattern": "^[1-9][0-9]{0,6}$"})]
LevelKey = Annotated[Level, WithJsonSchema({"type": "string", "pattern": "^[123]$"})]


class DepartmentsFile(FileModel):
    """The content of departments.yaml; numbers are the panel's department ids."""

    names: Annotated[dict[PanelKey, Words], Some]
    levels: dict[LevelKey, PanelId] = Field(json_schema_extra={"required": [str(level) for level in LEVELS]})
    reception: PanelId
    enquiries: dict[str, PanelId]
    states: dict[LevelKey, Annotated[str, Field(min_length=1, max_length=20)]] = Field(default_factory=dict)

    def policy(self) -> Departments:
        """Return the departments as the domain knows them."""
        return Departments(**dict(self))


def faults(read: Read[DepartmentsFile]) -> list[Fault]:
    """Return levels without a department, and departments without a name."""
    document, content = read.document, read.content
    found = [
        document.key_fault(("levels",), phrase("level {level} has no department", level=level))
        for level in LEVELS
        if level not in content.levels
    ]
    used: list[tuple[Trail, int]] = [
        *((("levels", str(level)), department) for level, department in content.levels.items()),
        (("reception",), content.reception),
        *((("enquiries", kind), department) for kind, department in content.enquiries.items()),
    ]
    found += [
        document.fault(trail, phrase("department {id} does not stand under `names`", id=department))
        for trail, department in used
        if department not in content.names
    ]
    return found


def state_faults(read: Read[DepartmentsFile], tickets: Tickets) -> list[Fault]:
    """Return states that would close a ticket on the way up the ladder."""
    return [
        read.document.fault(
            ("states", str(level)),
            phrase("`{word}` closes the ticket; expected a state of open ones", word=word),
        )
        for level, word in read.content.states.items()
        if normalise(word) in {normalise(closed) for closed in tickets.states[TicketState.CLOSED]}
    ]


def enquiry_faults(read: Read[DepartmentsFile], kinds: FaultsFile) -> list[Fault]:
    """Return enquiries that faults.yaml does not know, and those that have no department (I-5)."""
    enquiries = kinds.names("enquiry")
    found = [
        read.document.key_fault(
            ("enquiries", kind),
            phrase("faults.yaml has no enquiry `{name}`; {what}", name=kind, what=nearest(kind, enquiries)),
        )
        for kind in read.content.enquiries
        if kind not in enquiries
    ]
    found += [
        read.document.key_fault(
            ("enquiries",), phrase("the enquiry `{name}` of faults.yaml has no department", name=kind)
        )
        for kind in enquiries
        if kind not in read.content.enquiries
    ]
    return found
