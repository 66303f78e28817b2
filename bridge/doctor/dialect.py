"""Writing what the probe found into commands.yaml: comments kept, checked first, the old file kept."""

from __future__ import annotations

import difflib
import io
import os
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from pydantic import BaseModel
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq

from bridge.errors import UsageFault
from bridge.mikrowisp.probe.record import Change, Value
from bridge.rulebook.commands import Commands
from bridge.rulebook.loader import LoadedRulebook, rulebook_of

NAME = "commands.yaml"


def rewritten(loaded: LoadedRulebook, changes: Iterable[Change]) -> str:
    """Return the text of commands.yaml with the changes in it.

    Every comment and every other value stays. Raises FileFaults where the loader would refuse the result,
    which would be a defect.
    """
    before = loaded.texts[NAME]
    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = 4096
    yaml.indent(mapping=2, sequence=4, offset=2)
    document = yaml.load(before)
    changed = False
    for change in changes:
        changed |= _set(document, change, loaded.commands)
    if not changed:
        return before
    written = io.StringIO()
    yaml.dump(document, written)
    rulebook_of({**loaded.archive, NAME: written.getvalue()})
    return written.getvalue()


def _set(document: CommentedMap, change: Change, now: Commands) -> bool:
    """Put a value at its trail, making the maps on the way; returns whether it was another before.

    A table that is not in the file is written whole, as it is in force: with one line alone it would lose
    the others.
    """
    *way, key = change.trail
    place, in_force = document, now.model_dump(mode="json")
    model: object = now
    for step in way:
        model = getattr(model, step)
        in_force = in_force[step]
        if not isinstance(place.get(step), CommentedMap):
            whole = {} if isinstance(model, BaseModel) else in_force
            place[step] = CommentedMap((name, _plain(value)) for name, value in whole.items())
        place = place[step]
    known = place.get(key)
    wanted = change.value
    if isinstance(known, CommentedSeq) and isinstance(wanted, tuple):
        if tuple(known) == wanted:
            return False
        known[:] = list(wanted)
        return True
    if known == wanted:
        return False
    place[key] = _plain(wanted)
    return True


def _plain(value: Value | list[str]) -> Value | list[str]:
    if not isinstance(value, tuple | list):
        return value
    listed = CommentedSeq(value)
    listed.fa.set_flow_style()
    return listed


def difference(before: str, after: str) -> list[str]:
    """Return the lines of a diff, without the line ends; none where nothing changes."""
    lines = difflib.unified_diff(
        before.splitlines(), after.splitlines(), NAME, f"{NAME} (new)", lineterm="", n=1
    )
    return list(lines)


def replace(folder: Path, text: str, at: datetime) -> Path:
    """Replace commands.yaml by `text` in one go, and return the copy of the old one that is left beside it.

    Raises UsageFault where the folder cannot be written.
    """
    path = folder / NAME
    backup = folder / f"{NAME}.{at:%Y%m%d-%H%M%S}.bak"
    fresh = folder / f".{NAME}.new"
    try:
        mode = path.stat().st_mode & 0o777
        _write(backup, path.read_bytes(), mode)
        _write(fresh, text.encode(), mode)
        fresh.replace(path)
    except OSError as error:
        raise UsageFault(f"{path} cannot be replaced: {error.strerror}; nothing was changed in it") from error
    return backup


def _write(path: Path, content: bytes, mode: int) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
