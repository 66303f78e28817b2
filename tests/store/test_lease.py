"""The lease: one holder at a time, taken over when the holder is silent for too long."""

from __future__ import annotations

import re
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from bridge.errors import LeaseHeld
from bridge.store.database import Database
from bridge.store.lease import Holder, Lease
from bridge.store.process import has_died, this_process
from bridge.store.store import Store

from .samples import T0

TTL = timedelta(seconds=60)


def lease(store: Store, owner: str) -> Lease:
    return Lease(store.database, "cycle", owner)


def after(seconds: float) -> timedelta:
    return timedelta(seconds=seconds)


def test_a_second_holder_is_told_who_has_it_since_when_and_until(store: Store) -> None:
    lease(store, "host, process 12").acquire(T0, TTL)

    with pytest.raises(LeaseHeld) as caught:
        lease(store, "host, process 13").acquire(T0 + after(10), TTL)

    assert str(caught.value) == (
        "another cycle is at work: host, process 12, since 2026-11-22 16:00:00 UTC; "
        "if it has died, the next one takes over after 2026-11-22 16:01:00 UTC"
    )


@pytest.mark.parametrize(("seconds", "taken"), [(59.999, False), (60, True), (60.001, True)])
def test_it_is_taken_over_when_it_has_run_out(store: Store, seconds: float, *, taken: bool) -> None:
    first, second = lease(store, "first"), lease(store, "second")
    first.acquire(T0, TTL)

    if taken:
        second.acquire(T0 + after(seconds), TTL)
        with pytest.raises(LeaseHeld, match="taken over: another cycle is at work: second"):
            first.beat(T0 + after(seconds))
    else:
        with pytest.raises(LeaseHeld):
            second.acquire(T0 + after(seconds), TTL)


def test_the_holder_is_shown_until_it_gives_back_or_runs_out(store: Store) -> None:
    first, onlooker = lease(store, "first"), lease(store, "onlooker")
    assert onlooker.holder(T0) is None
    first.acquire(T0, TTL)
    first.beat(T0 + after(5))

    held = Holder(owner="first", taken_at=T0, beat_at=T0 + after(5))
    assert onlooker.holder(T0 + after(64)) == held
    assert onlooker.holder(T0 + after(65)) is None
    first.release()
    assert onlooker.holder(T0 + after(6)) is None


def test_a_heartbeat_keeps_it(store: Store) -> None:
    first = lease(store, "first")
    first.acquire(T0, TTL)
    first.beat(T0 + after(50))

    with pytest.raises(LeaseHeld, match="16:01:50"):
        lease(store, "second").acquire(T0 + after(100), TTL)


def test_a_silent_holder_keeps_it_when_nobody_wanted_it(store: Store) -> None:
    first = lease(store, "first")
    first.acquire(T0, TTL)

    first.beat(T0 + after(600))

    with pytest.raises(LeaseHeld):
        lease(store, "second").acquire(T0 + after(601), TTL)


def test_the_same_holder_may_take_it_again(store: Store) -> None:
    first = lease(store, "first")
    first.acquire(T0, TTL)
    first.acquire(T0 + after(1), TTL)

    first.beat(T0 + after(2))


def test_a_released_lease_is_free_at_once(store: Store) -> None:
    first = lease(store, "first")
    first.acquire(T0, TTL)
    first.release()

    lease(store, "second").acquire(T0 + after(1), TTL)


def test_a_lost_lease_is_not_released_for_its_new_holder(store: Store) -> None:
    first, second = lease(store, "first"), lease(store, "second")
    first.acquire(T0, TTL)
    second.acquire(T0 + after(61), TTL)

    first.release()

    second.beat(T0 + after(62))


def test_a_beat_without_a_lease_is_refused(store: Store) -> None:
    with pytest.raises(LeaseHeld, match="has lost its lease"):
        lease(store, "first").beat(T0)


def test_leases_with_other_names_do_not_meet(store: Store) -> None:
    lease(store, "first").acquire(T0, TTL)

    Lease(store.database, "intake", "second").acquire(T0, TTL)


def test_no_two_processes_have_one_name() -> None:
    assert this_process() != this_process()


def test_a_process_that_runs_is_alive_and_one_that_ended_is_not() -> None:
    code = "from bridge.store.process import this_process as p; print(p(), flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=Path(__file__).parents[2],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as other:
        assert other.stdout is not None
        name = other.stdout.readline()
        alive = has_died(name)
        other.kill()
        other.stdout.read()
        other.wait()

    assert (alive, has_died(name)) == (False, True)
    assert not has_died(this_process())


def test_a_process_number_used_again_is_another_process() -> None:
    host, place, start, token = re.split(r"[(.]", this_process())

    assert has_died(f"{host}({place}.{int(start) - 1}.{token}")


@pytest.mark.parametrize("name", ["host, process 12", "host, process 1 (00000000.5.abcd)", "somebody"])
def test_a_process_elsewhere_may_be_alive(name: str) -> None:
    assert not has_died(name)


RACE = """
import sys, time
from datetime import datetime, timedelta, UTC
sys.path.insert(0, {root!r})
from bridge.errors import LeaseHeld
from bridge.store.store import Store

with Store.open({url!r}) as store:
    print("ready", flush=True)
    sys.stdin.readline()
    try:
        store.lease.acquire(datetime(2026, 11, 22, tzinfo=UTC), timedelta(seconds=60))
        print("mine", flush=True)
    except LeaseHeld:
        print("held", flush=True)
    sys.stdin.readline()
"""


def test_of_several_processes_one_gets_it_and_a_killed_one_is_succeeded_at_once(url: str) -> None:
    Database(url).close()
    Store.open(url).close()
    script = RACE.format(root=str(Path(__file__).parents[2]), url=url)
    racers = [
        subprocess.Popen(
            [sys.executable, "-c", script],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
        )
        for _ in range(3)
    ]
    answers = []
    for racer in racers:
        assert racer.stdout
        assert racer.stdout.readline() == "ready\n"
    for racer in racers:
        assert racer.stdin
        racer.stdin.write("go\n")
    for racer in racers:
        assert racer.stdout
        answers.append(racer.stdout.readline())
    for racer in racers:
        racer.kill()
        racer.communicate()

    with Store.open(url) as store:
        from datetime import UTC, datetime  # noqa: PLC0415

        store.lease.acquire(datetime(2026, 11, 22, tzinfo=UTC) + after(1), TTL)
    assert sorted(answers) == ["held\n", "held\n", "mine\n"]
