"""A panel or a database that takes connections and says nothing hides nothing of the other."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from bridge.doctor import Check, Status, examine, exit_code
from bridge.doctor.examine import Patience
from tests.doctor.conftest import Isp


@pytest.fixture
def silent() -> Iterator[int]:
    """A port that takes every connection and never answers."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as server:
        yield server.getsockname()[1]


PATIENCE = Patience(answer=1, group=5, long=20)


def examined(isp: Isp, before: str, after: str) -> list[Check]:
    config = isp.folder / "config.yaml"
    config.write_text(config.read_text().replace(before, after))
    with isp.bridge() as bridge:
        return list(examine(bridge, patience=PATIENCE))


def statuses(checks: list[Check], name: str) -> set[Status]:
    return {check.status for check in checks if check.check == name}


def test_a_silent_panel_leaves_the_database_checked(isp: Isp, silent: int) -> None:
    checks = examined(isp, isp.panel.url, f"http://127.0.0.1:{silent}")

    assert exit_code(checks) == 2
    assert statuses(checks, "network") == {Status.OK}
    assert statuses(checks, "token") == {Status.FAILED}
    assert statuses(checks, "database_right") == statuses(checks, "departments") == {Status.OK}


def test_a_silent_database_leaves_the_api_checked(isp: Isp, silent: int) -> None:
    checks = examined(isp, isp.panel.database_url, f"mysql+pymysql://bridge@127.0.0.1:{silent}/panel")

    assert exit_code(checks) == 2
    assert statuses(checks, "database") == {Status.FAILED}
    assert statuses(checks, "token") == statuses(checks, "departments") == {Status.OK}
    pushes = {check.subject: check.detail for check in checks if check.check == "push"}
    assert pushes["close"] == "by api"
    assert pushes["note"].startswith(
        "a person does it, from `bridge work list` (database: cannot be entered;"
    )


def test_one_command_that_hangs_leaves_the_others(isp: Isp) -> None:
    isp.panel.control("faults", {"kind": "slow", "command": "GetOperadores", "ms": 3000, "times": 1})
    with isp.bridge() as bridge:
        checks = list(examine(bridge, patience=PATIENCE))

    found = {check.subject: check.status for check in checks if check.check == "command"}
    assert found["GetOperadores"] is Status.FAILED
    assert found["GetDepartamentos"] is Status.OK


def test_what_the_api_does_not_show_could_not_be_told(isp: Isp) -> None:
    """Over the API alone the zone could not be told, and the hour is the panel's default."""
    isp.configure(database=False)

    with isp.bridge() as bridge:
        checks = {check.check: check for check in examine(bridge)}

    assert checks["time_zone"].status is Status.SKIPPED
    assert checks["billing_hour"].detail.startswith("could not be read; the panel's default is 03:30")


@pytest.mark.parametrize("database", [True, False])
def test_a_panel_that_answers_nothing_but_errors_fails_the_check_up(isp: Isp, database: bool) -> None:
    """No word explains them, so each alone may mean `none`; all together mean that nothing can be read."""
    isp.configure(database=database)
    isp.panel.control("faults", {"kind": "refuse", "message": "rara", "times": 1000})

    with isp.bridge() as bridge:
        checks = list(examine(bridge, patience=PATIENCE))

    assert exit_code(checks) == 2
    failed = [(check.check, check.subject) for check in checks if check.status is Status.FAILED]
    assert failed == [("command", "all")]
