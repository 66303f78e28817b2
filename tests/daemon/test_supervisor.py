"""What systemd hears of the service."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from bridge.daemon.supervisor import Supervisor
from tests.daemon.clocks import StillClock


@pytest.fixture
def ear(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear:
        ear.bind(str(tmp_path / "notify"))
        ear.setblocking(False)
        yield ear


def heard(ear: socket.socket) -> list[str]:
    found = []
    while True:
        try:
            found.append(ear.recv(100).decode())
        except BlockingIOError:
            return found


def test_it_says_that_it_is_ready_alive_and_ending(ear: socket.socket) -> None:
    clock = StillClock()
    clock.pass_(1000)
    supervisor = Supervisor({"NOTIFY_SOCKET": ear.getsockname()}, clock)

    supervisor.ready()
    supervisor.alive()
    supervisor.stopping()

    assert heard(ear) == ["READY=1", "WATCHDOG=1", "STOPPING=1"]


def test_signs_of_life_are_not_sent_with_every_call_to_the_panel(ear: socket.socket) -> None:
    clock = StillClock()
    clock.pass_(1000)
    supervisor = Supervisor({"NOTIFY_SOCKET": ear.getsockname()}, clock)

    for _ in range(12):
        supervisor.alive()
        clock.pass_(1)

    assert heard(ear) == ["WATCHDOG=1"] * 3


def test_a_socket_without_a_file_is_named_with_an_at_sign() -> None:
    name = "bridge-test-notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear:
        ear.bind(f"\0{name}")
        ear.setblocking(False)

        Supervisor({"NOTIFY_SOCKET": f"@{name}"}, StillClock()).ready()

        assert heard(ear) == ["READY=1"]


def test_without_systemd_or_with_one_that_is_gone_nothing_happens(tmp_path: Path) -> None:
    Supervisor({}, StillClock()).ready()
    Supervisor({"NOTIFY_SOCKET": str(tmp_path / "gone")}, StillClock()).ready()
