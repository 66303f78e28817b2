"""One file goes to the panel with a ticket; the others are named."""

from __future__ import annotations

from tests.acceptance.town import T0, hours
from tests.intake.corpus import PICTURE, file, parts, plain
from tests.intake.post import ANA, PostOffice, address

MINUTE = hours(0, 60)


def letter(*inner: tuple[str, bytes]) -> bytes:
    return parts(plain("Va la prueba"), *inner, sender=address(ANA), subject="Internet muy lento")


def test_i_8_a_capture_goes_with_the_ticket_and_is_seen_there(post: PostOffice) -> None:
    post.deliver(letter(file("prueba.png"), file("virus.exe", b"MZ"), file("chica.jpg", b"x")))

    post.read(T0 + MINUTE)
    post.town.sync()
    post.town.sync(T0 + 2 * MINUTE)

    (ticket,) = post.tickets()
    (message,) = ticket["mensajes"]
    assert message["adjunto"] == "prueba.png"
    assert "virus.exe, chica.jpg" in message["contenido"]
    kinds = [str(event.kind) for event in post.town.store.events.of_client(ANA)]
    assert "evidence:missing" not in kinds


def test_the_file_is_kept_until_the_ticket_stands_there_and_no_longer(post: PostOffice) -> None:
    post.deliver(letter(file("prueba.png")))
    post.read(T0 + MINUTE)
    (row,) = post.town.store.outbox.ready(T0 + MINUTE)
    kept = post.town.store.openings.file_of(row.push.key)

    post.town.sync()
    post.read()

    assert kept is not None
    assert kept.content == PICTURE
    assert post.town.store.openings.file_of(row.push.key) is None


def test_a_message_over_the_limit_is_for_a_person(post: PostOffice) -> None:
    post.deliver(letter(file("grande.png", b"x" * 1_500_000)))

    done = post.read(T0 + MINUTE, message_megabytes=1)

    assert {str(outcome): count for outcome, count in done.letters.items()} == {"review": 1}
    (waiting,) = post.town.store.letters.in_review()
    assert (waiting.reason, waiting.sender) == ("too_large", address(ANA))
