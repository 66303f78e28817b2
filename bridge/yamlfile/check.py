"""Checks a parsed file against its model and says every fault in words, at its place."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from bridge.errors import Fault, FileFaults
from bridge.phrases import NOTHING, Phrase, phrase
from bridge.yamlfile.hints import closest, did_you_mean, lookalike, nearest, one_of
from bridge.yamlfile.parse import Document, Trail
from bridge.yamlfile.wrong import WrongValue

M = TypeVar("M", bound=BaseModel)

_NUMBER, _TEXT = phrase("expected a whole number"), phrase("expected text")
_SOME, _LIST = phrase("expected some text"), phrase("expected a list")
_TRUTH, _LINES = phrase("expected true or false"), phrase("expected `key: value` lines")
_EXPECTED = {
    "bool_type": _TRUTH,
    "bool_parsing": _TRUTH,
    "int_type": _NUMBER,
    "int_parsing": _NUMBER,
    "int_from_float": _NUMBER,
    "int_parsing_size": phrase("expected a smaller number"),
    "float_type": phrase("expected a number"),
    "float_parsing": phrase("expected a number"),
    "string_type": _TEXT,
    "string_too_short": _SOME,
    "too_short": _SOME,
    "model_type": _LINES,
    "model_attributes_type": _LINES,
    "dict_type": _LINES,
    "mapping_type": _LINES,
    "tuple_type": _LIST,
    "list_type": _LIST,
    "frozen_set_type": _LIST,
    "set_type": _LIST,
}
_BOUNDS = {
    "greater_than": ("gt", "expected more than {limit}"),
    "greater_than_equal": ("ge", "expected {limit} or more"),
    "less_than": ("lt", "expected less than {limit}"),
    "less_than_equal": ("le", "expected {limit} or less"),
    "string_too_long": ("max_length", "expected {limit} characters or less"),
}
_LISTS = frozenset(kind for kind, words in _EXPECTED.items() if words is _LIST)
_CENTS = re.compile(r"[0-9]{1,2}")
_LONGEST_QUOTE = 60
_MOST_LISTED = 12


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


def _meant(model: type[BaseModel], details: ErrorDetails) -> tuple[str | int, ...] | None:
    """Return the place of the key that an unknown one most likely stands for."""
    if details["type"] != "extra_forbidden":
        return None
    *steps, key = details["loc"]
    close = closest(str(key), _keys_of(model, steps))
    return (*steps, close) if close else None


def _fault(
    document: Document, model: type[BaseModel], details: ErrorDetails, hidden: Collection[str]
) -> Fault:
    steps = [step for step in details["loc"] if step != "[key]"]
    trail = _trail(document, steps)
    if details["type"] == "extra_forbidden":
        unknown = phrase("unknown key `{key}`", key=steps[-1])
        return document.key_fault(trail, unknown + (_cents(document, trail) or _way(model, steps)))
    if details["type"] == "missing":
        purpose = _purpose(model, steps)
        because = phrase(": {purpose}", purpose=purpose) if purpose else NOTHING
        if trail in document.keys and trail[-1] == steps[-1]:
            return document.key_fault(trail, phrase("`{key}` has no value", key=steps[-1]) + because)
        return document.key_fault(trail, phrase("`{key}` is missing", key=steps[-1]) + because)
    words = _words(model, details)
    if details["loc"] and details["loc"][-1] == "[key]":
        if any(step in hidden for step in trail):
            return document.key_fault(trail, words)
        hint = _cents(document, trail) or _hint(details, str(steps[-1]))
        return document.key_fault(trail, words + phrase(", not `{value}`", value=steps[-1]) + hint)
    quoted, written = _quoted(document, trail, hidden)
    if not words.english.startswith("expected"):  # it names the part that is wrong by itself
        quoted = NOTHING
    return document.fault(trail, words + quoted + _hint(details, written))


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
    if last and same and all(one.message.english.startswith("expected") for one in (last, fault)):
        both = phrase("{first}; or {second}", first=last.message, second=fault.message)
        faults[-1] = replace(last, message=both)
    else:
        faults.append(fault)


def _words(model: type[BaseModel], details: ErrorDetails) -> Phrase:
    kind, context = details["type"], details.get("ctx", {})
    if kind == "value_error":
        error = context["error"]
        return error.expected if isinstance(error, WrongValue) else phrase(str(error))
    if kind in {"enum", "literal_error"}:
        choices = _choices(details)
        if len(choices) > _MOST_LISTED and closest(str(details["input"]), choices):
            return phrase("expected a known word")
        return one_of(choices)
    if kind in _BOUNDS:
        key, words = _BOUNDS[kind]
        return phrase(words, limit=f"{context[key]:g}")
    if kind == "string_pattern_mismatch" and (purpose := _purpose(model, list(details["loc"]))):
        return phrase("expected {name}", name=purpose)
    return _EXPECTED.get(kind) or phrase(details["msg"])


def _choices(details: ErrorDetails) -> list[str]:
    return re.findall(r"'([^']*)'", str(details.get("ctx", {}).get("expected", "")))


def _hint(details: ErrorDetails, written: str | None) -> Phrase:
    """Return what was most likely meant by what is `written`; None: it must not be shown."""
    if written is None:
        return NOTHING
    error = details.get("ctx", {}).get("error")
    meant = error.meant if isinstance(error, WrongValue) else closest(written, _choices(details))
    if written and details["type"] in _LISTS:
        meant = f"[{written}]"
    return phrase("; {what}", what=did_you_mean(meant)) if meant else lookalike(written)


def _way(model: type[BaseModel], steps: list[str | int]) -> Phrase:
    """Return what leads from an unknown key to a known one: the nearest here, or its place elsewhere."""
    key, names = str(steps[-1]), _keys_of(model, steps[:-1])
    if sign := lookalike(key):
        return sign
    homes = [home for home, name in _all_keys(model) if name == key]
    if homes and not closest(key, names):
        home = phrase("under `{home}`", home=homes[0]) if homes[0] else phrase("at the left margin")
        return phrase("; it belongs {place}: check the indentation", place=home)
    return phrase("; {what}", what=nearest(key, names))


def _all_keys(model: type[BaseModel], home: str = "", depth: int = 4) -> Iterator[tuple[str, str]]:
    """Every key a file may hold, each after the key it stands under."""
    for name, field in model.model_fields.items():
        yield home, name
        inner = _model_in(field.annotation)
        if inner and depth:
            yield from _all_keys(inner, name, depth - 1)


def _cents(document: Document, trail: Trail) -> Phrase:
    """Return a hint where `{price: 349,00}` fell apart into a price of 349 and a key `00`."""
    lines = _value_at(document, trail[:-1])
    if not isinstance(lines, dict) or not trail or not _CENTS.fullmatch(str(trail[-1])):
        return NOTHING
    before = [value for key, value in lines.items() if key != trail[-1]][-1:]
    if lines.get(str(trail[-1])) is not None or not before or not isinstance(before[0], int):
        return NOTHING
    meant = f"{before[0]}.{trail[-1]}"
    return phrase("; a comma ends a value here: {what}", what=did_you_mean(meant))


def _quoted(document: Document, trail: Trail, hidden: Collection[str]) -> tuple[Phrase, str | None]:
    """Return words that quote the value at `trail`, and the value as text: None where it is hidden."""
    value = _value_at(document, trail)
    if isinstance(value, dict | list) or any(step in hidden for step in trail):
        return NOTHING, None
    if value is None:
        return phrase(", but nothing is written"), None
    shown = str(value).lower() if isinstance(value, bool) else str(value)
    return phrase(", not `{value}`", value=shown[:_LONGEST_QUOTE]), shown[:_LONGEST_QUOTE]


def _value_at(document: Document, trail: Trail) -> Any:
    value: Any = document.data
    for step in trail:
        if not isinstance(value, dict | list) or (isinstance(value, dict) and step not in value):
            return {}
        value = value[step]  # type: ignore[index]
    return value


def _purpose(model: type[BaseModel], steps: list[str | int]) -> Phrase:
    owner = _model_at(model, steps[:-1])
    field = owner.model_fields.get(str(steps[-1])) if owner else None
    return phrase(field.description) if field and field.description else NOTHING


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
