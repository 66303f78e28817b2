"""`commands.yaml`: what ships is the public API, and mistakes are named."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from ruamel.yaml import YAML

from bridge.domain.intents import PushKind
from bridge.rulebook.commands import Commands

ROOT = Path(__file__).parents[2]


def load(path: str) -> Any:
    return YAML(typ="safe").load(ROOT / path)


def test_shipped_file_says_the_defaults() -> None:
    assert Commands.model_validate(load("mappings/commands.yaml")) == Commands()


def test_example_of_an_extension_loads() -> None:
    kinds = set(Commands.model_validate(load("docs/commands-extension.example.yaml")).extensions)

    assert kinds == {PushKind.SET_STATUS, PushKind.ASSIGN, PushKind.NOTE, PushKind.CREDIT, PushKind.CHARGE}


def test_commented_example_in_the_shipped_file_loads() -> None:
    lines = (ROOT / "mappings" / "commands.yaml").read_text(encoding="utf-8").splitlines()
    first = lines.index("# extensions:")
    text = "\n".join(line[2:] for line in lines[first:] if line.startswith("#"))

    example = Commands.model_validate(YAML(typ="safe").load(text)).extensions

    shipped = Commands.model_validate(load("docs/commands-extension.example.yaml")).extensions
    assert example == {kind: shipped[kind] for kind in example}
    assert len(example) == 3


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"surprise": 1}, "Extra inputs"),
        ({"api": "v2"}, "v1"),
        ({"customers": {"page_size": 0}}, "greater than"),
        ({"extensions": {"credit": {"command": "New Balance", "fields": {}}}}, "pattern"),
        (
            {"extensions": {"credit": {"command": "X", "fields": {"a": "{monto}"}}}},
            "unknown field `{monto}`; did you mean `amount`?",
        ),
        ({"extensions": {"credit": {"command": "X", "fields": {"a": "{text.x}"}}}}, "unknown field"),
        ({"extensions": {"credit": {"command": "X", "fields": {"a": "{text"}}}}, "without its other half"),
        ({"extensions": {"gift": {"command": "X", "fields": {}}}}, "credit"),
        ({"tickets": {"states": {"open": ["abierto"]}}}, "needs a word for closed"),
        ({"tickets": {"opening": {"channels": {"phone": "X"}}}}, "needs a word for other"),
    ],
)
def test_mistake_is_named(changes: dict[str, Any], why: str) -> None:
    with pytest.raises(ValidationError) as raised:
        Commands.model_validate(changes)

    assert why in str(raised.value)
