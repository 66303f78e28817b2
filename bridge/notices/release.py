"""What is told of the news, and when: not in quiet hours, not too often, and only what is still true."""

from __future__ import annotations

from datetime import datetime, time

from bridge import logs
from bridge.domain.decisions import CreditStatus
from bridge.domain.intents import Push, PushKind
from bridge.domain.notices import LADDER, Audience, Medium, Notice, NoticePolicy, Topic, notices_of, overtaken
from bridge.domain.policy import Rulebook
from bridge.notices.news import NewsReader
from bridge.store.notice_states import NoticeState
from bridge.store.store import Store

log = logs.logger("bridge.notices")

_GRANTED = frozenset({CreditStatus.POSTED, CreditStatus.INVOICED})
_WHILE_OPEN = frozenset({*LADDER, Topic.VISIT_FIXED, Topic.ASSIGNED, Topic.VISIT_GIVEN, Topic.NOBODY})


def announce(
    store: Store, rulebook: Rulebook, policy: NoticePolicy, *, since: datetime, now: datetime
) -> None:
    """Write down what is to be told of the news, and let go what may go now: SMS become pushes.

    `since` is as in `NewsReader`. All of it happens in one transaction: an event is told once, whatever
    becomes of the process.
    """
    with store.transaction():
        for news in NewsReader(store, rulebook, policy, since, now).take():
            for notice in notices_of(news, policy, rulebook.texts):
                store.notices.add(notice, now)
        _Releaser(store, rulebook, policy, now).run()


class _Releaser:
    def __init__(self, store: Store, rulebook: Rulebook, policy: NoticePolicy, now: datetime) -> None:
        self._store = store
        self._policy = policy
        self._zone = rulebook.zone
        self._now = now
        local = now.astimezone(rulebook.zone)
        self._midnight = datetime.combine(local.date(), time(), rulebook.zone)

    def run(self) -> None:
        waiting = [row.notice for row in self._store.notices.in_state(NoticeState.WAITING)]
        stale = overtaken(waiting)
        for notice in waiting:
            newer = stale.get(notice.key)
            why = f"{newer} says more" if newer is not None else self._why_not(notice)
            if why:
                self._store.notices.move(notice.key, NoticeState.DROPPED, self._now, why)
                log.info("notice.dropped", notice=notice.key, why=why)
            elif self._may_go(notice):
                self._let_go(notice)

    def _why_not(self, notice: Notice) -> str:
        """Why it is not told any more; nothing where it is."""
        if notice.medium not in self._policy.media.get(notice.topic, ()):
            return "it was switched off"
        if notice.over_at is not None and notice.over_at <= self._now:
            return "its time has come"
        if notice.topic in _WHILE_OPEN:
            row = self._store.incidents.get(notice.incident_id)
            if row is None or row.ended_at is not None:
                return f"{notice.incident_id} has ended"
        line = self._store.ledger.line(notice.credit_id) if notice.credit_id else None
        if line is None:
            return ""
        if notice.topic is Topic.CREDIT_ON_INVOICE and line.status is not CreditStatus.INVOICED:
            return f"{line.credit_id} is {line.status}"
        if notice.topic is Topic.CREDIT_GRANTED and line.status not in _GRANTED:
            return f"{line.credit_id} is {line.status}"
        if notice.topic.audience is Audience.BILLING and str(line.status) != str(notice.topic):
            return f"{line.credit_id} is {line.status}"
        return ""

    def _may_go(self, notice: Notice) -> bool:
        audience = notice.topic.audience
        if self._policy.is_quiet(audience, self._now, self._zone):
            return False
        told = self._store.notices.told
        return (
            audience is not Audience.CUSTOMERS
            or told(notice.client_id, self._midnight) < self._policy.at_most_a_day
        )

    def _let_go(self, notice: Notice) -> None:
        if notice.medium is not Medium.SMS:
            self._store.notices.release(notice.key, NoticeState.PENDING, self._now)
            return
        push = Push(
            key=notice.key,
            kind=PushKind.SMS,
            client_id=notice.client_id,
            due_at=notice.at,
            text=notice.text,
        )
        self._store.outbox.add(push, incident_id=notice.incident_id, credit_id=None, at=self._now)
        self._store.notices.release(notice.key, NoticeState.HANDED, self._now)
