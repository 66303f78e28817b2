"""The worklist as lists show it: what to do, the text to paste, and since when it waits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bridge.domain.intents import PushKind
from bridge.errors import UsageFault
from bridge.store.push_states import PushState
from bridge.store.store import Store
from bridge.store.worklist import WorkLine
from bridge.sync.parking import Parked, is_parked_for
from bridge.views.instants import iso


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkView:
    """A line with its age, and the text that goes into the panel as it is; None where nothing is pasted.

    `opens` says that doing it opens a ticket, whose number is wanted.
    """

    line: WorkLine
    age: timedelta
    paste: str | None
    opens: bool

    def as_json(self, zone: ZoneInfo) -> dict[str, Any]:
        """The line for a program."""
        line = self.line
        return {
            "line_id": line.line_id,
            "kind": line.kind,
            "text": line.text,
            "paste": self.paste,
            "client_id": line.client_id,
            "ticket_id": line.ticket_id,
            "push_key": line.push_key,
            "since": iso(line.since, zone),
            "age_seconds": int(self.age.total_seconds()),
        }


def list_work(store: Store, now: datetime) -> list[WorkView]:
    """Return what is still to be done at `now`, oldest first."""
    return [_view(store, line, now) for line in store.worklist.open_lines()]


def find_work(store: Store, line_id: int, now: datetime) -> WorkView:
    """Return one line that is still to be done. Raises UsageFault where there is none of that number."""
    found = next((view for view in list_work(store, now) if view.line.line_id == line_id), None)
    if found is None:
        raise UsageFault(f"line {line_id} is not to be done; `bridge work list` shows the lines that are")
    return found


def _view(store: Store, line: WorkLine, now: datetime) -> WorkView:
    row = store.outbox.get(line.push_key) if line.push_key is not None else None
    by_hand = row is not None and (row.state is PushState.MANUAL or is_parked_for(row, Parked.REFUSED))
    return WorkView(
        line=line,
        age=now - line.since,
        paste=row.push.text or None if row is not None and by_hand else None,
        opens=row is not None and by_hand and row.push.kind is PushKind.OPEN,
    )
