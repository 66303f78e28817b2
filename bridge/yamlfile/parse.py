"""Reads a YAML text into plain data and remembers where every key and every value stands."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn, TypeAlias

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
    StreamStartEvent,
)
from ruamel.yaml.reader import ReaderError

from bridge.errors import Fault, FileFaults
from bridge.phrases import NOTHING, Phrase, phrase
from bridge.yamlfile.syntax import syntax_faults

Trail: TypeAlias = tuple[str | int, ...]
"""The way to a value: mapping keys and list positions, from the top."""

_DEEPEST = 12
_WINDOWS = "cp1252"
_WHOLE_NUMBER = re.compile(r"0|-?[1-9][0-9]{0,17}")
_WORDS: Mapping[str, bool | None] = {"true": True, "false": False, "null": None, "~": None, "": None}
_CENTS = 2
_NO_COMMA = phrase("; a comma ends a value here: write amounts with a point, such as `349.00`")
_NOT_ALLOWED = phrase("a character that YAML does not allow")
_LARGEST = 1_000_000  # bytes; the largest file that comes with the program has a hundredth of it


@dataclass(frozen=True, slots=True)
class _Place:
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed file: plain data (dict, list, str, int, bool, None) and the place of each part.

    Keys are always text. Numbers other than whole ones, dates and times stay text, so that nothing
    passes through a float.
    """

    name: str
    data: dict[str, Any]
    keys: Mapping[Trail, _Place]
    values: Mapping[Trail, _Place]
    lines: Sequence[str] = ()

    def fault(self, trail: Trail, message: Phrase) -> Fault:
        """Return a fault that points at the value at `trail`, or at the nearest one around it."""
        while trail not in self.values:
            trail = trail[:-1]
        return self._at(self.values[trail], message)

    def unfit(self, trail: Trail, expected: Phrase) -> Fault:
        """Return a fault that says what is expected at `trail`, and quotes what is written there."""
        value: Any = self.data
        for step in trail:
            value = value[step]
        return self.fault(trail, phrase("{expected}, not `{value}`", expected=expected, value=value))

    def key_fault(self, trail: Trail, message: Phrase) -> Fault:
        """Return a fault that points at the key at `trail`; a list item counts as its own key."""
        place = self.keys.get(trail)
        return self._at(place, message) if place else self.fault(trail, message)

    def is_cut(self, trail: Trail) -> bool:
        """Return whether a comment follows the text at `trail` on its line: perhaps it was meant as text."""
        place = self.values.get(trail)
        if place is None or place.line > len(self.lines):
            return False
        written = self.lines[place.line - 1][place.column - 1 :]
        return " #" in written and written[:1] not in set("\"'|>")

    def _at(self, place: _Place, message: Phrase) -> Fault:
        return Fault(file=self.name, line=place.line, column=place.column, message=message)


