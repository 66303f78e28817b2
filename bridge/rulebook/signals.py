"""signals.yaml: how the panel's facts and the tags of staff are read (design section 3)."""

from __future__ import annotations

from datetime import time
from typing import Annotated, Literal

from bridge.domain.policy import Attribution, Meaning, Signals, Tag
from bridge.domain.records import TicketState
from bridge.domain.words import normalise
from bridge.errors import Fault
from bridge.phrases import phrase
from bridge.rulebook.departments import DepartmentsFile, PanelKey
from bridge.rulebook.files import Read
from bridge.rulebook.kinds import FaultsFile
from bridge.yamlfile import FileModel, Trail, nearest
from bridge.yamlfile.scalars import Some, Switch, TimeOfDay

_StateMeaning = Literal[Meaning.CONTACT, Meaning.CONTACT_FAILED, Meaning.SEVERE, Meaning.RESOLVED]
_OpenState = Literal[TicketState.OPEN, TicketState.ANSWERED, TicketState.CUSTOMER_REPLIED]


_ONE_WORD = phrase("expected one word without `#` and spaces")


class TagMeans(FileModel):
    """What one tag says.

    `value` is the kind of `kind`, and whose fault it is of `attribution`: without one, the word after the
    tag tells (`attribution_words`).
    """

    meaning: Meaning
    value: str = ""


class SignalsFile(FileModel):
    """The content of signals.yaml."""

    reply_is_contact: Switch
    visit_date_fixes_visit: Switch
    visits_from: TimeOfDay = time(7)
    states: dict[_OpenState, _StateMeaning]
    departments: dict[PanelKey, str]
    tags: Annotated[dict[str, TagMeans], Some]
    attribution_words: dict[str, Attribution]

    def policy(self) -> Signals:
        """Return the signals as the domain knows them, words normalised."""
        return Signals(
            tags=tuple(
                Tag(word=normalise(word), meaning=tag.meaning, value=tag.value)
                for word, tag in self.tags.items()
            ),
            attribution_words={
                normalise(word): attribution for word, attribution in self.attribution_words.items()
            },
            states={state.value: meaning for state, meaning in self.states.items()},
            departments=self.departments,
            visit_date_fixes_visit=self.visit_date_fixes_visit,
            visits_from=self.visits_from,
            reply_is_contact=self.reply_is_contact,
        )


def faults(read: Read[SignalsFile]) -> list[Fault]:
    """Return tags that cannot be read: two of one word, spaces in them, a value missing or too many."""
    document = read.document
    found = []
    seen: dict[str, str] = {}
    for word, tag in read.content.tags.items():
        plain = normalise(word)
        if not plain or " " in plain or plain.startswith("#"):
            found.append(document.key_fault(("tags", word), _ONE_WORD))
        elif plain in seen:
            same = phrase("reads the same as `{word}`", word=seen[plain])
            found.append(document.key_fault(("tags", word), same))
        seen.setdefault(plain, word)
        place = ("tags", word, "value")
        if tag.meaning is Meaning.ATTRIBUTION and tag.value not in {"", *Attribution}:
            words = phrase("whose fault it is: {what}", what=nearest(tag.value, Attribution))
            found.append(document.fault(place, words))
        elif tag.meaning not in {Meaning.ATTRIBUTION, Meaning.KIND} and tag.value:
            found.append(document.key_fault(place, phrase("`{name}` takes no value", name=tag.meaning)))
        elif tag.meaning is Meaning.KIND and not tag.value:
            words = phrase(
                "`{key}` is missing: {purpose}", key="value", purpose=phrase("which kind of fault it is")
            )
            found.append(document.key_fault(("tags", word), words))
    return found


def reference_faults(
    read: Read[SignalsFile], kinds: FaultsFile | None, departments: DepartmentsFile | None
) -> list[Fault]:
    """Return kinds that faults.yaml does not know and departments that departments.yaml does not name."""
    document = read.document
    found = []
    if kinds:
        known = kinds.names()
        used: list[tuple[Trail, str]] = [
            (("tags", word, "value"), tag.value)
            for word, tag in read.content.tags.items()
            if tag.meaning is Meaning.KIND
        ]
        used += [(("departments", str(number)), kind) for number, kind in read.content.departments.items()]
        found += [
            document.fault(
                trail,
                phrase("faults.yaml has no kind `{name}`; {what}", name=kind, what=nearest(kind, known)),
            )
            for trail, kind in used
            if kind and kind not in known
        ]
    if departments:
        found += [
            document.key_fault(
                ("departments", str(number)), phrase("departments.yaml names no department {id}", id=number)
            )
            for number in read.content.departments
            if number not in departments.names
        ]
    return found
