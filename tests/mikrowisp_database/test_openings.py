"""A ticket that another route may have opened is looked for in the tables, by customer, time and marker."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bridge.domain.intents import ABSENT, HIDDEN, SHOWN, Push, PushKind
from tests.mikrowisp_database.conftest import Panel

OPEN = Push(
    key="mail/a1",
    kind=PushKind.OPEN,
    client_id=77,
    due_at=datetime(2026, 11, 24, 16, 10, tzinfo=UTC),  # 10:10 in Mexico City
    marker="[RC-mail-a1]",
    department_id=1,
    subject="Sin internet",
    text="No navega [RC-mail-a1]",
)


def test_it_is_found_by_its_marker(panel: Panel) -> None:
    panel.ticket(1301, fecha_soporte="2026-11-24 10:15:00")
    panel.message(1301, "No navega [RC-mail-a1]")

    assert panel.route().look(OPEN) == replace(SHOWN, ticket_id=1301)


def test_the_first_of_two_is_told_and_both_are_counted(panel: Panel) -> None:
    for number in (1302, 1301):
        panel.ticket(number, fecha_soporte="2026-11-24 10:15:00")
        panel.message(number, "No navega [RC-mail-a1]")

    assert panel.route().look(OPEN) == replace(SHOWN, ticket_id=1301, copies=2)


@pytest.mark.parametrize(
    ("opened", "text"),
    [
        ("2026-11-24 10:15:00", "Otra cosa"),  # somebody else's
        ("2026-11-24 09:59:59", "No navega [RC-mail-a1]"),  # older than the report, clocks apart or not
    ],
)
def test_it_is_surely_absent_where_every_later_ticket_says_something_else(
    panel: Panel, opened: str, text: str
) -> None:
    panel.ticket(1301, fecha_soporte=opened)
    panel.message(1301, text)

    assert panel.route().look(OPEN) == ABSENT


def test_another_customers_ticket_is_not_it(panel: Panel) -> None:
    panel.ticket(1301, client=88, fecha_soporte="2026-11-24 10:15:00")
    panel.message(1301, "No navega [RC-mail-a1]")

    assert panel.route().look(OPEN) == ABSENT


def test_a_ticket_without_its_text_or_its_time_may_be_the_one(panel: Panel) -> None:
    panel.ticket(1301, fecha_soporte="2026-11-24 10:15:00")

    assert panel.route().look(OPEN) == HIDDEN
