"""Walking a list whose pages nobody has documented: first number, meaning and limit are found out."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any, Literal

from bridge.errors import PanelUnusable

Row = Mapping[str, Any]

# Two answers in a row that add nothing end the walk: one alone may be a repeated page.
_QUIET = 2
_PASSES = 4
# With rows that move by one from page to page, `pagina` counts rows. Fewer could be customers who appeared.
_SURE = 8
_MOST = 200_000


def walk(
    fetch: Callable[[int], Sequence[Row]],
    key: Callable[[Row], Hashable],
    *,
    first: int | Literal["auto"] = "auto",
) -> list[Row]:
    """Return every row that `fetch(pagina)` can show, each once, the latest sight of it.

    Rows may move from one page to another between two calls, and a page may be shown twice, so the walk
    is repeated until two passes show the same rows (four at most). Raises PanelUnusable where the list
    does not end.
    """
    rows: dict[Hashable, Row] = {}
    before: set[Hashable] | None = None
    for _ in range(_PASSES):
        seen = _pass(fetch, key, 0 if first == "auto" else first)
        rows |= seen
        if not seen or before == seen.keys():
            break
        before = set(seen)
    return list(rows.values())


def _pass(
    fetch: Callable[[int], Sequence[Row]], key: Callable[[Row], Hashable], first: int
) -> dict[Hashable, Row]:
    rows: dict[Hashable, Row] = {}
    page, step, quiet = first, 1, 0
    before: list[Hashable] = []
    while quiet < _QUIET:
        answer = fetch(page)
        found = [key(row) for row in answer]
        news = set(found) - rows.keys()
        rows |= dict(zip(found, answer, strict=True))
        if news:
            quiet = 0
        elif not found and page > first:
            break
        elif found and (page != first + 1 or found != before):
            # Page 1 may be page 0 once more, which says nothing about the end.
            quiet += 1
        if len(rows) > _MOST:
            raise PanelUnusable(f"the list of customers does not end after {_MOST} rows")
        if len(before) >= _SURE and found and found[: len(before) - 1] == before[1:]:
            # One page overlaps the next by a tenth, so that nobody is missed when a few customers leave.
            step = max(1, len(found) - max(1, len(found) // 10))
        before = found
        page += step
    return rows
