"""The log: on stderr, with run and incident, in two formats, and without secrets."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
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


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    """Later tests have the log that they would have had."""
    root, ours = logging.getLogger(), logging.getLogger("bridge")
    handlers, levels = list(root.handlers), (root.level, ours.level)
    yield
    root.handlers[:] = handlers
    root.setLevel(levels[0])
    ours.setLevel(levels[1])


class Log:
    """A log that was set up, and what it wrote."""

    def __init__(self, capsys: pytest.CaptureFixture[str], **settings: Any) -> None:
        chosen = {"as_json": True, "level": "info", "secrets": [SECRET]} | settings
        clock = StillClock()
        # What the rules take for the time is none of the log's business.
        clock.real = lambda: START  # type: ignore[method-assign]
        logs.set_up(zone=ZONE, clock=clock, **chosen)
        self.log = logs.logger("bridge.test")
        self._capsys = capsys

    def text(self) -> str:
        captured = self._capsys.readouterr()
        assert captured.out == ""
        return captured.err

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text().splitlines()]


def test_a_line_has_time_level_event_and_its_fields_in_this_order(capsys: pytest.CaptureFixture[str]) -> None:
    log = Log(capsys)

    log.log.info("cycle.finished", tickets=3, pushed={"sent": 1}, note="ñ")

    text = log.text()
    assert text == (
        '{"timestamp": "2026-11-02T08:00:00-06:00", "level": "info", "event": "cycle.finished", '
        '"tickets": 3, "pushed": {"sent": 1}, "note": "ñ"}\n'
    )


def test_what_is_bound_is_on_each_line_and_gone_afterwards(capsys: pytest.CaptureFixture[str]) -> None:
    log = Log(capsys)

    with bound_contextvars(run=7):
        log.log.info("cycle.note")
        with bound_contextvars(incident="RC-1201"):
            log.log.info("push.sent")
        log.log.info("cycle.finished")
    log.log.info("daemon.stopped")

    bound = [(line.get("run"), line.get("incident")) for line in log.lines()]
    assert bound == [(7, None), (7, "RC-1201"), (7, None), (None, None)]


@pytest.mark.parametrize(
    ("level", "written"),
    [("debug", ["a", "b", "c", "d"]), ("info", ["b", "c", "d"]), ("warning", ["c", "d"]), ("error", ["d"])],
)
def test_only_lines_from_the_level_on_are_written(
    capsys: pytest.CaptureFixture[str], level: str, written: list[str]
) -> None:
    log = Log(capsys, level=level)

    log.log.debug("a")
    log.log.info("b")
    log.log.warning("c")
    log.log.error("d")

    assert [line["event"] for line in log.lines()] == written


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
    capsys: pytest.CaptureFixture[str], as_json: bool, fields: dict[str, Any]
) -> None:
    log = Log(capsys, as_json=as_json)

    log.log.warning("push.failed", nested=fields, **fields)

    text = log.text()
    assert "***" in text
    assert SECRET not in text
    assert "anything" not in text


def test_a_secret_in_a_traceback_or_in_a_local_variable_is_not_shown(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def fail() -> None:
        hidden = "a local variable"
        assert hidden
        raise OutcomeUnknown(f"lost at https://somebody:{SECRET}@192.0.2.7")

    for as_json in (True, False):
        log = Log(capsys, as_json=as_json)
        try:
            fail()
        except OutcomeUnknown:
            log.log.exception("cycle.broken")

        text = log.text()
        assert "OutcomeUnknown: lost at https://somebody:***@192.0.2.7" in text
        assert "a local variable" not in text


def test_a_short_secret_does_not_shred_the_log(capsys: pytest.CaptureFixture[str]) -> None:
    log = Log(capsys, secrets=["e"])

    log.log.info("cycle.finished", text="three letters")

    assert log.lines()[0]["text"] == "three letters"


def test_a_library_is_heard_from_warnings_on_and_blotted_too(capsys: pytest.CaptureFixture[str]) -> None:
    log = Log(capsys, level="debug")

    logging.getLogger("urllib3").debug("chatter")
    logging.getLogger("apprise").warning("Failed to send to %s", f"json://{SECRET}")

    [line] = log.lines()
    assert {name: line[name] for name in ("event", "level", "library", "text")} == {
        "event": "library.message",
        "level": "warning",
        "library": "apprise",
        "text": "Failed to send to json://***",
    }


def test_the_console_shows_nothing_that_a_terminal_would_obey(capsys: pytest.CaptureFixture[str]) -> None:
    log = Log(capsys, as_json=False)

    log.log.warning("cycle.note", text="panel says \x1b[2J\n2026 [error] daemon.stopped")

    text = log.text()
    assert "\x1b" not in text
    assert len(text.splitlines()) == 1
    assert text.startswith("2026-11-02T08:00:00-06:00 [warning  ] cycle.note ")


def test_set_up_twice_a_line_is_written_once(capsys: pytest.CaptureFixture[str]) -> None:
    Log(capsys)
    log = Log(capsys)

    log.log.info("daemon.started")

    assert len(log.lines()) == 1


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
