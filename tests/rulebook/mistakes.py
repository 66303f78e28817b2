"""docs/errores.md as data: mistakes in the shipped mappings, and what the program says to each.

`python -m tests.rulebook.mistakes` writes the answers anew, for when a shipped file or a message changed.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from bridge.domain.money import Money
from bridge.errors import FileFaults
from bridge.phrases import Language
from bridge.rulebook import LoadedRulebook, load_rulebook

ROOT = Path(__file__).parents[2]
DOCUMENT = ROOT / "docs" / "errores.md"
_CASE = re.compile(
    r"^## (?P<title>\d+\. .+)\n\n"
    r"Archivo `(?P<file>[^`]+)`(?:, (?P<how>guardado|copiado) como `(?P<as>[^`]+)`)?\n\n"
    r"(?:```diff\n(?P<diff>(?:.*\n)*?)```\n\n)?"
    r"```text\n(?P<said>(?:.*\n)*?)```\n\n"
    r"(?P<advice>.+)\n",
    re.MULTILINE,
)

Load = Callable[[Path], LoadedRulebook]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    """A mistake: what is changed in which file, how it is saved or copied, and what is said."""

    title: str
    file: str
    how: str | None
    named: str | None
    diff: tuple[str, ...]
    said: tuple[str, ...]
    advice: str

    def answers(self, load: Load, language: Language = Language.SPANISH) -> tuple[str, ...]:
        """Make the mistake in a copy of the shipped mappings, and return what is said."""
        with tempfile.TemporaryDirectory() as folder:
            mappings = Path(folder) / "mappings"
            shutil.copytree(ROOT / "mappings", mappings)
            self._make(mappings)
            try:
                load(mappings)
            except FileFaults as faults:
                return tuple(fault.said(language) for fault in faults.faults)
            return ()

    def _make(self, mappings: Path) -> None:
        path = mappings / self.file
        if self.how == "copiado":
            shutil.copyfile(path, mappings / str(self.named))
            return
        old = "".join(f"{line[1:]}\n" for line in self.diff if line[0] in " -")
        new = "".join(f"{line[1:]}\n" for line in self.diff if line[0] in " +")
        text = path.read_text(encoding="utf-8")
        if self.diff and text.count(old) != 1:
            raise ValueError(
                f"{self.title}: the lines to change stand {text.count(old)} times in {self.file}"
            )
        encoding = str(self.named) if self.how == "guardado" else "utf-8"
        path.write_text(text.replace(old, new) if self.diff else text, encoding=encoding)


def mistakes(text: str) -> list[Mistake]:
    """Read the document."""
    return [
        Mistake(
            title=found["title"],
            file=found["file"],
            how=found["how"],
            named=found["as"],
            diff=tuple((found["diff"] or "").splitlines()),
            said=tuple(found["said"].splitlines()),
            advice=found["advice"],
        )
        for found in _CASE.finditer(text)
    ]


def written_anew(text: str, load: Load) -> str:
    """Return the document with the answers of today."""

    def answer(found: re.Match[str]) -> str:
        (mistake,) = mistakes(found[0])
        said = "".join(f"{line}\n" for line in mistake.answers(load))
        start, end = (place - found.start() for place in found.span("said"))
        return found[0][:start] + said + found[0][end:]

    return _CASE.sub(answer, text)


if __name__ == "__main__":
    _load = partial(
        load_rulebook,
        zone=ZoneInfo("America/Mexico_City"),
        enforce_from=date(2026, 11, 22),
        approval_above=Money(Decimal("1500.00")),
    )
    DOCUMENT.write_text(written_anew(DOCUMENT.read_text(encoding="utf-8"), _load), encoding="utf-8")
