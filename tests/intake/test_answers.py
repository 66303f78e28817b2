"""The answer goes out at most once, to the address that the panel has, and says the number alone."""

from __future__ import annotations

import pytest

from bridge.domain.post_states import PostState
from tests.acceptance.town import T0, hours
from tests.intake.post import ANA, BETO, PostOffice, address

MINUTE = hours(0, 60)


def ticket(post: PostOffice, sender: str | int = ANA, text: str = "No navega") -> int:
    """A letter that has become a ticket."""
    post.deliver(post.letter(sender, "Sin internet <b>secreto</b>", text))
    post.read(T0 + MINUTE)
    post.town.sync()
    (found,) = post.tickets()
    return int(found["id"])


def test_i_3_it_says_the_number_and_nothing_of_the_letter(post: PostOffice) -> None:
    number = ticket(post)

    post.read()

    ((_, receivers, answer),) = post.outbox.messages
    said = answer.as_string()
    assert receivers == [address(ANA)]
    assert str(number) in answer.get_payload(decode=True).decode()
    assert "secreto" not in said
    assert "No navega" not in said
    assert answer["Auto-Submitted"] == "auto-replied"
    assert answer["In-Reply-To"] == answer["References"]


@pytest.mark.parametrize(
    ("words", "promise"),
    [
        ("No navega, sin internet", "Un técnico se comunicará con usted por teléfono."),
        ("Me cobraron de más en mi factura", "Lo atiende nuestro departamento de Facturación"),
        ("Hola, una pregunta", "Lo atiende nuestro departamento de Atención a clientes"),
    ],
    ids=["fault", "enquiry", "unrouted"],
)
def test_i_5_it_promises_a_call_of_those_who_have_the_ticket(
    post: PostOffice, words: str, promise: str
) -> None:
    post.deliver(post.letter(ANA, "Consulta", words))
    post.read(T0 + MINUTE)
    post.town.sync()

    post.read()

    ((_, _, answer),) = post.outbox.messages
    said = " ".join(answer.get_payload(decode=True).decode().split())
    assert promise in said
    assert ("técnico" in said) == ("técnico" in promise)


def test_a_stranger_who_names_a_customer_gets_no_answer_the_customer_does(post: PostOffice) -> None:
    ticket(post, "otro@other.example", "Sin internet. Mi celular es 55 9900 0001")

    post.read()

    assert [receivers for _, receivers, _ in post.outbox.messages] == [[address(ANA)]]


@pytest.mark.parametrize("refusal", ["451 later", "data:451 later"])
def test_what_was_surely_not_sent_is_sent_later(post: PostOffice, refusal: str) -> None:
    ticket(post)
    post.outbox.plays = [refusal]

    post.read()
    before = len(post.outbox.messages)
    post.read()  # too early
    post.read(T0 + 10 * MINUTE)

    assert (before, len(post.outbox.messages)) == (0, 1)


@pytest.mark.parametrize("refusal", ["550 nobody", "data:554 no"])
def test_what_is_refused_for_good_is_told_to_a_person(post: PostOffice, refusal: str) -> None:
    number = ticket(post)
    post.outbox.plays = [refusal]

    post.read()
    post.read(T0 + hours(24))

    (line,) = [line for line in post.town.store.worklist.open_lines() if line.kind == "answer"]
    assert line.ticket_id == number
    assert refusal.removeprefix("data:") in line.text
    assert post.outbox.messages == []


def test_an_answer_whose_fate_nobody_knows_is_not_sent_twice(post: PostOffice) -> None:
    ticket(post)
    post.outbox.plays = ["data:lost"]

    post.read()
    post.read(T0 + hours(24))

    assert len(post.outbox.messages) == 1
    (line,) = [line for line in post.town.store.worklist.open_lines() if line.kind == "answer"]
    assert "pudo haber salido" in line.text


def test_an_answer_that_a_dead_process_was_sending_is_not_sent_again(post: PostOffice) -> None:
    ticket(post)
    post.outbox.plays = ["451 later"]
    post.read()
    (row,) = post.town.store.answers.on_the_way(PostState.RETRY_AT)
    post.town.store.answers.move(row.letter_id, PostState.SENDING, T0)

    post.read(T0 + hours(24))

    assert post.outbox.messages == []
    (line,) = [line for line in post.town.store.worklist.open_lines() if line.kind == "answer"]
    assert "pudo haber salido" in line.text


def test_without_a_server_for_answers_they_wait(post: PostOffice) -> None:
    number = ticket(post)
    post.outbox.stop()

    post.read()

    (row,) = post.town.store.answers.on_the_way(PostState.RETRY_AT)
    assert row.subject == f"Su ticket {number}"
    assert row.attempts == 0


@pytest.mark.parametrize(
    ("message_id", "answered"),
    [
        ("<short@client.example>", True),
        (f"<{'a' * 120}@outlook.example>", True),
        (f"<{'a' * 895}@client.example>", False),
        ("<\xf1@client.example>", False),
        ("<a\x1bb@client.example>", False),
    ],
    ids=["short", "longer than a line", "longer than any", "not ASCII", "not printable"],
)
def test_the_answer_names_the_letter_as_it_calls_itself_or_not_at_all(
    post: PostOffice, message_id: str, answered: bool
) -> None:
    letter = post.letter(ANA, message_id="<place@client.example>")
    post.deliver(letter.replace(b"<place@client.example>", message_id.encode()))
    post.read(T0 + MINUTE)
    post.town.sync()

    post.read()

    ((_, _, answer),) = post.outbox.messages
    expected = message_id if answered else None
    assert (answer["In-Reply-To"], answer["References"]) == (expected, expected)


def test_a_robot_that_hides_is_answered_three_times_a_day(post: PostOffice) -> None:
    for number in range(5):
        post.deliver(post.letter(ANA, f"Gracias por su mensaje {number}"), T0)
    post.deliver(post.letter(BETO), T0)
    post.read(T0 + MINUTE)
    post.town.sync()

    post.read()
    of_the_day = [receivers for _, receivers, _ in post.outbox.messages]
    post.deliver(post.letter(ANA, "Sigo sin internet"), T0 + hours(25))
    post.read(T0 + hours(25))
    post.town.sync()
    post.read()

    assert len(post.tickets()) == 7
    assert of_the_day == [[address(ANA)]] * 3 + [[address(BETO)]]
    assert len(post.outbox.messages) == 5
    assert [line for line in post.town.store.worklist.open_lines() if line.kind == "answer"] == []
