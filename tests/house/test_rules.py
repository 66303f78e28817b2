"""Every rule of docs/rules.md is carried by a test."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from tests.house.documents import ROOT, read

TESTS = ROOT / "tests"
# Tests about the documents name every rule, and prove none.
ABOUT_DOCUMENTS = {"test_rule_numbers.py", "test_rules_document.py"}
NOT_BUILT = {
    "C-15": "a legal floor comes later; there is nothing to test yet",
}
NUMBER = re.compile(r"\b([ILCX])-(\d+)\b")
IN_NAME = re.compile(r"(?:^|_)([ilcx])_(\d+)(?=_|$)")


RULES = set(re.findall(r"^\| ([A-Z]-\d+) \|", read("docs/rules.md"), re.MULTILINE))


def test_every_rule_has_a_test_that_carries_its_number():
    """In a test's name or docstring, in a row of a scenario table, or in a step of a story."""
    carried = _carried()

    assert RULES - carried - NOT_BUILT.keys() == set()
    assert carried & NOT_BUILT.keys() == set(), "a rule that is tested needs no excuse"


def test_no_test_carries_a_rule_that_does_not_exist():
    assert _carried() - RULES == set()


def _carried() -> set[str]:
    return {number for path in sorted(TESTS.rglob("*")) for number in _numbers(path)}


def _numbers(path: Path) -> set[str]:
    if path.parent.name == "house" or path.name in ABOUT_DOCUMENTS:
        return set()
    if path.suffix in {".md", ".yaml"} and path.parent.name in {"scenarios", "stories"}:
        return _said(path.read_text(encoding="utf-8"))
    if path.suffix == ".py" and path.name.startswith("test_"):
        return _in_python(ast.parse(path.read_text(encoding="utf-8")))
    return set()


def _in_python(module: ast.Module) -> set[str]:
    found = set()
    for node in ast.walk(module):
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            found |= {f"{letter.upper()}-{number}" for letter, number in IN_NAME.findall(node.name)}
            found |= _said(ast.get_docstring(node) or "")
    return found


def _said(text: str) -> set[str]:
    return {f"{letter}-{number}" for letter, number in NUMBER.findall(text)}
