"""Everything a town of customers went through is decided again, and nothing comes out otherwise."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pytest

from bridge.bootstrap import Bridge
from bridge.desk.credits import BillingDesk
from bridge.desk.facts import Fact, FactDesk, Statement
from bridge.desk.person import deed
from bridge.domain.decisions import CreditStatus
from bridge.store.store import Store
from bridge.sync.replay import Difference, Finding, Replay
from tests.acceptance.town import T0, Town, hours, town
from tests.servers import ROOT

CUSTOMERS = 8


@dataclass(kw_only=True)
class Story:
    """The town's folder, and the tickets by what happens to them."""

    place: Town
    folder: Path
    tickets: dict[str, int]

    def configured(self) -> Bridge:
        return Bridge.configured(self.folder / "config.yaml", {}, self.place.clock)

    def fact(self, name: str, what: Fact, **said: str | bool) -> None:
        statement = Statement(ticket=str(self.tickets[name]), what=what, by="Irma", **said)  # type: ignore[arg-type]
        with self.configured() as bridge:
            rulebook = bridge.mappings(self.place.store).rulebook
            FactDesk(self.place.store, rulebook, self.place.clock).record(statement)

    def desk(self) -> BillingDesk:
        with self.configured() as bridge:
            return BillingDesk(self.place.store, bridge.mappings(self.place.store).rulebook)

    def edit(self, name: str, old: str, new: str) -> None:
        """Change a mapping or config.yaml; the next cycle decides by it."""
        path = self.folder / name
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")
        with self.configured() as bridge:
            self.place.cycle.parts = bridge.cycle(self.place.store).parts


def play(place: Town, folder: Path) -> Story:
    """Re-opening, facts, mapping edits in the middle, before enforcement, approvals by a person."""
    tickets = {
        "old": place.ticket(5, T0 - hours(40)),
        "reopened": place.ticket(1, T0),
        "blamed": place.ticket(2, T0),
        "approved": place.ticket(3, T0),
        "enquiry": place.ticket(4, T0, subject="Duda sobre mi factura"),
        "unrouted": place.ticket(6, T0, subject="Hola", body="Buenas tardes"),
        "two": place.ticket(7, T0, subject="Internet lento"),
    }
    story = Story(place=place, folder=folder, tickets=tickets)
    place.sync(T0 + hours(1))
    story.fact("two", Fact.CONTACT, failed=True, at="2026-11-02 08:30")
    place.sync()  # at the same instant as the cycle before
    place.staff("tag", ticket=tickets["approved"], text="#visita 2026-11-03 16:00", at=T0 + hours(2))
    place.sync(T0 + hours(3))
    story.edit("mappings/escalation.yaml", "level_2_call: 48 h", "level_2_call: 40 h")
    place.sync(T0 + hours(41))
    story.fact("unrouted", Fact.KIND, value="no_access")
    tickets["second"] = place.ticket(7, T0 + hours(42))
    place.sync(T0 + hours(50))
    story.edit("config.yaml", "approval_above: 1500", "approval_above: 30")
    place.at(T0 + hours(80))
    for name in ("reopened", "blamed", "approved", "unrouted", "old"):
        place.staff("close", ticket=tickets[name])
    place.sync()
    approving = deed("Irma", "revisado", place.clock.now())
    waiting = [line.credit_id for line in place.store.ledger.lines({CreditStatus.AWAITING_APPROVAL})]
    story.desk().approve(waiting[:-1], approving)
    story.desk().void(waiting[-1:], approving)
    place.sync(T0 + hours(81))
    story.fact("blamed", Fact.ATTRIBUTION, value="customer")
    place.at(T0 + hours(90))
    place.staff("reopen", ticket=tickets["reopened"])
    place.sync()
    [charge] = place.store.ledger.lines({CreditStatus.AWAITING_AMOUNT})
    story.desk().set_amount(charge.credit_id, Decimal(120), approving)
    reversals = [line.credit_id for line in place.store.ledger.lines({CreditStatus.REVERSAL_PROPOSED})]
    story.desk().approve([charge.credit_id, *reversals], approving)
    place.sync(T0 + hours(107))
    place.bill()
    place.sync(T0 + hours(150))
    return story


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    folder = tmp_path_factory.mktemp("replay")
    mappings = folder / "mappings"
    shutil.copytree(ROOT / "mappings", mappings)
    # The examples inside the file hold for its own numbers, and this story changes one.
    ladder = mappings / "escalation.yaml"
    head, _, _ = ladder.read_text(encoding="utf-8").partition("    examples:")
    ladder.write_text(head, encoding="utf-8")
    limits = "limits: {approval_above: 1500}\n"
    with town(folder, customers=CUSTOMERS, mappings=mappings, config=limits) as place:
        yield play(place, folder)


def test_nothing_comes_out_otherwise(story: Story) -> None:
    replayed = Replay(story.place.store).run()

    assert replayed.differences == []
    assert (replayed.customers, replayed.rulebooks) == (7, 3)
    assert replayed.decisions == sum(
        len(story.place.store.incidents.decisions_of(row.incident_id))
        for row in story.place.store.incidents.all()
    )


def test_the_story_has_all_that_makes_a_replay_hard(story: Story) -> None:
    store = story.place.store
    decisions = [
        one for row in store.incidents.all() for one in store.incidents.decisions_of(row.incident_id)
    ]
    rules = {one.rule for one in decisions}
    reasons = {str(one.because) for one in decisions}

    assert {"I-5", "I-6", "L-1", "L-2", "L-3", "L-4", "L-5", "C-4", "C-13", "C-14"} <= rules
    assert {
        "above_approval",
        "before_enforcement",
        "attribution_changed",
        "awaiting_amount",
    } <= reasons
    assert {
        entry.actor for line in store.ledger.lines() for entry in store.ledger.entries(line.credit_id)
    } == {
        "bridge",
        "Irma",
    }


