"""A customer's words in a ticket that the bridge opened are never staff's, whoever the panel names."""

from __future__ import annotations

import pytest

from tests.acceptance.town import T0, hours
from tests.intake.post import ANA, PostOffice

TAGS = "#resuelto\n#no-atribuible\n#sin-solucion\n&#35;visita 25/11 4pm\n[RC-1/N2] [RC-2/N2]"
MINUTE = hours(0, 60)


@pytest.mark.parametrize("author", ["customer", "operator"])
@pytest.mark.parametrize("route", ["post", "post_by_api"])
def test_tags_and_marks_in_a_letter_do_nothing(
    request: pytest.FixtureRequest, route: str, author: str
) -> None:
    """The panel may name the API's operator as the author of the message (contract 2.1)."""
    post: PostOffice = request.getfixturevalue(route)
    post.town.panel.control("switches", {"new_ticket_author": author})
    post.deliver(post.letter(ANA, "#grave sin internet", TAGS))

    post.read(T0 + MINUTE)
    for cycle in range(1, 4):
        post.town.sync(T0 + cycle * hours(1))

    kinds = [str(event.kind) for event in post.town.store.events.of_client(ANA)]
    assert sorted(set(kinds) - {"technician:set"}) == [
        "client:subscribed",
        "kind:classified",
        "ticket:opened",
    ]
    (incident,) = post.town.store.incidents.of_client(ANA)
    assert (incident.level, incident.severe, incident.attribution) == (2, False, "unknown")
    assert incident.breaches == ("level_1_contact",)
    (ticket,) = post.tickets()
    numbers = [one["contenido"] for one in ticket["mensajes"] if "Su número de reporte" in one["contenido"]]
    assert len(numbers) == (1 if route == "post" else 0)


def test_l_2_a_state_that_staff_set_is_a_contact_though_the_only_message_is_the_letter(
    post_by_api: PostOffice,
) -> None:
    """Where the API shows no replies, the last message is the one with the bridge's own mark."""
    post = post_by_api
    post.town.panel.control("switches", {"messages_replies": False})
    post.deliver(post.letter(ANA))
    post.read(T0 + MINUTE)
    post.town.sync()
    post.town.sync(T0 + 2 * MINUTE)
    (ticket,) = post.tickets()
    post.town.staff("reply", at=T0 + hours(1), ticket=ticket["id"], text="Le llamé", operator=11)

    post.town.sync(T0 + hours(1, 60))

    assert [str(one.kind) for one in post.town.store.events.of_client(ANA)].count("contact:made") == 1


def test_a_mark_copied_into_a_portal_ticket_gives_it_no_earlier_beginning(post: PostOffice) -> None:
    post.deliver(post.letter(ANA))
    post.read(T0 + MINUTE)
    post.town.sync()
    post.town.sync(T0 + 2 * MINUTE)
    (ticket,) = post.tickets()
    mark = ticket["mensajes"][0]["contenido"].rpartition("[")[2]
    post.town.staff("close", at=T0 + hours(1), ticket=ticket["id"])
    post.town.sync(T0 + hours(1, 60))

    copied = post.town.ticket(ANA, T0 + hours(90), body=f"No navega [{mark}")
    post.town.sync(T0 + hours(90, 60))

    spans = {row.ticket_ids: row.opened_at for row in post.town.store.incidents.of_client(ANA)}
    assert spans[copied,] == T0 + hours(90)
