"""docs/logs.md lists every event that the program logs, at its level, and no other."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from bridge import errors, logs
from bridge.errors import BridgeError, BrokenRecord, UserFault
from tests.house.documents import ROOT, read

LEVELS = {"debug": "debug", "info": "info", "warning": "warning", "error": "error", "exception": "error"}
ROW = re.compile(r"^\| `([a-z_]+\.[a-z_]+)` \| (\w+) \|", re.MULTILINE)
# What libraries say is turned into this one event.
NOT_CALLED = {"library.message": "warning"}


def test_every_event_that_is_logged_is_listed_with_its_level_and_vice_versa() -> None:
    listed = dict(ROW.findall(read("docs/logs.md")))

    assert dict(_logged()) | NOT_CALLED == listed


def test_an_event_has_one_level() -> None:
    logged = set(_logged())

    assert len({event for event, _ in logged}) == len(logged)


def test_every_reaction_is_explained() -> None:
    """All but those that end the program at its start, and those that have a count of their own."""
    said = read("docs/logs.md").partition("## Reactions")[2]
    classes = [one for one in vars(errors).values() if isinstance(one, type) and issubclass(one, BridgeError)]
    leaves = [one for one in classes if not one.__subclasses__() and not issubclass(one, UserFault)]

    missing = [
        name
        for one in leaves
        if not issubclass(one, BrokenRecord)
        and f"`{(name := logs.reaction_to(one.__new__(one)))}`" not in said
    ]
    assert missing == []


def _logged() -> Iterator[tuple[str, str]]:
    """Every call of a module's `log`, as event and level; its event is a plain text."""
    for path in sorted((ROOT / "bridge").rglob("*.py")):
        if "sandbox" not in path.parts:
            yield from _in_module(path)


def _in_module(path: Path) -> Iterator[tuple[str, str]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        owner = node.func.value
        if not isinstance(owner, ast.Name) or owner.id != "log" or node.func.attr not in LEVELS:
            continue
        first = node.args[0]
        assert isinstance(first, ast.Constant), f"{path}:{node.lineno}: an event is a plain text"
        yield str(first.value), LEVELS[node.func.attr]
