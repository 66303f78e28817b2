# ruff: noqa: INP001 - a script, not a package
"""Draw docs/demo.svg from a real run of `bridge demo`, shortened: `.venv/bin/python docs/demo_svg.py`."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.text import Text

OUT = Path(__file__).with_name("demo.svg")
START = "2025-11-03"  # a fixed day, so that drawing again changes nothing else
ABOUT = ("RC-1202", "1202", "RC-1210", "1210")
WEB_FONT = re.compile(r"\s*@font-face \{.*?\}", re.DOTALL)  # a picture should load nothing from elsewhere
FROM, TO = "Credits on the panel", "Waits for a person"


def played() -> list[Text]:
    """Run the demo in a folder of its own, and return its lines with their colours."""
    with tempfile.TemporaryDirectory() as folder:
        output = subprocess.run(  # noqa: S603 - our own program
            [sys.executable, "-m", "bridge", "demo", "--start", START, "--folder", f"{folder}/demo"],
            env=os.environ | {"FORCE_COLOR": "1", "COLUMNS": "100"},
            stdout=subprocess.PIPE,
            check=True,
            encoding="utf-8",
        ).stdout
    return [Text.from_ansi(line) for line in output.splitlines()]


def shortened(lines: list[Text]) -> list[Text]:
    """Keep two tickets of the story, each with its days, and the tables of the end."""
    end = next(number for number, line in enumerate(lines) if line.plain.startswith(FROM))
    last = next(number for number, line in enumerate(lines) if line.plain.startswith(TO))
    kept: list[Text] = []
    taken = False
    for line in lines[:end]:
        if line.plain.startswith("Day "):
            if kept and kept[-1].plain.startswith("Day "):
                del kept[-2:]
            kept += [Text(), line]
            taken = False
        elif line.plain[:1].isdigit():
            taken = line.plain[7:14].strip() in ABOUT
            kept += [line] if taken else []
        elif taken and line.plain.strip():
            kept.append(line)
    return [*kept, Text(), *lines[end:last]]


def main() -> None:
    """Draw the picture."""
    console = Console(record=True, width=100, file=Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115
    console.print("[dim]$[/] bridge demo")
    for line in shortened(played()):
        console.print(line)
    picture = console.export_svg(title="bridge demo (shortened)")
    OUT.write_text(WEB_FONT.sub("", picture), encoding="utf-8")


if __name__ == "__main__":
    main()