# --- a store that somebody has tampered with ---------------------------------------------------------


class Tampered:
    """A copy of the store without the triggers that protect its history."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with closing(sqlite3.connect(path)) as connection:
            names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
            for (name,) in names:
                connection.execute(f"DROP TRIGGER {name}")
            connection.commit()

    def change(self, statement: str, *values: object) -> None:
        with closing(sqlite3.connect(self.path)) as connection:
            assert connection.execute(statement, values).rowcount > 0
            connection.commit()

    def replay(self) -> list[Difference]:
        with Store.open(f"sqlite:///{self.path}") as store:
            return Replay(store).run().differences


@pytest.fixture
def tampered(story: Story, tmp_path: Path) -> Tampered:
    path = tmp_path / "bridge.db"
    with (
        closing(sqlite3.connect(story.folder / "bridge.db")) as source,
        closing(sqlite3.connect(path)) as target,
    ):
        source.backup(target)
    return Tampered(path)


def names(differences: list[Difference]) -> set[tuple[str, str, str]]:
    return {(str(one.finding), one.incident_id, one.subject) for one in differences}


def test_an_event_with_another_time_is_found(story: Story, tampered: Tampered) -> None:
    ticket = story.tickets["blamed"]
    tampered.change(
        "UPDATE events SET at = ? WHERE kind = 'ticket:opened' AND ticket_id = ?",
        "2026-11-02T13:00:00.000000+00:00",
        ticket,
    )

    found = tampered.replay()

    assert ("changed", f"RC-{ticket}", "level_1") in names(found)
    first = next(one for one in found if one.subject == "level_1")
    assert first.values["at"] == ("2026-11-02T14:00:00+00:00", "2026-11-02T13:00:00+00:00")
    assert {one.incident_id for one in found} == {f"RC-{ticket}"}


def test_an_event_that_is_gone_is_found(story: Story, tampered: Tampered) -> None:
    incident = f"RC-{story.tickets['two']}"
    tampered.change("DELETE FROM events WHERE kind = 'contact:failed'")

    assert ("not_decided_again", incident, "report_number") in names(tampered.replay())


def test_a_decision_with_another_reason_is_found(story: Story, tampered: Tampered) -> None:
    incident = f"RC-{story.tickets['reopened']}"
    tampered.change(
        "UPDATE decisions SET because = 'classed_severe' WHERE subject = 'severe' AND incident_id = ?",
        incident,
    )

    [found] = tampered.replay()

    assert (found.finding, found.incident_id, found.subject) == (Finding.CHANGED, incident, "severe")
    assert found.values == {"because": ("classed_severe", "no_visit_fixed")}


def test_another_technician_is_found(story: Story, tampered: Tampered) -> None:
    incident = f"RC-{story.tickets['reopened']}"
    tampered.change(
        "UPDATE decisions SET facts = json_set(facts, '$.technician', '31') "
        "WHERE subject = 'assign:L2' AND incident_id = ?",
        incident,
    )

    assert ("changed", incident, "assign:L2") in names(tampered.replay())


def test_a_decision_that_is_gone_is_found(story: Story, tampered: Tampered) -> None:
    incident = f"RC-{story.tickets['blamed']}"
    tampered.change("DELETE FROM decisions WHERE subject = 'level_2' AND incident_id = ?", incident)

    assert ("not_stored", incident, "level_2") in names(tampered.replay())


def test_another_amount_in_the_ledger_is_found(story: Story, tampered: Tampered) -> None:
    credit = f"RC-{story.tickets['reopened']}/C1"
    tampered.change(
        "UPDATE ledger_entries SET amount = '90.00' WHERE credit_id = ? AND status = 'awaiting_approval'",
        credit,
    )

    found = tampered.replay()

    changed = next(one for one in found if one.finding is Finding.LEDGER_CHANGED)
    assert (changed.subject, changed.values["amount"]) == (credit, ("90.00", "40.00"))


def test_an_entry_that_is_gone_is_found(story: Story, tampered: Tampered) -> None:
    credit = f"RC-{story.tickets['old']}/C1"
    tampered.change("DELETE FROM ledger_entries WHERE credit_id = ?", credit)

    assert ("ledger_missing", f"RC-{story.tickets['old']}", credit) in names(tampered.replay())


@pytest.mark.parametrize(
    ("statement", "detail"),
    [
        (
            "UPDATE policies SET text = replace(text, '72 h', '71 h') WHERE name = 'bonus.yaml'",
            "are not those",
        ),
        ("UPDATE policies SET text = replace(text, '1500', '9999') WHERE name = 'config'", "are not those"),
        ("DELETE FROM policies", "no policy texts"),
    ],
)
def test_policy_texts_that_are_not_those_of_the_time_are_found(
    tampered: Tampered, statement: str, detail: str
) -> None:
    tampered.change(statement)

    found = tampered.replay()

    assert {one.finding for one in found} == {Finding.POLICY_UNREADABLE}
    assert all(detail in one.detail for one in found)


def test_facts_that_nobody_can_read_are_found(story: Story, tampered: Tampered) -> None:
    incident = f"RC-{story.tickets['reopened']}"
    tampered.change(
        "UPDATE decisions SET facts = '{}' WHERE subject = 'assign:L1' AND incident_id = ?", incident
    )

    found = tampered.replay()

    assert ("not_decided_again", incident, "assign:L1") in names(found)
    assert any("cannot be read" in one.detail for one in found)
