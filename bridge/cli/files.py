"""Files that commands write: new ones only, private to the user."""

from __future__ import annotations

import os
from pathlib import Path

from bridge.errors import UsageFault


def write_new(path: Path, text: str) -> None:
    """Write a new file, readable by its owner alone. Raises UsageFault where there is one, or none can be."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise UsageFault(f"{path} is there already and is not overwritten") from error
    except OSError as error:
        raise UsageFault(f"{path} cannot be written: {error.strerror}") from error
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)


def write_again(path: Path, text: str) -> None:
    """Write a file that the program made, in place of its last version. Raises UsageFault."""
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageFault(f"{path} cannot be written: {error.strerror}") from error


def make_folder(path: Path) -> None:
    """Make a folder for its owner alone, unless it is there. Raises UsageFault where it cannot be made."""
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise UsageFault(f"{path} cannot be made: {error.strerror}") from error
