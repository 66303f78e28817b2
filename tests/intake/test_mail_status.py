"""`bridge status` shows how the reading of the mailbox goes; a mailbox that stays unread is found out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import pytest

from bridge.cli.main import main
from bridge.errors import BridgeError
from bridge.store.lease import Lease
from tests.acceptance.town import T0, hours
from tests.intake.post import ANA, PostOffice

MINUTE = hours(0, 60)


def status(
    post: PostOffice, capsys: pytest.CaptureFixture[str], *words: str
) -> tuple[int, Mapping[str, Any]]:
    capsys.readouterr()
    code = main(["-c", str(post.folder / "config.yaml"), "status", "--format", "json", *words])
    return code, json.loads(capsys.readouterr().out)["mailbox"]


@pytest.fixture
def read(post: PostOffice, monkeypatch: pytest.MonkeyPatch) -> PostOffice:
    """The mailbox was read once, and a cycle was good."""
    post.deliver(post.letter(ANA))
    post.read(T0 + MINUTE)
    post.town.sync()
    monkeypatch.setenv("BRIDGE_NOW", (T0 + MINUTE).isoformat())
    return post


def test_it_shows_when_the_mailbox_was_last_read(
    read: PostOffice, capsys: pytest.CaptureFixture[str]
) -> None:
    code, found = status(read, capsys, "--check")

    assert (code, found["age_seconds"], found["trouble"], found["is_stale"]) == (0, 0, "", False)


def test_a_mailbox_unread_for_longer_than_the_patience_fails_the_check(
    read: PostOffice, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    read.line.cut_after(1, arrives=False)
    read.try_to_read(T0 + 32 * MINUTE)
    read.town.sync(T0 + 32 * MINUTE)
    monkeypatch.setenv("BRIDGE_NOW", (T0 + 32 * MINUTE).isoformat())

    code, found = status(read, capsys, "--check")

    assert code == 2
    assert (found["age_seconds"], found["trouble"], found["is_stale"]) == (31 * 60, "mail_unreachable", True)


def test_the_next_good_reading_ends_the_trouble(read: PostOffice, capsys: pytest.CaptureFixture[str]) -> None:
    read.line.cut_after(1, arrives=False)
    read.try_to_read()
    read.line.hold()
    before = status(read, capsys)[1]["trouble"]
    read.read()

    assert (before, status(read, capsys)[1]["trouble"]) == ("mail_unreachable", "")


def test_letters_that_no_folder_takes_are_told(read: PostOffice, capsys: pytest.CaptureFixture[str]) -> None:
    read.server.refuse("Procesados", read.user)
    read.deliver(read.letter(ANA))
    read.read()

    assert status(read, capsys)[1]["trouble"] == "unfiled"


def test_a_round_that_another_process_is_at_is_no_trouble(
    read: PostOffice, capsys: pytest.CaptureFixture[str]
) -> None:
    lease = Lease(read.town.store.database, "mail", "another")
    lease.acquire(read.bridge.clock.real(), hours(1))

    with suppress(BridgeError):
        read.read()

    assert status(read, capsys)[1]["trouble"] == ""
