"""Whether a notice is still worth telling: asked on its release, and before every attempt to send it."""

from __future__ import annotations

from datetime import datetime

from bridge.domain.decisions import CreditStatus, CreditType, Line
from bridge.domain.notices import LADDER, Audience, Notice, NoticePolicy, Topic
from bridge.store.meta import RESTORED_AT
from bridge.store.store import Store

_GRANTED = frozenset({CreditStatus.POSTED, CreditStatus.INVOICED})
_NOT_TAKEN_BACK = frozenset({CreditStatus.REVERSAL_PROPOSED, CreditStatus.HELD, CreditStatus.VOIDED})
_WHILE_OPEN = frozenset({*LADDER, Topic.VISIT_FIXED, Topic.ASSIGNED, Topic.VISIT_GIVEN, Topic.NOBODY})


class Worth:
    """Judges notices by what is known now."""

    def __init__(self, store: Store, policy: NoticePolicy, now: datetime) -> None:
        self._store = store
        self._policy = policy
        self._now = now
        self._restored_at = store.meta.get_time(RESTORED_AT)

    def why_not(self, notice: Notice) -> str:
        """Return why it is not told any more; nothing where it is."""
        if notice.medium not in self._policy.media.get(notice.topic, ()):
            return "it was switched off"
        if notice.over_at is not None and notice.over_at <= self._now:
            return "its time has come"
        is_customers = notice.topic.audience is Audience.CUSTOMERS
        if is_customers and self._restored_at is not None and notice.at < self._restored_at:
            return "it was told after this copy of the store was made, or may have been"
        return self._of_incident(notice) or self._of_money(notice)

    def _of_incident(self, notice: Notice) -> str:
        if notice.topic not in _WHILE_OPEN:
            return ""
        row = self._store.incidents.get(notice.incident_id)
        if row is None or row.ended_at is not None:
            return f"{notice.incident_id} has ended"
        if notice.topic is Topic.ASSIGNED and row.technician_id != notice.technician_id:
            return "somebody else has it"
        if notice.topic is Topic.NOBODY and not self._store.worklist.lasting(f"nobody/{row.incident_id}"):
            return "somebody has it"
        return ""

    def _of_money(self, notice: Notice) -> str:
        line = self._store.ledger.line(notice.credit_id) if notice.credit_id else None
        if line is None:
            return ""
        if notice.topic.audience is Audience.BILLING:
            is_true = str(line.status) == str(notice.topic)
        elif notice.topic is Topic.CREDIT_ON_INVOICE:
            is_true = line.status is CreditStatus.INVOICED
        else:
            is_true = line.status in _GRANTED
        if not is_true:
            return f"{line.credit_id} is {line.status}"
        return "" if notice.topic.audience is Audience.BILLING else self._taken_back(line)

    def _taken_back(self, line: Line) -> str:
        """C-13: a reversal that was only proposed takes nothing back."""
        for other in self._store.ledger.lines_of_client(line.client_id):
            is_reversal = other.type is CreditType.REVERSAL and other.facts.get("of") == line.credit_id
            if is_reversal and other.status not in _NOT_TAKEN_BACK:
                return f"{other.credit_id} takes it back"
        return ""
