"""The commands that run cycles deliver what people are to be told; those that only look tell nobody."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bridge.cli.main import main
from tests.acceptance.town import T0, hours
from tests.intake.servers import Outbox
from tests.notices.hall import Hall, hall, switched_on
from tests.servers import Sandbox

ON = ("customers.report_number.sms", "customers.report_number.mail", "supervisors.level_1_contact")

Bridge = Callable[..., int]


@pytest.fixture
def place(tmp_path: Path, panel: Sandbox, smtp: Outbox) -> Iterator[Hall]:
    """A report whose level 1 is late, of which nobody has been told yet."""
    with hall(tmp_path, panel, smtp, switched_on(tmp_path, *ON)) as one:
        one.town.sync(T0)
        one.town.ticket(1, T0)
        one.town.at(T0 + hours(3))
        yield one


@pytest.fixture
def bridge(place: Hall, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bridge:
    def call(*words: str) -> int:
        monkeypatch.setenv("BRIDGE_NOW", place.town.clock.now().isoformat())
        return main(["-c", str(tmp_path / "config.yaml"), *words])

    return call


def told(place: Hall) -> tuple[int, int, int]:
    return len(place.sms()), len(place.mails()), len(place.staff("oficina"))


def test_sync_tells_everybody_in_the_cycle_that_decides(place: Hall, bridge: Bridge) -> None:
    assert bridge("sync") == 0
    assert told(place) == (1, 1, 1)
    assert bridge("sync") == 0
    assert told(place) == (1, 1, 1)


def test_who_looks_tells_nobody(place: Hall, bridge: Bridge, capsys: pytest.CaptureFixture[str]) -> None:
    bridge("sync", "--dry-run")
    capsys.readouterr()
    assert bridge("plan", "--format", "json") == 4
    steps = json.loads(capsys.readouterr().out)["steps"]

    assert told(place) == (0, 0, 0)
    assert [step["kind"] for step in steps if step["key"] == "RC-1/sms/report_number"] == ["sms"]


def test_apply_tells_them_too(place: Hall, bridge: Bridge, tmp_path: Path) -> None:
    assert bridge("plan", "--save", str(tmp_path / "plan.json")) == 4
    assert bridge("apply", str(tmp_path / "plan.json")) == 0

    assert told(place) == (1, 1, 1)


def test_what_waits_and_what_went_out_is_listed(
    place: Hall, bridge: Bridge, capsys: pytest.CaptureFixture[str]
) -> None:
    place.hooks["oficina"].status = 500
    bridge("sync")
    capsys.readouterr()

    bridge("notices", "list", "--format", "json")
    [waits] = json.loads(capsys.readouterr().out)
    bridge("notices", "list", "--all", "--format", "json")
    listed = {one["key"]: one["state"] for one in json.loads(capsys.readouterr().out)}

    assert (waits["state"], waits["to"], waits["attempts"]) == ("retry_at", "oficina", 1)
    assert listed == {
        "RC-1/channel/level_1_contact/oficina": "retry_at",
        "RC-1/mail/report_number": "sent",
        "RC-1/sms/report_number": "handed",
    }
