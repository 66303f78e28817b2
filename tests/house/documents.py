"""The project's documents as data: command lines, targets of make, and the files under version control."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.servers import ROOT

FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`(bridge [^`]+)`")
SHELL = {"sh", "console", "bash"}
GUIDES = (
    "README.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    *(f"docs/{path.name}" for path in sorted((ROOT / "docs").glob("*.md"))),
)
# What is not text says nothing that could be read here.
_NO_TEXT = {".csv", ".db", ".gif", ".ico", ".jpg", ".png", ".pyc"}
_HIDDEN = {".ci", ".gitignore"}
_MADE = {"__pycache__", "build", "dist"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A command line of a document; `whole` is false where it stands in a sentence, shortened."""

    where: str
    words: tuple[str, ...]
    whole: bool


def read(name: str) -> str:
    """The text of a file of the repository."""
    return (ROOT / name).read_text(encoding="utf-8")


def lines(name: str) -> Iterator[Line]:
    """Every call of `bridge` in a document, without the word `bridge` itself."""
    text = read(name)
    for block in FENCE.finditer(text):
        if block[1] not in SHELL:
            continue
        for line in block[2].splitlines():
            words = shlex.split(line.removeprefix("$ "), comments=True)
            start = next((n for n, word in enumerate(words) if word.rpartition("/")[2] == "bridge"), None)
            if start == 0:
                yield Line(where=f"{name}: {line}", words=tuple(words[1:]), whole=True)
    for found in INLINE.finditer(FENCE.sub("", text)):
        words = found[1].replace("…", "").split()
        yield Line(where=f"{name}: {found[1]}", words=tuple(words[1:]), whole=False)


def make_targets(name: str) -> set[str]:
    """The targets of `make` that a document names."""
    return set(re.findall(r"(?:^|`)make ([a-z]+)", read(name), re.MULTILINE))


@cache
def tracked() -> tuple[Path, ...]:
    """The text files under version control; every file of the tree where there is no git."""
    if shutil.which("git") and (ROOT / ".git").exists():
        asked = ["git", "-c", f"safe.directory={ROOT}", "ls-files", "-z"]
        listed = subprocess.run(asked, cwd=ROOT, capture_output=True, check=True, encoding="utf-8").stdout
        found = [ROOT / name for name in listed.split("\0") if name]
    else:
        found = [path for path in ROOT.rglob("*") if not any(map(_made, path.relative_to(ROOT).parts))]
    return tuple(sorted(path for path in found if path.is_file() and path.suffix not in _NO_TEXT))


def _made(part: str) -> bool:
    """Whether a file or folder of that name is made by a tool, where no git can say so."""
    return part in _MADE or part.endswith(".egg-info") or (part.startswith(".") and part not in _HIDDEN)
