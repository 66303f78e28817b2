"""Text made to fit a column: its character set, its length, and always the marker whole."""

from __future__ import annotations

import unicodedata

from bridge.errors import Refused
from bridge.mikrowisp.database.schema import ColumnFacts

# TEXT holds 65,535 bytes; this leaves room for four bytes a letter and for the entities of `as_markup`.
TEXT_LIMIT = 8000
_BMP = 0xFFFF


def fitted(text: str, marker: str, column: ColumnFacts) -> str:
    """Return `text` as `column` can hold it, ending in `marker` where that is not in it.

    Letters the character set lacks become `?` (MariaDB's latin1 is cp1252; the sandbox's SQLite stands in
    for it), so that no SQL mode has to. A text that is too long is cut, the marker kept at its end. Raises
    Refused where the marker itself cannot be held (contract 5.2 and 6).
    """
    if storable(marker, column) != marker:
        raise Refused(f"The marker {marker} cannot be written on this panel: its column is {column.charset}")
    said = storable(text, column)
    if marker not in said:
        said = f"{said} {marker}".strip()
    limit = column.length if column.length and "char" in column.kind else TEXT_LIMIT
    if len(said) <= limit:
        return said
    without = " ".join(said.replace(marker, " ").split())
    return f"{without[: limit - len(marker) - 4].rstrip()}... {marker}"


def storable(text: str, column: ColumnFacts) -> str:
    """Return `text` with `?` for what the column's character set lacks."""
    composed = unicodedata.normalize("NFC", text)
    match column.charset:
        case "utf8mb4":
            return composed
        case "utf8" | "utf8mb3":
            return "".join(letter if ord(letter) <= _BMP else "?" for letter in composed)
        case _:
            return composed.encode("cp1252", "replace").decode("cp1252")


def carries(text: str | None, marker: str) -> bool:
    """Whether `marker` stands in `text` whole: `RC-1/C1` is not in `RC-1/C10`, nor in `XRC-1/C1`."""
    if not text or not marker:
        return False
    before, found, after = text.partition(marker)
    while found:
        opens = not (marker[0].isalnum() and before[-1:].isalnum())
        closes = not (marker[-1].isalnum() and after[:1].isalnum())
        if opens and closes:
            return True
        before, found, after = after.partition(marker)
    return False
