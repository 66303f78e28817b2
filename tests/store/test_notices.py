"""Notices: written once, released, sent or dropped; and from where on an older store's history is news."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from bridge.domain.decisions import CreditStatus
from bridge.domain.events import EventKind
from bridge.domain.notices import Medium, Notice, Topic
from bridge.notices.news import NEWS_READ
from bridge.store.database import Database
from bridge.store.migrate import MIGRATIONS
from bridge.store.notice_states import NoticeState
from bridge.store.notices import NoticeRow
from bridge.store.schema import notices
from bridge.store.store import Store

from .samples import at, credit_push, decision, event, incident, judgement, line

MAIL = Notice(
    key="RC-1201/mail/severe",
    topic=Topic.SEVERE,
    medium=Medium.MAIL,
    client_id=7,
    incident_id="RC-1201",
    at=at(0),
    text="Su reporte RC-1201 es grave.",
    subject="Reporte RC-1201",
)
SMS = replace(MAIL, key="RC-1201/sms/severe", medium=Medium.SMS, subject="")
LINE = replace(
    MAIL,
    key="RC-1201/C1/1/channel/held/caja",
    topic=Topic.HELD,
    medium=Medium.CHANNEL,
    subject="",
    channel="caja",
    credit_id="RC-1201/C1",
    over_at=at(9),
)


def keys(rows: list[NoticeRow]) -> list[str]:
    return [row.notice.key for row in rows]


def test_a_notice_is_kept_as_it_was_written_and_waits(store: Store) -> None:
    assert store.notices.add(LINE, at(1))

    assert store.notices.get(LINE.key) == NoticeRow(
        notice=LINE,
        state=NoticeState.WAITING,
        address="",
        message_id=None,
        attempts=0,
        retry_at=None,
        released_at=None,
        reason="",
        changed_at=at(1),
    )
    assert store.notices.get("unknown") is None


def test_the_same_event_is_told_once_whatever_became_of_it(store: Store) -> None:
    store.notices.add(MAIL, at(1))
    store.notices.move(MAIL.key, NoticeState.DROPPED, at(2), "its time has come")

    assert not store.notices.add(replace(MAIL, text="Otra vez"), at(3))

    row = store.notices.get(MAIL.key)
    assert row is not None
    assert (row.notice.text, row.state, row.reason) == (MAIL.text, NoticeState.DROPPED, "its time has come")


def test_a_mail_on_its_way(store: Store) -> None:
    """Released, being sent, surely not sent, tried again, sent: each beginning is counted."""
    found = store.notices
    found.add(MAIL, at(1))
    found.release(MAIL.key, NoticeState.PENDING, at(2))
    found.set_address(MAIL.key, "ana@example.com", "<1@example.com>")
    found.move(MAIL.key, NoticeState.SENDING, at(3))
    found.move(MAIL.key, NoticeState.RETRY_AT, at(3), "the server is busy", at(4))
    assert (found.due(Medium.MAIL, at(3.9)), keys(found.due(Medium.MAIL, at(4)))) == ([], [MAIL.key])
    found.move(MAIL.key, NoticeState.SENDING, at(4))
    found.move(MAIL.key, NoticeState.SENT, at(5))

    assert found.get(MAIL.key) == NoticeRow(
        notice=MAIL,
        state=NoticeState.SENT,
        address="ana@example.com",
        message_id="<1@example.com>",
        attempts=2,
        retry_at=None,
        released_at=at(2),
        reason="",
        changed_at=at(5),
    )
    assert found.of_messages(["<0@example.com>", "<1@example.com>"]) == [(7, "RC-1201")]
    assert found.of_messages(["<2@example.com>"]) == found.of_messages([]) == []


def test_what_is_due_is_released_and_of_that_medium_oldest_event_first(store: Store) -> None:
    later, waits = replace(MAIL, key="b", at=at(2)), replace(MAIL, key="c")
    for notice in (later, waits, MAIL, LINE, SMS):
        store.notices.add(notice, at(3))
    for notice in (later, MAIL, LINE):
        store.notices.release(notice.key, NoticeState.PENDING, at(3))
    store.notices.release(SMS.key, NoticeState.HANDED, at(3))

    assert keys(store.notices.due(Medium.MAIL, at(3))) == [MAIL.key, later.key]
    assert keys(store.notices.due(Medium.CHANNEL, at(3))) == [LINE.key]
    assert store.notices.due(Medium.SMS, at(3)) == []
    assert keys(store.notices.in_state(NoticeState.WAITING)) == [waits.key]


@pytest.mark.parametrize(
    ("state", "is_unfinished"),
    [
        (NoticeState.WAITING, True),
        (NoticeState.HANDED, False),
        (NoticeState.PENDING, True),
        (NoticeState.SENDING, True),
        (NoticeState.SENT, False),
        (NoticeState.RETRY_AT, True),
        (NoticeState.PARKED, True),
        (NoticeState.DROPPED, False),
    ],
)
def test_what_a_list_shows_is_what_is_not_over(store: Store, state: NoticeState, is_unfinished: bool) -> None:
    store.notices.add(MAIL, at(1))
    store.notices.move(MAIL.key, state, at(2), "why", at(3) if state is NoticeState.RETRY_AT else None)

    assert keys(store.notices.unfinished()) == ([MAIL.key] if is_unfinished else [])


def test_the_latest_are_those_that_changed_last(store: Store) -> None:
    for number in (1, 3, 2):
        store.notices.add(replace(MAIL, key=str(number)), at(number))

    assert keys(store.notices.latest(2)) == ["3", "2"]


def test_how_much_a_customer_was_told_since_a_moment(store: Store) -> None:
    """SMS and mails that were let go; not lines for staff, nor what waits or was dropped."""
    another = replace(SMS, key="of another", client_id=8)
    dropped = replace(SMS, key="dropped")
    waits = replace(SMS, key="waits")
    for notice in (MAIL, SMS, LINE, another, dropped, waits):
        store.notices.add(notice, at(0))
    store.notices.release(SMS.key, NoticeState.HANDED, at(1))
    store.notices.release(MAIL.key, NoticeState.PENDING, at(2))
    for notice in (LINE, another, dropped):
        store.notices.release(notice.key, NoticeState.PENDING, at(2))
    store.notices.move("dropped", NoticeState.DROPPED, at(3), "the panel has no mail address")

    told = store.notices.told
    assert [told(7, at(hours)) for hours in (0.9, 1, 1.1, 2, 2.1)] == [2, 2, 1, 1, 0]
    assert (told(8, at(0)), told(9, at(0))) == (1, 0)


@pytest.mark.parametrize(
    ("values", "promise"),
    [
        ({"state": "lost"}, "known_state"),
        ({"state": "retry_at"}, "retry_has_a_time"),
        ({"retry_at": at(3)}, "retry_has_a_time"),
        ({"state": "parked"}, "parked_has_a_reason"),
        ({"state": "dropped"}, "parked_has_a_reason"),
    ],
)
def test_the_table_refuses_a_state_without_what_belongs_to_it(
    store: Store, values: dict[str, Any], promise: str
) -> None:
    store.notices.add(MAIL, at(1))

    with pytest.raises(IntegrityError, match=promise), store.transaction() as connection:
        connection.execute(update(notices).values(**values))


def test_a_message_id_is_one_mails(store: Store) -> None:
    store.notices.add(MAIL, at(1))
    store.notices.add(replace(MAIL, key="other"), at(1))
    store.notices.set_address(MAIL.key, "ana@example.com", "<1@example.com>")

    with pytest.raises(IntegrityError, match="message_id"):
        store.notices.set_address("other", "ana@example.com", "<1@example.com>")


# --- the histories past a number --------------------------------------------------------------------------


def filled(store: Store) -> None:
    """One of each history, two decisions."""
    store.events.append([event(), event("visit", kind=EventKind.VISIT_FIXED, data={"date": "2026-11-24"})])
    store.incidents.replace_client(7, [incident()])
    store.incidents.append_decisions([decision(), decision("report_number")], judgement())
    store.ledger.record(line(status=CreditStatus.DUE, final_at=at(3)), at=at(3), actor="bridge")
    store.outbox.add(credit_push(), incident_id="RC-1201", credit_id="RC-1201/C1", at=at(3))
    store.worklist.add("supervisor/RC-1201", "supervisor", "Nadie de nivel 2", client_id=7, at=at(3))


NUMBERS = {"events": 2, "decisions": 2, "ledger_entries": 1, "worklist": 1}


def test_a_history_is_read_past_a_number_and_knows_its_last_one(store: Store) -> None:
    filled(store)

    assert [one.key for one in store.events.learnt_since(0, EventKind.VISIT_FIXED)] == ["visit"]
    assert store.events.learnt_since(2, EventKind.VISIT_FIXED) == []
    assert [one.decision.subject for one in store.incidents.taken_since(1)] == ["report_number"]
    assert store.incidents.taken_since(2) == []
    assert [one.line.credit_id for one in store.ledger.entries_since(0)] == ["RC-1201/C1"]
    assert store.ledger.entries_since(1) == []
    assert [one.key for one in store.worklist.added_since(0, "supervisor")] == ["supervisor/RC-1201"]
    assert store.worklist.added_since(0, "unrouted") == store.worklist.added_since(1, "supervisor") == []
    assert {
        "events": store.events.last_id(),
        "decisions": store.incidents.last_decision_id(),
        "ledger_entries": store.ledger.last_id(),
        "worklist": store.worklist.last_id(),
    } == NUMBERS


def older(url: str) -> Database:
    """A store as it was before there were notices."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    database = Database(url)
    with database.transaction() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0004")
    return database


def test_what_happened_before_an_older_store_knew_of_notices_is_no_news(path: Path, url: str) -> None:
    path.parent.mkdir(mode=0o700, exist_ok=True)
    database = older(url)
    filled(Store(database))
    database.close()

    with Store.open(url) as store:
        assert json.loads(store.meta.get(NEWS_READ) or "") == NUMBERS
        assert store.notices.latest(1) == []


def test_a_store_without_a_history_begins_at_its_beginning(path: Path, url: str) -> None:
    path.parent.mkdir(mode=0o700, exist_ok=True)
    older(url).close()

    with Store.open(url) as store:
        assert store.meta.get(NEWS_READ) is None
