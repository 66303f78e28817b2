"""What is told of the news, and when: not in quiet hours, not too often, and only what is still true."""

from __future__ import annotations

from datetime import datetime, time

from bridge import logs
from bridge.domain.intents import Push, PushKind
from bridge.domain.notices import Audience, Medium, Notice, NoticePolicy, notices_of, overtaken
from bridge.domain.policy import Rulebook
from bridge.notices.news import NewsReader
from bridge.notices.worth import Worth
from bridge.store.notice_states import NoticeState
from bridge.store.push_states import PushState
from bridge.store.store import Store

log = logs.logger("bridge.notices")

BY_BRIDGE = "bridge"
_UNSENT = (PushState.PENDING, PushState.RETRY_AT, PushState.MANUAL)


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


def held_back(rulebook: Rulebook, policy: NoticePolicy, now: datetime) -> frozenset[PushKind]:
    """Return the kinds of push that wait for the end of the quiet hours, whenever they were released."""
    is_quiet = policy.is_quiet(Audience.CUSTOMERS, now, rulebook.zone)
    return frozenset({PushKind.SMS} if is_quiet else ())


def drop(store: Store, notice: Notice, at: datetime, why: str) -> None:
    """Note that a notice is not told any more, and why."""
    store.notices.move(notice.key, NoticeState.DROPPED, at, why)
    log.info("notice.dropped", notice=notice.key, why=why)


class _Releaser:
    def __init__(self, store: Store, rulebook: Rulebook, policy: NoticePolicy, now: datetime) -> None:
        self._store = store
        self._policy = policy
        self._worth = Worth(store, policy, now)
        self._zone = rulebook.zone
        self._now = now
        local = now.astimezone(rulebook.zone)
        self._midnight = datetime.combine(local.date(), time(), rulebook.zone)

    def run(self) -> None:
        waiting = [row.notice for row in self._store.notices.in_state(NoticeState.WAITING)]
        stale = overtaken(waiting)
        for notice in waiting:
            newer = stale.get(notice.key)
            why = f"{newer} says more" if newer is not None else self._worth.why_not(notice)
            if why:
                drop(self._store, notice, self._now, why)
            elif self._may_go(notice):
                self._let_go(notice)
        for row in self._store.outbox.in_states(*_UNSENT, kinds={PushKind.SMS}):
            self._call_back(row.push.key)

    def _call_back(self, key: str) -> None:
        """An SMS that has not gone out, for want of a panel or a person, may have become untrue."""
        row = self._store.notices.get(key)
        why = self._worth.why_not(row.notice) if row is not None else ""
        if row is not None and why and self._store.outbox.withdraw(key, self._now, BY_BRIDGE, why):
            self._store.worklist.close_key(f"push/{key}", BY_BRIDGE, self._now)
            drop(self._store, row.notice, self._now, why)

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
