"""One file goes to the panel with a ticket; the others are named."""

from __future__ import annotations

import pytest

from bridge.cli.main import main
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


def waits(post: PostOffice, **headers: str) -> None:
    """A letter with two files waits for a person, for nobody knows its sender."""
    raw = parts(
        plain("Va la prueba"),
        file("prueba.png"),
        file("virus.exe", b"MZ"),
        sender="otra@other.example",
        subject="Internet muy lento",
        **headers,
    )
    post.deliver(raw)
    post.read(T0 + MINUTE)


def assign(post: PostOffice) -> int:
    words = ["intake", "assign", "1", "--client", str(ANA), "--by", "Irma"]
    return main(["-c", str(post.folder / "config.yaml"), *words])


def test_i_8_a_letter_that_a_person_assigns_brings_its_file_from_the_mailbox(
    post: PostOffice, capsys: pytest.CaptureFixture[str]
) -> None:
    waits(post)

    code = assign(post)
    post.town.sync()

    (ticket,) = post.tickets()
    assert code == 0
    assert "prueba.png goes with it." in capsys.readouterr().out
    assert ticket["mensajes"][0]["adjunto"] == "prueba.png"
    assert "virus.exe" in ticket["mensajes"][0]["contenido"]
    assert post.lies_in("Revisar") == 1


@pytest.mark.parametrize("message_id", ["", '<a"b\\\\c@example.com>', "<año@example.com>"])
def test_its_message_id_need_not_be_one(post: PostOffice, message_id: str) -> None:
    waits(post, message_id=message_id)

    assign(post)
    post.town.sync()

    (ticket,) = post.tickets()
    assert ticket["mensajes"][0]["adjunto"] == "prueba.png"


def test_a_letter_that_somebody_moved_back_is_found_in_the_inbox(post: PostOffice) -> None:
    waits(post)
    post.server.move_back("Revisar", post.user)

    assign(post)
    post.town.sync()

    (ticket,) = post.tickets()
    assert ticket["mensajes"][0]["adjunto"] == "prueba.png"


def test_a_mailbox_out_of_reach_stops_no_assignment(
    post: PostOffice, capsys: pytest.CaptureFixture[str]
) -> None:
    waits(post)
    post.line.cut_after(1, arrives=False)

    code = assign(post)
    post.town.sync()

    (ticket,) = post.tickets()
    assert code == 0
    assert "do not go with the ticket: the mailbox cannot be read" in capsys.readouterr().err
    assert not ticket["mensajes"][0]["adjunto"]


def test_a_letter_that_is_gone_from_the_mailbox_is_said_so(
    post: PostOffice, capsys: pytest.CaptureFixture[str]
) -> None:
    waits(post)
    with post.server.client(post.user) as client:
        client.select("Revisar")
        client.uid("STORE", "1:*", "+FLAGS", "\\Deleted")
        client.expunge()

    code = assign(post)

    assert code == 0
    assert "the mailbox does not have it any more" in capsys.readouterr().err
