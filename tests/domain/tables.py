"""Reads rule tables: a Markdown file with the rule in words on top and one pipe table below."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

SCENARIOS = Path(__file__).parent.parent / "scenarios"


@dataclass(frozen=True, kw_only=True)
class Row:
    """One row of a table, with the place where it stands."""

    file: str
    line: int
    cells: Mapping[str, str]

    @property
    def case(self) -> str:
        """What the row is about."""
        return self.cells["case"]

    @property
    def id(self) -> str:
        """The row as a test's name."""
        return f"{self.file}:{self.line} {self.case}"


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def read_table(path: Path) -> list[Row]:
    """Every row of the file's table; ValueError where the table is not in order."""
    lines = path.read_text(encoding="utf-8").splitlines()
    table = [(number, line) for number, line in enumerate(lines, 1) if line.startswith("|")]
    (_, header_line), (_, ruler), *body = table
    header = _cells(header_line)
    if header[0] != "case" or len(set(header)) != len(header) or set(ruler) - set("|-: "):
        raise ValueError(f"{path.name}: the table needs a header that begins with `case`, and a ruler")
    rows = []
    for number, line in body:
        cells = _cells(line)
        if len(cells) != len(header):
            raise ValueError(f"{path.name}:{number}: {len(cells)} cells under {len(header)} headings")
        rows.append(Row(file=path.name, line=number, cells=dict(zip(header, cells, strict=True))))
    cases = [row.case for row in rows]
    twice = {case for case in cases if cases.count(case) > 1}
    if twice:
        raise ValueError(f"{path.name}: these cases stand twice: {', '.join(sorted(twice))}")
    return rows


def as_rows(expected: Mapping[str, str], actual: Mapping[str, str]) -> str:
    """The two as a small table, expected above actual."""
    widths = {name: max(len(name), len(expected[name]), len(actual[name])) for name in expected}
    lines = [
        (label, [cells[name].ljust(widths[name]) for name in expected])
        for label, cells in (
            ("", {name: name for name in expected}),
            ("expected", expected),
            ("actual", actual),
        )
    ]
    return "\n" + "\n".join(f"{label:8} | " + " | ".join(cells) + " |" for label, cells in lines)
