"""Which keys differ between two sets of mappings, whatever their comments and their layout."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bridge.yamlfile import parse

_NAMES = ("effective_from", "id", "name", "tag", "word")  # what tells the items of a list apart
_ABSENT = object()


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyChange:
    """One key whose value differs: `versions[2019-01-01].report_after` of `escalation.yaml`.

    None stands for a key that is not there. `key` is empty where only comments or layout differ.
    """

    file: str
    key: str
    before: str | None
    after: str | None


def changed_keys(before: Mapping[str, str], after: Mapping[str, str]) -> list[KeyChange]:
    """Return what differs between two sets of valid texts, file by file, in the order of the keys."""
    return [
        change
        for name in sorted({*before, *after})
        if before.get(name) != after.get(name)
        for change in _of_file(name, before.get(name), after.get(name))
    ]


def _of_file(name: str, before: str | None, after: str | None) -> list[KeyChange]:
    found = list(_walk(name, "", _data(name, before), _data(name, after)))
    return found or [KeyChange(file=name, key="", before=None, after=None)]


def _data(name: str, text: str | None) -> Any:
    """The content of a file; config's share is JSON, which is YAML too."""
    return _ABSENT if text is None else parse(name, text).data


def _walk(name: str, place: str, before: Any, after: Any) -> Iterator[KeyChange]:
    if isinstance(before, list) and isinstance(after, list):
        before, after = _by_name(before), _by_name(after)
    elif isinstance(before, dict) and isinstance(after, dict):
        before, after = (
            {f".{key}" if place else key: value for key, value in side.items()} for side in (before, after)
        )
    elif before == after:
        return
    else:
        yield KeyChange(file=name, key=place, before=_shown(before), after=_shown(after))
        return
    for step in [*before, *(step for step in after if step not in before)]:
        yield from _walk(name, f"{place}{step}", before.get(step, _ABSENT), after.get(step, _ABSENT))


def _by_name(items: list[Any]) -> dict[str, Any]:
    """The items of a list by what names them, else by their position, from 1."""
    found: dict[str, Any] = {}
    for position, item in enumerate(items, 1):
        names = [str(item[key]) for key in _NAMES if key in item] if isinstance(item, dict) else []
        label = f"[{names[0]}]" if names else f"[{position}]"
        found[label if label not in found else f"[{position}]"] = item
    return found


def _shown(value: Any) -> str | None:
    """A value on one line, as it could be written."""
    if value is _ABSENT:
        return None
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_shown(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(str(_shown(item)) for item in value) + "]"
    if value is None or isinstance(value, bool):
        return str(value).lower().replace("none", "null")
    return str(value)
