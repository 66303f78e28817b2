"""faults.yaml: the kinds of fault and enquiry and the words they are known by (rules I-5 to I-7)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from bridge.domain.policy import LOW_SPEED, NO_ACCESS, UNKNOWN, UNROUTED, FaultKind, Kinds
from bridge.domain.words import normalise
from bridge.errors import Fault
from bridge.phrases import phrase
from bridge.rulebook.files import Read
from bridge.yamlfile import FileModel
from bridge.yamlfile.scalars import Some, Words

_REQUIRED = (NO_ACCESS, LOW_SPEED, UNKNOWN)


class Kind(FileModel):
    """One kind of fault or enquiry."""

    name: str = Field(
        pattern=r"^[a-z][a-z0-9_]{0,39}$", description="small letters, digits and `_`: `no_access`"
    )
    label: Words
    type: Literal["fault", "enquiry"]
    words: Annotated[tuple[Words, ...], Some]


class FaultsFile(FileModel):
    """The content of faults.yaml."""

    kinds: Annotated[tuple[Kind, ...], Some]

    def policy(self) -> Kinds:
        """Return the classifier's kinds in the file's order, words normalised."""
        return Kinds(
            kinds=tuple(
                FaultKind(
                    name=kind.name,
                    label=kind.label,
                    is_fault=kind.type == "fault",
                    words=tuple(normalise(words) for words in kind.words),
                )
                for kind in self.kinds
            )
        )

    def names(self, kind_type: Literal["fault", "enquiry"] | None = None) -> tuple[str, ...]:
        """Return the names of the kinds of one type, or of all."""
        return tuple(kind.name for kind in self.kinds if kind_type in {None, kind.type})


def faults(read: Read[FaultsFile]) -> list[Fault]:
    """Return kinds that are missing, doubled or built in, and words that could never match."""
    found = []
    names: set[str] = set()
    owner: dict[str, str] = {}
    for position, kind in enumerate(read.content.kinds):
        place = ("kinds", position, "name")
        if kind.name in names:
            words = phrase("`{name}` is there already; add the words to it", name=kind.name)
            found.append(read.document.fault(place, words))
        if kind.name == UNROUTED:
            words = phrase("`{name}` is built in: what matches nothing", name=UNROUTED)
            found.append(read.document.fault(place, words))
        if kind.name in _REQUIRED and kind.type != "fault":
            words = phrase("`{name}` is a fault", name=kind.name)
            found.append(read.document.fault(("kinds", position, "type"), words))
        names.add(kind.name)
        for number, known_by in enumerate(map(normalise, kind.words)):
            trail = ("kinds", position, "words", number)
            if not any(letter.isalnum() for letter in known_by):
                found.append(read.document.fault(trail, phrase("expected a word or a phrase")))
            elif known_by in owner:
                words = phrase(
                    "`{words}` already stands under `{name}`, which would always win",
                    words=known_by,
                    name=owner[known_by],
                )
                found.append(read.document.fault(trail, words))
            owner.setdefault(known_by, kind.name)
    found += [
        read.document.key_fault(("kinds",), phrase("the kind `{name}` is missing", name=name))
        for name in _REQUIRED
        if name not in names
    ]
    return found
