"""docs/money.md names every state, step and reason of the code, and shows what the program shows."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from pathlib import Path

import pytest

from bridge.domain.books import Differs
from bridge.domain.decisions import CreditStatus, Reason
from bridge.domain.intents import PushKind
from bridge.rulebook.commands import Commands
from bridge.store import ledger, push_states
from bridge.store.push_states import PushState
from bridge.store.store import Store
from bridge.sync.audit import FOLLOWED_FOR
from bridge.sync.cycle import LEASE
from bridge.sync.guards import CLOCKS_APART
from bridge.sync.parking import Parked
from bridge.sync.push import FIRST_RETRY, LONGEST_RETRY
from tests.docs.money_plays import Apart
from tests.docs.played import asking, blocks
from tests.docs.world import own_environment
from tests.servers import ROOT, start_sandbox

TEXT = (ROOT / "docs" / "money.md").read_text(encoding="utf-8")
SHOWN = "\n".join(block.shown for block in blocks(TEXT))
DIAGRAMS = re.findall(r"^```mermaid\nstateDiagram-v2\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
# A state that is written for the first time has none before it.
ADOPTED = {CreditStatus.POSTED, CreditStatus.INVOICED, CreditStatus.REVERSED}

Steps = set[tuple[str, str]]


def legal(following: Mapping[StrEnum, frozenset[StrEnum]], *, itself: frozenset[StrEnum]) -> Steps:
    """Every step, without staying where one is unless that is a step of its own."""
    return {
        (str(one), str(other))
        for one, others in following.items()
        for other in others
        if one is not other or one in itself
    }


LINES = legal(ledger.NEXT, itself=frozenset())
PUSHES = legal(push_states.NEXT, itself=frozenset({PushState.RETRY_AT}))


def section(heading: str) -> str:
    """The text from a heading to the next one of its rank or above."""
    rank = heading.split(" ", maxsplit=1)[0]
    begun = TEXT.partition(f"\n{heading}\n")[2]
    assert begun, heading
    return re.split(rf"^#{{1,{len(rank)}}} ", begun, maxsplit=1, flags=re.MULTILINE)[0]


def rows(heading: str) -> list[list[str]]:
    """The cells of the tables under a heading, without their heads."""
    found = [line.strip("|").split("|") for line in section(heading).splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in cells] for cells in found]


def words(cell: str) -> list[str]:
    return re.findall(r"`([a-z_0-9]+)`", cell)


@pytest.mark.parametrize(
    ("heading", "legal_steps"),
    [("### Steps of a line", LINES), ("### Steps of a push", PUSHES)],
    ids=["line", "push"],
)
def test_the_table_of_steps_is_that_of_the_code(heading: str, legal_steps: Steps) -> None:
    told: list[tuple[str, str]] = []
    for from_, to, *_ in rows(heading)[1:]:
        every = [(one, other) for one in words(from_) for other in words(to)]
        told += [(one, other) for one, other in every if one != other or one == PushState.RETRY_AT]

    assert set(told) - legal_steps == set(), "not legal"
    assert legal_steps - set(told) == set(), "not told"
    assert len(told) == len(set(told)), "told twice"


def test_the_first_states_of_a_line_are_told() -> None:
    introduction = section("## 9. All legal steps").partition("###")[0]
    first, adopted = introduction.split("for the first time as")[1].split("as found on the panel")

    assert set(words(first)) == set(ledger.FIRST)
    assert set(words(adopted)) == ADOPTED


@pytest.mark.parametrize(
    ("diagram", "states", "legal_steps"),
    [(DIAGRAMS[0], CreditStatus, LINES), (DIAGRAMS[1], PushState, PUSHES)],
    ids=["line", "push"],
)
def test_the_diagrams_show_every_state_and_no_illegal_step(
    diagram: str, states: type[StrEnum], legal_steps: Steps
) -> None:
    arrows = re.findall(r"^  (\S+) --> (\S+?)(?::|$)", diagram, re.MULTILINE)

    assert len(arrows) == len(diagram.splitlines())
    assert {state for arrow in arrows for state in arrow} - {"[*]"} == {str(state) for state in states}
    assert {arrow for arrow in arrows if "[*]" not in arrow} - legal_steps == set()


@pytest.mark.parametrize("status", CreditStatus)
def test_every_state_of_a_line_is_seen_on_a_screen(status: CreditStatus) -> None:
    # A narrow column may cut a long word.
    assert re.search(rf"^RC-\S+ .*\b{status[:14]}", SHOWN, re.MULTILINE)


@pytest.mark.parametrize("state", PushState)
def test_every_state_of_a_push_is_seen_on_a_screen(state: PushState) -> None:
    assert re.search(rf"^RC-\S+ +{state}\b", SHOWN, re.MULTILINE)


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_of_the_ledger_is_explained(reason: Reason) -> None:
    assert f"`{reason}`" in section("## 3. Side ways of a line")


def test_every_reason_that_holds_a_line_is_seen_on_a_screen() -> None:
    [_, *table] = rows("## 3. Side ways of a line")
    reasons = [cells[0].strip("`") for cells in table if len(cells) == 4 and cells[0].startswith("`")]
    held = [reason for reason in reasons if reason in set(Reason)]

    assert len(held) > 10
    assert [reason for reason in held if not re.search(rf" held +{reason}\b", SHOWN)] == []


def test_every_reason_to_be_parked_has_its_row_and_is_seen_on_a_screen() -> None:
    table = rows("### Every reason to be parked")[1:]
    folded = " ".join(re.sub(r"[^\S\n]{2,}|\n", " ", SHOWN).split())

    assert [cells[0].strip("`") for cells in table] == [str(why) for why in Parked]
    for why in Parked:
        first = " ".join(why.label.split()[:4])
        assert first in folded or why.label.split(",")[0] in folded, why


def test_every_difference_has_its_row() -> None:
    table = rows("## 5. Ledger against panel")[1:]

    assert [cells[0].strip("`") for cells in table] == [str(kind) for kind in Differs]


def test_the_screen_of_differences_has_each_of_them(tmp_path: Path) -> None:
    with own_environment(), start_sandbox(tmp_path / "panel.db") as panel:
        Apart(panel, tmp_path / "apart").goes_on_to("changed")

    store = Store.open(f"sqlite:///{tmp_path / 'apart' / 'bridge.db'}")
    try:
        found = store.worklist.lasting("differs/")
    finally:
        store.close()
    assert sorted(key.rpartition("/")[2] for key in found) == sorted(Differs)


def test_every_kind_of_push_has_its_row() -> None:
    table = rows("## 7. What makes each push safe")[1:]

    assert {cells[0].strip("`") for cells in table} == set(PushKind)
    assert all(len(cells) == 5 and all(cells) for cells in table)


def test_the_guards_are_named_as_the_code_names_them() -> None:
    code = (ROOT / "bridge" / "sync" / "guards.py").read_text(encoding="utf-8")
    raised = set(re.findall(r'GuardStopped\(\s*"(\w+)"', code))
    limits = set(re.findall(r"^    (\w+_per_cycle):", code, re.MULTILINE))
    told = {name for cells in rows("## 8. Guards and times") for name in words(cells[0])}

    assert raised
    assert (raised | limits) - told == set()


@pytest.mark.parametrize(
    ("what", "value"),
    [
        ("the lease runs out after", LEASE),
        ("`settling` in the shipped `commands.yaml`", Commands().settling),
        ("first retry after", FIRST_RETRY),
        ("longest wait between retries", LONGEST_RETRY),
        ("clocks may be apart by", CLOCKS_APART),
        ("a posted line is followed for", FOLLOWED_FOR),
    ],
)
def test_the_times_are_those_of_the_code(what: str, value: timedelta) -> None:
    units = {"min": timedelta(minutes=1), "h": timedelta(hours=1), "days": timedelta(days=1)}
    [cells] = [cells for cells in rows("## 8. Guards and times") if cells[0] == what]
    number, unit = cells[1].split()

    assert int(number) * units[unit] == value


def test_every_screen_is_played() -> None:
    assert asking(TEXT) == len(blocks(TEXT)) > 10
