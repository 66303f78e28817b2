"""Checks a parsed file against its model and says every fault in words, at its place."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterable
from dataclasses import replace
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from bridge.errors import Fault, FileFaults
from bridge.yamlfile.parse import Document, Trail

M = TypeVar("M", bound=BaseModel)

_EXPECTED = {
    "bool_type": "expected true or false",
    "bool_parsing": "expected true or false",
    "int_type": "expected a whole number",
    "int_parsing": "expected a whole number",
    "int_from_float": "expected a whole number",
    "int_parsing_size": "expected a smaller number",
    "float_type": "expected a number",
    "float_parsing": "expected a number",
    "string_type": "expected text",
    "string_too_short": "expected some text",
    "too_short": "expected some text",
    "model_type": "expected `key: value` lines",
    "model_attributes_type": "expected `key: value` lines",
    "dict_type": "expected `key: value` lines",
    "tuple_type": "expected a list",
    "list_type": "expected a list",
    "frozen_set_type": "expected a list",
    "set_type": "expected a list",
}
_BOUNDS = {
    "greater_than": ("gt", "expected more than {:g}"),
    "greater_than_equal": ("ge", "expected {:g} or more"),
    "less_than": ("lt", "expected less than {:g}"),
    "less_than_equal": ("le", "expected {:g} or less"),
}
_LONGEST_QUOTE = 60


class FileModel(BaseModel):
    """The base of all file models: nothing unknown, nothing changed afterwards, inputs never shown."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, coerce_numbers_to_str=True, hide_input_in_errors=True
    )


def checked(
    document: Document, model: type[M], *, data: Any = None, hidden: Collection[str] = frozenset()
) -> M:
    """Return `document` as a `model`; FileFaults says all that is wrong with it, each at its place.

    `data` replaces the document's own data (after interpolation). The values of keys named in `hidden`
    are never quoted.
    """
    faults: list[Fault] = []
    try:
        return model.model_validate(document.data if data is None else data)
    except ValidationError as error:
        found = error.errors(include_url=False)
        misspelt = {place for details in found if (place := _meant(model, details))}
        for details in found:
            if details["type"] != "missing" or details["loc"] not in misspelt:
                _add(faults, _fault(document, model, details, hidden))
    # Raised out here so that the validation error, which holds the values, is not chained to it.
    raise FileFaults(faults)


def without_nothing(data: Any) -> Any:
    """Return `data` without the keys that have no value, as if they were not written."""
    if isinstance(data, dict):
        return {key: without_nothing(value) for key, value in data.items() if value is not None}
    return data


def nearest(word: str, names: Iterable[str]) -> str:
    """Return words that lead to the right name: the nearest one, else all of them."""
    known = sorted(set(names))
    close = _close(word, known)
    return f"did you mean `{close}`?" if close else one_of(known)


def one_of(names: Iterable[str]) -> str:
    """Return `expected one of a, b, c`."""
    known = list(names)
    return f"expected {known[0]}" if len(known) == 1 else f"expected one of {', '.join(known)}"


def _close(word: str, names: Iterable[str]) -> str | None:
    by_fold = {name.casefold(): name for name in names}
    close = difflib.get_close_matches(word.casefold(), by_fold, n=1)
    return by_fold[close[0]] if close else None


def _meant(model: type[BaseModel], details: ErrorDetails) -> tuple[str | int, ...] | None:
    """Return the place of the key that an unknown one most likely stands for."""
    if details["type"] != "extra_forbidden":
        return None
    *steps, key = details["loc"]
    close = _close(str(key), _keys_of(model, steps))
    return (*steps, close) if close else None


def _fault(
    document: Document, model: type[BaseModel], details: ErrorDetails, hidden: Collection[str]
) -> Fault:
    steps = [step for step in details["loc"] if step != "[key]"]
    trail = _trail(document, steps)
    if details["type"] == "extra_forbidden":
        names = _keys_of(model, steps[:-1])
        return document.key_fault(trail, f"unknown key `{steps[-1]}`; {nearest(str(steps[-1]), names)}")
    if details["type"] == "missing":
        purpose = _purpose(model, steps)
        because = f": {purpose}" if purpose else ""
        if trail in document.keys and trail[-1] == steps[-1]:
            return document.key_fault(trail, f"`{steps[-1]}` has no value{because}")
        return document.key_fault(trail, f"`{steps[-1]}` is missing{because}")
    if details["loc"] and details["loc"][-1] == "[key]":
        return document.key_fault(trail, f"{_words(model, details)}, not `{steps[-1]}`")
    words, comma, hint = _words(model, details).partition("; did you mean")
    quoted = _quoted(document, trail, hidden)
    return document.fault(trail, f"{words}{quoted}{comma}{hint}{_hint(details)}")


def _trail(document: Document, steps: Iterable[str | int]) -> Trail:
    """Leave out what stands in no file: a key that is missing, the names of a union's members."""
    trail: Trail = ()
    for step in steps:
        if (*trail, step) in document.values:
            trail = (*trail, step)
    return trail


def _add(faults: list[Fault], fault: Fault) -> None:
    """Append `fault`; the members of a union complain one after the other and become one fault."""
    last = faults[-1] if faults else None
    same = last and (last.line, last.column) == (fault.line, fault.column)
    if last and same and last.message.startswith("expected") and fault.message.startswith("expected"):
        faults[-1] = replace(last, message=f"{last.message}; or {fault.message}")
    else:
        faults.append(fault)


def _words(model: type[BaseModel], details: ErrorDetails) -> str:
    kind, context = details["type"], details.get("ctx", {})
    if kind == "value_error":
        return str(context["error"])
    if kind in {"enum", "literal_error"}:
        return one_of(_choices(details))
    if kind in _BOUNDS:
        key, words = _BOUNDS[kind]
        return words.format(context[key])
    if kind == "string_pattern_mismatch" and (purpose := _purpose(model, list(details["loc"]))):
        return f"expected {purpose}"
    return _EXPECTED.get(kind, details["msg"])


def _choices(details: ErrorDetails) -> list[str]:
    return re.findall(r"'([^']*)'", str(details.get("ctx", {}).get("expected", "")))


def _hint(details: ErrorDetails) -> str:
    close = _close(str(details["input"]), _choices(details))
    return f"; did you mean `{close}`?" if close else ""


def _quoted(document: Document, trail: Trail, hidden: Collection[str]) -> str:
    value: Any = document.data
    for step in trail:
        if not isinstance(value, dict | list) or (isinstance(value, dict) and step not in value):
            return ""
        value = value[step]  # type: ignore[index]
    if isinstance(value, dict | list) or any(step in hidden for step in trail):
        return ""
    if value is None:
        return ", but nothing is written"
    shown = str(value).lower() if isinstance(value, bool) else str(value)
    return f", not `{shown[:_LONGEST_QUOTE]}`"


def _purpose(model: type[BaseModel], steps: list[str | int]) -> str:
    owner = _model_at(model, steps[:-1])
    field = owner.model_fields.get(str(steps[-1])) if owner else None
    return (field.description or "") if field else ""


def _keys_of(model: type[BaseModel], steps: list[str | int]) -> list[str]:
    owner = _model_at(model, steps)
    return list(owner.model_fields) if owner else []


def _model_at(model: type[BaseModel], steps: Iterable[str | int]) -> type[BaseModel] | None:
    here: Any = model
    for step in steps:
        owner = _model_in(here)
        # A list position, a free key or the name of a union's member leaves the model as it is.
        if owner and step in owner.model_fields:
            here = owner.model_fields[str(step)].annotation
    return _model_in(here)


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next(filter(None, map(_model_in, get_args(annotation))), None)
