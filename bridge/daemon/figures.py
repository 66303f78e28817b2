"""The figures of `bridge status` as Prometheus reads them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.registry import Collector

from bridge.daemon.health import Health
from bridge.store.push_states import PushState
from bridge.views.status import Status


class Figures(Collector):
    """Gauges of the last snapshot; labels name states and rules, never people.

    Prometheus knows floats only, so the amounts here are for graphs; the ledger has them exactly.
    """

    def __init__(self, health: Health) -> None:
        self._health = health

    def collect(self) -> Iterator[Metric]:
        """Give every figure."""
        snapshot = self._health.snapshot
        yield _gauge(
            "bridge_last_good_cycle_age_seconds",
            "Seconds since the last good cycle ended; since the start where there was none",
            self._health.age.total_seconds(),
        )
        yield _gauge(
            "bridge_mappings_faulty", "1 while an edit of the mappings is refused", bool(snapshot.faults)
        )
        version = InfoMetricFamily("bridge_mappings", "The version of the mappings in force")
        version.add_metric([], {"version": snapshot.version})
        yield version
        yield from _of_cycle(snapshot.status)
        yield from _of_store(snapshot.status)


def _of_cycle(status: Status) -> Iterator[Metric]:
    if status.last_good_at is not None:
        yield _gauge(
            "bridge_last_good_cycle_timestamp_seconds",
            "When the last good cycle ended",
            status.last_good_at.timestamp(),
        )
    last = status.last_cycle
    if last is not None:
        yield _gauge("bridge_cycle_seconds", "How long the last cycle took", last.seconds or 0)
        yield _gauge("bridge_cycle_calls", "Calls to the panel in the last cycle", last.calls)
        if last.exit_code is not None:
            yield _gauge("bridge_cycle_exit_code", "The last cycle's exit code", last.exit_code)
    yield _labelled("bridge_errors_last_day", "Errors of the last 24 hours", "reaction", status.errors)


def _of_store(status: Status) -> Iterator[Metric]:
    yield _labelled("bridge_open_incidents", "Open incidents", "level", status.incidents)
    yield _labelled("bridge_breaches", "Breaches of open incidents", "breach", status.breaches)
    pushes = {str(state): status.pushes.get(state, 0) for state in PushState}
    yield _labelled("bridge_pushes", "Pushes by state", "state", pushes)
    lines = GaugeMetricFamily("bridge_credit_lines", "Lines of the ledger", labels=["type", "status"])
    amounts = GaugeMetricFamily(
        "bridge_credit_amount", "Amount of these lines", labels=["type", "status", "currency"]
    )
    for one in status.credits:
        lines.add_metric([one.type, one.status], one.lines)
        amounts.add_metric([one.type, one.status, one.amount.currency], float(one.amount.amount))
    yield lines
    yield amounts
    yield _labelled("bridge_worklist_lines", "What waits for a person", "kind", status.waiting.work)
    age = status.work_age
    yield _gauge(
        "bridge_worklist_oldest_age_seconds",
        "How long the oldest line of the worklist has waited",
        age.total_seconds() if age is not None else 0,
    )


def _gauge(name: str, meaning: str, value: float) -> Metric:
    return GaugeMetricFamily(name, meaning, value=value)


def _labelled(name: str, meaning: str, label: str, numbers: Mapping[str, int]) -> Metric:
    family = GaugeMetricFamily(name, meaning, labels=[label])
    for key, number in numbers.items():
        family.add_metric([key], number)
    return family
