"""docs/operacion.md: its edits are answered as it says, and it explains all that asks for a person."""

from __future__ import annotations

import ast
import importlib
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from ruamel.yaml import YAML

from bridge.cli.main import main
from bridge.daemon.alerts import _TITLES
from bridge.domain.books import Differs
from bridge.domain.intents import PushKind
from bridge.domain.money import Money
from bridge.errors import FileFaults
from bridge.phrases import Language
from bridge.rulebook import load_rulebook
from bridge.rulebook.loader import FILES
from bridge.sync.flags import _WORDS
from bridge.sync.parking import Parked
from tests.house.documents import ROOT, read
from tests.servers import start_sandbox

GUIDE = read("docs/operacion.md")
LINES = re.MULTILINE | re.DOTALL
# An edit of a shipped file, its hunks parted by @@, and what the program says to it: nothing if it is right.
EDIT = re.compile(
    r"^Archivo `(?P<file>\w+\.yaml)`\n\n```diff\n(?P<diff>.*?)^```\n(?:\n```text\n(?P<said>.*?)^```\n)?",
    LINES,
)
EDITS = list(EDIT.finditer(GUIDE))
MODULES = [path for path in sorted((ROOT / "bridge").rglob("*.py")) if "sandbox" not in path.parts]


@pytest.mark.parametrize(
    "edit", EDITS, ids=lambda edit: f"{GUIDE[: edit.start()].count(chr(10))} {edit['file']}"
)
def test_an_edit_is_answered_as_the_guide_says(edit: re.Match[str], tmp_path: Path) -> None:
    """On the shipped files, so that `-` lines are what stands there."""
    folder = tmp_path / "mappings"
    shutil.copytree(ROOT / "mappings", folder)
    path = folder / edit["file"]
    path.write_text(_edited(path.read_text(encoding="utf-8"), edit["diff"]), encoding="utf-8")

    assert _said(folder) == (edit["said"] or "").splitlines()


