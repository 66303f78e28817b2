"""Letters that wait, or that no folder takes, keep no other letter from being read."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bridge.store.letter_states import LetterOutcome
from bridge.store.push_states import PushState
from tests.acceptance.town import T0, hours
from tests.intake.post import ANA, BETO, PostOffice

MINUTE = hours(0, 60)
FIRST = "<first@client.example>"


@pytest.fixture
def waiting(post: PostOffice) -> PostOffice:
    """Three replies lie before a new letter, and wait for a ticket that has no number."""
    post.deliver(post.letter(ANA, message_id=FIRST))
    post.read(T0 + MINUTE)
    for number in range(3):
        post.deliver(post.letter(ANA, "Re: Sin internet", f"sigue {number}", In_Reply_To=FIRST), T0 + MINUTE)
    post.deliver(post.letter(BETO), T0 + 2 * MINUTE)
    return post


def reasons(post: PostOffice) -> list[str]:
    return [letter.reason for letter in post.town.store.letters.in_review()]


def test_letters_that_wait_leave_the_round_to_the_others(waiting: PostOffice) -> None:
    done = waiting.read(T0 + 3 * MINUTE, letters_per_round=1)

    assert (done.waiting, done.letters) == (3, {LetterOutcome.OPENED: 1})
    assert waiting.lies_in("INBOX") == 3


def test_a_round_looks_at_no_more_than_ten_times_its_letters(waiting: PostOffice) -> None:
    for number in range(10):
        waiting.deliver(waiting.letter(ANA, "Re: Sin internet", f"{number}", In_Reply_To=FIRST), T0)

    done = waiting.read(T0 + 3 * MINUTE, letters_per_round=1)

    assert (done.letters.total(), done.waiting) == (1, 3)
    assert waiting.read(letters_per_round=1).waiting == 10


@pytest.mark.parametrize(("after", "told"), [(hours(24), 0), (hours(24, 1), 3)], ids=["a day", "longer"])
def test_who_waits_longer_than_a_day_is_told_to_a_person(
    waiting: PostOffice, after: timedelta, told: int
) -> None:
    done = waiting.read(T0 + MINUTE + after)

    assert done.letters[LetterOutcome.REVIEW] == told
    assert reasons(waiting) == ["no_number"] * told


def test_a_reply_to_a_ticket_that_a_person_must_open_goes_to_a_person_too(waiting: PostOffice) -> None:
    (first,) = waiting.town.store.openings.on_the_way()
    waiting.town.store.outbox.move(first.push_key, PushState.PARKED, at=T0, actor="bridge", reason="x")

    waiting.read(T0 + 4 * MINUTE)

    assert reasons(waiting) == ["no_number"] * 3
    (line, *_) = [line for line in waiting.town.store.worklist.open_lines() if line.kind == "letter"]
    assert "aún no está en el panel" in line.text


def test_letters_that_no_folder_takes_stay_and_the_round_goes_on(
    post: PostOffice, capsys: pytest.CaptureFixture[str]
) -> None:
    post.server.refuse("Procesados", post.user)
    for customer in (ANA, BETO):
        post.deliver(post.letter(customer))
    post.deliver(post.letter("nadie@other.example"))

    first = post.read(T0 + MINUTE)
    second = post.read(T0 + 2 * MINUTE)

    outcomes = {LetterOutcome.OPENED: 2, LetterOutcome.REVIEW: 1}
    assert (first.letters, first.again, first.unfiled) == (outcomes, 0, 2)
    assert (second.letters, second.again, second.unfiled) == ({}, 2, 2)
    assert [post.lies_in(folder) for folder in ("INBOX", "Revisar")] == [2, 1]
    capsys.readouterr()


def test_what_no_folder_takes_is_filed_as_soon_as_it_can_be(post: PostOffice) -> None:
    post.server.refuse("Procesados", post.user)
    post.deliver(post.letter(ANA))
    post.read(T0 + MINUTE)
    post.server.allow("Procesados", post.user)

    done = post.read(T0 + 2 * MINUTE)

    assert (done.letters, done.again, done.unfiled) == ({}, 1, 0)
    assert [post.lies_in(folder) for folder in ("INBOX", "Procesados")] == [0, 1]
    post.town.sync()
    assert len(post.tickets()) == 1


def test_known_letters_do_not_fill_a_round(post: PostOffice) -> None:
    post.server.refuse("Procesados", post.user)
    for _ in range(3):
        post.deliver(post.letter(ANA))
    post.read(T0 + MINUTE)
    post.deliver(post.letter(BETO), T0 + MINUTE)

    done = post.read(T0 + 2 * MINUTE, letters_per_round=1)

    assert (done.letters, done.again) == ({LetterOutcome.OPENED: 1}, 3)
