"""The comments of a mapping as descriptions of its keys: what operations read, an editor shows too.

A key is described by the comment above it, by the one behind it on its line, or by a list of definitions in
the comment above a key that holds it, however deep:

    # Por persona:
    #   id       operador del panel
    #   visits   visitas
    #     fixed  cuándo se fijó
    technicians:

Keys on lines without an empty one between them share the comment above the first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from bridge.yamlfile import Document, Trail

Path = tuple[str, ...]
ANY_NAME = "*"
"""A step of a path where the names are the user's own."""

_COMMENT = re.compile(r"\s*#(.*)")
_MODELINE = "yaml-language-server:"
_DEFINITION = re.compile(r"( {2,})([\w-]+(?:, [\w-]+)*) {2,}(\S.*)")
_BEHIND = re.compile(r"\s#\s+(.*)$")


@dataclass(slots=True)
class _Block:
    """A comment: its sentences, and what it defines by name, each at its depth."""

    prose: list[str] = field(default_factory=list)
    defined: dict[Path, str] = field(default_factory=dict)


class Comments:
    """The comments of one file, by the keys they speak of."""

    def __init__(self, document: Document) -> None:
        self._above: dict[Path, _Block] = {}
        self._behind: dict[Path, str] = {}
        self._shared: dict[Path, Path] = {}
        self._document = document
        for trail, place in document.keys.items():
            self._note(_path(trail), place.line - 1)

    def of(self, path: Path) -> str:
        """Return what is said of the key at `path` (list positions left out); nothing where nothing is."""
        defined = self._defined(path)
        if defined:
            return defined
        block = self._above.get(path)
        said = " ".join(block.prose) if block else ""
        behind = self._behind.get(path, "")
        if not said and path in self._shared:
            said = self.of(self._shared[path])
        return f"{said} {behind}".strip()

    def choices(self, path: Path) -> Mapping[str, str]:
        """Return what is said of each word that may stand at `path`."""
        block = self._above.get(path)
        own = {names[0]: said for names, said in block.defined.items() if len(names) == 1} if block else {}
        return own | {names[-1]: said for names, said in self._below(path)}

    def _defined(self, path: Path) -> str:
        for length in range(len(path) - 1, 0, -1):
            block = self._above.get(path[:length])
            for start in range(length, len(path)):
                rest = _named(path[start:])
                if block and rest in block.defined:
                    return block.defined[rest]
        return ""

    def _below(self, path: Path) -> Iterator[tuple[Path, str]]:
        """What stands deeper than the definition of `path` itself, one level."""
        for length in range(len(path) - 1, 0, -1):
            block = self._above.get(path[:length])
            for names, said in block.defined.items() if block else ():
                if names[:-1] == _named(path[length:]):
                    yield names, said

    def _note(self, path: Path, line: int) -> None:
        lines = self._document.lines
        if path in self._above or path in self._shared or path in self._behind:
            return
        if behind := _BEHIND.search(lines[line]):
            self._behind[path] = behind[1]
        above = _comment_above(lines, line)
        if above:
            self._above[path] = _block(above)
        elif before := self._sibling_above(path, line):
            self._shared[path] = before

    def _sibling_above(self, path: Path, line: int) -> Path | None:
        """Return the key beside this one that stands last before it, without an empty line between."""
        while line and self._document.lines[line - 1].strip():
            for trail, place in self._document.keys.items():
                other = _path(trail)
                if place.line == line and other[:-1] == path[:-1] and other != path:
                    return other
            line -= 1
        return None


def header(document: Document) -> str:
    """Return the first sentence of a file: what it is for."""
    first = next(line for line in document.lines if _COMMENT.match(line) and _MODELINE not in line)
    return first.lstrip("# ")


def _named(path: Path) -> Path:
    """Leave out the steps that any name may stand for."""
    return tuple(step for step in path if step != ANY_NAME)


def _path(trail: Trail) -> Path:
    return tuple(step for step in trail if isinstance(step, str))


def _comment_above(lines: Sequence[str], line: int) -> list[str]:
    found: list[str] = []
    while line and (comment := _COMMENT.fullmatch(lines[line - 1])):
        if _MODELINE not in comment[1]:
            found.insert(0, comment[1])
        line -= 1
    return found


def _block(lines: Sequence[str]) -> _Block:
    block = _Block()
    opened: list[tuple[int, Path]] = []  # the definitions that the next line may belong to, by their depth
    for text in lines:
        depth = len(text) - len(text.lstrip())
        entry = _DEFINITION.fullmatch(text)
        while opened and depth <= opened[-1][0]:
            opened.pop()
        if entry:
            parent = opened[-1][1] if opened else ()
            names = entry[2].split(", ")
            for name in names:
                block.defined[*parent, name] = entry[3]
            opened.append((depth, (*parent, names[-1])))
        elif opened:
            block.defined[opened[-1][1]] += f" {text.strip()}"
        elif text.strip():
            block.prose.append(text.strip())
    return block
