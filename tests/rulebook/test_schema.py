"""The JSON Schemas: they are those that the command writes, explain every key, and agree with the loader."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode

from bridge.cli.main import main
from bridge.errors import FileFaults
from bridge.rulebook.loader import FILES
from bridge.rulebook.schema import MODELS
from tests.domain.tables import Row, read_table

SHIPPED = Path(__file__).parents[2] / "mappings"
SCHEMAS = {name: name.replace(".yaml", ".json") for name in FILES}
CORPUS = read_table(Path(__file__).with_name("schema_corpus.md"))

# How an editor reads a plain scalar (YAML 1.2); everything else, dates too, is text.
PLAIN = {
    "int": int,
    "float": float,
    "bool": lambda text: text.lower() == "true",
    "null": lambda _: None,
}


def validator(name: str) -> Draft7Validator:
    return Draft7Validator(json.loads((SHIPPED / "schema" / SCHEMAS[name]).read_text(encoding="utf-8")))


def as_an_editor_reads(text: str) -> Any:
    return plain(YAML(typ="safe", pure=True).compose(text))


def plain(node: Node) -> Any:
    if isinstance(node, MappingNode):
        return {key.value: plain(value) for key, value in node.value}
    if isinstance(node, ScalarNode):
        return PLAIN.get(node.tag.rpartition(":")[2], str)(node.value)
    return [plain(item) for item in node.value]


def properties(schema: dict[str, Any], path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every key that a schema names."""
    for name, one in schema.get("properties", {}).items():
        yield f"{path}.{name}", one
        yield from properties(one, f"{path}.{name}")
    inner = [schema.get("items"), schema.get("additionalProperties"), *schema.get("anyOf", [])]
    for one in [*inner, *schema.get("patternProperties", {}).values()]:
        if isinstance(one, dict):
            yield from properties(one, path)


def test_every_mapping_has_its_schema():
    assert list(MODELS) == list(FILES)


def test_the_schemas_that_ship_are_those_that_the_command_writes(tmp_path):
    """Else: `bridge mappings schema mappings/schema`."""
    assert main(["mappings", "schema", str(tmp_path / "schema")]) == 0

    written = {path.name: path.read_text(encoding="utf-8") for path in (tmp_path / "schema").iterdir()}
    shipped = {path.name: path.read_text(encoding="utf-8") for path in (SHIPPED / "schema").iterdir()}
    assert sorted(written) == sorted(SCHEMAS.values())
    assert shipped == written


@pytest.mark.parametrize("name", FILES)
def test_a_shipped_mapping_names_its_schema_in_its_first_line_and_fits_it(name):
    text = (SHIPPED / name).read_text(encoding="utf-8")

    assert text.splitlines()[0] == f"# yaml-language-server: $schema=schema/{SCHEMAS[name]}"
    assert [error.message for error in validator(name).iter_errors(as_an_editor_reads(text))] == []


@pytest.mark.parametrize("name", FILES)
def test_every_key_is_explained_by_a_comment_of_its_file(name):
    """The comments are what an editor shows beside a key, so a key without one has nothing to show."""
    schema = validator(name).schema
    Draft7Validator.check_schema(schema)

    assert [path for path, one in properties(schema) if not one.get("description")] == []
    assert schema["description"]


def test_keys_that_are_numbers_are_told_by_a_pattern():
    """The language server of VS Code takes a number for none of the names in a list."""
    properties_ = validator("departments.yaml").schema["properties"]

    assert [list(properties_[name]["patternProperties"]) for name in ("names", "levels", "states")] == [
        ["^[1-9][0-9]{0,6}$"],
        ["^[123]$"],
        ["^[123]$"],
    ]


def test_a_choice_is_explained_word_by_word():
    version = validator("bonus.yaml").schema["properties"]["versions"]["items"]["properties"]

    assert dict(
        zip(version["day_counting"]["enum"], version["day_counting"]["enumDescriptions"], strict=True)
    ) == {
        "started_24h": "cada 24 h comenzadas: 72:00:01 son 4 días",
        "completed_24h": "cada 24 h completas: 95:59:59 son 3 días",
        "calendar_days": "cada fecha del calendario tocada por la falla",
        "exact_hours": "horas exactas entre 24",
    }


@pytest.mark.parametrize("row", CORPUS, ids=[row.id for row in CORPUS])
def test_the_editor_and_the_program_say_the_same(small, edit, load, row: Row):
    cells = {name: cell.replace("<br>", "\n") for name, cell in row.cells.items()}
    edit(cells["file"], cells["instead of"], cells["write"])

    try:
        data = as_an_editor_reads((small / cells["file"]).read_text(encoding="utf-8"))
    except YAMLError:
        by_editor = "bad"
    else:
        by_editor = "good" if validator(cells["file"]).is_valid(data) else "bad"
    try:
        load(small)
    except FileFaults:
        by_program = "bad"
    else:
        by_program = "good"

    assert (by_editor, by_program) == (cells["editor"], cells["program"])
    assert bool(cells["why they differ"]) == (by_editor != by_program)


def test_the_corpus_speaks_of_every_file_good_and_bad():
    seen = {(row.cells["file"], row.cells["program"]) for row in CORPUS}

    assert seen == {(name, verdict) for name in FILES for verdict in ("good", "bad")}
    assert len(CORPUS) >= 60