def read_text(path: Path, name: str) -> str:
    """Return the text of the file at `path`; FileFaults under `name` when it cannot be read as UTF-8."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise FileFaults([_fault(name, 1, 1, phrase("cannot be read: {why}", why=error.strerror))]) from error
    if len(raw) > _LARGEST:
        raise FileFaults([_fault(name, 1, 1, phrase("larger than 1 MB; is it the right file?"))])
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in raw[:4]:
        raise FileFaults([_fault(name, 1, 1, phrase("saved as UTF-16; save it as UTF-8"))])
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = raw[: error.start].decode("utf-8-sig", "replace")
        byte = raw[error.start]
        letter = bytes([byte]).decode(_WINDOWS, "replace")
        words = phrase(
            "not UTF-8 (byte 0x{byte}, in Windows `{letter}`); save the file as UTF-8",
            byte=f"{byte:02X}",
            letter=letter,
        )
        raise FileFaults([_fault_after(name, before, words)]) from error


def parse(name: str, text: str) -> Document:
    """Parse `text`, the content of the file `name`; FileFaults lists every fault that can be told apart.

    Refused: anchors and aliases, tags, several documents, keys written twice, a top level that is no
    mapping, and more than a dozen levels of nesting.
    """
    text = text.removeprefix("\ufeff")
    walk = _Walk(name)
    try:
        data = walk.document(YAML(typ="safe", pure=True).parse(text))
    except ReaderError as error:
        walk.faults.append(_fault_after(name, text[: error.position], _NOT_ALLOWED))
    except MarkedYAMLError as error:
        walk.faults += syntax_faults(name, text, error)
    except _Stop:
        pass
    except (YAMLError, ValueError, OverflowError) as error:
        walk.faults.append(_fault(name, 1, 1, phrase("not valid YAML: {what}", what=error)))
    if walk.faults:
        raise FileFaults(walk.faults)
    return Document(name=name, data=data, keys=walk.keys, values=walk.values, lines=text.split("\n"))


def _fault(name: str, line: int, column: int, message: Phrase) -> Fault:
    return Fault(file=name, line=line, column=column, message=message)


def _fault_after(name: str, before: str, message: Phrase) -> Fault:
    lines = before.split("\n")
    return _fault(name, len(lines), len(lines[-1]) + 1, message)


class _Stop(Exception):
    """A fault after which the rest of the file says nothing; it is already noted."""


class _Walk:
    """One pass over the events of a file."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.faults: list[Fault] = []
        self.keys: dict[Trail, _Place] = {}
        self.values: dict[Trail, _Place] = {}

    def document(self, events: Iterator[Event]) -> dict[str, Any]:
        self._events = events
        event = next(events)
        while isinstance(event, StreamStartEvent | DocumentStartEvent):
            event = next(events)
        if isinstance(event, StreamEndEvent):
            self.faults.append(_fault(self.name, 1, 1, phrase("the file is empty")))
            raise _Stop
        if not isinstance(event, MappingStartEvent):
            self._stop(event, phrase("expected `key: value` lines at the top of the file"))
        data: dict[str, Any] = self._value(event, ())
        for extra in events:
            if isinstance(extra, DocumentStartEvent):
                self._stop(extra, phrase("a second document begins here; remove the `---` line"))
        return data

    def _value(self, event: Event, trail: Trail) -> Any:
        self.values[trail] = _place(event)
        if len(trail) > _DEEPEST:
            self._stop(event, phrase("nested too deep"))
        if isinstance(event, AliasEvent):
            self._note(event, phrase("an alias (`*`): write the value out, or put the text in quotes"))
            return None
        if not isinstance(event, ScalarEvent | MappingStartEvent | SequenceStartEvent):
            self._stop(event, phrase("expected a value"))
        if event.anchor:
            self._note(event, phrase("an anchor (`&`): remove it, or put the text in quotes"))
        if event.tag:
            self._note(event, phrase("a tag (`!`): remove it, or put the text in quotes"))
        if isinstance(event, MappingStartEvent):
            return self._mapping(trail)
        return self._list(trail) if isinstance(event, SequenceStartEvent) else _native(event)

    def _mapping(self, trail: Trail) -> dict[str, Any]:
        data: dict[str, Any] = {}
        while not isinstance(event := next(self._events), MappingEndEvent):
            if not isinstance(event, ScalarEvent):
                self._stop(event, phrase("expected a plain word as key"))
            key = str(event.value)
            inner = (*trail, key)
            if first := self.keys.get(inner):
                twice = phrase("`{key}` is written twice (first on line {line})", key=key, line=first.line)
                self._note(event, twice + (_NO_COMMA if key.isdigit() and len(key) == _CENTS else NOTHING))
            else:
                self.keys[inner] = _place(event)
            data[key] = self._value(next(self._events), inner)
            if data[key] is None:
                # YAML puts a value that is not written where the next key begins.
                self.values[inner] = self.keys[inner]
        return data

    def _list(self, trail: Trail) -> list[Any]:
        data: list[Any] = []
        while not isinstance(event := next(self._events), SequenceEndEvent):
            data.append(self._value(event, (*trail, len(data))))
        return data

    def _note(self, event: Event, message: Phrase) -> None:
        place = _place(event)
        self.faults.append(_fault(self.name, place.line, place.column, message))

    def _stop(self, event: Event, message: Phrase) -> NoReturn:
        self._note(event, message)
        raise _Stop


def _place(event: Event) -> _Place:
    mark = event.start_mark
    return _Place(mark.line + 1, mark.column + 1)


def _native(event: ScalarEvent) -> str | int | bool | None:
    text = str(event.value)
    if event.style is not None:
        return text
    if text.lower() in _WORDS:
        return _WORDS[text.lower()]
    return int(text) if _WHOLE_NUMBER.fullmatch(text) else text
