"""The lines that a push leaves in the log, and what is bound to them."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from structlog.contextvars import bound_contextvars, get_contextvars

from bridge.domain.intents import Push, PushKind, Route
from bridge.errors import OutcomeUnknown
from bridge.mikrowisp.sendlog import logged
from bridge.mikrowisp.together import together
from tests.mikrowisp.panels import NOW

PUSH = Push(key="RC-1201/note/2", kind=PushKind.NOTE, client_id=7, ticket_id=1201, due_at=NOW)


class Wire:
    """A route that remembers what was bound while it sent."""

    route = Route.API

    def __init__(self, fault: Exception | None = None) -> None:
        self.fault = fault
        self.sent: Push | None = None
        self.bound: dict[str, Any] = {}

    @logged
    def send(self, push: Push) -> None:
        """Send, or fail."""
        self.sent, self.bound = push, get_contextvars()
        if self.fault is not None:
            raise self.fault


def test_a_push_that_went_out_is_a_line_with_its_incident(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "bridge")
    wire = Wire()

    wire.send(PUSH)

    about = {"incident": "RC-1201", "push": "RC-1201/note/2", "kind": "note", "route": "api"}
    assert wire.bound == about
    assert [record.msg for record in caplog.records] == [about | {"event": "push.sent", "level": "info"}]
    assert get_contextvars() == {}


def test_one_that_did_not_is_a_line_with_the_reaction_and_the_fault_goes_on(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with pytest.raises(OutcomeUnknown):
        Wire(OutcomeUnknown("no answer within 5 s")).send(PUSH)

    [line] = [record.msg for record in caplog.records]
    assert (line["event"], line["level"], line["incident"]) == ("push.failed", "warning", "RC-1201")
    assert (line["reaction"], line["why"]) == ("outcome_unknown", "no answer within 5 s")


def test_calls_that_are_made_together_carry_what_is_bound() -> None:
    with bound_contextvars(run=7):
        found = together(lambda _: get_contextvars(), range(20), concurrency=4)

    assert list(found.values()) == [{"run": 7}] * 20
