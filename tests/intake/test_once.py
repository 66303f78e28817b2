"""The same message makes one ticket, however often and wherever it is met."""

from __future__ import annotations

import itertools

import pytest

from bridge.store.letter_states import LetterOutcome
from tests.acceptance.town import T0, hours
from tests.intake.post import ANA, BETO, PostOffice

MINUTE = hours(0, 60)


def opened(post: PostOffice) -> int:
    """Let everything come through; return how many tickets the panel has."""
    post.town.sync()
    post.town.sync(post.town.clock.now() + MINUTE)
    return len(post.tickets())


def test_i_3_a_message_that_lies_there_twice_makes_one_ticket(post: PostOffice) -> None:
    raw = post.letter(ANA)
    post.deliver(raw)
    post.deliver(b"Received: from mx2.example by mx1.example\r\n" + raw, T0 + MINUTE)

    done = post.read(T0 + 2 * MINUTE)

    assert (done.letters, done.again) == ({LetterOutcome.OPENED: 1}, 1)
    assert (opened(post), post.lies_in("Procesados")) == (1, 2)


def test_i_3_a_message_that_is_moved_back_makes_no_second_ticket(post: PostOffice) -> None:
    post.deliver(post.letter(ANA))
    post.read(T0 + MINUTE)
    opened(post)

    post.server.move_back("Procesados", post.user)
    done = post.read()

    assert (done.letters, done.again, post.lies_in("INBOX")) == ({}, 1, 0)
    assert (opened(post), len(post.outbox.messages)) == (1, 1)


def test_i_3_a_store_that_is_lost_makes_no_second_ticket(post: PostOffice) -> None:
    """The mark is the message's own: a new store finds the ticket on the panel."""
    post.deliver(post.letter(ANA))
    post.read(T0 + MINUTE)
    opened(post)
    post.server.move_back("Procesados", post.user)

    with post.with_a_new_store() as store:
        done = post.intake(store).run()
        report = post.bridge.cycle(store).sync()

    assert done.letters == {LetterOutcome.OPENED: 1}
    assert (report.pushed["verified"], report.pushed["sent"]) == (1, 0)
    assert len(post.tickets()) == 1


def test_another_sender_with_the_same_message_id_takes_nothing_away(post: PostOffice) -> None:
    post.deliver(post.letter(BETO, message_id="<same@client.example>"))
    post.deliver(post.letter(ANA, message_id="<same@client.example>"))

    post.read(T0 + MINUTE)

    assert opened(post) == 2


@pytest.mark.parametrize("arrives", [True, False])
def test_i_3_a_line_cut_at_any_command_makes_one_ticket_of_a_letter(post: PostOffice, arrives: bool) -> None:
    letters = 0
    for commands in itertools.count(1):
        post.deliver(post.letter(ANA, text=f"No navega {commands}"))
        letters += 1
        post.line.cut_after(commands, arrives=arrives)
        broken = post.try_to_read(T0 + MINUTE, letters_per_day=1000)
        post.line.hold()
        post.read(letters_per_day=1000)
        if not broken:
            break
        assert post.lies_in("INBOX") == 0

    pushes = post.town.store.outbox.ready(T0 + hours(1))
    assert letters > 8
    assert len(pushes) == letters
    # A move that was cut may leave a second copy; none is missing.
    assert len(set(post.server.contents("Procesados", post.user))) == letters


def test_nothing_is_decided_while_the_panel_cannot_be_asked(post: PostOffice) -> None:
    post.deliver(post.letter(ANA))
    post.town.panel.control("faults", {"kind": "http500", "times": 50})

    broken = post.try_to_read(T0 + MINUTE)
    post.town.panel.control("faults/clear")
    done = post.read()

    assert "500" in broken
    assert done.letters == {LetterOutcome.OPENED: 1}


def test_c_14_what_came_before_the_bridge_took_over_is_set_aside(post: PostOffice) -> None:
    post.deliver(post.letter(ANA), T0 - hours(200))

    done = post.read(T0 + MINUTE)

    assert done.letters == {LetterOutcome.ASIDE: 1}
    assert post.lies_in("Apartados") == 1


def test_a_letter_from_a_server_whose_clock_is_ahead_is_of_now(post: PostOffice) -> None:
    post.deliver(post.letter(ANA), T0 + hours(5))

    post.read(T0 + MINUTE)
    opened(post)

    (incident,) = post.town.store.incidents.of_client(ANA)
    assert incident.opened_at == T0 + MINUTE
