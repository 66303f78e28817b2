"""Signals as wishes: they end a wait, and each reload is granted once."""

from __future__ import annotations

import os
import signal

import pytest

from bridge.daemon.wishes import Wishes, listening

FOR_EVER = 3600.0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_to_end_ends_every_wait(number: signal.Signals) -> None:
    with listening() as wishes:
        os.kill(os.getpid(), number)

        wishes.wait(FOR_EVER)
        wishes.wait(FOR_EVER)

        assert wishes.stop


def test_sighup_is_a_wish_to_reload_that_is_granted_once() -> None:
    with listening() as wishes:
        os.kill(os.getpid(), signal.SIGHUP)
        os.kill(os.getpid(), signal.SIGHUP)

        wishes.wait(FOR_EVER)

        assert [wishes.take_reload(), wishes.take_reload(), wishes.stop] == [True, False, False]


def test_a_wish_from_before_the_wait_is_not_slept_through() -> None:
    wishes = Wishes()
    wishes.ask_reload()
    os.read(wishes._ear, 10)  # as if an earlier wait had been woken by it

    wishes.wait(FOR_EVER)

    assert wishes.take_reload()
    wishes.close()


def test_any_number_of_signals_is_taken() -> None:
    """A pipe holds 64 KiB."""
    wishes = Wishes()
    for _ in range(70_000):
        wishes.ask_reload()

    assert wishes.take_reload()
    wishes.close()


def test_after_the_block_the_signals_mean_what_they_did() -> None:
    before = signal.getsignal(signal.SIGHUP)

    with listening():
        assert signal.getsignal(signal.SIGHUP) is not before

    assert signal.getsignal(signal.SIGHUP) is before
