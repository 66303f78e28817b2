"""Every rule of the domain has a test, or a row, that carries its number."""

from __future__ import annotations

import re
from pathlib import Path

from tests.domain.tables import SCENARIOS, read_table

RULES = {
    *(f"L-{number}" for number in range(1, 11)),
    *(f"C-{number}" for number in (*range(1, 15), 16)),
    *(f"X-{number}" for number in range(1, 5)),
    *(f"I-{number}" for number in range(5, 9)),
}


def test_every_rule_number_stands_in_a_test() -> None:
    names = [
        name
        for path in Path(__file__).parent.glob("test_*.py")
        for name in re.findall(r"^def (test_\w+)", path.read_text(encoding="utf-8"), re.MULTILINE)
    ]
    cases = [row.case for table in SCENARIOS.glob("*.md") for row in read_table(table)]

    found = {f"{letter.upper()}-{number}" for name in names for letter, number in _in_name(name)}
    found |= {rule for case in cases for rule in re.findall(r"[LCXI]-\d+", case)}

    assert RULES - found == set()


def _in_name(name: str) -> list[tuple[str, str]]:
    return re.findall(r"_([lcxi])_(\d+)(?=_|$)", name)
