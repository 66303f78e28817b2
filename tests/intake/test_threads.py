"""Replies join their ticket as the customer's words, and nobody else's."""

from __future__ import annotations

from bridge.domain.notices import Medium, Notice, Topic
from bridge.store.letter_states import LetterOutcome
from tests.acceptance.town import T0, hours
from tests.intake.post import ANA, BETO, PostOffice

MINUTE = hours(0, 60)


def answered(post: PostOffice, customer: int = ANA) -> tuple[int, str]:
    """Have a letter become a ticket and be answered; return ticket and the answer's Message-ID."""
    post.deliver(post.letter(customer))
    post.read(T0 + MINUTE)
    post.town.sync()
    post.town.sync(T0 + 2 * MINUTE)
    post.read()
    (ticket,) = post.tickets()
    return ticket["id"], str(post.outbox.messages[-1][2]["Message-ID"])


def test_a_reply_to_the_answer_becomes_an_internal_note_that_is_no_contact(post: PostOffice) -> None:
    ticket_id, answer = answered(post)
    reply = post.letter(ANA, "Re: Su ticket", "#sin-solucion sigue igual\n\n> #resuelto", In_Reply_To=answer)
    post.deliver(reply, T0 + 3 * MINUTE)

    done = post.read(T0 + 4 * MINUTE)
    post.town.sync()
    post.town.sync(T0 + 5 * MINUTE)

    assert done.letters == {LetterOutcome.JOINED: 1}
    (ticket,) = post.tickets()
    (_, note) = ticket["mensajes"]
    assert note["nota"] == 1
    assert "Respuesta del cliente por correo" in note["contenido"]
    assert "*sin-solucion sigue igual" in note["contenido"]
    assert "resuelto" not in note["contenido"]
    kinds = {str(event.kind) for event in post.town.store.events.of_client(ANA)}
    assert not {kind for kind in kinds if kind.startswith(("contact", "incident", "tag"))}
    assert len(post.outbox.messages) == 1
    assert ticket_id == ticket["id"]


def test_a_reply_waits_in_the_inbox_until_its_ticket_has_a_number(post: PostOffice) -> None:
    first = post.letter(ANA, message_id="<first@client.example>")
    post.deliver(first)
    post.read(T0 + MINUTE)
    post.deliver(
        post.letter(ANA, "Re: Sin internet", "sigue", In_Reply_To="<first@client.example>"), T0 + MINUTE
    )

    waiting = post.read()
    post.town.sync()
    post.town.sync(T0 + 2 * MINUTE)
    joined = post.read()

    assert (waiting.waiting, joined.letters) == (1, {LetterOutcome.JOINED: 1})
    assert post.lies_in("INBOX") == 0


def test_a_reply_of_somebody_else_goes_to_review_and_tells_them_nothing(post: PostOffice) -> None:
    ticket_id, answer = answered(post)
    post.deliver(
        post.letter(BETO, f"Re: Su ticket {ticket_id}", "ciérrenlo", In_Reply_To=answer), T0 + MINUTE
    )
    post.deliver(post.letter(BETO, f"Ticket {ticket_id}", "ciérrenlo"), T0 + MINUTE)

    done = post.read(T0 + 3 * MINUTE)
    post.town.sync()

    assert done.letters == {LetterOutcome.REVIEW: 2}
    (ticket,) = post.tickets()
    assert (ticket["estado"], len(ticket["mensajes"])) == ("abierto", 1)
    assert len(post.outbox.messages) == 1


def test_l_9_an_answer_to_a_closed_ticket_goes_on_with_its_incident(post: PostOffice) -> None:
    ticket_id, answer = answered(post)
    post.town.staff("close", at=T0 + hours(1), ticket=ticket_id)
    post.town.sync(T0 + hours(1, 60))
    post.deliver(
        post.letter(ANA, "Re: Su ticket", "Otra vez sin internet", In_Reply_To=answer), T0 + hours(5)
    )

    post.read(T0 + hours(5, 60))
    post.town.sync()
    post.town.sync(T0 + hours(5, 120))

    (incident,) = post.town.store.incidents.of_client(ANA)
    assert [span[0] for span in incident.spans] == [T0, T0 + hours(5)]
    assert len(incident.ticket_ids) == 2


def test_over_the_api_alone_the_reply_is_a_line_on_the_worklist(post_by_api: PostOffice) -> None:
    post = post_by_api
    _, answer = answered(post)
    post.deliver(post.letter(ANA, "Re: Su ticket", "sigue igual", In_Reply_To=answer), T0 + 3 * MINUTE)

    post.read(T0 + 4 * MINUTE)
    post.town.sync()

    (line,) = [line for line in post.town.store.worklist.open_lines() if line.kind == "note"]
    assert "Nota interna" in line.text
    assert "sigue igual" in line.text


def test_a_reply_to_a_notice_joins_the_ticket_it_was_about(post: PostOffice) -> None:
    ticket_id, _ = answered(post)
    notice = Notice(
        key="RC-1/mail/credit_granted",
        topic=Topic.CREDIT_GRANTED,
        medium=Medium.MAIL,
        client_id=ANA,
        incident_id=f"RC-{ticket_id}",
        at=T0,
        text="Le bonificamos",
    )
    notices = post.town.store.notices
    notices.add(notice, T0)
    notices.set_address(notice.key, "cliente1@example.com", "<notice@example.com>")

    post.deliver(post.letter(ANA, "Re: Su bono", "gracias", In_Reply_To="<notice@example.com>"), T0 + MINUTE)
    post.deliver(post.letter(BETO, "Re: Su bono", "es mío", In_Reply_To="<notice@example.com>"), T0 + MINUTE)

    assert post.read(T0 + 5 * MINUTE).letters == {LetterOutcome.JOINED: 1, LetterOutcome.REVIEW: 1}
    post.town.sync()
    (ticket,) = post.tickets()
    assert ["gracias" in message["contenido"] for message in ticket["mensajes"]] == [False, True]
