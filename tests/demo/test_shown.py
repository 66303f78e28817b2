"""What the demo prints: a story that reads well anywhere, and commands that work."""

from __future__ import annotations

import json
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import bridge
from bridge.cli.main import main
from tests.demo.conftest import plain

ROOT = Path(bridge.__file__).parents[1]
RECORDING = ROOT / "docs" / "demo.txt"


def test_it_ends_well(demo):
    assert demo.code == 0
    assert "They agree, and each credit stands there once." in demo.text


def test_no_line_is_wider_than_a_page_nor_coloured_where_nobody_sees_it(demo):
    assert max(len(line) for line in demo.text.splitlines() if not line.startswith("  bridge ")) <= 100
    assert "\x1b" not in demo.text


@pytest.mark.parametrize(
    "line",
    [
        "Day 1, Monday 3 November 2025",
        "12:30  RC-1206  Fermín Acuña     L-2   late: level 1 had not contacted the customer in time",
        "20:00  1213     Marta Godínez          the customer writes “¡Esto es #grave!”: only staff's tags",
        "03:45  RC-1214  Noé Farías       C-11  credit of 46.53 found on invoice 14: 649.00 becomes 602.47",
    ],
)
def test_the_story_tells(line, demo):
    assert line in demo.text.splitlines()


def test_the_recording_in_the_docs_is_what_the_demo_prints(demo):
    """Every line of docs/demo.txt comes in its order; `…` stands for lines left out."""
    printed = iter(demo.neutral)
    recorded = [plain(line) for line in RECORDING.read_text(encoding="utf-8").splitlines()]

    assert [line for line in recorded if line not in {"", "…"} and line not in printed] == []


@pytest.fixture
def served(demo, tmp_path):
    """A copy of what the demo left, with its panel running by the command that the demo proposes."""
    folder = tmp_path / "copy"
    shutil.copytree(demo.folder, folder)
    commands = [command.replace(str(demo.folder), str(folder)) for command in demo.commands]
    serve = next(command for command in commands if "sandbox serve" in command)
    arguments = [sys.executable, "-m", *shlex.split(serve)]
    with subprocess.Popen(arguments, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as child:
        json.loads(child.stdout.readline())
        yield [command for command in commands if command != serve]
        child.terminate()


def test_the_commands_to_look_further_work(served, capfd):
    for command in served:
        code = main(shlex.split(command)[1:])
        shown = capfd.readouterr()
        assert code in {0, 3}, f"{command}\n{shown.out}\n{shown.err}"
