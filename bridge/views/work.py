"""The worklist as lists show it."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from bridge.store.store import Store
from bridge.store.worklist import WorkLine
from bridge.views.instants import iso


def list_work(store: Store) -> list[WorkLine]:
    """Return what is still to be done, oldest first."""
    return store.worklist.open_lines()


def work_as_json(line: WorkLine, zone: ZoneInfo) -> dict[str, Any]:
    """One line for a program."""
    return {
        "line_id": line.line_id,
        "kind": line.kind,
        "text": line.text,
        "client_id": line.client_id,
        "ticket_id": line.ticket_id,
        "push_key": line.push_key,
        "since": iso(line.since, zone),
    }
