"""From a letter in a real mailbox to a ticket on the panel, its number to the customer, and its ladder."""

from __future__ import annotations

from bridge.store.letter_states import LetterOutcome
from tests.acceptance.town import T0, hours
from tests.intake.post import ANA, PostOffice, address


def test_i_3_a_letter_becomes_a_ticket_and_is_answered_with_its_number(post: PostOffice) -> None:
    post.deliver(post.letter(ANA, "Sin internet", "No navega desde anoche"), T0)

    done = post.read(T0 + hours(0, 60))
    post.town.sync()
    post.read()

    assert done.letters == {LetterOutcome.OPENED: 1}
    (ticket,) = post.tickets()
    assert (ticket["idcliente"], ticket["asunto"]) == (ANA, "Sin internet")
    ((sender, receivers, answer),) = post.outbox.messages
    assert (sender, receivers) == (post.user, [address(ANA)])
    assert answer["Subject"] == f"Su ticket {ticket['id']}"
    assert (post.lies_in("INBOX"), post.lies_in("Procesados")) == (0, 1)


def test_i_4_the_ladder_and_the_credit_count_from_when_the_letter_came(post: PostOffice) -> None:
    """The panel's ticket is three hours younger: read late, it is late at once, and credited in full."""
    post.deliver(post.letter(ANA), T0)
    post.read(T0 + hours(3))
    post.town.sync()

    post.town.sync(T0 + hours(3, 60))
    (incident,) = post.town.store.incidents.of_client(ANA)
    (number,) = incident.ticket_ids
    post.town.staff("close", at=T0 + hours(72), ticket=number)
    post.town.sync(T0 + hours(72, 60))

    assert (incident.opened_at, incident.channel, incident.level) == (T0, "mail", 2)
    assert incident.breaches == ("level_1_contact",)
    assert [(line.days, str(line.amount)) for line in post.town.lines(number)] == [(3, "30.00")]
