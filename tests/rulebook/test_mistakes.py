"""docs/errores.md: the program says to each mistake, in the shipped files of today, what is written there."""

from __future__ import annotations

import re

import pytest

from bridge.phrases import Language
from tests.rulebook.mistakes import DOCUMENT, mistakes

TEXT = DOCUMENT.read_text(encoding="utf-8")
MISTAKES = mistakes(TEXT)


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.title)
def test_the_program_says_what_the_document_says(load, mistake):
    """After an edit of a shipped file or of a message: `python -m tests.rulebook.mistakes`."""
    assert mistake.answers(load) == mistake.said != ()


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.title)
def test_each_is_said_at_the_same_places_in_english(load, mistake):
    in_english = mistake.answers(load, Language.ENGLISH)

    assert [line.split(": ")[0] for line in in_english] == [line.split(": ")[0] for line in mistake.said]
    assert set(in_english).isdisjoint(mistake.said)


def test_no_case_of_the_document_is_passed_over():
    assert len(MISTAKES) == len(re.findall(r"^## \d+\.", TEXT, re.MULTILINE)) >= 20
