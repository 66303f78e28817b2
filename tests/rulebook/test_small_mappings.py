"""What small, good mappings become in the domain."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from bridge.domain.money import Money
from bridge.domain.policy import Attribution, ChargePolicy, Leave, Meaning, Shift, Support, Tag, Technician
from bridge.errors import FileFaults
from bridge.rulebook import rulebook_of
from bridge.rulebook.loader import FILES
from bridge.rulebook.shifts import read_shifts

ZONE = ZoneInfo("America/Mexico_City")
WEEKDAYS = frozenset(range(5))


def test_the_settings_of_the_config_are_part_of_the_rulebook(small, load):
    """`enforce_from` is midnight of the panel's zone (C-14)."""
    rulebook = load(small).rulebook

    assert rulebook.enforce_from == datetime(2026, 11, 22, tzinfo=ZONE)
    assert rulebook.approval_above == Money(Decimal("1500.00"))


def test_words_are_normalised_and_prices_are_exact(small, load):
    rulebook = load(small).rulebook

    assert rulebook.kinds.kinds[0].words == ("sin internet", "caido")
    assert rulebook.signals.tags[0] == Tag(word="sin-solucion", meaning=Meaning.CONTACT_FAILED)
    assert rulebook.charges == (
        ChargePolicy(
            version="charges@2019-01-01",
            effective_from=date(2019, 1, 1),
            attributions=frozenset({Attribution.CUSTOMER}),
            prices={Support.REMOTE: None, Support.VISIT: Money(Decimal("150.00"))},
            needs_approval=True,
        ),
    )


def test_a_second_version_is_named_by_its_day(small, edit, load):
    edit(
        "charges.yaml",
        "    needs_approval: true\n",
        "    needs_approval: true\n"
        "  - effective_from: 2027-01-01\n"
        "    attributions: []\n"
        "    prices: {}\n"
        "    needs_approval: false\n",
    )

    versions = [policy.version for policy in load(small).rulebook.charges]

    assert versions == ["charges@2019-01-01", "charges@2027-01-01"]


def test_a_technician_with_everything(small, edit, load):
    edit(
        "technicians.yaml",
        "levels: [3]",
        "levels: [3], zones: [Centro], nodes: [4], shifts: [lun-vie 9:00-18:00, diario 22:00-6:00], "
        "leave: [{first: 2026-12-24, last: 2026-12-26}], max_open: 15",
    )

    hugo = load(small).rulebook.roster.technicians[1]

    every_day = frozenset(range(7))
    assert hugo == Technician(
        operator_id=31,
        name="Hugo",
        levels=frozenset({3}),
        zones=frozenset({"Centro"}),
        nodes=frozenset({4}),
        shifts=(
            Shift(weekdays=WEEKDAYS, start=time(9), end=time(18)),
            Shift(weekdays=every_day, start=time(22), end=time.max),
            Shift(weekdays=every_day, start=time(0), end=time(6)),
        ),
        leave=(Leave(first=date(2026, 12, 24), last=date(2026, 12, 26)),),
        max_open=15,
    )


@pytest.mark.parametrize(
    ("words", "days", "hours"),
    [
        ("lun-vie 9:00-18:00", [WEEKDAYS], [(time(9), time(18))]),
        ("Sáb 9:00 - 14:00", [{5}], [(time(9), time(14))]),
        ("lun, mié, vie 9:00-18:00", [{0, 2, 4}], [(time(9), time(18))]),
        ("vie-lun 9:00-18:00", [{4, 5, 6, 0}], [(time(9), time(18))]),
        ("diario 0:00-24:00", [set(range(7))], [(time(0), time.max)]),
        ("dom 22:00-6:00", [{6}, {0}], [(time(22), time.max), (time(0), time(6))]),
        ("mon-fri 16:00-0:00", [WEEKDAYS], [(time(16), time.max)]),
    ],
)
def test_shifts(words, days, hours):
    assert read_shifts(words) == tuple(
        Shift(weekdays=frozenset(which), start=start, end=end)
        for which, (start, end) in zip(days, hours, strict=True)
    )


@pytest.mark.parametrize(
    "words", ["", "lun", "9:00-18:00", "lun-vie", "lun- 9:00-18:00", "xyz 9:00-18:00", 5, None]
)
def test_what_is_no_shift_is_refused(words):
    with pytest.raises(ValueError, match="expected a shift such as"):
        read_shifts(words)


def test_texts_have_flat_names(small, load):
    rulebook = load(small).rulebook

    assert (
        rulebook.texts.render("severe_reply", report_number="RC-7", marker="[RC-7/N3]")
        == "Grave: RC-7 [RC-7/N3]"
    )
    assert rulebook.texts.render("notice_severe_mail", report_number="RC-7") == "RC-7"
    assert rulebook.texts.render("work_sms", client_id=7, text="Hola") == "7 Hola"


def test_the_archived_texts_build_the_same_rulebook(small, load):
    """Replay needs no folder: what the store keeps is enough."""
    loaded = load(small)

    again = rulebook_of(loaded.archive)

    assert again == loaded
    assert sorted(loaded.texts) == sorted(FILES)


def test_the_digest_changes_with_any_text(small, edit, load):
    before = load(small).rulebook.digest

    edit("calendar.yaml", "continuous", "continuous # the same, with a comment")

    assert load(small).rulebook.digest != before


def test_an_empty_folder_misses_every_mapping(tmp_path, load):
    with pytest.raises(FileFaults) as caught:
        load(tmp_path)

    assert [fault.file.split("/")[1] for fault in caught.value.faults] == sorted(FILES)


def test_durations_of_a_version_reach_the_policy(small, edit, load):
    edit("escalation.yaml", "visit_grace: 4 h", "visit_grace: 1 h 30 min")

    assert load(small).rulebook.escalation[0].visit_grace == timedelta(minutes=90)


VALUES = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.text(max_size=5), st.sampled_from(["2 h", "isp", "14:00"])
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=6,
)


def flow(value: object) -> str:
    """Write a value as YAML on one line."""
    match value:
        case None:
            return "null"
        case bool():
            return str(value).lower()
        case int():
            return str(value)
        case list():
            return f"[{', '.join(map(flow, value))}]"
        case dict():
            return "{" + ", ".join(f"{flow(key)}: {flow(inner)}" for key, inner in value.items()) + "}"
    return "'" + "".join(letter for letter in str(value) if letter.isprintable()).replace("'", "''") + "'"


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_value_in_any_line_loads_or_gives_faults(small, load, data):
    """Nothing but FileFaults ever comes out of the loader, whatever stands behind a colon."""
    texts = load(small).archive
    name = data.draw(st.sampled_from(FILES))
    lines = texts[name].splitlines()
    number = data.draw(st.integers(0, len(lines) - 1))
    head, colon, _ = lines[number].partition(": ")
    lines[number] = f"{head}{colon or ' '}{flow(data.draw(VALUES))}"
    broken = {**texts, name: "\n".join(lines)}

    try:
        rulebook_of(broken)
    except FileFaults:
        event("faults")


def test_a_year_has_twelve_months(small, edit, load):
    edit("messages.yaml", "months: a b c d e f g h i j k l", "months: a b c")

    with pytest.raises(FileFaults, match="expected the names of the twelve months"):
        load(small)
