"""Edits of the mappings while the service runs: taken when whole and valid, else refused and told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from bridge import logs
from bridge.clock import Clock
from bridge.errors import FileFaults, UserFault
from bridge.phrases import Language
from bridge.rulebook.loader import LoadedRulebook, mapping_files
from bridge.views.status import version

log = logs.logger("bridge.mappings")

_SETTLED = 1.0  # seconds without any change: whoever saved has finished
_MOST_LOOKS = 15

Print = frozenset[tuple[str, int, int, int]]


class Edits:
    """The mappings in force, and the faults of those in the folder, if any.

    `load` reads the folder, at once for the first time: the UserFault that it raises then is raised.
    `weigh` says in a few numbers what one version changes against another.
    """

    def __init__(
        self,
        folder: Path,
        load: Callable[[], LoadedRulebook],
        clock: Clock,
        weigh: Callable[[LoadedRulebook, LoadedRulebook], Mapping[str, object]],
    ) -> None:
        self.fault: UserFault | None = None
        self._folder = folder
        self._load = load
        self._clock = clock
        self._weigh = weigh
        self._seen: Print | None = _print_of(folder)
        self.loaded = load()

    @property
    def version(self) -> str:
        """The short name of the version in force."""
        return version(self.loaded.rulebook.digest)

    def look(self) -> bool:
        """Look at the folder; return whether other mappings are in force now than before.

        An editor may empty a file before it writes it, or write a new one and rename it: the folder is
        read when nothing in it has changed for a moment. One that never comes to rest is left for the next
        look, and the last good mappings stay.
        """
        present = _print_of(self._folder)
        if present == self._seen:
            return False
        for _ in range(_MOST_LOOKS):
            self._clock.sleep(_SETTLED)
            before, present = present, _print_of(self._folder)
            if present != before:
                continue
            taken = self._taken()
            if _print_of(self._folder) == present:
                self._seen = present
                return self._judged(taken)
        log.warning("mappings.unsettled", folder=str(self._folder))
        return False

    def look_again(self) -> bool:
        """Look because a person asked for it: what is found is told whether it is new or not."""
        self._seen, self.fault = None, None
        if self.look():
            return True
        if self.fault is None:
            log.info("mappings.unchanged", version=self.version)
        return False

    def _taken(self) -> LoadedRulebook | UserFault:
        try:
            return self._load()
        except UserFault as fault:
            return fault

    def _judged(self, taken: LoadedRulebook | UserFault) -> bool:
        """Put valid mappings in force; tell the faults of others once."""
        if isinstance(taken, UserFault):
            faults = told(taken, Language.ENGLISH)
            if self.fault is None or faults != told(self.fault, Language.ENGLISH):
                log.error("mappings.refused", faults=faults, stays=self.version)
            self.fault = taken
            return False
        if self.fault is not None:
            log.info("mappings.mended")
        self.fault = None
        before, self.loaded = self.loaded, taken
        if taken.rulebook.digest == before.rulebook.digest:
            return False
        log.info(
            "mappings.changed",
            version=self.version,
            before=version(before.rulebook.digest),
            files=_changed_files(before.texts, taken.texts),
            impact=dict(self._weigh(before, taken)),
        )
        return True


def told(fault: UserFault, language: Language) -> list[str]:
    """Return what is wrong with mappings, one fault a line."""
    if isinstance(fault, FileFaults):
        return [one.said(language) for one in fault.faults]
    return [str(fault)]


def _changed_files(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    return sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))


def _print_of(folder: Path) -> Print:
    """What differs as soon as a mapping of the folder is written, replaced, added or removed."""
    found = set()
    for path in mapping_files(folder):
        try:
            seen = path.stat()
        except OSError:
            continue
        found.add((path.name, seen.st_ino, seen.st_size, max(seen.st_mtime_ns, seen.st_ctime_ns)))
    return frozenset(found)
