"""Random stories for the property tests, told in the words of `story`."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import strategies as st

from tests.domain.story import HOUR

_EDGES = [2, 10, 48, 50, 52, 56, 72, 80, 96, 97, 120, 144, 168, 200]
_NUDGES = [timedelta(0), timedelta(seconds=1), -timedelta(seconds=1)]

offsets = st.one_of(
    st.builds(lambda hours, nudge: hours * HOUR + nudge, st.sampled_from(_EDGES), st.sampled_from(_NUDGES)),
    st.integers(1, 400 * 60).map(lambda minutes: timedelta(minutes=minutes)),
)
"""Instants from t0, often at the rules' boundaries."""

_LADDER_FACTS = st.sampled_from(
    ["contact", "contact failed", "classed severe", "visit failed", "visit done", "visit fixed on 2026-11-11"]
) | offsets.map(lambda offset: f"visit fixed for {words(offset)}")

_MONEY_FACTS = st.sampled_from(
    [
        "attributed to customer",
        "attributed to isp",
        "attributed to third_party",
        "kind low_speed",
        "kind no_access",
        "service 91 named",
        "resolved",
        "cancelled",
        "customer suspended",
        "customer active",
        "customer retired",
    ]
) | st.one_of(
    offsets.map(lambda offset: f"without service since -{words(offset)}"),
    offsets.map(lambda offset: f"restored at {words(offset)}"),
    offsets.map(lambda offset: f"resolved as of {words(offset)}"),
)


def words(offset: timedelta) -> str:
    """A length as `72:00:01`."""
    seconds = int(offset.total_seconds())
    return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"


@st.composite
def tales(draw: st.DrawFn, *, corrections: bool) -> str:
    """A story of one to three tickets. `corrections` adds facts that change what was true before."""
    told: list[tuple[timedelta, str]] = []
    for ticket in range(1201, 1202 + draw(st.integers(0, 2))):
        begun = timedelta(0) if ticket == 1201 else draw(offsets)
        if ticket != 1201:
            kind = draw(st.sampled_from(["no_access", "low_speed", "unknown"]))
            told.append((begun, f"ticket {ticket} opened {kind}"))
        turns = sorted({begun + draw(offsets) for _ in range(draw(st.integers(0, 4)))})
        ends = st.sampled_from(["closed", "closed", "gone"] if corrections else ["closed"])
        told += [
            (turn, f"ticket {ticket} {'reopened' if number % 2 else draw(ends)}")
            for number, turn in enumerate(turns)
        ]
    facts = _LADDER_FACTS | _MONEY_FACTS if corrections else _LADDER_FACTS
    told += draw(st.lists(st.tuples(offsets, facts), max_size=5))
    return "; ".join(f"{words(offset)} {phrase}" for offset, phrase in told)


mappings = st.builds(
    "; ".join,
    st.tuples(
        st.sampled_from(["started_24h", "completed_24h", "calendar_days"]).map("day counting = {}".format),
        st.sampled_from(["72 h", "60 h", "24 h"]).map("days from = {}".format),
        st.sampled_from(["opening", "report number"]).map("level 2 counted from = {}".format),
        st.sampled_from(["month", "days and month"]).map("low_speed earns = {}".format),
    ),
)
"""The rulebook under other values, in the words of `mappings`."""

careful_mappings = mappings | mappings.map("{}; approval above = 35".format)
"""The same, also with a limit above which a person approves."""
