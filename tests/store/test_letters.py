"""Letters are decided once, their answers go step by step, and files are kept while they are needed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError

from bridge.domain.intents import Attachment, PushKind
from bridge.domain.post_states import PostState
from bridge.errors import UsageFault
from bridge.store.answers import Unanswered
from bridge.store.letter_states import LetterOutcome
from bridge.store.push_states import PushState
from bridge.store.store import Store

from .samples import at, push

KEY = "MAIL-1/T"


def letter(store: Store, identity: str = "a", **changes: Any) -> int:
    fields: dict[str, Any] = {
        "identity": identity,
        "message_id": f"<{identity}@example.com>",
        "received_at": at(0),
        "seen_at": at(0.1),
        "sender": "ana@example.com",
        "subject": "Sin internet 📡",
        "text": "",
        "outcome": LetterOutcome.REVIEW,
        "reason": "unknown_sender",
        "client_id": None,
        "push_key": None,
        "answer_to": "",
        "decided_by": "bridge",
    }
    return store.letters.add(**fields | changes)


def opened(store: Store, key: str = KEY, identity: str = "a", **changes: Any) -> int:
    """A letter whose ticket is on its way to the panel."""
    with store.transaction():
        wish = push(key, kind=PushKind.OPEN, ticket_id=None, marker=f"[{key}]", subject="Sin internet")
        store.outbox.add(wish, incident_id=None, credit_id=None, at=at(0))
        told = {"outcome": LetterOutcome.OPENED, "client_id": 7, "push_key": key}
        return letter(store, identity, **told | {"answer_to": "ana@example.com"} | changes)


def answer(store: Store, letter_id: int, when: datetime, parked: str = "") -> None:
    store.answers.add(
        letter_id,
        message_id=f"<answer-{letter_id}@example.com>",
        address="ana@example.com",
        subject="Su ticket 1201",
        text="Recibimos su correo.",
        at=when,
        parked=parked,
    )


def test_i_3_a_letter_is_decided_once(store: Store) -> None:
    number = letter(store)

    with pytest.raises(IntegrityError):
        letter(store)

    known = store.letters.known("a")
    assert known is not None
    assert (known.letter_id, known.outcome, known.received_at) == (number, LetterOutcome.REVIEW, at(0))
    assert known.subject == "Sin internet 📡"
    assert store.letters.known("b") is None


@pytest.mark.parametrize("outcome", [LetterOutcome.OPENED, LetterOutcome.JOINED])
def test_a_letter_that_went_on_has_its_push(store: Store, outcome: LetterOutcome) -> None:
    with pytest.raises(IntegrityError):
        letter(store, outcome=outcome)


def test_a_push_carries_one_letter(store: Store) -> None:
    opened(store)

    with pytest.raises(IntegrityError):
        letter(store, "b", outcome=LetterOutcome.OPENED, push_key=KEY)


def test_what_a_person_decides_is_kept_and_decided_once(store: Store) -> None:
    first, second = letter(store, received_at=at(2)), letter(store, "b", received_at=at(1))
    before = [row.letter_id for row in store.letters.in_review()]

    store.letters.decide(first, LetterOutcome.DISMISSED, by="Irma")

    assert before == [second, first]
    assert [row.letter_id for row in store.letters.in_review()] == [second]
    assert store.letters.get(first).decided_by == "Irma"
    with pytest.raises(UsageFault, match=f"letter {first} does not wait for anybody: dismissed"):
        store.letters.decide(first, LetterOutcome.DISMISSED, by="Ana")


def test_a_reply_finds_the_letter_by_its_id_and_by_its_answers(store: Store) -> None:
    first = opened(store)
    answer(store, first, at(1))
    second = letter(store, "b")

    found = store.letters.of_messages([f"<answer-{first}@example.com>", "<b@example.com>", "<c@example.com>"])

    assert [row.letter_id for row in found] == [second, first]
    assert store.letters.of_messages([]) == []


def test_letters_that_reached_the_panel_are_counted_by_customer_and_time(store: Store) -> None:
    opened(store, received_at=at(0))
    opened(store, "MAIL-2/T", "b", received_at=at(5))
    letter(store, "c", received_at=at(6), client_id=7)

    assert store.letters.count_since(7, at(-1)) == 2
    assert store.letters.count_since(7, at(0)) == 1
    assert store.letters.count_since(8, at(-1)) == 0


def test_a_letter_is_to_be_answered_from_when_its_ticket_is_known_until_it_is(store: Store) -> None:
    number = opened(store)
    before = store.answers.unanswered()
    store.openings.bind(KEY, 1201, at(1))
    known = store.answers.unanswered()
    answer(store, number, at(1))

    assert before == []
    assert known == [Unanswered(letter_id=number, client_id=7, ticket_id=1201, answer_to="ana@example.com")]
    assert store.answers.unanswered() == []
    assert store.answers.answered_message(number) == "<a@example.com>"


def test_an_answer_goes_step_by_step_and_each_sending_is_counted(store: Store) -> None:
    number = opened(store)
    answer(store, number, at(1))
    store.answers.move(number, PostState.SENDING, at(2))
    sending = store.answers.on_the_way(PostState.SENDING)
    waiting = store.answers.to_send(at(2))

    store.answers.move(number, PostState.RETRY_AT, at(2), "451 later", at(3))

    assert [(row.letter_id, row.attempts) for row in sending] == [(number, 1)]
    assert waiting == []
    assert store.answers.to_send(at(2.9)) == []
    (again,) = store.answers.to_send(at(3))
    assert (again.state, again.attempts, again.retry_at, again.reason) == (
        PostState.RETRY_AT,
        1,
        at(3),
        "451 later",
    )
    store.answers.move(number, PostState.SENT, at(3))
    assert store.answers.to_send(at(9)) == []


def test_what_has_waited_longest_is_sent_first(store: Store) -> None:
    early, late = opened(store), opened(store, "MAIL-2/T", "b")
    answer(store, late, at(1))
    answer(store, early, at(2))
    answer(store, opened(store, "MAIL-3/T", "c"), at(0), parked="el panel no tiene su correo")

    assert [row.letter_id for row in store.answers.to_send(at(3))] == [late, early]


@pytest.mark.parametrize(
    ("state", "reason", "again"), [(PostState.PARKED, "", None), (PostState.RETRY_AT, "451", None)]
)
def test_an_answer_that_is_parked_has_its_reason_and_one_that_waits_its_time(
    store: Store, state: PostState, reason: str, again: datetime | None
) -> None:
    number = opened(store)
    answer(store, number, at(1))

    with pytest.raises(IntegrityError):
        store.answers.move(number, state, at(2), reason, again)


def test_a_ticket_and_a_push_belong_to_each_other(store: Store) -> None:
    opened(store)
    opened(store, "MAIL-2/T", "b")

    bound = [
        store.openings.bind(key, ticket_id, at(1))
        for key, ticket_id in ((KEY, 1201), (KEY, 1201), (KEY, 1202), ("MAIL-2/T", 1201))
    ]

    assert bound == [True, True, False, False]
    assert (store.openings.ticket_of(KEY), store.openings.ticket_of("MAIL-2/T")) == (1201, None)


def test_a_file_is_kept_until_its_push_is_settled(store: Store) -> None:
    opened(store)
    opened(store, "MAIL-2/T", "b")
    file = Attachment(name="prueba.png", content=bytes(range(256)))
    for key in (KEY, "MAIL-2/T"):
        store.openings.enclose(key, file)

    store.outbox.move(KEY, PushState.DISCARDED, at=at(1), reason="not needed", actor="Irma")
    store.openings.forget_files()

    assert store.openings.file_of(KEY) is None
    assert store.openings.file_of("MAIL-2/T") == file
