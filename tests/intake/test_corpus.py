"""Every letter of the corpus becomes what its table says, with its own words and no others."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import ClassVar

import pytest

from bridge.clock import SetClock
from bridge.config.mail import ImapSettings, MailSettings
from bridge.domain.contacts import Contact
from bridge.domain.intents import Push, PushKind
from bridge.domain.records import ClientStatus, Ticket, TicketState
from bridge.intake.files import enclosed
from bridge.intake.harmless import harmless
from bridge.intake.matching import Doubt
from bridge.intake.messages import read_letter
from bridge.intake.people import People
from bridge.intake.verdict import Join, Judge, Open, Verdict
from bridge.store.letter_states import LetterOutcome
from bridge.store.store import Store
from tests.domain.tables import Row, as_rows, read_table
from tests.intake.corpus import LETTERS
from tests.store.samples import incident

NOW = datetime(2026, 11, 2, 14, 0, tzinfo=UTC)
TABLE = read_table(Path(__file__).with_name("corpus.md"))
SETTINGS = MailSettings(imap=ImapSettings(host="mail.example", user="soporte@example.com", password="x"))


class Panel:
    """The customers of the corpus."""

    people: ClassVar = {
        number: Contact(
            client_id=number,
            name=f"Cliente {number}",
            status=ClientStatus.RETIRED if number == 6 else ClientStatus.ACTIVE,
            addresses=addresses,
            telephones=(f"551111{number:04d}",),
            id_card=f"INE{number:07d}",
        )
        for number, addresses in {
            1: ("ana@example.com",),
            2: ("beto@example.com", "beto.trabajo@example.com"),
            3: ("familia@example.com",),
            4: ("familia@example.com",),
            5: (),
            6: ("fito@example.com",),
            77: (),
        }.items()
    }

    def one(self, client_id: int) -> Contact | None:
        return self.people.get(client_id)

    def everybody(self, known: Iterable[int]) -> list[Contact]:  # noqa: ARG002 - the protocol's
        return list(self.people.values())


@pytest.fixture(scope="module")
def judge(tmp_path_factory: pytest.TempPathFactory) -> Iterable[Judge]:
    with Store.open(f"sqlite:///{tmp_path_factory.mktemp('corpus')}/bridge.db") as store:
        _past(store)
        people = People(store, Panel(), SetClock(NOW), timedelta(hours=1))
        yield Judge(
            store=store,
            people=people,
            own=SETTINGS.own_addresses,
            since=NOW - timedelta(days=1),
            prefixes={"RC-"},
            letters_per_day=10,
        )


def _past(store: Store) -> None:
    """Ana's ticket 1201 came by letter and was answered; her 1203 is closed."""
    key = "MAIL-00000000/T"
    push = Push(key=key, kind=PushKind.OPEN, client_id=1, due_at=NOW, marker=f"[{key}]", department_id=1)
    store.outbox.add(push, incident_id=None, credit_id=None, at=NOW)
    letter_id = store.letters.add(
        identity="ana-1",
        message_id="<ana-1@client.example>",
        received_at=NOW,
        seen_at=NOW,
        sender="ana@example.com",
        subject="Sin internet",
        text="",
        outcome=LetterOutcome.OPENED,
        reason="",
        client_id=1,
        push_key=key,
        answer_to="ana@example.com",
        decided_by="bridge",
    )
    store.openings.bind(key, 1201, NOW)
    answer = {"address": "ana@example.com", "subject": "Su ticket 1201", "text": "1201", "at": NOW}
    store.answers.add(letter_id, message_id="<answer-1@example.com>", **answer)
    store.incidents.replace_client(1, [incident("RC-1201", client_id=1, ticket_ids=(1201,))])
    store.snapshots.save_tickets(
        [
            Ticket(ticket_id=number, client_id=1, subject="Sin internet", state=state, opened_at=NOW)
            for number, state in ((1201, TicketState.OPEN), (1203, TicketState.CLOSED))
        ],
        NOW,
    )


def _said(verdict: Verdict) -> str:
    match verdict:
        case Open():
            return f"open {verdict.contact.client_id}"
        case Join():
            return f"join {verdict.ticket_id}"
        case Doubt():
            return f"review {verdict}"
        case _:
            return f"aside {verdict}"


@pytest.mark.parametrize("row", TABLE, ids=[row.id for row in TABLE])
def test_i_3_a_letter_becomes_what_the_table_says(judge: Judge, row: Row) -> None:
    letter = read_letter(LETTERS[row.case], NOW)

    verdict = judge.verdict(letter)

    goes_on = isinstance(verdict, Open | Join)
    words = harmless(letter.words).replace("\n", " / ") if goes_on else ""
    file = enclosed(letter.files, SETTINGS).file if isinstance(verdict, Open) else None
    actual = {
        "case": row.case,
        "becomes": _said(verdict),
        "words": (words if len(words) < 100 else f"{words[:20]}…") or "-",
        "file": file.name if file else "-",
    }
    assert actual == dict(row.cells), as_rows(row.cells, actual)


def test_every_letter_has_its_row() -> None:
    assert [row.case for row in TABLE] == list(LETTERS)
    assert len(LETTERS) >= 60
