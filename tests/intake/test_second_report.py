"""A further letter or call about what is open already: nobody loses a case, nothing is opened twice."""

from __future__ import annotations

from bridge.desk.calls import Said
from bridge.store.letter_states import LetterOutcome
from tests.acceptance.town import T0, hours
from tests.intake.post import ANA, BETO, CARO, PostOffice

MINUTE = hours(0, 60)
LEVEL_1 = {11, 12, 13}
LEVEL_2 = {21, 22}


def call(post: PostOffice, customer: int, kind: str, words: str = "No navega") -> None:
    """An agent takes a call now."""
    desk = post.bridge.call_desk(post.town.store, post.loaded)
    now = post.town.clock.now()
    client = desk.caller(customer).client
    desk.take(Said(client=client, began_at=now, by="Luz", words=words, kind=kind, service_id=None))


def owners(post: PostOffice) -> dict[int, int | None]:
    return {row.client_id: row.technician_id for row in post.town.store.incidents.open()}


def on_panel(post: PostOffice) -> list[tuple[int, int, int]]:
    """Customer, department and technician of every ticket."""
    return [(ticket["idcliente"], ticket["dp"], ticket["idsoporte"]) for ticket in post.tickets()]


def test_l_3_a_second_letter_does_not_take_the_case_from_level_2(post: PostOffice) -> None:
    post.town.sync(T0)
    post.deliver(post.letter(ANA), T0)
    post.read(T0 + MINUTE)
    post.town.sync(T0 + 2 * MINUTE)
    post.town.sync(T0 + hours(3))
    (first,) = on_panel(post)
    assert owners(post)[ANA] in LEVEL_2

    post.deliver(post.letter(ANA, "Sin internet, otra vez"), T0 + hours(4))
    post.read(T0 + hours(4.1))
    post.town.sync()
    post.town.sync(T0 + hours(4.2))
    post.town.sync(T0 + hours(4.3))

    assert on_panel(post) == [first, first]
    assert owners(post)[ANA] == first[2]


def test_l_3_nor_does_a_second_call(post: PostOffice) -> None:
    post.town.sync(T0)
    post.town.ticket(ANA, T0)
    post.town.sync(T0 + hours(3))
    post.town.sync(T0 + hours(3.1))
    (first,) = on_panel(post)

    call(post, ANA, "low_speed")
    post.town.sync(T0 + hours(3.2))
    post.town.sync(T0 + hours(3.3))

    assert on_panel(post) == [first, first]
    assert owners(post)[ANA] == first[2]


def test_l_1_reports_of_one_moment_are_shared_out_and_stay_where_they_were_given(post: PostOffice) -> None:
    post.town.sync(T0)
    for customer in (ANA, BETO):
        post.deliver(post.letter(customer), T0)
    post.read(T0 + MINUTE)
    call(post, CARO, "no_access")
    post.town.sync(T0 + 2 * MINUTE)
    given = {customer: technician for customer, _, technician in on_panel(post)}
    post.town.sync(T0 + 3 * MINUTE)
    post.town.sync(T0 + 4 * MINUTE)

    assert set(given.values()) == LEVEL_1
    assert owners(post) == given
    assert {customer: technician for customer, _, technician in on_panel(post)} == given


def test_l_9_that_a_call_is_about_none_of_the_kinds_takes_no_kind_away(post: PostOffice) -> None:
    post.town.sync(T0)
    post.town.ticket(ANA, T0)
    post.town.sync(T0 + MINUTE)
    call(post, ANA, "unrouted", "No sé qué tengo")
    call(post, BETO, "unrouted", "No sé qué tengo")
    post.town.sync(T0 + 2 * MINUTE)
    post.town.sync(T0 + 3 * MINUTE)

    kinds = {row.client_id: row.kind for row in post.town.store.incidents.open()}
    assert kinds == {ANA: "no_access", BETO: "unrouted"}


def test_a_letter_that_names_a_ticket_no_read_has_shown_waits_for_it(post: PostOffice) -> None:
    """The agent asks for captures by mail; they come before the next cycle (I-8)."""
    post.town.sync(T0)
    call(post, ANA, "low_speed", "Va lento")
    (ticket,) = post.tickets()
    post.deliver(post.letter(ANA, f"Capturas ticket {ticket['id']}", "Aquí van"), T0 + MINUTE)
    post.deliver(post.letter(BETO, f"Ticket {ticket['id']}", "Es mío"), T0 + MINUTE)

    early = post.read(T0 + 2 * MINUTE)
    post.town.sync(T0 + 3 * MINUTE)
    late = post.read(T0 + 4 * MINUTE)

    assert (early.waiting, early.letters) == (1, {LetterOutcome.REVIEW: 1})
    assert late.letters == {LetterOutcome.JOINED: 1}
    assert len(post.tickets()) == 1
