"""`bridge init`: a folder with a configuration and the mappings to begin with."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer

from bridge.cli.files import make_folder, write_new
from bridge.cli.render import say
from bridge.errors import UsageFault
from bridge.rulebook.shipped import SCHEMAS, shipped, shipped_mappings, shipped_schemas

_DATABASE = re.compile(r"^  database:\n    url: .*\n", re.MULTILINE)
_BASE_URL = re.compile(r"^  base_url: .*$", re.MULTILINE)
_ENFORCE_FROM = re.compile(r"^(enforce_from: .*)$", re.MULTILINE)


def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A folder; it is made where it is missing.")],
    *,
    panel: Annotated[
        str | None, typer.Option("--panel", metavar="URL", help="The panel's address, for config.yaml.")
    ] = None,
    database: Annotated[
        bool, typer.Option("--database", help="Use the panel's own database too (MIKROWISP_DATABASE_URL).")
    ] = False,
) -> None:
    """Write config.yaml and a copy of the mappings; nothing that is there is overwritten."""
    example = (shipped() / "config.example.yaml").read_text(encoding="utf-8")
    mappings = shipped_mappings()
    files = {"config.yaml": _configured(example, panel, database=database)}
    files |= {f"mappings/{name}": text for name, text in mappings.items()}
    files |= {f"mappings/{SCHEMAS}/{name}": text for name, text in shipped_schemas().items()}
    there = [str(folder / name) for name in files if (folder / name).exists()]
    if there:
        raise UsageFault(f"nothing was written, for these files are there already: {', '.join(there)}")
    make_folder(folder)
    make_folder(folder / "mappings")
    make_folder(folder / "mappings" / SCHEMAS)
    for name, text in files.items():
        write_new(folder / name, text)
    say(f"Wrote {folder / 'config.yaml'} and {len(mappings)} mappings.")
    address = f"panel.base_url in {folder / 'config.yaml'}, and " if panel is None else ""
    secrets = "MIKROWISP_TOKEN and MIKROWISP_DATABASE_URL" if database else "MIKROWISP_TOKEN"
    say(f"Next: set {address}{secrets} in the environment, then check it with")
    say(f"bridge -c {folder / 'config.yaml'} doctor", indent=2)


def _configured(example: str, panel: str | None, *, database: bool) -> str:
    """Return the example with what differs for everybody: address, database, the first day of credits."""
    text = _ENFORCE_FROM.sub(r"# \1", example)
    if not database:
        text = _DATABASE.sub(lambda found: re.sub(r"^  ", "  # ", found[0], flags=re.MULTILINE), text)
    if panel is not None:
        text = _BASE_URL.sub(lambda _: f"  base_url: {panel}", text)
    return text
