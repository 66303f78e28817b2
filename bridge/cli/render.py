"""What commands print: tables, JSON, plain lines. Untrusted texts reach the terminal as text only."""

from __future__ import annotations

import codecs
import json
import os
import re
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TextIO

from rich import box
from rich.cells import cell_len
from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

WIDTH = 100

# Control characters, and marks that turn the direction of writing: a terminal would obey them.
_UNSAFE = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


class Format(StrEnum):
    """How a read command prints."""

    TABLE = "table"
    JSON = "json"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table; numbers stand at the right, `fixed` ones are never broken."""

    name: str
    right: bool = False
    fixed: bool = True


def clean(text: object) -> str:
    """Return a text on one line, without anything a terminal would obey."""
    return _UNSAFE.sub("\ufffd", re.sub(r"\s+", " ", str(text)).strip())


def show_table(columns: Sequence[Column], rows: Iterable[Sequence[object]], *, empty: str) -> None:
    """Print a table on stdout, or the words for an empty one. None is an empty cell."""
    listed = list(rows)
    if not listed:
        say(empty)
        return
    cells = [["" if cell is None else clean(cell) for cell in row] for row in listed]
    gap = _gap([column for column in columns if column.fixed], [_fixed(columns, row) for row in cells])
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=(0, gap, 0, 0))
    for column in columns:
        table.add_column(
            column.name,
            justify="right" if column.right else "left",
            no_wrap=column.fixed,
            overflow="ellipsis" if column.fixed else "fold",
        )
    for row in cells:
        table.add_row(*map(Text, row))
    show(table)


def _fixed(columns: Sequence[Column], row: Sequence[str]) -> list[str]:
    return [cell for column, cell in zip(columns, row, strict=True) if column.fixed]


def _gap(columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> int:
    """Columns stand two spaces apart, or one where words would be cut otherwise; the box brings one."""
    names = [column.name for column in columns]
    needed = sum(max(map(cell_len, words)) + 2 for words in zip(names, *rows, strict=True))
    return 1 if needed - 2 <= WIDTH else 0


def heading(text: str) -> None:
    """Print a heading with an empty line above it."""
    show(Text(""))
    show(Text(clean(text), style="bold"))


def say(text: str = "", *, indent: int = 0) -> None:
    """Print a line on stdout, folded at the width of a table."""
    show(Padding(Text(clean(text)), (0, 0, 0, indent)))


def say_command(command: str) -> None:
    """Print a command on a line of its own, never folded: it is there to be copied."""
    write(f"  {clean(command)}\n")


def show(thing: RenderableType) -> None:
    """Print something of rich on stdout, at most 100 columns wide, coloured at a terminal only."""
    console = Console(file=sys.stdout, highlight=False, markup=False, emoji=False)
    console.width = min(console.width, WIDTH) if console.is_terminal else WIDTH
    with console.capture() as captured:
        console.print(thing)
    lines = (line.rstrip() for line in captured.get().splitlines())
    write("".join(f"{line}\n" for line in lines))


def show_json(value: Any) -> None:
    """Print JSON on stdout: an array with one object a line, anything else indented."""
    plain = _encoding(sys.stdout) != "utf-8"
    if isinstance(value, list):
        lines = ",\n".join(json.dumps(item, ensure_ascii=plain) for item in value)
        text = f"[\n{lines}\n]" if value else "[]"
    else:
        text = json.dumps(value, ensure_ascii=plain, indent=2)
    write(_UNSAFE_IN_JSON.sub(lambda found: f"\\u{ord(found[0]):04x}", text) + "\n")


# The same characters but for the line breaks between values; JSON has escaped those inside of texts.
_UNSAFE_IN_JSON = re.compile(_UNSAFE.pattern.replace(r"\x00-\x1f", ""))


# The same characters but for the breaks and indents of a text of several lines.
_UNSAFE_IN_LINES = re.compile(_UNSAFE.pattern.replace(r"\x00-\x1f", r"\x00-\x08\x0b-\x1f"))


def warn(text: str) -> None:
    """Print a text on stderr, long lines unbroken, without anything a terminal would obey."""
    _write(sys.stderr, _UNSAFE_IN_LINES.sub("\ufffd", text) + "\n")


def write(text: str) -> None:
    """Write on stdout; a reader who has gone away (`| head`) is no fault."""
    _write(sys.stdout, text)


def many(number: int, noun: str) -> str:
    """Return a number with its noun: `1 ticket`, `2 tickets`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}{'es' if noun.endswith('sh') else 's'}"


def _encoding(stream: TextIO) -> str:
    return codecs.lookup(stream.encoding or "utf-8").name


def _write(stream: TextIO, text: str) -> None:
    """Write what the stream can take; letters it cannot show become question marks."""
    encoding = _encoding(stream)
    try:
        stream.write(text.encode(encoding, "replace").decode(encoding))
        stream.flush()
    except BrokenPipeError:
        # What is still in the buffer must not fail a second time when the interpreter ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
