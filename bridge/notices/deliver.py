"""Delivering what was released: mails to customers by the courier, messages to staff over their channels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Protocol

from bridge import logs
from bridge.clock import Clock
from bridge.config.mail import SmtpSettings
from bridge.domain.contacts import Contact
from bridge.domain.notices import Audience, Medium, NoticePolicy, subject_name
from bridge.domain.policy import Rulebook
from bridge.domain.post_states import PostState
from bridge.errors import AccessRefused, BrokenRecord, LeaseHeld, PanelUnreachable, PanelUnusable
from bridge.notices.release import BY_BRIDGE, drop
from bridge.notices.worth import Worth
from bridge.notify.post import MOST_TRIES, Courier, Post, message_id, pause
from bridge.store.lease import Lease
from bridge.store.notice_states import NoticeState
from bridge.store.notices import NoticeRow
from bridge.store.process import this_process
from bridge.store.store import Store

log = logs.logger("bridge.notices")

LEASE = timedelta(minutes=10)
NOTICE = "notice"
NO_CHANNEL = "config.yaml no tiene el canal `{name}`"
NOT_TAKEN = "el canal `{name}` no recibe mensajes"
NO_SERVER = "mail.smtp no está configurado"
NO_ADDRESS = "the panel has no mail address of the customer"
MOST_MAILS = 50  # a round; deadlines do not wait for a slow mail server
_LINES_SHOWN = 30
_STATES = {state: next(one for one in NoticeState if one.value == state.value) for state in PostState}


class PanelPeople(Protocol):
    """How the panel says a customer can be reached now."""

    def one(self, client_id: int) -> Contact | None:
        """Return a customer; raises PanelUnreachable, AccessRefused, PanelUnusable or BrokenRecord."""


class Channel(Protocol):
    """Takes words to a group of staff; returns whether anybody can have got them."""

    def send(self, title: str, text: str) -> bool:
        """Send."""


class _Stopped(Exception):
    """The service is about to end."""


class Delivery:
    """Sends what was released, between two cycles: a bounded number a round, so that none waits for long."""

    def __init__(  # noqa: PLR0913 - the parts of a delivery, wired in one place
        self,
        *,
        store: Store,
        rulebook: Rulebook,
        policy: NoticePolicy,
        people: PanelPeople,
        smtp: SmtpSettings | None,
        channels: Mapping[str, Channel],
        clock: Clock,
    ) -> None:
        self._store = store
        self._rulebook = rulebook
        self._policy = policy
        self._people = people
        self._sender = smtp.sender if smtp is not None else None
        self._courier = Courier(smtp, clock)
        self._channels = channels
        self._clock = clock
        self._lease = Lease(store.database, "notices", this_process())
        self._stop: Callable[[], bool] = lambda: False

    def run(self, stop: Callable[[], bool] = lambda: False) -> Counter[str]:
        """Send what is due and return how it came out; nothing while another process is at it.

        `stop` is asked before each message. Raises StoreUnusable.
        """
        self._stop = stop
        try:
            self._lease.acquire(self._clock.real(), LEASE)
        except LeaseHeld:
            return Counter()
        try:
            done = self._send()
        except (LeaseHeld, _Stopped):
            return Counter()  # asked to, or it slept, and another process sends the rest
        finally:
            self._lease.release()
        if done:
            log.info("notices.sent", **dict(sorted(done.items())))
        return done

    def _send(self) -> Counter[str]:
        self._drop_what_is_over()
        mails: Counter[PostState] = Counter()
        if not self._is_quiet(Audience.CUSTOMERS):
            self._find_addresses()
            mails = self._courier.deliver(_Mails(self._store, self._rulebook), self._beat)
        return Counter({str(state): count for state, count in mails.items()}) + self._to_staff()

    def _is_quiet(self, audience: Audience) -> bool:
        """Quiet hours are for what is tried again, too."""
        return self._policy.is_quiet(audience, self._clock.now(), self._rulebook.zone)

    def _beat(self) -> None:
        if self._stop():
            raise _Stopped
        self._lease.beat(self._clock.real())

    def _drop_what_is_over(self) -> None:
        """What has waited for a channel, a server or the morning may be true no longer."""
        now = self._clock.now()
        worth = Worth(self._store, self._policy, now)
        for state in (NoticeState.PENDING, NoticeState.RETRY_AT):
            for row in self._store.notices.in_state(state):
                why = worth.why_not(row.notice)
                if why:
                    drop(self._store, row.notice, now, why)

    def _find_addresses(self) -> None:
        """Ask the panel where a mail goes at the moment it goes; without an address there is none to send."""
        due = self._store.notices.due(Medium.MAIL, self._clock.now())
        for row in [row for row in due if not row.address][:MOST_MAILS]:
            self._beat()
            now = self._clock.now()
            if self._sender is None:
                _park(self._store, self._rulebook, row, NO_SERVER, now)
                continue
            try:
                contact = self._people.one(row.notice.client_id)
            except (PanelUnreachable, AccessRefused, PanelUnusable) as fault:
                log.warning("notices.panel", why=str(fault))
                return
            except BrokenRecord as fault:
                _park(self._store, self._rulebook, row, str(fault), now)
                continue
            if contact is None or not contact.addresses:
                drop(self._store, row.notice, now, NO_ADDRESS)
                continue
            seed = f"{row.notice.key}/{now.isoformat()}"
            self._store.notices.set_address(
                row.notice.key, contact.addresses[0], message_id(seed, self._sender)
            )

    def _to_staff(self) -> Counter[str]:
        """One message for each channel and audience, however many lines it has.

        What was being sent when a process died is sent again: staff would rather read it twice than never.
        """
        now = self._clock.now()
        stuck = [row for row in self._store.notices.in_state(NoticeState.SENDING) if _is_staffs(row)]
        rows = sorted([*stuck, *self._store.notices.due(Medium.CHANNEL, now)], key=_place)
        done: Counter[str] = Counter()
        for (channel, audience), group in groupby(rows, key=_place):
            if not self._is_quiet(audience):
                done += self._message(channel, audience, list(group))
        return done

    def _message(self, channel: str, audience: Audience, rows: Sequence[NoticeRow]) -> Counter[str]:
        taker = self._channels.get(channel)
        if taker is None:
            for row in rows:
                _park(self._store, self._rulebook, row, NO_CHANNEL.format(name=channel), self._clock.now())
            return Counter({NoticeState.PARKED.value: len(rows)})
        self._beat()
        self._move(rows, NoticeState.SENDING)
        lines = [row.notice.text for row in sorted(rows, key=lambda row: (row.notice.at, row.notice.key))]
        more = len(lines) - _LINES_SHOWN
        shown = [*lines[:_LINES_SHOWN], *([f"(+{more})"] if more > 0 else [])]
        subject = self._rulebook.texts.render(subject_name(audience), count=len(rows))
        if taker.send(subject, "\n".join(shown)):
            self._move(rows, NoticeState.SENT)
            self._store.worklist.close_key(f"{NOTICE}/{channel}", BY_BRIDGE, self._clock.now())
            return Counter({NoticeState.SENT.value: len(rows)})
        return self._not_taken(channel, rows)

    def _not_taken(self, channel: str, rows: Sequence[NoticeRow]) -> Counter[str]:
        why, done = NOT_TAKEN.format(name=channel), Counter[str]()
        for row in rows:
            now = self._clock.now()
            if row.attempts + 1 >= MOST_TRIES:
                _park(self._store, self._rulebook, row, why, now)
                done[NoticeState.PARKED.value] += 1
            else:
                again = now + pause(row.attempts)
                self._store.notices.move(row.notice.key, NoticeState.RETRY_AT, now, why, again)
                done[NoticeState.RETRY_AT.value] += 1
        return done

    def _move(self, rows: Sequence[NoticeRow], to: NoticeState) -> None:
        with self._store.transaction():
            for row in rows:
                self._store.notices.move(row.notice.key, to, self._clock.now())


class _Mails:
    """The mails to customers as a queue of the courier (`bridge.notify.post.Queue`)."""

    def __init__(self, store: Store, rulebook: Rulebook) -> None:
        self._store = store
        self._rulebook = rulebook

    def stuck(self) -> list[Post]:
        rows = self._store.notices.in_state(NoticeState.SENDING)
        return [_post(row) for row in rows if row.notice.medium is Medium.MAIL]

    def to_send(self, now: datetime) -> list[Post]:
        ready = [row for row in self._store.notices.due(Medium.MAIL, now) if row.address]
        return [_post(row) for row in ready[:MOST_MAILS]]

    def move(
        self, key: str, to: PostState, at: datetime, reason: str = "", retry_at: datetime | None = None
    ) -> None:
        self._store.notices.move(key, _STATES[to], at, reason, retry_at)

    def park(self, post: Post, why: str, at: datetime) -> None:
        row = self._store.notices.get(post.key)
        if row is not None:
            _park(self._store, self._rulebook, row, why, at)


def _place(row: NoticeRow) -> tuple[str, Audience]:
    return row.notice.channel, row.notice.topic.audience


def _is_staffs(row: NoticeRow) -> bool:
    return row.notice.medium is Medium.CHANNEL


def _post(row: NoticeRow) -> Post:
    return Post(
        key=row.notice.key,
        message_id=row.message_id or "",
        address=row.address,
        subject=row.notice.subject,
        text=row.notice.text,
        attempts=row.attempts,
        headers={"Auto-Submitted": "auto-generated"},
    )


def _park(store: Store, rulebook: Rulebook, row: NoticeRow, why: str, at: datetime) -> None:
    """It cannot be sent: a person is told, on the worklist; of a channel that is down, once."""
    notice = row.notice
    name = notice.channel or notice.key
    text = rulebook.texts.render(
        "work_notice",
        client_id=notice.client_id,
        report_number=notice.incident_id,
        to=row.address or notice.channel,
        text=notice.text,
        why=why,
    )
    with store.transaction():
        store.notices.move(notice.key, NoticeState.PARKED, at, why)
        store.worklist.add(f"{NOTICE}/{name}", NOTICE, text, client_id=notice.client_id, at=at)
