"""What an edit would change is foretold exactly: the next cycle under it, and the time after, come out so."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest

from bridge.domain.decisions import CreditStatus, CreditType
from bridge.domain.escalation import StepName
from bridge.rulebook import LoadedRulebook, load_rulebook
from bridge.store.store import Store
from bridge.sync.archived import in_force
from bridge.sync.cycle import Cycle
from bridge.sync.impact import Change, Impact, What, impact
from bridge.sync.outlook import Sum
from tests.acceptance.town import T0, Town, hours, town
from tests.servers import ROOT

NOW = T0 + hours(80)
LATER = [hours(step) for step in range(6, 127, 6)]
STEPS = {StepName.LEVEL_1, StepName.LATE_CONTACT, StepName.LEVEL_2, StepName.LATE_CALL, StepName.LEVEL_3}

# Name of the fault: hours after T0 at which its ticket was opened.
FAULTS = {"month": -20, "days": 5, "slow": 6, "awaited": 30, "called": 50, "fresh": 79.5, "solved": 1}


@dataclass(kw_only=True)
class Desk:
    """A town in the middle of its troubles, and the mappings that ops edit."""

    place: Town
    mappings: Path
    before: LoadedRulebook
    tickets: Mapping[str, int]

    def edited(self, folder: Path, *edits: tuple[str, str, str]) -> LoadedRulebook:
        """The mappings with some places replaced."""
        shutil.copytree(self.mappings, folder)
        for name, found, wanted in edits:
            path = folder / name
            text = path.read_text(encoding="utf-8")
            assert text.count(found) == 1, f"{name} does not hold {found!r} once"
            path.write_text(text.replace(found, wanted), encoding="utf-8")
        given = self.before.given
        return load_rulebook(
            folder, zone=given.zone, enforce_from=given.enforce_from, approval_above=given.approval_above
        )

    def impact(self, after: LoadedRulebook) -> Impact:
        return impact(self.place.store, self.before, after, self.place.clock)

    def named(self, found: Impact) -> dict[str, list[Change]]:
        """The changes by the name of the fault."""
        names = {f"RC-{ticket}": name for name, ticket in self.tickets.items()}
        return {names[one.incident.incident_id]: list(one.changes) for one in found.affected}

    def future(self, loaded: LoadedRulebook, *, later: bool) -> Future:
        """What really comes: the cycle reads the panel, under these mappings, and nobody does anything."""
        place = self.place
        cycle = Cycle(replace(place.cycle.parts, rulebook=loaded.rulebook, policy_texts=loaded.archive))
        with place.store.rehearsal():
            try:
                for at in (hours(0), *(LATER if later else ())):
                    place.clock.set(NOW + at)
                    cycle.rehearse()
                return Future.of(place.store)
            finally:
                place.clock.set(NOW)


@dataclass(frozen=True, kw_only=True)
class Future:
    """What the store holds in the end, by incident."""

    levels: Mapping[str, int | None]
    owners: Mapping[str, int | None]
    breaches: Mapping[str, tuple[str, ...]]
    kinds: Mapping[str, str]
    steps: Mapping[tuple[str, str], datetime]
    credits: Mapping[str, Decimal]

    @classmethod
    def of(cls, store: Store) -> Future:
        rows = [row for row in store.incidents.all() if row.is_fault]
        decisions = [one for row in rows for one in store.incidents.decisions_of(row.incident_id)]
        lines = [
            line
            for line in store.ledger.lines()
            if line.type in {CreditType.DAYS, CreditType.MONTH} and line.status is not CreditStatus.VOIDED
        ]
        return cls(
            levels={row.incident_id: row.level for row in rows},
            owners={row.incident_id: row.technician_id for row in rows},
            breaches={row.incident_id: row.breaches for row in rows},
            kinds={row.incident_id: row.kind for row in rows},
            steps={(one.incident_id, one.subject): one.at for one in decisions if one.subject in STEPS},
            credits={
                row.incident_id: sum(
                    (line.amount.amount for line in lines if line.incident_id == row.incident_id), Decimal(0)
                )
                for row in rows
            },
        )


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """Faults of every age at one moment: credited already, days accruing, days to come, just opened, over."""
    folder = tmp_path_factory.mktemp("desk")
    mappings = folder / "mappings"
    shutil.copytree(ROOT / "mappings", mappings)
    for name in ("escalation.yaml", "bonus.yaml", "charges.yaml"):  # examples are about the shipped rules
        text = (mappings / name).read_text(encoding="utf-8")
        (mappings / name).write_text(text.partition("\n    # Ejemplos:")[0] + "\n", encoding="utf-8")
    with town(
        folder, customers=len(FAULTS), mappings=mappings, start=T0 - hours(30), enforce_from="2026-10-20"
    ) as place:
        tickets: dict[str, int] = {}
        for at in sorted({*FAULTS.values(), 1.5, 31, 51, 52, 70, 77, 79.75}):
            place.at(T0 + hours(at))
            for customer, (name, opened) in enumerate(FAULTS.items(), 1):
                if opened == at:
                    subject = "Internet lento" if name == "slow" else "Sin internet"
                    tickets[name] = place.ticket(customer, T0 + hours(at), subject)
            if at == 51:
                place.staff(
                    "reply", T0 + hours(at), ticket=tickets["called"], text="Le llamamos", operator=11
                )
            if at == 52:
                text = "#visita 6/11/2026 10:00"
                place.staff("tag", T0 + hours(at), ticket=tickets["called"], text=text, operator=21)
            if at == 77:
                place.staff("close", T0 + hours(76.5), ticket=tickets["solved"], reason="listo")
            place.sync()
        place.at(NOW)
        before = in_force(place.store)
        assert before is not None
        yield Desk(place=place, mappings=mappings, before=before, tickets=tickets)


def dated(name: str, found: str, wanted: str) -> tuple[str, str, str]:
    """One version more, for faults that begin on 4 November or later, which differs in one place."""
    text = (ROOT / "mappings" / name).read_text(encoding="utf-8").partition("\n    # Ejemplos:")[0] + "\n"
    version = text.partition("versions:\n")[2]
    assert version.count(found) == 1
    return name, version, version + version.replace("2019-01-01", "2026-11-04").replace(found, wanted)


EDITS: dict[str, list[tuple[str, str, str]]] = {
    "more time for level 2": [("escalation.yaml", "level_2_call: 48 h", "level_2_call: 60 h")],
    "less time for level 2": [("escalation.yaml", "level_2_call: 48 h", "level_2_call: 24 h")],
    "less time for level 1": [
        ("escalation.yaml", "level_1_contact: 2 h", "level_1_contact: 20 min"),
        ("escalation.yaml", "report_after: 2 h", "report_after: 25 min"),
    ],
    "severe sooner": [("escalation.yaml", "severe_after: 72 h", "severe_after: 49 h")],
    "a longer grace after visits": [("escalation.yaml", "visit_grace: 4 h", "visit_grace: 9 h")],
    "days from an earlier hour": [("bonus.yaml", "days_from: 72 h", "days_from: 36 h")],
    "a month from an earlier hour": [("bonus.yaml", "month_over: 96 h", "month_over: 75 h")],
    "a month from a later hour": [("bonus.yaml", "month_over: 96 h", "month_over: 120 h")],
    "whole days only": [("bonus.yaml", "day_counting: started_24h", "day_counting: completed_24h")],
    "dates counted": [("bonus.yaml", "day_counting: started_24h", "day_counting: calendar_days")],
    "half a month at most": [("bonus.yaml", "monthly_cap: 1\n", "monthly_cap: 0.50\n")],
    "no month for slow lines": [
        ("bonus.yaml", "low_speed: {days: false, month: true}", "low_speed: {days: false, month: false}")
    ],
    "nobody's fault is the customer's": [
        ("bonus.yaml", "unknown_attribution: isp", "unknown_attribution: customer")
    ],
    "everybody of level 3 but one on leave": [
        (
            "technicians.yaml",
            "name: Hugo Barrientos Lara\n    levels: [3]",
            "name: Hugo Barrientos Lara\n    levels: [3]\n    leave: [{first: 2026-11-05, last: 2026-11-06}]",
        )
    ],
    "slow lines earn days": [
        ("bonus.yaml", "low_speed: {days: false, month: true}", "low_speed: {days: true, month: true}")
    ],
    "slow lines are called no service": [
        ("faults.yaml", "      - lento\n", ""),
        (
            "faults.yaml",
            "    words:\n      - sin internet\n",
            "    words:\n      - lento\n      - sin internet\n",
        ),
    ],
    "new rules for those opened since the day before yesterday": [
        dated("escalation.yaml", "level_2_call: 48 h", "level_2_call: 30 h")
    ],
    "a new table for those opened since the day before yesterday": [
        dated("bonus.yaml", "days_from: 72 h", "days_from: 24 h")
    ],
    "a first call no longer counts": [
        ("signals.yaml", "reply_is_contact: true", "reply_is_contact: false"),
        ("escalation.yaml", "level_1_contact: 2 h", "level_1_contact: 1 h"),
    ],
}


@pytest.mark.parametrize("edits", EDITS.values(), ids=EDITS)
def test_the_next_cycle_and_all_that_follows_come_out_as_foretold(
    desk: Desk, tmp_path: Path, edits: list[tuple[str, str, str]]
) -> None:
    """Two real futures, one under each mapping, differ in what was foretold and in nothing else."""
    after = desk.edited(tmp_path / "mappings", *edits)

    found = desk.impact(after)

    assert found.affected
    assert_now(found, desk.future(desk.before, later=False), desk.future(after, later=False))
    assert_later(found, desk.future(desk.before, later=True), desk.future(after, later=True))


def assert_now(found: Impact, before: Future, after: Future) -> None:
    def money(value: object) -> Decimal:
        return value.amount.amount if isinstance(value, Sum) else Decimal(0)

    assert foretold(found, What.LEVEL) == differing(before.levels, after.levels)
    assert foretold(found, What.OWNER) == differing(before.owners, after.owners)
    assert foretold(found, What.KIND) == differing(before.kinds, after.kinds)
    broken = {name for name, (old, new) in differing(before.breaches, after.breaches).items()}
    assert set(foretold(found, What.BREACH)) == broken
    credits_ = {
        name: money(new) - money(old)
        for name, (old, new) in foretold(found, What.CREDIT).items()
        if money(new) != money(old)
    }
    really = {name: new - old for name, (old, new) in differing(before.credits, after.credits).items()}
    assert credits_ == really
    assert found.credits.difference.amount == sum(really.values())


def assert_later(found: Impact, before: Future, after: Future) -> None:
    deadlines = {
        (one.incident.incident_id, change.step): (change.before, change.after)
        for one in found.affected
        for change in one.changes
        if change.what is What.DEADLINE
    }
    really = {name: new - old for name, (old, new) in differing(before.credits, after.credits).items()}

    assert deadlines == differing(before.steps, after.steps)
    assert found.credits_later.difference.amount == sum(really.values())
    assert really.keys() <= {one.incident.incident_id for one in found.affected}


def foretold(found: Impact, what: What) -> dict[str, tuple[object, object]]:
    return {
        one.incident.incident_id: (change.before, change.after)
        for one in found.affected
        for change in one.changes
        if change.what is what
    }


def differing(
    before: Mapping[object, object], after: Mapping[object, object]
) -> dict[object, tuple[object, object]]:
    return {
        key: (before.get(key), after.get(key))
        for key in {*before, *after}
        if before.get(key) != after.get(key)
    }


def changes(desk: Desk, after: LoadedRulebook, *whats: What) -> dict[str, list[tuple[object, object, str]]]:
    """Changes of some kinds by the name of the fault: before, after, rule."""
    return {
        name: [(one.before, one.after, one.rule) for one in found if one.what in whats]
        for name, found in desk.named(desk.impact(after)).items()
        if any(one.what in whats for one in found)
    }


def test_comments_layout_and_texts_change_no_incident(desk: Desk, tmp_path: Path) -> None:
    after = desk.edited(
        tmp_path / "mappings",
        ("escalation.yaml", "report_after: 2 h", "report_after: 120 min  # dos horas"),
        ("messages.yaml", "Un técnico\n    de nivel 2", "Alguien\n    de nivel 2"),
    )

    found = desk.impact(after)

    assert (found.affected, found.unchanged) == ((), 6)
    assert found.in_brief() == {
        "incidents_changed": 0,
        "incidents_unchanged": 6,
        "credits_difference": "0.00",
        "credits_later_difference": "0.00",
    }


def test_a_new_department_is_told_for_levels_that_are_not_reached_yet(desk: Desk, tmp_path: Path) -> None:
    after = desk.edited(tmp_path / "mappings", ("departments.yaml", "  3: 5\n", "  3: 3\n"))

    found = changes(desk, after, *What)

    assert found == {"called": [(5, 3, "L-5")], "fresh": [(5, 3, "L-5")]}


def test_a_leave_to_come_is_told_with_its_day(desk: Desk, tmp_path: Path) -> None:
    owner = next(
        row.technician_id
        for row in desk.place.store.incidents.open()
        if row.ticket_ids == (desk.tickets["fresh"],)
    )
    roster = desk.before.rulebook.roster.technicians
    name = next(one.name for one in roster if one.operator_id == owner)
    leave = "\n    leave: [{first: 2026-11-09, last: 2026-11-10}]"
    after = desk.edited(tmp_path / "mappings", ("technicians.yaml", name, f"{name}{leave}"))

    found = changes(desk, after, *What)

    assert found["fresh"] == [(None, datetime(2026, 11, 9, tzinfo=T0.tzinfo), "L-1")]


def test_nobody_left_for_a_level_is_told(desk: Desk, tmp_path: Path) -> None:
    leave = "\n    leave: [{first: 2026-11-05, last: 2026-11-05}]"
    people = ("Hugo Barrientos Lara\n    levels: [3]", "Inés Villalpando Cano\n    levels: [3]")
    after = desk.edited(tmp_path / "mappings", *(("technicians.yaml", one, one + leave) for one in people))

    found = changes(desk, after, What.NOBODY, What.OWNER)

    assert found == {name: [(False, True, "L-5")] for name in ("month", "days", "slow", "awaited")}


def test_what_a_credit_stands_at_and_comes_to_is_told_in_pesos(desk: Desk, tmp_path: Path) -> None:
    after = desk.edited(
        tmp_path / "mappings", ("bonus.yaml", "day_counting: started_24h", "day_counting: completed_24h")
    )

    found = desk.named(desk.impact(after))["days"]

    [now] = [one for one in found if one.what is What.CREDIT]
    assert isinstance(now.before, Sum)
    assert isinstance(now.after, Sum)
    assert [(str(one.amount), one.status, str(one.reason)) for one in (now.before, now.after)] == [
        ("40.00", CreditStatus.ACCRUING, "days"),
        ("30.00", CreditStatus.ACCRUING, "days"),
    ]
    [later] = [one for one in found if one.what is What.CREDIT_LATER]
    assert isinstance(later.after, tuple)
    assert later.before is None
    assert [(str(one.amount), one.at) for one in later.after if isinstance(one, Sum)] == [
        ("40.00", T0 + hours(5 + 96))
    ]


def test_a_credit_on_the_panel_that_would_be_taken_back_is_told(desk: Desk, tmp_path: Path) -> None:
    after = desk.edited(
        tmp_path / "mappings", ("bonus.yaml", "unknown_attribution: isp", "unknown_attribution: customer")
    )

    found = changes(desk, after, What.REVERSAL)

    [(before, proposed, rule)] = found["month"]
    assert isinstance(proposed, Sum)
    assert (before, str(proposed.amount), proposed.status) == (
        None,
        "300.00",
        CreditStatus.REVERSAL_PROPOSED,
    )
    assert rule == "C-13"


def test_steps_that_fired_stay_fired(desk: Desk, tmp_path: Path) -> None:
    """L-10: only faults that level 2 may still be late for get more time."""
    after = desk.edited(
        tmp_path / "mappings", ("escalation.yaml", "level_2_call: 48 h", "level_2_call: 60 h")
    )

    assert set(changes(desk, after, *What)) == {"fresh"}


def test_nothing_is_written_to_the_store(desk: Desk, tmp_path: Path) -> None:
    after = desk.edited(tmp_path / "mappings", ("bonus.yaml", "days_from: 72 h", "days_from: 24 h"))
    before = contents(desk)

    desk.impact(after)

    assert contents(desk) == before


def contents(desk: Desk) -> list[str]:
    with closing(sqlite3.connect(desk.place.store.database.name)) as store:
        return list(store.iterdump())
