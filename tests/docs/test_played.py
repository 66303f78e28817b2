"""What the documents show is what the program shows today."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.played import DOCUMENTS, played


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_the_screens_of_a_document_are_those_of_today(document: Path, tmp_path: Path) -> None:
    """After a change of a command, a text or a rule: `python -m tests.docs.played`."""
    text = document.read_text(encoding="utf-8")

    assert played(text, tmp_path).splitlines() == text.splitlines()
