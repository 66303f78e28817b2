"""Tables as CSV, fit for a spreadsheet: a text never becomes a formula, nor a row more than one row."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Iterable, Mapping, Sequence

from bridge.cli.render import clean

BYTE_ORDER_MARK = "\ufeff"
# What makes a spreadsheet calculate instead of show, also in its wide forms.
_FORMULA = frozenset("=+-@")


def csv_text(
    fields: Sequence[str], rows: Iterable[Mapping[str, object]], *, byte_order_mark: bool = False
) -> str:
    """Return the rows as CSV with a heading; columns that `fields` does not name are left out.

    `byte_order_mark` begins it with the sign by which Excel knows UTF-8.
    """
    text = io.StringIO()
    text.write(BYTE_ORDER_MARK if byte_order_mark else "")
    writer = csv.DictWriter(text, fields, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: cell(value) for name, value in row.items()} for row in rows)
    return text.getvalue()


def cell(value: object) -> object:
    """Return what stands in a cell; an apostrophe goes before a text that would be taken for a formula."""
    if not isinstance(value, str):
        return value
    shown = clean(value)
    return f"'{shown}" if unicodedata.normalize("NFKC", shown[:1]) in _FORMULA else shown
