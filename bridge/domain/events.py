"""Facts of an incident as events: append-only, each with when it happened and when it was learnt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class EventKind(StrEnum):
    """What happened; `subject:action`. The comment names the keys of `data`."""

    OPENED = "ticket:opened"  # channel; technician_id where the bridge opened it with one
    CLOSED = "ticket:closed"
    REOPENED = "ticket:reopened"
    GONE = "ticket:gone"  # vanished from the panel; `at` is its last sight (L-9)
    CLASSIFIED = "kind:classified"  # kind; by the mapping
    KIND_SET = "kind:set"  # kind; by staff
    CONTACTED = "contact:made"
    CONTACT_FAILED = "contact:failed"  # contacted, not solved
    VISIT_FIXED = "visit:fixed"  # start, end (ISO instants; start may be absent)
    VISIT_DONE = "visit:done"
    VISIT_FAILED = "visit:failed"
    CLASSED_SEVERE = "severity:set"
    ATTRIBUTED = "attribution:set"  # attribution
    SERVICE_NAMED = "service:named"  # service_id
    OUTAGE_SINCE = "outage:since"  # since (ISO instant)
    OUTAGE_RESTORED = "outage:restored"  # restored (ISO instant)
    RESOLVED = "incident:resolved"  # restored (ISO instant)
    CANCELLED = "client:cancelled"
    SUBSCRIBED = "client:subscribed"  # status, services (JSON list) at first sight of an opening
    CLIENT_STATUS = "client:status"  # status
    TECHNICIAN_SET = "technician:set"  # technician_id; by a person in the panel
    DEPARTMENT_SET = "department:set"  # department_id; by a person in the panel
    EVIDENCE_MISSING = "evidence:missing"  # I-8
    TAG_UNREAD = "tag:unread"  # text; a tag staff wrote that could not be understood


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One fact. `key` is unique: learning the same fact twice makes one event.

    `source` says who or which signal: `panel`, `state`, `tag`, `reply`, `closing reason`, `visit date`,
    `department`, `mapping`, or `person:NAME`. Where a message is the source and its author is known,
    `operator_id` in `data` is the member of staff who wrote it.
    """

    key: str
    kind: EventKind
    client_id: int
    ticket_id: int | None
    at: datetime
    seen_at: datetime
    source: str
    data: Mapping[str, str] = field(default_factory=dict)
    note: str = ""