def test_the_daily_look_and_the_way_of_an_edit_work_one_after_the_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Sections 1 and 2 as typed, where ticket 1201 is a low-speed report without captures."""
    typed = [
        line
        for block in re.findall(r"^```sh\n(.*?)^```$", _chapters(1, 2), LINES)
        for line in block.splitlines()
    ]
    folder, now = tmp_path / "isp", "2026-11-24T12:00:00-06:00"
    monkeypatch.setenv("BRIDGE_NOW", now)
    monkeypatch.setenv("BRIDGE_CONFIG", str(folder / "config.yaml"))
    with start_sandbox(tmp_path / "panel.db", customers=40, now=now) as panel:
        panel.control(
            "tickets", {"id": 1201, "customer": 7, "subject": "Internet lento", "body": "Muy lento"}
        )
        monkeypatch.setenv("MIKROWISP_TOKEN", panel.token)
        monkeypatch.setenv("MIKROWISP_DATABASE_URL", panel.database_url)
        main(["init", str(folder), "--panel", panel.url, "--database"])
        monkeypatch.chdir(folder)
        main(["sync"])

        codes = {line: _typed(line) for line in typed if "/etc/bridge" not in line}

    assert {line: code for line, code in codes.items() if code} == {}
    assert len(codes) == 17
    assert "No incident would change." in capsys.readouterr().out


def test_each_mapping_has_an_edit() -> None:
    """All but the calendar, which has one value only."""
    right = {edit["file"] for edit in EDITS if edit["said"] is None}

    assert right == set(FILES) - {"calendar.yaml"}
    assert re.findall(r"^### `(\w+\.yaml)`", GUIDE, re.MULTILINE) == [
        *("escalation.yaml", "bonus.yaml", "charges.yaml", "calendar.yaml", "departments.yaml"),
        *("technicians.yaml", "faults.yaml", "signals.yaml", "messages.yaml", "commands.yaml"),
    ]


def test_every_alert_is_explained() -> None:
    alerts = _section("5.1")
    names = {rule["alert"] for group in _prometheus()["groups"] for rule in group["rules"]}

    assert [title for titles in _TITLES.values() for title in titles if title not in alerts] == []
    assert {*_TITLES, *names} - _explained(alerts) == set()


def test_every_kind_of_the_worklist_is_explained_and_no_other() -> None:
    assert _explained(_section("5.2")) == {*_WORDS, *map(str, PushKind), *_kinds_of_lines()}


def test_every_reason_why_a_push_is_parked_is_explained() -> None:
    assert _explained(_section("5.3")) == set(map(str, Parked))


def test_every_difference_of_the_books_is_explained() -> None:
    assert _explained(_section("5.4")) == set(map(str, Differs))


def test_every_warning_and_error_of_the_log_is_explained() -> None:
    listed = re.findall(
        r"^\| `([a-z_]+\.[a-z_]+)` \| (?:warning|error) \|", read("docs/logs.md"), re.MULTILINE
    )

    assert _explained(_section("5.5")) == set(listed)


def test_every_reaction_that_status_counts_is_explained() -> None:
    listed = read("docs/logs.md").partition("## Reactions")[2]

    assert _explained(_section("5.6")) == _explained(listed)


def test_every_guard_is_quoted_in_its_own_words() -> None:
    guards = " ".join(read("bridge/sync/guards.py").replace('"\n            f"', "").split())
    quoted = re.findall(r"^\| `([^`]+)` \|", _section("5.7"), re.MULTILINE)

    assert [words for words in quoted if words not in guards] == []
    assert (
        len(quoted) == guards.count("raise GuardStopped(") + 1
    )  # the one that holds money back raises nothing


def test_every_check_of_the_check_up_is_explained() -> None:
    checks = {
        call.args[0].value
        for path in MODULES
        if path.parent.name == "doctor"
        for call in _calls(path)
        if isinstance(call.func, ast.Name)
        and call.func.id in {"ok", "warning", "failed", "skipped"}
        and isinstance(call.args[0], ast.Constant)
    }

    assert _explained(_section("5.8")) == checks


def _chapters(first: int, last: int) -> str:
    return GUIDE[GUIDE.index(f"\n## {first}.") : GUIDE.index(f"\n## {last + 1}.")]


def _typed(line: str) -> int:
    """Do what a line says, as the program itself or with a shell; return its exit code."""
    if line.startswith("bridge "):
        return main(shlex.split(line)[1:])
    return subprocess.run(["bash", "-c", line], check=False).returncode


def _edited(text: str, diff: str) -> str:
    for hunk in diff.split("@@\n"):
        rows = hunk.splitlines()
        before = "".join(f"{row[1:]}\n" for row in rows if row[:1] in {" ", "-"})
        after = "".join(f"{row[1:]}\n" for row in rows if row[:1] in {" ", "+"})
        assert text.count(before) >= 1, f"not in the file: {before}"
        text = text.replace(before, after, 1)
    return text


def _said(folder: Path) -> list[str]:
    try:
        load_rulebook(
            folder,
            zone=ZoneInfo("America/Mexico_City"),
            enforce_from=date(2026, 11, 22),
            approval_above=Money(Decimal("1500.00")),
        )
    except FileFaults as faults:
        return [fault.said(Language.SPANISH) for fault in faults.faults]
    return []


def _section(number: str) -> str:
    found = re.search(rf"^### {re.escape(number)} .*?(?=^##)", GUIDE, re.MULTILINE | re.DOTALL)
    assert found is not None
    return found[0]


def _explained(section: str) -> set[str]:
    """The names in the first column of its tables."""
    cells = re.findall(r"^\| ([^|]*) \|", section, re.MULTILINE)
    return {name for cell in cells for name in re.findall(r"`([^`]+)`", cell)}


def _kinds_of_lines() -> Iterator[str]:
    """The kinds that the code puts on the worklist itself, by name or by a constant of its module."""
    for path in MODULES:
        for call in _calls(path):
            match call:
                case ast.Call(
                    func=ast.Attribute(attr="add", value=owner), args=[_, ast.Constant(value=str(kind)), *_]
                ):
                    if _is_worklist(owner):
                        yield kind
                case ast.Call(func=ast.Attribute(attr="add", value=owner), args=[_, ast.Name(id=name), *_]):
                    module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
                    kind = getattr(importlib.import_module(module), name, None)
                    if _is_worklist(owner) and kind is not None:
                        yield kind


def _is_worklist(owner: ast.expr) -> bool:
    return isinstance(owner, ast.Attribute) and owner.attr == "worklist"


def _calls(path: Path) -> Iterator[ast.Call]:
    return (
        node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)
    )


def _prometheus() -> Any:
    return YAML(typ="safe", pure=True).load(read("deploy/prometheus-rules.yaml"))
