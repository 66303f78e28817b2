"""docs/facturacion.md explains what billing staff meet, in the words that they read."""

from __future__ import annotations

import re
import shlex

import pytest
import yaml

from bridge.domain.decisions import AFTER_SENDING, CreditStatus, CreditType, Reason
from tests.docs.played import asking, blocks
from tests.house.commands import fault
from tests.house.documents import FENCE, SHELL
from tests.servers import ROOT

TEXT = (ROOT / "docs" / "facturacion.md").read_text(encoding="utf-8")
MESSAGES = yaml.safe_load((ROOT / "mappings" / "messages.yaml").read_text(encoding="utf-8"))
NAMED = re.findall(r"`(bridge [^`]+)`", FENCE.sub("", TEXT))
QUOTED = re.findall(r"«([^»]+)»", TEXT)
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")] for line in TEXT.splitlines() if line[:2] == "| "
]

OF_TICKETS = "undone_open"  # told in docs/operacion.md: no money is in it

# What the document writes in the place of each value of a text.
EXAMPLE = {"days": "4", "report_number": "RC-1201", "credit_id": "RC-1201/C1"}


@pytest.mark.parametrize("name", sorted(MESSAGES["invoice"]))
def test_every_text_of_an_invoice_is_shown_as_the_customer_reads_it(name: str) -> None:
    letter = {"charge": "X1", "reversal": "R1"}.get(name, "C1")

    assert MESSAGES["invoice"][name].format(**EXAMPLE, marker=f"[RC-1201/{letter}]") in QUOTED


@pytest.mark.parametrize(
    ("section", "name"),
    [
        (section, name)
        for section in ("parked", "differences")
        for name in MESSAGES[section]
        if name != OF_TICKETS
    ],
)
def test_every_line_of_the_worklist_about_money_is_explained(section: str, name: str) -> None:
    """A row begins with words that stand in the line, and in no other line of its kind."""
    mine = [
        row[0]
        for row in ROWS
        for phrase in re.findall(r"«([^»]+)»", row[0])
        if _plain(phrase) in _plain(MESSAGES[section][name])
    ]

    assert len(mine) == 1


def test_every_row_about_the_worklist_tells_of_one_line_only() -> None:
    texts = [
        _plain(text)
        for section in ("parked", "differences")
        for name, text in MESSAGES[section].items()
        if name != OF_TICKETS
    ]
    phrases = [phrase for row in ROWS if len(row) == 2 for phrase in re.findall(r"^«([^»]+)»", row[0])]

    assert len(phrases) == len(texts)
    assert [phrase for phrase in phrases if sum(_plain(phrase) in text for text in texts) != 1] == []


@pytest.mark.parametrize("status", CreditStatus)
def test_every_state_has_its_row(status: CreditStatus) -> None:
    assert any(row[0] == f"`{status}`" and len(row) == 3 for row in ROWS)


@pytest.mark.parametrize("kind", CreditType)
def test_every_type_is_explained(kind: CreditType) -> None:
    (types,) = [row[1] for row in ROWS if row[0] == "`type`"]

    assert f"`{kind}`" in types


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_is_explained(reason: Reason) -> None:
    assert f"`{reason}`" in TEXT


@pytest.mark.parametrize("reason", sorted(AFTER_SENDING))
def test_what_was_sent_and_is_held_has_its_row(reason: Reason) -> None:
    assert any(row[:2] == ["`held`", f"`{reason}`"] for row in ROWS)


def test_every_command_is_run_on_the_sandbox() -> None:
    """What is not played is named in a sentence only, and nothing stands in a block to be copied unseen."""
    assert asking(TEXT) == len(blocks(TEXT)) > 10
    assert not SHELL & set(re.findall(r"^```(\w+)$", TEXT, re.MULTILINE))

    run = {tuple(shlex.split(line)[2:4]) for block in blocks(TEXT) for line in block.asked if line[0] == "$"}
    named = {tuple(words.split()[1:3]) for words in NAMED}
    assert named - run == set()


def test_every_command_named_in_a_sentence_takes_the_options_named_with_it() -> None:
    assert [words for words in NAMED if fault(words.split()[1:], whole=False)] == []


def test_no_word_of_programmers_is_used() -> None:
    words = set(re.findall(r"\w+", re.sub(r"`[^`]*`", "", FENCE.sub("", TEXT)).lower()))

    assert (
        words & {"outbox", "ledger", "store", "commit", "sql", "json", "api", "http", "idempotencia"} == set()
    )


def _plain(text: str) -> str:
    return " ".join(text.split())
