"""The channels of staff, by Apprise, against a real web server."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from bridge.errors import UsageFault
from bridge.notify.channels import Channels
from tests.notify.hook import Hook, serving


@pytest.fixture
def hook() -> Iterator[Hook]:
    with serving() as found:
        yield found


def test_words_reach_every_channel(hook: Hook) -> None:
    assert Channels([hook.url, hook.url]).send("Título", "Dos\nlíneas")

    assert [(one["title"], one["message"]) for one in hook.taken] == [("Título", "Dos\nlíneas")] * 2


def test_one_channel_that_takes_them_is_enough_and_the_other_is_logged_without_its_key(
    hook: Hook, caplog: pytest.LogCaptureFixture
) -> None:
    closed = "json://127.0.0.1:1/key-0a1b2c3d4e5f"

    with caplog.at_level(logging.INFO, "bridge"):
        assert Channels([closed, hook.url]).send("Título", "Texto")

    ours = [record.msg for record in caplog.records if record.name.startswith("bridge")]
    assert [(one["event"], one["channel"]) for one in ours] == [("alert.undelivered", "alerts.urls 1 json")]
    assert "key-0a1b2c3d4e5f" not in str(ours)


def test_no_channel_that_takes_them_is_said_so(hook: Hook) -> None:
    hook.status = 500

    assert not Channels([hook.url]).send("Título", "Texto")


def test_without_channels_there_is_nobody_to_wait_for() -> None:
    assert Channels([]).send("Título", "Texto")


def test_an_address_that_nobody_understands_is_told_without_its_key() -> None:
    with pytest.raises(UsageFault) as raised:
        Channels(["json://127.0.0.1", "tgrm://12345:key-9f31c2ab77de/chat"])

    assert "number 2 (`tgrm://…`)" in str(raised.value)
    assert "key-9f31c2ab77de" not in str(raised.value)
