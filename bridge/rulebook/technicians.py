"""technicians.yaml: the roster, and the operator under which the bridge itself writes."""

from __future__ import annotations

from collections.abc import Collection
from typing import Annotated

from pydantic import BeforeValidator, Field

from bridge.domain.policy import Leave, Roster, Shift, Technician
from bridge.errors import Fault
from bridge.phrases import Phrase, phrase
from bridge.rulebook.departments import LEVELS, Level, PanelId
from bridge.rulebook.files import Read
from bridge.rulebook.notices import no_channel
from bridge.rulebook.shifts import SHIFT_SCHEMA, read_shifts
from bridge.yamlfile import FileModel
from bridge.yamlfile.scalars import Day, Some, Words


class Away(FileModel):
    """Days away, both included."""

    first: Day
    last: Day


class Person(FileModel):
    """One technician; without zones, nodes or shifts they serve everywhere and always."""

    id: PanelId
    name: Words
    levels: Annotated[tuple[Level, ...], Some]
    zones: tuple[Words, ...] = ()
    nodes: tuple[PanelId, ...] = ()
    shifts: tuple[Annotated[tuple[Shift, ...], BeforeValidator(read_shifts), SHIFT_SCHEMA], ...] = ()
    leave: tuple[Away, ...] = ()
    max_open: Annotated[int, Field(ge=1)] | None = None
    notify: tuple[Words, ...] = ()

    def technician(self) -> Technician:
        """Return the technician as the domain knows them."""
        return Technician(
            operator_id=self.id,
            name=self.name,
            levels=frozenset(self.levels),
            zones=frozenset(self.zones),
            nodes=frozenset(self.nodes),
            shifts=tuple(shift for line in self.shifts for shift in line),
            leave=tuple(Leave(first=away.first, last=away.last) for away in self.leave),
            max_open=self.max_open,
        )


class TechniciansFile(FileModel):
    """The content of technicians.yaml."""

    bridge_operator: Annotated[int, Field(ge=0)]
    technicians: Annotated[tuple[Person, ...], Some]

    def policy(self) -> Roster:
        """Return the roster as the domain knows it."""
        return Roster(
            technicians=tuple(person.technician() for person in self.technicians),
            bridge_operator=self.bridge_operator,
        )

    def channels(self) -> dict[int, tuple[str, ...]]:
        """Return the names of each technician's channels, of those who have any."""
        return {person.id: person.notify for person in self.technicians if person.notify}


def faults(read: Read[TechniciansFile]) -> list[Fault]:
    """Return doubled ids, leave that ends before it begins, and levels that nobody serves."""
    document, content = read.document, read.content
    found = []
    names: dict[int, Phrase | str] = {content.bridge_operator: phrase("the bridge itself")}
    for position, person in enumerate(content.technicians):
        if owner := names.get(person.id):
            words = phrase("{id} is {name} already", id=person.id, name=owner)
            found.append(document.fault(("technicians", position, "id"), words))
        names.setdefault(person.id, person.name)
        found += [
            document.unfit(
                ("technicians", position, "leave", number, "last"),
                phrase("expected {day} or later", day=away.first),
            )
            for number, away in enumerate(person.leave)
            if away.last < away.first
        ]
    served = {level for person in content.technicians for level in person.levels}
    found += [
        document.key_fault(("technicians",), phrase("nobody serves level {level}", level=level))
        for level in LEVELS
        if level not in served
    ]
    return found


def channel_faults(read: Read[TechniciansFile], channels: Collection[str]) -> list[Fault]:
    """Return the channels of technicians that config.yaml does not have."""
    return [
        read.document.fault(("technicians", position, "notify", number), no_channel(name, channels))
        for position, person in enumerate(read.content.technicians)
        for number, name in enumerate(person.notify)
        if name not in channels
    ]
