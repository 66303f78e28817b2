"""Letters of which nobody knows whose they are wait for a person, who says."""

from __future__ import annotations

import json

import pytest

from bridge.cli.main import main
from bridge.store.letter_states import LetterOutcome
from tests.acceptance.town import T0, hours
from tests.intake.post import BETO, PostOffice, address

MINUTE = hours(0, 60)


@pytest.fixture
def waiting(post: PostOffice) -> PostOffice:
    """A letter of a stranger lies in review."""
    post.deliver(post.letter("otra@other.example", "Sin internet", "Soy Beto, escribo de otro correo"))
    post.read(T0 + MINUTE)
    return post


def bridge(post: PostOffice, *words: str) -> int:
    return main(["-c", str(post.folder / "config.yaml"), *words])


def test_it_is_listed_and_stands_on_the_worklist(
    waiting: PostOffice, capsys: pytest.CaptureFixture[str]
) -> None:
    code = bridge(waiting, "intake", "letters", "--format", "json")

    (letter,) = json.loads(capsys.readouterr().out)
    (line,) = waiting.town.store.worklist.open_lines()
    assert code == 0
    assert (letter["sender"], letter["reason"]) == ("otra@other.example", "unknown_sender")
    assert "Ningún cliente tiene esa dirección de correo." in line.text
    assert "bridge intake assign 1" in line.text
    assert waiting.lies_in("Revisar") == 1


def test_i_4_a_person_says_whose_it_is_and_the_clock_began_when_it_came(waiting: PostOffice) -> None:
    code = bridge(waiting, "intake", "assign", "1", "--client", str(BETO), "--by", "Irma")

    waiting.town.sync(T0 + hours(1))
    waiting.town.sync(T0 + hours(1, 60))
    waiting.read()
    (incident,) = waiting.town.store.incidents.of_client(BETO)
    letter = waiting.town.store.letters.get(1)
    assert code == 0
    assert incident.opened_at == T0
    assert (letter.outcome, letter.decided_by) == (LetterOutcome.OPENED, "Irma")
    assert [receivers for _, receivers, _ in waiting.outbox.messages] == [[address(BETO)]]
    assert [line for line in waiting.town.store.worklist.open_lines() if line.kind == "letter"] == []


def test_a_dismissed_letter_is_done_with_and_decided_once(
    waiting: PostOffice, capsys: pytest.CaptureFixture[str]
) -> None:
    first = bridge(waiting, "intake", "dismiss", "1", "--by", "Irma")
    second = bridge(waiting, "intake", "assign", "1", "--client", str(BETO), "--by", "Irma")

    assert (first, second) == (0, 1)
    assert "letter 1 does not wait for anybody" in capsys.readouterr().err
    assert waiting.town.store.outbox.ready(T0 + hours(1)) == []
    assert waiting.town.store.worklist.open_lines() == []


def test_what_was_decided_leaves_the_review_folder_with_the_next_round(waiting: PostOffice) -> None:
    waiting.deliver(waiting.letter("tercera@other.example", message_id=""))
    waiting.deliver(waiting.letter("cuarta@other.example"))
    waiting.read()
    waiting.deliver(waiting.letter("nadie@other.example", "Puesto por una persona"), folder="Revisar")
    bridge(waiting, "intake", "assign", "1", "--client", str(BETO), "--by", "Irma")
    bridge(waiting, "intake", "dismiss", "2", "--by", "Irma")
    before = [waiting.lies_in(folder) for folder in ("Revisar", "Procesados", "Apartados")]

    waiting.read()

    after = [waiting.lies_in(folder) for folder in ("Revisar", "Procesados", "Apartados")]
    assert (before, after) == ([4, 0, 0], [2, 1, 1])
    assert [letter.letter_id for letter in waiting.town.store.letters.in_review()] == [3]


def test_a_customer_whom_the_panel_does_not_know_gets_no_letter(
    waiting: PostOffice, capsys: pytest.CaptureFixture[str]
) -> None:
    assert bridge(waiting, "intake", "assign", "1", "--client", "999", "--by", "Irma") == 1
    assert "no such customer" in capsys.readouterr().err


def test_the_command_reads_the_mailbox_once(post: PostOffice, capsys: pytest.CaptureFixture[str]) -> None:
    post.town.at(T0 + MINUTE)
    post.deliver(post.letter(BETO), T0)

    code = bridge(post, "intake", "mail", "--format", "json")

    assert code == 0
    assert sum(json.loads(capsys.readouterr().out).values()) == 1


def test_a_wrong_password_is_told_without_it(post: PostOffice) -> None:
    settings = post.bridge.settings.mail
    assert settings is not None
    assert settings.imap is not None
    imap = settings.imap.model_copy(update={"password": type(settings.imap.password)("wrong-password")})

    with pytest.raises(Exception, match="refused the user or the password") as caught:
        post.read(T0, imap=imap)

    assert "wrong-password" not in str(caught.value)


def test_without_a_mailbox_the_command_says_what_to_add(
    post: PostOffice, capsys: pytest.CaptureFixture[str]
) -> None:
    config = post.folder / "config.yaml"
    before, _, rest = config.read_text().partition("  imap:\n")
    config.write_text(f"{before}  smtp:\n{rest.partition('  smtp:')[2]}")

    code = bridge(post, "intake", "mail")

    assert code == 1
    assert "write `imap` in the section `mail`" in " ".join(capsys.readouterr().err.split())
