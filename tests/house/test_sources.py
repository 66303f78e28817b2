"""What the project promises about its own files: their sizes, their words, the sections they cite."""

from __future__ import annotations

import re

import pytest

from tests.house.documents import ROOT, read, tracked

MOST_LINES = 300
LONGER = {
    "bridge/phrases/spanish.py": "a catalogue: one line, one phrase",
    "bridge/store/migrations/versions/v0001_first_tables.py": "the first tables, frozen as they were",
    "bridge/store/schema.py": "the tables in one place, each with its promises",
}
SOURCES = sorted((ROOT / "bridge").rglob("*.py"))

# Put together here, so that this file does not hold what it forbids.
PLACES = [re.compile(f"(?<![\\w.}}~:-])/{name}/") for name in ("work", "root")]

# Words that only the panel uses, and only these packages may know.
PANELS_WORDS = re.compile(
    r"\b(idcliente|idticket|idsoporte|idtecnico|idfactura|idorigen|iddestino|iduser|fechavisita|fecha_soporte|"
    r"fecha_cerrado|fecha_hora|motivo_cierre|agendado|turno|descrp|facturaitems|tblservicios|tblavisouser)\b"
    r"|\bsoporte\."
)
MAY_SPEAK_PANEL = {
    "bridge/phrases/spanish.py": "it speaks Spanish, and a shift is a word of everybody's",
    "bridge/mikrowisp": "the panel's language stops here",
    "bridge/sandbox": "it is a panel",
    "bridge/demo/panel.py": "it plays the panel's staff, through the sandbox's control",
}


@pytest.mark.parametrize("path", tracked(), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_file_names_the_place_it_was_written_in(path):
    text = path.read_text(encoding="utf-8")

    assert [found[0] for place in PLACES for found in place.finditer(text)] == []


def test_long_modules_are_those_that_have_a_reason():
    """A file is about one thing; what is longer says why."""
    long = {
        path.relative_to(ROOT).as_posix()
        for path in SOURCES
        if len(path.read_text(encoding="utf-8").splitlines()) > MOST_LINES
    }

    assert long - LONGER.keys() == set()
    assert all((ROOT / name).exists() for name in LONGER)


def test_the_panels_words_stay_at_the_border():
    spoken = [
        f"{name}: {found[0]}"
        for path in SOURCES
        if not (name := path.relative_to(ROOT).as_posix()).startswith(tuple(MAY_SPEAK_PANEL))
        for found in PANELS_WORDS.finditer(read(name))
    ]

    assert spoken == []


def test_every_package_says_in_one_line_what_it_is_for():
    silent = [path for path in SOURCES if not path.read_text(encoding="utf-8").startswith('"""')]

    assert silent == []


def test_every_section_that_the_code_cites_is_there():
    """`contract section 2.1` is in docs/panel.md, `design section 4` in docs/architecture.md."""
    code = [*SOURCES, *sorted((ROOT / "tests").rglob("*.py"))]
    text = "\n".join(path.read_text(encoding="utf-8") for path in code)

    contract = re.findall(r"contract,? (?:sections? )?(\d(?:\.\d)?)(?: (?:and|to) (\d(?:\.\d)?))?", text)
    design = re.findall(r"design,? (?:sections? )?(\d)", text)

    assert {number for pair in contract for number in pair if number} - _sections("docs/panel.md") == set()
    assert set(design) - _sections("docs/architecture.md") == set()
    assert contract
    assert design


def _sections(name: str) -> set[str]:
    return set(re.findall(r"^(?:#+|- \*\*) ?(\d(?:\.\d)?)[. ]", read(name), re.MULTILINE))
