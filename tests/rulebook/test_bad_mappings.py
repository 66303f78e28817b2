"""Every mistake in a mapping is said at its place, in words that tell what to write."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from bridge.errors import Fault, FileFaults
from bridge.phrases import Language, phrase


@dataclass(frozen=True)
class Case:
    name: str
    file: str
    old: str
    new: str
    said: dict[Language, list[str]]


def _cases() -> list[Case]:
    text = Path(__file__).with_name("bad_mappings.md").read_text(encoding="utf-8")
    cases = []
    for block in text.split("\n## ")[1:]:
        name, file, *lines = block.strip("\n").split("\n")
        marked = {mark: [line[2:] for line in lines if line[:1] == mark] for mark in "-+!¡"}
        assert sum(map(len, marked.values())) == len(lines), name
        said = {Language.ENGLISH: marked["!"], Language.SPANISH: marked["¡"]}
        cases.append(Case(name, file, "\n".join(marked["-"]), "\n".join(marked["+"]), said))
    assert len({case.name for case in cases}) == len(cases)
    return cases


@pytest.mark.parametrize("case", _cases(), ids=lambda case: case.name)
def test_a_mistake_is_said_at_its_place(small, edit, load, case):
    edit(case.file, case.old, case.new)

    with pytest.raises(FileFaults) as caught:
        load(small)

    for language, lines in case.said.items():
        said = [fault.said(language) for fault in caught.value.faults]
        assert said == [f"mappings/{line}" for line in lines]


def test_the_faults_of_all_files_are_said_at_once(small, edit, load):
    """A broken file does not hide what is wrong in the others, nor wrong references between good ones."""
    edit("calendar.yaml", "continuous", "[")
    edit("escalation.yaml", "visit_hours: 2 h", "visit_hours: 2")
    edit("bonus.yaml", "no_access:", "no_acces:")
    (small / "charges.yaml").unlink()
    (small / "mesages.yaml").write_text("a: 1\n")
    (small / "bonus.yml").write_text("a: 1\n")
    (small / "signals.yaml").write_bytes("reply_is_contact: sí\n".encode("latin-1"))

    with pytest.raises(FileFaults) as caught:
        load(small)

    assert str(caught.value).splitlines() == [
        "mappings/bonus.yaml:10:5: the fault `no_access` of faults.yaml is missing: what does it earn?",
        "mappings/bonus.yaml:11:7: faults.yaml has no fault `no_acces`; did you mean `no_access`?",
        "mappings/bonus.yml:1:1: rename it to `bonus.yaml`",
        "mappings/calendar.yaml:2:1: not valid YAML: the file ends where a value or a closing bracket is due",
        "mappings/charges.yaml:1:1: the file is missing; `bridge init` writes one",
        "mappings/escalation.yaml:8:18: expected a duration such as `2 h`, `30 min` or `3 días`, not `2`",
        "mappings/mesages.yaml:1:1: no mapping has this name; did you mean `messages`?",
        "mappings/signals.yaml:1:20: not UTF-8 (byte 0xED, in Windows `í`); save the file as UTF-8",
    ]


def test_the_faults_come_as_values_too(small, edit, load):
    edit("departments.yaml", "reception: 7", "reception: 8")

    with pytest.raises(FileFaults) as caught:
        load(small)

    assert caught.value.faults == (
        Fault(
            file="mappings/departments.yaml",
            line=3,
            column=12,
            message=phrase("department {id} does not stand under `names`", id=8),
        ),
    )
