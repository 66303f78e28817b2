"""Reads the folder of mappings into one rulebook, or says everything that is wrong in all of them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from pydantic import BaseModel

from bridge.domain.money import Money
from bridge.domain.notices import NoticePolicy
from bridge.domain.policy import Rulebook
from bridge.errors import Fault, FileFaults
from bridge.phrases import Phrase, phrase
from bridge.rulebook import (
    bonus,
    charges,
    departments,
    escalation,
    kinds,
    messages,
    notices,
    signals,
    technicians,
)
from bridge.rulebook import given as given_
from bridge.rulebook.bonus import BonusFile
from bridge.rulebook.calendar import CalendarFile
from bridge.rulebook.charges import ChargesFile
from bridge.rulebook.commands import Commands
from bridge.rulebook.departments import DepartmentsFile
from bridge.rulebook.escalation import EscalationFile
from bridge.rulebook.files import Read
from bridge.rulebook.given import Given
from bridge.rulebook.kinds import FaultsFile
from bridge.rulebook.messages import MessagesFile
from bridge.rulebook.notices import Reach
from bridge.rulebook.rehearsal import broken_examples
from bridge.rulebook.signals import SignalsFile
from bridge.rulebook.technicians import TechniciansFile
from bridge.yamlfile import checked, nearest, parse, read_text

M = TypeVar("M", bound=BaseModel)

FILES = (
    "escalation.yaml",
    "bonus.yaml",
    "charges.yaml",
    "faults.yaml",
    "departments.yaml",
    "technicians.yaml",
    "signals.yaml",
    "messages.yaml",
    "calendar.yaml",
    "commands.yaml",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedRulebook:
    """The mappings as policy, the panel's dialect, and the texts they came from, by file name."""

    rulebook: Rulebook
    notices: NoticePolicy
    commands: Commands
    texts: Mapping[str, str]
    given: Given

    @property
    def archive(self) -> Mapping[str, str]:
        """Every text that decides something, config's share among them: what `rulebook_of` reads again."""
        return _archive(self.texts, self.given)


def mapping_files(folder: Path) -> list[Path]:
    """Return the YAML files of a folder but for hidden ones: editors keep those while they work."""
    found = (path for pattern in ("*.yaml", "*.yml") for path in folder.glob(pattern))
    return [path for path in found if not path.name.startswith(".")]


def load_rulebook(
    folder: Path, *, zone: ZoneInfo, enforce_from: date, approval_above: Money, reach: Reach | None = None
) -> LoadedRulebook:
    """Read every mapping in `folder`; FileFaults says all that is wrong, file by file.

    The worked examples inside the files are run, and must hold; archived texts are read without that.

    `zone` is the panel's, `enforce_from` the first day whose incidents are credited (C-14) and
    `approval_above` the amount above which a credit waits for a person; they come from config.yaml, as does
    `reach`, without which notices are not compared with the channels there are.
    """
    texts: dict[str, str] = {}
    faults: list[Fault] = []
    where = folder.name
    for name in sorted(path.name for path in mapping_files(folder)):
        if name in FILES:
            try:
                texts[name] = read_text(folder / name, f"{where}/{name}")
            except FileFaults as caught:
                faults += caught.faults
        else:
            faults.append(_whole_file(where, name, _misnamed(name)))
    given = Given(zone=zone, enforce_from=enforce_from, approval_above=approval_above)
    files = _checked_files(texts, where, faults)
    if unreached := _unreached(files, reach):
        raise FileFaults(unreached)
    loaded = _loaded(files, texts, given)
    if broken := _broken_examples(files, loaded.rulebook):
        raise FileFaults(broken)
    return loaded


def rulebook_of(archive: Mapping[str, str]) -> LoadedRulebook:
    """Build a rulebook from `LoadedRulebook.archive`, for replay; FileFaults as `load_rulebook`."""
    texts = {name: text for name, text in archive.items() if name != given_.NAME}
    try:
        given = Given.read(archive[given_.NAME])
    except (KeyError, TypeError, ValueError) as error:
        raise FileFaults(
            [_whole_file("archive", given_.NAME, phrase("cannot be read: {why}", why=error))]
        ) from error
    return _loaded(_checked_files(texts, "mappings", []), texts, given)


def digest_of(texts: Mapping[str, str]) -> str:
    """Return what identifies these texts: equal texts under equal names, equal digest."""
    digest = hashlib.sha256()
    for name, text in sorted(texts.items()):
        for part in (name, text):
            raw = part.encode()
            digest.update(len(raw).to_bytes(8, "big") + raw)
    return digest.hexdigest()


def _archive(texts: Mapping[str, str], given: Given) -> Mapping[str, str]:
    return {**texts, given_.NAME: given.text()}


def _misnamed(name: str) -> Phrase:
    stem = Path(name).stem
    if f"{stem}.yaml" in FILES:
        return phrase("rename it to `{name}`", name=f"{stem}.yaml")
    known = [Path(known).stem for known in FILES]
    if copied := next((one for one in known if stem.casefold().startswith(one)), None):
        return phrase(
            "no mapping has this name; keep copies of `{name}` in another folder", name=f"{copied}.yaml"
        )
    return phrase("no mapping has this name; {what}", what=nearest(stem, known))


