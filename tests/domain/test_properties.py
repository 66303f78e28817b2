"""What must hold of every story, however it is learnt and whenever the sync runs."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import TypeVar

from hypothesis import example, given, settings
from hypothesis import strategies as st

from bridge.domain.assess import Assessment
from bridge.domain.calendar import Span, age, cut_at, instant_at, union
from bridge.domain.decisions import CreditStatus, CreditType, Line
from bridge.domain.escalation import StepName
from bridge.domain.lineage import trace
from bridge.domain.money import CENT, Money
from bridge.domain.timeline import tell
from tests.domain.mappings import edited
from tests.domain.story import BONUS, CLIENT, HOUR, RULEBOOK, T0, Bridge, Setting, events, told
from tests.domain.tales import careful_mappings, mappings, offsets, tales

T = TypeVar("T")
_STEPS = set(StepName)
_CREDITS = {CreditType.DAYS, CreditType.MONTH}
_MICROSECOND = timedelta(microseconds=1)
_LATER = 500 * HOUR
_SERVICES = {"services": "91 349.99"}
_quick = settings(max_examples=150, deadline=None)


def _bridge(tale: str, mapping: str = "-") -> Bridge:
    return Bridge(rules=edited(mapping), known=events(tale, Setting(**_SERVICES)))


def _shuffled(items: list[T], seed: random.Random) -> list[T]:
    return seed.sample(items, len(items))


def _steps(bridge: Bridge) -> dict[tuple[str, str], datetime]:
    return {
        (incident_id, subject): decision.at
        for incident_id, fired in bridge.fired.items()
        for subject, decision in fired.items()
        if subject in _STEPS
    }


def _sent(bridge: Bridge) -> Decimal:
    lines = [line for line in bridge.lines.values() if line.type in _CREDITS]
    counted = [line for line in lines if not line.status.is_open and line.status is not CreditStatus.VOIDED]
    return sum((line.amount.amount for line in counted), Decimal(0))


@_quick
@given(
    tale=tales(corrections=True),
    seed=st.randoms(use_true_random=False),
    mapping=careful_mappings,
    now=offsets,
)
def test_the_order_of_learning_is_irrelevant(
    tale: str, seed: random.Random, mapping: str, now: timedelta
) -> None:
    facts, rules = events(tale), edited(mapping)
    shuffled = _shuffled(facts, seed)

    assert tell(CLIENT, shuffled, rules) == tell(CLIENT, facts, rules)
    assert Bridge(rules=rules, known=shuffled).sync(T0 + now) == Bridge(rules=rules, known=facts).sync(
        T0 + now
    )


@_quick
@given(
    tale=tales(corrections=False),
    moments=st.lists(offsets, max_size=6),
    post=st.booleans(),
    mapping=mappings,
)
@example(
    tale="72:00:00 ticket 1201 closed; 80:00:00 ticket 1201 reopened",
    moments=[75 * HOUR, 90 * HOUR],
    post=True,
    mapping="-",
)
def test_l_8_and_c_9_more_syncs_change_neither_due_times_nor_the_money(
    tale: str, moments: Sequence[timedelta], post: bool, mapping: str
) -> None:
    once, often = _bridge(tale, mapping), _bridge(tale, mapping)

    once.sync(T0 + _LATER)
    for moment in sorted(moments):
        often.sync(T0 + moment)
        if post:
            often.post()
    often.sync(T0 + _LATER)

    final = {one.incident_id for one in tell(CLIENT, often.known, often.rules).incidents}
    joined = {name for name, _ in _steps(often)} - final  # a later ticket proved two to be one (L-9)
    if not joined:
        assert _steps(often) == _steps(once)
    assert _sent(often) == _sent(once)


@_quick
@given(
    tale=tales(corrections=True), moments=st.lists(offsets, min_size=1, max_size=4), mapping=careful_mappings
)
def test_l_10_the_same_instant_again_decides_nothing(
    tale: str, moments: Sequence[timedelta], mapping: str
) -> None:
    bridge = _bridge(tale, mapping)
    for moment in sorted(moments):
        bridge.sync(T0 + moment)
        bridge.post()
        bridge.sync(T0 + moment)

        again = bridge.sync(T0 + moment)

        assert [(one.decisions, one.lines) for one in again] == [((), ()) for _ in again]


@_quick
@given(tale=tales(corrections=True), now=offsets, mapping=mappings, days=st.integers(1, 10))
def test_a_new_dated_version_never_alters_incidents_that_began_before_its_date(
    tale: str, now: timedelta, mapping: str, days: int
) -> None:
    facts, edit = events(tale, Setting(**_SERVICES)), edited(mapping)
    day = (T0 + timedelta(days=days)).astimezone(RULEBOOK.zone).date()
    begins = datetime.combine(day, time(), RULEBOOK.zone)
    later = {
        name: (
            *getattr(RULEBOOK, name),
            replace(getattr(edit, name)[-1], version="later", effective_from=day),
        )
        for name in ("escalation", "bonus", "charges")
    }

    before, after = (
        [one for one in Bridge(rules=rules, known=facts).sync(T0 + now) if one.incident.opened_at < begins]
        for rules in (RULEBOOK, replace(RULEBOOK, **later))
    )

    assert after == before


@_quick
@given(tale=tales(corrections=False), now=offsets, more=offsets, mapping=mappings)
def test_l_10_an_edit_in_force_alters_only_unfired_steps_and_credits_not_yet_final(
    tale: str, now: timedelta, more: timedelta, mapping: str
) -> None:
    bridge = _bridge(tale)
    bridge.sync(T0 + now)
    bridge.post()
    fired = {incident: set(decisions) for incident, decisions in bridge.fired.items()}
    final = {line.credit_id: line for line in bridge.lines.values() if not line.is_open}

    bridge.rules = edited(mapping)
    again = bridge.sync(T0 + now + more)

    assert not any(
        decision.subject in fired.get(decision.incident_id, ())
        for one in again
        for decision in one.decisions
        if decision.subject in _STEPS
    )
    assert {credit_id: bridge.lines[credit_id] for credit_id in final} == final


@settings(max_examples=300, deadline=None)
@given(
    tale=tales(corrections=True),
    now=offsets,
    part=st.floats(0, 1, exclude_min=True, exclude_max=True),
    mapping=careful_mappings,
)
@example(tale="", now=72 * HOUR, part=0.5, mapping="-")
@example(tale="1:00:00 classed severe", now=HOUR, part=0.99, mapping="level 2 counted from = report number")
def test_nothing_changes_before_the_next_due_instant(
    tale: str, now: timedelta, part: float, mapping: str
) -> None:
    bridge = _bridge(tale, mapping)
    bridge.known = [one for one in bridge.known if one.seen_at <= T0 + now]
    bridge.sync(T0 + now)
    settled = bridge.sync(T0 + now)

    for before in settled:
        for moment in _moments_until(before, T0 + now, part):
            after = _one_more(bridge, before, moment)

            assert (after.decisions, after.lines) == ((), ()), f"at {moment}, next due {before.next_due_at}"


def _moments_until(before: Assessment, now: datetime, part: float) -> list[datetime]:
    if before.next_due_at is None:
        return [now + HOUR, now + 24 * HOUR, now + 400 * timedelta(days=1)]
    assert before.next_due_at > now
    between = now + (before.next_due_at - now) * part
    return [
        moment for moment in (between, before.next_due_at - _MICROSECOND) if now < moment < before.next_due_at
    ]


def _one_more(bridge: Bridge, before: Assessment, moment: datetime) -> Assessment:
    trial = Bridge(
        rules=bridge.rules,
        known=bridge.known,
        fired={name: dict(fired) for name, fired in bridge.fired.items()},
        lines=dict(bridge.lines),
    )
    lineage = trace(tell(CLIENT, trial.known, trial.rules), trial.fired, trial.lines.values())
    (kin,) = [one for one in lineage.kin if one.incident.incident_id == before.incident.incident_id]
    return trial._assess(kin, moment)


@settings(max_examples=200, deadline=None)
@given(
    tale=tales(corrections=True),
    moments=st.lists(offsets, min_size=1, max_size=5),
    post=st.booleans(),
    mapping=careful_mappings,
)
def test_c_10_never_negative_never_above_the_cap(
    tale: str, moments: Sequence[timedelta], post: bool, mapping: str
) -> None:
    bridge = _bridge(tale, mapping)
    for moment in sorted(moments):
        bridge.sync(T0 + moment)
        if post:
            bridge.post()

        lines = [line for line in bridge.lines.values() if line.type in _CREDITS]
        going = [line for line in lines if not line.status.is_open and line.status is not CreditStatus.VOIDED]

        assert all(line.amount.amount >= 0 for line in lines)
        assert all(line.amount == line.amount.rounded() for line in lines)
        assert all(total <= Decimal("349.99") for total in _by_month(going).values())


def _by_month(lines: Sequence[Line]) -> dict[str, Decimal]:
    months = {line.begun_month for line in lines}
    return {
        month: sum((line.amount.amount for line in lines if line.begun_month == month), Decimal(0))
        for month in months
    }


@_quick
@given(tale=tales(corrections=True))
def test_c_2_every_open_moment_belongs_to_exactly_one_incident(tale: str) -> None:
    story = tell(CLIENT, events(tale), RULEBOOK)

    for incident in story.incidents:
        assert incident.spans == union(incident.spans) or incident.spans[0].start == incident.spans[0].end
        assert set(incident.open_ticket_ids) <= set(incident.ticket_ids)
    keys = [event.key for one in story.incidents for event in one.events if event.ticket_id is not None]
    assert sorted(keys) == sorted(set(keys))
    assert len({one.incident_id for one in story.incidents}) == len(story.incidents)


@_quick
@given(cents=st.integers(1, 500_000), days=st.integers(3, 4), basis_days=st.sampled_from([30]))
@example(cents=30005, days=3, basis_days=30)
def test_c_7_a_credit_is_rounded_once_half_up_within_half_a_cent(
    cents: int, days: int, basis_days: int
) -> None:
    price = Decimal(cents) / 100
    bridge = told(
        f"{days * 24}:00:00 closed", f"{days * 24}:00:00", setting=Setting(services=f"91 {price:.2f}")
    )

    amount = bridge.lines["RC-1201/C1"].amount.amount

    exact = Fraction(price) * days / basis_days
    assert Fraction(-1, 200) < Fraction(amount) - exact <= Fraction(1, 200)
    assert amount % CENT == 0


@_quick
@given(cents=st.integers(1, 150_000))
def test_c_10_days_never_earn_more_than_the_month(cents: int) -> None:
    price = f"{Decimal(cents) / 100:.2f}"
    bridge = told("97 h closed", "80 h", "97 h", setting=Setting(services=f"91 {price}"))

    assert _sent(bridge) == Decimal(price)


# --- the calendar ------------------------------------------------------------------------------------------

_spans = st.lists(
    st.builds(
        lambda start, length: Span(T0 + start, None if length is None else T0 + start + length),
        offsets,
        st.one_of(st.none(), offsets, st.just(timedelta(0))),
    ),
    max_size=6,
)


@_quick
@given(spans=_spans, moments=st.lists(offsets, max_size=8))
def test_c_2_a_union_holds_what_its_spans_hold(spans: list[Span], moments: list[timedelta]) -> None:
    merged = union(spans)

    for moment in moments:
        instant = T0 + moment
        assert any(span.holds(instant) for span in merged) == any(span.holds(instant) for span in spans)


@_quick
@given(spans=_spans, seed=st.randoms(use_true_random=False))
def test_c_2_a_union_is_sorted_apart_and_needs_no_second_one(spans: list[Span], seed: random.Random) -> None:
    merged = union(spans)

    assert union(merged) == merged
    assert union(_shuffled(spans, seed)) == merged
    for earlier, later in pairwise(merged):
        assert earlier.end is not None
        assert earlier.end < later.start


@_quick
@given(spans=_spans, now=offsets, more=offsets)
def test_age_never_shrinks_nor_outruns_the_clock(spans: list[Span], now: timedelta, more: timedelta) -> None:
    merged = union(spans)

    grown = age(merged, T0 + now + more) - age(merged, T0 + now)

    assert timedelta(0) <= grown <= more


@_quick
@given(spans=_spans, wanted=offsets)
def test_the_age_at_the_instant_of_an_age_is_that_age(spans: list[Span], wanted: timedelta) -> None:
    merged = union(spans)

    instant = instant_at(merged, wanted)

    if instant is None:
        assert age(merged, T0 + 10_000 * HOUR) <= wanted
    else:
        assert age(merged, instant) == wanted
        assert age(merged, instant + _MICROSECOND) > wanted


@_quick
@given(spans=_spans, end=offsets)
def test_what_is_cut_off_and_what_is_left_make_the_whole(spans: list[Span], end: timedelta) -> None:
    merged, now = union(spans), T0 + 10_000 * HOUR

    before = age(cut_at(merged, T0 + end), now)

    assert before == age(merged, T0 + end)


@_quick
@given(cents=st.integers(-10_000, 10_000), thousandths=st.integers(0, 9))
def test_c_7_money_rounds_half_up(cents: int, thousandths: int) -> None:
    amount = (Decimal(cents) + Decimal(thousandths) / 10) / 100

    rounded = Money(amount).rounded().amount

    assert abs(rounded - amount) <= CENT / 2


def test_the_policy_of_these_tests_is_the_procedures() -> None:
    assert (BONUS.days_from, BONUS.month_over) == (72 * HOUR, 96 * HOUR)
