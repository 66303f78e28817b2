"""The commands that texts tell people to run are such that `bridge` takes them."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
import typer.main
from ruamel.yaml import YAML

from bridge.cli.main import app
from tests.servers import ROOT

COMMAND = re.compile(r"`bridge ([^`]+)`")
PLACEHOLDER = re.compile(r"\{[^{}]+\}|\bCLIENTE\b")


def commands() -> list[str]:
    file = YAML(typ="safe").load((ROOT / "mappings" / "messages.yaml").read_text(encoding="utf-8"))
    return sorted({found for text in texts(file) for found in COMMAND.findall(text)})


def texts(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for one in value.values():
            yield from texts(one)
    elif isinstance(value, str):
        yield value


def test_the_texts_name_commands() -> None:
    assert {line.split()[1] for line in commands()} >= {"approve", "void", "set-amount", "retry", "discard"}


@pytest.mark.parametrize("line", commands())
def test_a_command_in_a_text_is_whole(line: str) -> None:
    command, words = typer.main.get_command(app), PLACEHOLDER.sub("1", line).split()
    context = command.make_context("bridge", [*words], resilient_parsing=True)
    while hasattr(command, "resolve_command"):
        _, command, words = command.resolve_command(context, words)
        assert command is not None
    command.make_context(command.name, words, parent=context)  # raises UsageError for an option left out
