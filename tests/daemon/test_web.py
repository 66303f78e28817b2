"""`/healthz` and `/metrics`, asked for over a socket."""

from __future__ import annotations

import socket
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import replace

import pytest
from prometheus_client.parser import text_string_to_metric_families

from bridge.daemon.health import Health
from bridge.daemon.web import shown
from bridge.errors import UsageFault
from tests.daemon.clocks import StillClock
from tests.daemon.snapshots import SNAPSHOT, health, seen

ANYWHERE = ("127.0.0.1", 0)


@pytest.fixture
def clock() -> StillClock:
    return StillClock()


@pytest.fixture
def state(clock: StillClock) -> Health:
    return health(clock)


@pytest.fixture
def address(state: Health) -> Iterator[str]:
    with shown(state, ANYWHERE) as address:
        assert address is not None
        yield address


def get(url: str, method: str = "GET") -> tuple[int, str]:
    request = urllib.request.Request(url, method=method)  # noqa: S310 - the test's own server
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - the same
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refusal:
        with refusal:
            return refusal.code, refusal.read().decode()


def figures(address: str) -> dict[tuple[str, ...], float]:
    """Every sample by its name and the values of its labels, these in the order of their names."""
    _, text = get(f"{address}/metrics")
    return {
        (sample.name, *(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_nothing_listens_unless_a_place_is_given(state: Health) -> None:
    with shown(state, None) as address:
        assert address is None


def test_healthz_is_200_until_the_last_good_cycle_is_too_old(address: str, clock: StillClock) -> None:
    assert get(f"{address}/healthz") == (200, "last good cycle 0 s ago, limit 1800 s\n")
    clock.pass_(1800)
    assert get(f"{address}/healthz")[0] == 200
    clock.pass_(1)
    assert get(f"{address}/healthz") == (503, "last good cycle 1801 s ago, limit 1800 s\n")


def test_metrics_are_the_figures_of_the_status(address: str, clock: StillClock) -> None:
    clock.pass_(60)

    found = figures(address)

    assert found["bridge_last_good_cycle_age_seconds",] == 60
    assert found["bridge_last_good_cycle_timestamp_seconds",] == SNAPSHOT.status.at.timestamp()
    assert found["bridge_cycle_seconds",] == 4
    assert found["bridge_cycle_calls",] == 12
    assert found["bridge_cycle_exit_code",] == 0
    assert found["bridge_errors_last_day", "panel_unreachable"] == 3
    assert found["bridge_open_incidents", "1"] == 4
    assert found["bridge_open_incidents", "none"] == 2
    assert found["bridge_breaches", "level_1_contact"] == 1
    assert found["bridge_pushes", "parked"] == 1
    assert found["bridge_pushes", "in_doubt"] == 0
    assert found["bridge_credit_lines", "posted", "days"] == 2
    assert found["bridge_credit_amount", "MXN", "posted", "days"] == 69.8
    assert found["bridge_worklist_lines", "check"] == 1
    assert found["bridge_worklist_oldest_age_seconds",] == 7200
    assert found["bridge_mappings_faulty",] == 0
    assert found["bridge_mappings_info", "3f9a71c0d2e1"] == 1


def test_metrics_follow_the_service(address: str, state: Health) -> None:
    state.take(replace(SNAPSHOT, faults=("a fault",)))

    assert figures(address)["bridge_mappings_faulty",] == 1


def test_before_the_first_cycle_there_are_no_figures_of_one(address: str, state: Health) -> None:
    first = seen(good_at=None)
    state.take(replace(first, status=replace(first.status, last_cycle=None)))

    found = figures(address)

    assert ("bridge_last_good_cycle_timestamp_seconds",) not in found
    assert ("bridge_cycle_seconds",) not in found


@pytest.mark.parametrize(("path", "method", "code"), [("/", "GET", 404), ("/metrics", "POST", 405)])
def test_anything_else_is_refused(address: str, path: str, method: str, code: int) -> None:
    assert get(address + path, method)[0] == code


def test_a_port_that_is_taken_is_the_configurations_fault(state: Health) -> None:
    with socket.socket() as taken:
        taken.bind(ANYWHERE)
        taken.listen()
        port = taken.getsockname()[1]

        with (
            pytest.raises(UsageFault, match=rf"metrics\.listen: 127\.0\.0\.1 port {port} cannot be had"),
            shown(state, ("127.0.0.1", port)),
        ):
            pass


@pytest.mark.skipif(not socket.has_ipv6, reason="this machine has no IPv6")
def test_ipv6_is_an_address_like_another(state: Health) -> None:
    try:
        with shown(state, ("::1", 0)) as address:
            assert get(f"{address}/healthz")[0] == 200
    except UsageFault:
        pytest.skip("this machine's loopback has no IPv6")