def _whole_file(where: str, name: str, message: Phrase) -> Fault:
    return Fault(file=f"{where}/{name}", line=1, column=1, message=message)


class _Files:
    """The files that could be read so far, and the faults of the others."""

    def __init__(self, texts: Mapping[str, str], where: str, faults: list[Fault]) -> None:
        self._texts = texts
        self._where = where
        self._noted = {fault.file for fault in faults}
        self._read: dict[type[BaseModel], Read[Any]] = {}
        self.faults = list(faults)

    def read(self, name: str, model: type[M], check: Callable[[Read[M]], list[Fault]] | None = None) -> None:
        """Parse and check one file; its faults are noted."""
        shown = f"{self._where}/{name}"
        if shown in self._noted:
            return
        if name not in self._texts:
            self.faults.append(
                _whole_file(self._where, name, phrase("the file is missing; `bridge init` writes one"))
            )
            return
        try:
            document = parse(shown, self._texts[name])
            read = Read(document, checked(document, model))
        except FileFaults as caught:
            self.faults += caught.faults
            return
        self._read[model] = read
        self.faults += check(read) if check else []

    def found(self, model: type[M]) -> Read[M] | None:
        """Return the file of that model where it fits."""
        return self._read.get(model)

    def content(self, model: type[M]) -> M:
        """Return the content of a file that was read."""
        content: M = self._read[model].content
        return content


def _checked_files(texts: Mapping[str, str], where: str, faults: list[Fault]) -> _Files:
    files = _Files(texts, where, faults)
    files.read("escalation.yaml", EscalationFile, escalation.faults)
    files.read("bonus.yaml", BonusFile, bonus.faults)
    files.read("charges.yaml", ChargesFile, charges.faults)
    files.read("faults.yaml", FaultsFile, kinds.faults)
    files.read("departments.yaml", DepartmentsFile, departments.faults)
    files.read("technicians.yaml", TechniciansFile, technicians.faults)
    files.read("signals.yaml", SignalsFile, signals.faults)
    files.read("messages.yaml", MessagesFile, messages.faults)
    files.read("calendar.yaml", CalendarFile)
    files.read("commands.yaml", Commands)
    files.faults += _reference_faults(files)
    if files.faults:
        raise FileFaults(files.faults)
    return files


def _loaded(files: _Files, texts: Mapping[str, str], given: Given) -> LoadedRulebook:
    messages = files.content(MessagesFile)
    rulebook = Rulebook(
        zone=given.zone,
        enforce_from=datetime.combine(given.enforce_from, time(), given.zone),
        escalation=files.content(EscalationFile).policies(),
        bonus=files.content(BonusFile).policies(),
        charges=files.content(ChargesFile).policies(),
        kinds=files.content(FaultsFile).policy(),
        departments=files.content(DepartmentsFile).policy(),
        roster=files.content(TechniciansFile).policy(),
        signals=files.content(SignalsFile).policy(),
        texts=messages.policy(),
        approval_above=given.approval_above,
        digest=digest_of(_archive(texts, given)),
    )
    return LoadedRulebook(
        rulebook=rulebook,
        notices=messages.notices.policy(files.content(TechniciansFile).channels()),
        commands=files.content(Commands),
        texts=dict(texts),
        given=given,
    )


def _unreached(files: _Files, reach: Reach | None) -> list[Fault]:
    """Return the notices that are switched on and can reach nobody."""
    written, people = files.found(MessagesFile), files.found(TechniciansFile)
    if reach is None or written is None or people is None:
        return []
    return [
        *notices.reach_faults(written.document, written.content.notices, reach),
        *technicians.channel_faults(people, reach.channels),
    ]


def _broken_examples(files: _Files, rulebook: Rulebook) -> list[Fault]:
    """Return the worked examples that no longer hold, of every file that has some."""
    found: list[Fault] = []
    if ladder := files.found(EscalationFile):
        found += broken_examples(ladder.document, ladder.content.versions, rulebook)
    if bonuses := files.found(BonusFile):
        found += broken_examples(bonuses.document, bonuses.content.versions, rulebook)
    if charged := files.found(ChargesFile):
        found += broken_examples(charged.document, charged.content.versions, rulebook)
    return found


def _reference_faults(files: _Files) -> list[Fault]:
    """Return the names that one file uses and another does not know."""
    known = files.found(FaultsFile)
    places = files.found(DepartmentsFile)
    found: list[Fault] = []
    if known and (earned := files.found(BonusFile)):
        found += bonus.kind_faults(earned, known.content)
    if known and places:
        found += departments.enquiry_faults(places, known.content)
    if places and (spoken := files.found(Commands)):
        found += departments.state_faults(places, spoken.content.tickets)
    if (written := files.found(MessagesFile)) and (tagged := files.found(SignalsFile)):
        found += messages.tag_faults(written, tagged.content)
    if read := files.found(SignalsFile):
        found += signals.reference_faults(
            read, known.content if known else None, places.content if places else None
        )
    return found
