"""The project's documents as data: command lines, targets of make, and the files under version control.

Commands are also named where people meet them: in the comments and texts of the mappings and of config.yaml,
and in what the program itself says.
"""

from __future__ import annotations

import ast
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import takewhile
from pathlib import Path

from tests.servers import ROOT

FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
# `bridge` itself, in a folder, or as the service of a container; never a path such as bridge/domain.
INLINE = re.compile(r"`(?:[^`\n]*(?:/|--rm ))?(bridge\s[^`]+)`")
_ENDS = set(";|&<>")  # of a command within a line
SHELL = {"sh", "console", "bash"}
DOCUMENTS = (
    "README.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    *(f"docs/{path.name}" for path in sorted((ROOT / "docs").glob("*.md"))),
    "deploy/README.md",
    "bridge/sandbox/README.md",
    "benchmarks/README.md",
)
SETTINGS = (
    "config.example.yaml",
    *(f"mappings/{path.name}" for path in sorted((ROOT / "mappings").glob("*.yaml"))),
    *(f"deploy/{path.name}" for path in sorted((ROOT / "deploy").glob("*.yaml"))),
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
        for line in block[2].splitlines():
            if (call := _call(line, shell=block[1] in SHELL)) is not None:
                yield Line(where=f"{name}: {line}", words=call, whole=True)
    yield from named(name, FENCE.sub("", text))


def named(where: str, text: str) -> Iterator[Line]:
    """The calls of `bridge` that a text names between backticks, shortened or with placeholders."""
    for found in INLINE.finditer(text):
        words = found[1].replace("…", "").split()
        yield Line(where=f"{where}: {found[1]}", words=tuple(words[1:]), whole=False)


def said(path: Path) -> str:
    """The texts of a module, docstrings among them, one a line; X stands for what is filled in."""
    return "\n".join(_texts(ast.parse(path.read_text(encoding="utf-8"))))


def _texts(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Constant(value=str(text)):
            yield text
        case ast.JoinedStr(values=parts):
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else "X" for part in parts)
        case _:
            for child in ast.iter_child_nodes(node):
                yield from _texts(child)


def _call(line: str, *, shell: bool) -> tuple[str, ...] | None:
    """The words after `bridge`, up to a pipe; in other blocks than a shell's after a prompt or a folder."""
    prompt = line.startswith("$ ")
    if not (shell or prompt or "/bin/bridge " in line):
        return None
    taken = shlex.shlex(line.removeprefix("$ "), posix=True, punctuation_chars=True)
    taken.whitespace_split = True
    words = list(taken)
    for place, word in enumerate(words):
        first = place == 0 or words[place - 1] == "--rm"
        if (word == "bridge" and first) or word.endswith("/bin/bridge"):
            return tuple(takewhile(lambda one: not set(one) <= _ENDS, words[place + 1 :]))
    return None


def modules(name: str) -> Iterator[tuple[str, list[str]]]:
    """The modules that a document calls by `python -m`, each with its options."""
    for found in re.finditer(r"python3? -m ([\w.]+)([^`\n]*)", read(name)):
        yield found[1], re.findall(r"(--[a-z-]+)", found[2])


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
