"""JSON Schemas of the mappings, so that an editor completes their keys, checks them and says what they do.

A schema knows one file: what needs another file, the panel or the rules themselves only `bridge mappings
check` can tell. Its descriptions are the comments of the shipped files.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel

from bridge.rulebook.bonus import BonusFile
from bridge.rulebook.calendar import CalendarFile
from bridge.rulebook.charges import ChargesFile
from bridge.rulebook.commands import Commands
from bridge.rulebook.comments import ANY_NAME, Comments, Path, header
from bridge.rulebook.departments import DepartmentsFile
from bridge.rulebook.escalation import EscalationFile
from bridge.rulebook.kinds import FaultsFile
from bridge.rulebook.messages import MessagesFile
from bridge.rulebook.signals import SignalsFile
from bridge.rulebook.technicians import TechniciansFile
from bridge.yamlfile import parse

DRAFT = "http://json-schema.org/draft-07/schema#"  # the latest that every YAML extension of VS Code knows
MODELS: Mapping[str, type[BaseModel]] = {
    "escalation.yaml": EscalationFile,
    "bonus.yaml": BonusFile,
    "charges.yaml": ChargesFile,
    "faults.yaml": FaultsFile,
    "departments.yaml": DepartmentsFile,
    "technicians.yaml": TechniciansFile,
    "signals.yaml": SignalsFile,
    "messages.yaml": MessagesFile,
    "calendar.yaml": CalendarFile,
    "commands.yaml": Commands,
}
_WITH_EXAMPLES = ("escalation.yaml", "bonus.yaml", "charges.yaml")
_OF_PROGRAMS = frozenset({"title", "description", "default", "$defs"})  # said in English, or not to people

Schema = dict[str, Any]


def schema_texts(mappings: Mapping[str, str]) -> Mapping[str, str]:
    """Return the schemas by file name (`bonus.json`), described by the comments of `mappings`."""
    documents = {name: parse(name, mappings[name]) for name in MODELS}
    comments = {name: Comments(document) for name, document in documents.items()}
    found = {}
    for name, model in MODELS.items():
        raw = model.model_json_schema()
        # An example may hold what only another file's examples need, and is described there.
        others = [comments[other] for other in _WITH_EXAMPLES if name in _WITH_EXAMPLES and other != name]
        described = _described(_inlined(raw, raw.get("$defs", {})), (), [comments[name], *others])
        head = {"$schema": DRAFT, "title": name, "description": header(documents[name])}
        found[name.replace(".yaml", ".json")] = _text({**head, **described})
    return found


def _text(schema: Schema) -> str:
    return json.dumps(schema, ensure_ascii=False, indent=2) + "\n"


def _inlined(schema: Schema, definitions: Schema) -> Schema:
    """Put every definition where it is used, so that each place can have a description of its own."""
    if "$ref" in schema:
        return _inlined(definitions[schema["$ref"].rpartition("/")[2]], definitions)
    found = {key: value for key, value in schema.items() if key not in _OF_PROGRAMS}
    for key in ("items", "additionalProperties", "propertyNames"):
        if isinstance(found.get(key), dict):
            found[key] = _inlined(found[key], definitions)
    for key in ("properties", "patternProperties"):
        if key in found:
            found[key] = {name: _inlined(one, definitions) for name, one in found[key].items()}
    if "anyOf" in found:
        found["anyOf"] = [_inlined(one, definitions) for one in found["anyOf"]]
    if "patternProperties" in found:
        found["additionalProperties"] = False
    return found


def _described(schema: Schema, path: Path, comments: Sequence[Comments]) -> Schema:
    found = dict(schema)
    if "properties" in found:
        found["properties"] = {
            name: _with_description(one, (*path, name), comments) for name, one in found["properties"].items()
        }
    if "patternProperties" in found:
        found["patternProperties"] = {
            name: _described(one, (*path, ANY_NAME), comments)
            for name, one in found["patternProperties"].items()
        }
    for key in ("items", "propertyNames", "additionalProperties"):
        if isinstance(found.get(key), dict):
            inner = (*path, ANY_NAME) if key == "additionalProperties" else path
            found[key] = _described(found[key], inner, comments)
    if "anyOf" in found:
        found["anyOf"] = [_described(one, path, comments) for one in found["anyOf"]]
    if "enum" in found:
        said = {word: words for one in reversed(comments) for word, words in one.choices(path).items()}
        if all(str(word) in said for word in found["enum"]):
            found["enumDescriptions"] = [said[str(word)] for word in found["enum"]]
    return found


def _with_description(schema: Schema, path: Path, comments: Sequence[Comments]) -> Schema:
    said = next((said for one in comments if (said := one.of(path))), "")
    return {**({"description": said} if said else {}), **_described(schema, path, comments)}
