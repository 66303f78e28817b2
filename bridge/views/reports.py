"""The run report with its times in the panel's zone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from bridge.store.store import Store
from bridge.sync.report import RunReport
from bridge.views.instants import iso

_TIMES = ("started_at", "finished_at")


def report_as_json(report: RunReport, zone: ZoneInfo) -> dict[str, Any]:
    """The report with the field names promised to users (design section 5)."""
    return _local(report.as_json(), zone)


def last_report(store: Store, zone: ZoneInfo) -> dict[str, Any] | None:
    """Return the report of the run that began last; None where there is none, or it was killed."""
    run = store.journal.last()
    return None if run is None or run.report is None else _local(run.report, zone)


def _local(report: Mapping[str, Any], zone: ZoneInfo) -> dict[str, Any]:
    times = {name: report[name] for name in _TIMES if report[name] is not None}
    return {**report, **{name: iso(datetime.fromisoformat(at), zone) for name, at in times.items()}}
