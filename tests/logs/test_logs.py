"""The log: on stderr, with run and incident, in two formats, and without secrets."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from structlog.contextvars import bound_contextvars

from bridge import logs
from bridge.errors import OutcomeUnknown, PanelUnreachable
from bridge.mikrowisp.reactions import ServerTrouble
from tests.daemon.clocks import START, StillClock

ZONE = ZoneInfo("America/Mexico_City")
SECRET = "tok-3f9a71"


class RealClock(StillClock):
    """Its true time stands still too: what the rules take for the time is none of the log's business."""

    def real(self) -> datetime:
        return START


class Log:
    """A log that is written until the end of the test, and what it wrote."""

    def __init__(self, capsys: pytest.CaptureFixture[str], block: ExitStack, **settings: Any) -> None:
        chosen = {"as_json": True, "level": "info", "secrets": [SECRET]} | settings
        block.enter_context(logs.written(zone=ZONE, clock=RealClock(), **chosen))
        self.log = logs.logger("bridge.test")
        self._capsys = capsys

    def text(self) -> str:
        captured = self._capsys.readouterr()
        assert captured.out == ""
        return captured.err

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text().splitlines()]


Writer = Callable[..., Log]


@pytest.fixture
def written(capsys: pytest.CaptureFixture[str]) -> Iterator[Writer]:
    with ExitStack() as block:
        yield lambda **settings: Log(capsys, block, **settings)


def test_a_line_has_time_level_event_and_its_fields_in_this_order(written: Writer) -> None:
    log = written()

    log.log.info("cycle.finished", tickets=3, pushed={"sent": 1}, note="ñ")

    text = log.text()
    assert text == (
        '{"timestamp": "2026-11-02T08:00:00-06:00", "level": "info", "event": "cycle.finished", '
        '"tickets": 3, "pushed": {"sent": 1}, "note": "ñ"}\n'
    )


def test_what_is_bound_is_on_each_line_and_gone_afterwards(written: Writer) -> None:
    log = written()

    with bound_contextvars(run=7):
        log.log.info("cycle.note")
        with bound_contextvars(incident="RC-1201"):
            log.log.info("push.sent")
        log.log.info("cycle.finished")
    log.log.info("daemon.stopped")

    bound = [(line.get("run"), line.get("incident")) for line in log.lines()]
    assert bound == [(7, None), (7, "RC-1201"), (7, None), (None, None)]


@pytest.mark.parametrize(
    ("level", "events"),
    [("debug", ["a", "b", "c", "d"]), ("info", ["b", "c", "d"]), ("warning", ["c", "d"]), ("error", ["d"])],
)
def test_only_lines_from_the_level_on_are_written(written: Writer, level: str, events: list[str]) -> None:
    log = written(level=level)

    log.log.debug("a")
    log.log.info("b")
    log.log.warning("c")
    log.log.error("d")

    assert [line["event"] for line in log.lines()] == events


@pytest.mark.parametrize("as_json", [True, False], ids=["json", "console"])
@pytest.mark.parametrize(
    "fields",
    [
        {"why": f"HTTP 500: token={SECRET}"},
        {"why": f"the panel said {SECRET} and no more"},
        {"token": "anything"},
        {"fields": {"ppppass": "anything", "id": 7}},
        {"faults": [f"x {SECRET}"]},
        {"answer": {"deep": [{"codigo": "anything"}]}},
        {"fields": {SECRET: 1}},
        {"error": PanelUnreachable(f"at {SECRET}")},
    ],
)
def test_secrets_are_blotted_out_wherever_they_stand(
    written: Writer, as_json: bool, fields: dict[str, Any]
) -> None:
    log = written(as_json=as_json)

    log.log.warning("push.failed", nested=fields, **fields)

    text = log.text()
    assert "***" in text
    assert SECRET not in text
    assert "anything" not in text


def test_a_secret_in_a_traceback_or_in_a_local_variable_is_not_shown(
    written: Writer,
) -> None:
    def fail() -> None:
        hidden = "a local variable"
        assert hidden
        raise OutcomeUnknown(f"lost at https://somebody:{SECRET}@192.0.2.7")

    for as_json in (True, False):
        log = written(as_json=as_json)
        try:
            fail()
        except OutcomeUnknown:
            log.log.exception("cycle.broken")

        text = log.text()
        assert "OutcomeUnknown: lost at https://somebody:***@192.0.2.7" in text
        assert "a local variable" not in text


def test_a_short_secret_does_not_shred_the_log(written: Writer) -> None:
    log = written(secrets=["e"])

    log.log.info("cycle.finished", text="three letters")

    assert log.lines()[0]["text"] == "three letters"


def test_a_library_is_heard_from_warnings_on_and_blotted_too(written: Writer) -> None:
    log = written(level="debug")

    logging.getLogger("urllib3").debug("chatter")
    logging.getLogger("apprise").warning("Failed to send to %s", f"json://{SECRET}")

    [line] = log.lines()
    assert {name: line[name] for name in ("event", "level", "library", "text")} == {
        "event": "library.message",
        "level": "warning",
        "library": "apprise",
        "text": "Failed to send to json://***",
    }


def test_the_console_shows_nothing_that_a_terminal_would_obey(written: Writer) -> None:
    log = written(as_json=False)

    log.log.warning("cycle.note", text="panel says \x1b[2J\n2026 [error] daemon.stopped")

    text = log.text()
    assert "\x1b" not in text
    assert len(text.splitlines()) == 1
    assert text.startswith("2026-11-02T08:00:00-06:00 [warning  ] cycle.note ")


def test_a_log_inside_of_another_is_written_once_and_the_outer_one_goes_on_after_it(
    written: Writer, capsys: pytest.CaptureFixture[str]
) -> None:
    outer = written()
    with ExitStack() as block:
        Log(capsys, block).log.info("daemon.started")
    outer.log.info("daemon.stopped")

    assert [line["event"] for line in outer.lines()] == ["daemon.started", "daemon.stopped"]


def test_outside_of_the_block_only_warnings_are_written(capsys: pytest.CaptureFixture[str]) -> None:
    with ExitStack() as block:
        log = Log(capsys, block, level="debug")

    log.log.info("cycle.finished")

    assert log.text() == ""


@pytest.mark.parametrize(
    ("fault", "word"),
    [
        (PanelUnreachable("x"), "panel_unreachable"),
        (OutcomeUnknown("x"), "outcome_unknown"),
        (ServerTrouble("HTTP 503"), "panel_unreachable"),  # a class of its own further down
    ],
)
def test_a_reaction_is_one_of_the_error_tree_in_words(fault: Any, word: str) -> None:
    assert logs.reaction_to(fault) == word
