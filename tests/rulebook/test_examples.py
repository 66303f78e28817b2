"""The worked examples inside the mappings guard every number of the rules."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from bridge.errors import FileFaults
from bridge.rulebook import LoadedRulebook, rulebook_of
from bridge.rulebook.bonus import BonusFile
from bridge.rulebook.charges import ChargesFile
from bridge.rulebook.escalation import EscalationFile
from bridge.yamlfile import checked, parse
from tests.domain.tables import Row, read_table

SHIPPED = Path(__file__).parents[2] / "mappings"
MODELS = {"escalation.yaml": EscalationFile, "bonus.yaml": BonusFile, "charges.yaml": ChargesFile}
NAMED = re.compile(r"^mappings/(\S+?):\d+:\d+: the example `(.+?)` expects ", re.MULTILINE)

Load = Callable[[Path], LoadedRulebook]


def names(file: str) -> list[str]:
    """The examples of a shipped file."""
    document = parse(file, (SHIPPED / file).read_text(encoding="utf-8"))
    content = checked(document, MODELS[file])
    return [example.name for version in content.versions for example in version.examples]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SHIPPED, tmp_path / "mappings"))


def edit(path: Path, old: str, new: str) -> None:
    """Replace a piece of a file; the piece must be there once."""
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, old
    path.write_text(text.replace(old, new.replace("<br>", "\n      ")), encoding="utf-8")


def refused(copy: Path, load: Load) -> dict[str, list[str]]:
    """Load mappings that must be refused; return which examples of which file refuse them."""
    with pytest.raises(FileFaults) as caught:
        load(copy)
    found: dict[str, list[str]] = {}
    for broken, name in NAMED.findall(str(caught.value)):
        found.setdefault(broken, []).append(name)
    assert sum(map(len, found.values())) == len(caught.value.faults), str(caught.value)
    return found


EDITS = read_table(Path(__file__).with_name("guarded_keys.md"))


def test_every_example_of_the_shipped_mappings_holds(load: Load) -> None:
    assert load(SHIPPED).rulebook
    assert {file: len(names(file)) > 6 for file in MODELS} == dict.fromkeys(MODELS, True)


@pytest.fixture(scope="module")
def refusals(tmp_path_factory: pytest.TempPathFactory, load: Load) -> dict[str, dict[str, list[str]]]:
    """Which examples of which file refuse each edit of the table, by its case."""
    found = {}
    for row in EDITS:
        folder = tmp_path_factory.mktemp("edit") / "mappings"
        shutil.copytree(SHIPPED, folder)
        edit(folder / row.cells["file"], row.cells["instead of"], row.cells["write"])
        found[row.case] = refused(folder, load)
    return found


@pytest.mark.parametrize("row", EDITS, ids=[row.id for row in EDITS])
def test_an_edit_is_refused_with_the_examples_name(
    refusals: dict[str, dict[str, list[str]]], row: Row
) -> None:
    assert row.cells["refused by the example"] in refusals[row.case][row.cells["file"]]


def test_every_number_of_the_rules_is_guarded() -> None:
    """A key without an edit above has no example that guards it; the two that cannot have one say why."""
    edited = {row.case.replace(",", "").split()[1] for row in EDITS}
    keys = {
        key
        for file, model in MODELS.items()
        for key in parse(file, (SHIPPED / file).read_text(encoding="utf-8")).data["versions"][0]
    }

    assert keys - edited - {"effective_from", "examples", "kinds"} == {
        "month_replaces_days",  # one monthly price is the most an incident can get either way (C-10)
        "needs_approval",  # without a price every charge waits for its amount
    }


def test_x_3_approval_is_guarded_once_there_is_a_price(copy: Path, load: Load) -> None:
    text = (copy / "charges.yaml").read_text(encoding="utf-8")
    text = text.replace("visit: null", "visit: 150.00").replace(
        "status: awaiting_amount, amount: 0.00}", "status: awaiting_approval, amount: 150.00}", 1
    )
    (copy / "charges.yaml").write_text(text, encoding="utf-8")
    assert load(copy).rulebook

    edit(copy / "charges.yaml", "needs_approval: true", "needs_approval: false")

    assert refused(copy, load) == {"charges.yaml": ["falla del cliente, visita en sitio"]}


def test_an_edit_of_one_file_is_refused_by_the_examples_of_another(copy: Path, load: Load) -> None:
    """C-9: whether a re-opened ticket is credited as one incident depends on escalation.yaml (L-9)."""
    edit(copy / "escalation.yaml", "continues_within: 72 h", "continues_within: 5 h")

    assert refused(copy, load)["bonus.yaml"] == [
        "cerrado a las 80 h, reabierto, 5 h más",
        "cerrado a las 80 h, reabierto, pasa de 96 h",
    ]


def test_the_refusal_says_what_was_expected_and_what_comes_out(copy: Path, load: Load) -> None:
    text = (copy / "bonus.yaml").read_text(encoding="utf-8")
    (copy / "bonus.yaml").write_text(text.replace("days_from: 72 h", "days_from: 73 h"), encoding="utf-8")
    line = 1 + text[: text.index("72:00:00 sin servicio")].count("\n") + 2
    column = 1 + text.splitlines()[line - 1].index("due, reason")

    with pytest.raises(FileFaults) as caught:
        load(copy)

    assert str(caught.value).splitlines()[0] == (
        f"mappings/bonus.yaml:{line}:{column}: the example `72:00:00 sin servicio` expects status due, "
        "reason days, days 3, amount 30.00; the rules give status refused, reason below_threshold, days 0, "
        "amount 0.00"
    )


def test_a_second_version_has_examples_of_its_own(copy: Path, load: Load) -> None:
    """Each version is tried on its own first day: the new one pays from 60 h, the old one as before."""
    text = (copy / "bonus.yaml").read_text(encoding="utf-8")
    rules = text[text.index("  - effective_from") : text.index("    # Ejemplos:")]
    new = rules.replace("2019-01-01", "2027-01-01").replace("days_from: 72 h", "days_from: 60 h")
    example = "    examples: [{name: desde 60 h, given: {open_for: 60 h}, expect: {days: DAYS}}]\n"
    (copy / "bonus.yaml").write_text(text + new + example.replace("DAYS", "3"), encoding="utf-8")
    assert len(load(copy).rulebook.bonus) == 2

    (copy / "bonus.yaml").write_text(text + new + example.replace("DAYS", "4"), encoding="utf-8")
    with pytest.raises(FileFaults, match="the example `desde 60 h` expects days 4; the rules give days 3"):
        load(copy)


def test_what_config_says_does_not_count(copy: Path, load: Load) -> None:
    """An example is about the mappings: neither the approval limit nor the first day of credits matters."""
    text = (copy / "bonus.yaml").read_text(encoding="utf-8")
    text = text.replace("given: {price: 349.00, open_for: 72 h}", "given: {price: 50000.00, open_for: 72 h}")
    (copy / "bonus.yaml").write_text(text.replace("amount: 34.90", "amount: 5000.00"), encoding="utf-8")

    assert load(copy).rulebook


def test_archived_texts_are_read_without_their_examples(copy: Path, load: Load) -> None:
    """A later program may work out an old example otherwise; replay must still read what once ruled."""
    loaded = load(copy)
    bonus = loaded.texts["bonus.yaml"].replace("amount: 34.90", "amount: 34.91")

    assert rulebook_of({**loaded.archive, "bonus.yaml": bonus}).rulebook.bonus == loaded.rulebook.bonus


def test_no_shipped_example_is_idle(refusals: dict[str, dict[str, list[str]]]) -> None:
    """Every example is the reason for refusing some edit, but for those of rules that no key changes."""
    broken = {name for found in refusals.values() for listed in found.values() for name in listed}

    assert {name for file in MODELS for name in names(file)} - broken == {
        "visita fallida",
        "falla del cliente, 100 h",
        "falla de la empresa, sin cargo",
        "nadie anotó de quién es la falla, sin cargo",
    }
