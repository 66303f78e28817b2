"""What is said about files is said in two languages: none is forgotten, and both name the same things."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest

from bridge.phrases import Language, Phrase, language_of, phrase
from bridge.phrases.spanish import SPANISH
from bridge.yamlfile.hints import _SIGNS
from bridge.yamlfile.syntax import _OPENED

BRIDGE = Path(__file__).parents[2] / "bridge"


def text(node: ast.AST | None) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def templates() -> Iterator[str]:
    """Every English template of the code: what `phrase` is called with, what a field of a file is for."""
    for path in BRIDGE.rglob("*.py"):
        module = ast.parse(path.read_text(encoding="utf-8"))
        named = {
            target.id: node.value
            for node in module.body
            if isinstance(node, ast.Assign)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        for node in ast.walk(module):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "phrase":
                said = named.get(node.args[0].id) if isinstance(node.args[0], ast.Name) else node.args[0]
                yield from filter(None, [text(said)])
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Field":
                said = (text(word.value) for word in node.keywords if word.arg == "description")
                yield from filter(None, said)
    yield from (name for name, _ in _SIGNS.values())
    yield from _OPENED.values()
    yield from ("expected more than {limit}", "expected {limit} or more", "expected less than {limit}")
    yield from ("expected {limit} or less", "expected {limit} characters or less")


def fields(template: str) -> set[str]:
    try:
        return {
            name for _, name, _, _ in Formatter().parse(template) if name and name.strip("{}").isidentifier()
        }
    except ValueError:  # a text without fields, with braces of its own
        return set()


def test_every_phrase_has_its_spanish_and_nothing_else_is_kept():
    assert set(templates()) == set(SPANISH)


@pytest.mark.parametrize("english", sorted(SPANISH))
def test_both_languages_name_the_same_things(english):
    assert fields(SPANISH[english]) == fields(english)


def test_a_phrase_inside_a_phrase_speaks_the_same_language():
    inner = phrase("did you mean `{name}`?", name="isp")

    assert phrase("; {what}", what=inner) == Phrase("; did you mean `isp`?", "; ¿quiso decir `isp`?")


def test_words_of_others_are_the_same_in_both_languages():
    assert phrase("No such file or directory") == Phrase(
        "No such file or directory", "No such file or directory"
    )


@pytest.mark.parametrize(
    ("environ", "language"),
    [
        ({}, Language.ENGLISH),
        ({"LANG": "C.UTF-8"}, Language.ENGLISH),
        ({"LANG": "es_MX.UTF-8"}, Language.SPANISH),
        ({"LANG": "es_MX.UTF-8", "LC_ALL": "C"}, Language.ENGLISH),
        ({"LANG": "en_US.UTF-8", "LC_MESSAGES": "es"}, Language.SPANISH),
        ({"LC_MESSAGES": "es", "LC_ALL": ""}, Language.SPANISH),
        ({"LC_ALL": "en_US.UTF-8", "BRIDGE_LANG": "es"}, Language.SPANISH),
        ({"LANG": "es_MX.UTF-8", "BRIDGE_LANG": "en"}, Language.ENGLISH),
        ({"LANG": "et_EE.UTF-8"}, Language.ENGLISH),
    ],
)
def test_the_language_is_that_of_bridge_lang_then_of_the_locale(environ, language):
    assert language_of(environ) is language
