"""The mailbox and the mail server are tried without a trace, and what ails them is named with the remedy."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from pydantic import SecretStr

from bridge.clock import SystemClock
from bridge.config.mail import ImapSettings, MailSettings, Security, SmtpSettings
from bridge.doctor import Check, Status, examine, exit_code
from bridge.doctor.examine import Patience
from bridge.doctor.mail import mailbox_checks, server_checks
from bridge.store.letter_states import LetterOutcome
from bridge.store.store import Store
from tests.doctor.conftest import Isp
from tests.intake.servers import PASSWORD, MailServer, Outbox, free_port, start_dovecot, start_smtp

USER, SENDER = "doctor@example.com", "soporte@example.com"
WRONG = "wrong-invented-password"
NOW = SystemClock().real()


@pytest.fixture(scope="module")
def dovecot() -> Iterator[MailServer]:
    with start_dovecot() as server:
        yield server


@pytest.fixture
def smtp() -> Iterator[Outbox]:
    with start_smtp() as outbox:
        yield outbox


class Strict:
    """A mail server behind TLS and a login, that takes mail of one sender alone."""

    refusal = "550 not your address"

    def __init__(self, certificate: MailServer) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate.certificate, certificate.certificate.with_name("key.pem"))
        self.port = free_port()
        self.verbs: list[str] = []
        self.controller = Controller(
            self,
            hostname="127.0.0.1",
            port=self.port,
            tls_context=context,
            require_starttls=True,
            authenticator=lambda *given: AuthResult(
                success=given[-1].password == PASSWORD.encode(), handled=False
            ),
            auth_required=True,
        )

    async def handle_MAIL(self, *given: Any) -> str:  # noqa: N802 - aiosmtpd's name
        _, _, envelope, address, _ = given
        self.verbs.append(f"MAIL {address}")
        if address != SENDER:
            return self.refusal
        envelope.mail_from = address
        return "250 OK"

    async def handle_RSET(self, *_: Any) -> str:  # noqa: N802
        self.verbs.append("RSET")
        return "250 OK"

    async def handle_RCPT(self, *_: Any) -> str:  # noqa: N802
        self.verbs.append("RCPT")
        return "250 OK"


@pytest.fixture
def strict(dovecot: MailServer) -> Iterator[Strict]:
    server = Strict(dovecot)
    server.controller.start()
    yield server
    server.controller.stop()


@pytest.fixture
def silent() -> Iterator[int]:
    """A port that takes every connection and never answers."""
    with socket.create_server(("127.0.0.1", 0), backlog=8) as server:
        yield server.getsockname()[1]


@pytest.fixture
def parrot() -> Iterator[int]:
    """A mailbox that repeats every command in its complaint about it."""

    def talk() -> None:
        line, _ = server.accept()
        with line, line.makefile("rwb") as words:
            words.write(b"* OK ready\r\n")
            words.flush()
            for command in words:
                tag = command.split()[0]
                capability = b"* CAPABILITY IMAP4rev1\r\n" + tag + b" OK done\r\n"
                words.write(capability if b"CAPABILITY" in command else tag + b" BAD " + command)
                words.flush()

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=talk)
        thread.start()
        yield server.getsockname()[1]
        thread.join(timeout=10)


def mailbox(dovecot: MailServer, now: datetime = NOW, timeout: float = 15, **changed: Any) -> list[Check]:
    # Dovecot answers the slower, the more logins have failed.
    told = {"port": dovecot.port, "verify_tls": dovecot.certificate, "user": USER, "password": PASSWORD}
    imap = ImapSettings(host="127.0.0.1", **(told | changed))
    return list(mailbox_checks(MailSettings(imap=imap), now, timeout))


def server(port: int, timeout: float = 15, **changed: Any) -> list[Check]:
    told = {"host": "127.0.0.1", "port": port, "security": Security.NONE, "sender": SENDER} | changed
    return list(server_checks(MailSettings(smtp=SmtpSettings(**told)), NOW, timeout))


def entered(dovecot: MailServer, strict: Strict, **changed: Any) -> list[Check]:
    told = {"security": Security.STARTTLS, "verify_tls": dovecot.certificate, "user": USER}
    return server(strict.port, **(told | {"password": SecretStr(PASSWORD)} | changed))


def told(checks: list[Check]) -> list[tuple[Status, str, str]]:
    return [(check.status, check.subject, check.detail) for check in checks]


def test_a_mailbox_that_is_fit_is_counted_and_left_as_it_is(dovecot: MailServer) -> None:
    user = "fit@example.com"
    dovecot.deliver(b"Subject: uno\r\n\r\nNo navega\r\n", datetime(2026, 11, 2, tzinfo=UTC), user)

    way, inbox, *folders = mailbox(dovecot, user=user)

    assert (way.status, way.subject) == (Status.WARNING, f"127.0.0.1:{dovecot.port}")  # it lasts two days
    assert way.detail.startswith("lets the bridge in; its certificate is valid until ")
    assert way.next_step == "renew the mail server's certificate before that day"
    assert (inbox.status, inbox.subject, inbox.detail) == (Status.OK, "INBOX", "1 letters lie in it")
    missing = "is not there yet: it is made with the first letter"
    assert told(folders) == [(Status.OK, name, missing) for name in ("Procesados", "Apartados", "Revisar")]
    with dovecot.client(user) as client:
        assert [line for line in client.list()[1] if b"Procesados" in line] == []
        client.select("INBOX", readonly=True)
        assert client.search(None, "UNSEEN")[1] == [b"1"]
        assert client.create("Procesados")[0] == "OK"
    assert told(mailbox(dovecot, user=user))[2] == (Status.OK, "Procesados", "is there")


def test_a_certificate_that_lasts_is_only_mentioned(dovecot: MailServer) -> None:
    way, *_ = mailbox(dovecot, NOW - timedelta(days=60))

    assert way.status is Status.OK


def test_a_certificate_nobody_vouches_for_is_named_with_the_ca_file(dovecot: MailServer) -> None:
    (check,) = mailbox(dovecot, verify_tls=True)

    assert check.status is Status.FAILED
    assert check.detail == "the certificate is not trusted: self-signed certificate"
    assert f"-connect 127.0.0.1:{dovecot.port} -showcerts" in check.next_step
    assert check.next_step.endswith("mail.imap.verify_tls")


def test_a_wrong_password_is_told_and_not_shown(dovecot: MailServer, strict: Strict) -> None:
    checks = [*mailbox(dovecot, password=WRONG), *entered(dovecot, strict, password=SecretStr(WRONG))]

    assert [check.detail for check in checks] == ["the server refuses the user or the password"] * 2
    assert [check.next_step.partition(";")[0] for check in checks] == [
        "check mail.imap.user and mail.imap.password",
        "check mail.smtp.user and mail.smtp.password",
    ]
    assert WRONG not in str(checks)


def test_a_server_that_repeats_the_password_is_not_repeated(
    dovecot: MailServer, strict: Strict, parrot: int
) -> None:
    strict.refusal = f"550 {PASSWORD} may not send so"

    (bad,) = mailbox(dovecot, port=parrot, security=Security.NONE)
    *_, refused = entered(dovecot, strict, sender="otra@example.com")

    assert bad.detail == "the server refuses the user or the password"
    assert refused.detail == "is not accepted as sender: 550 *** may not send so"
    assert PASSWORD not in str([bad, refused])


def test_an_inbox_of_another_name_is_asked_for(dovecot: MailServer) -> None:
    checks = mailbox(dovecot, inbox="Soporte")

    assert (Status.FAILED, "Soporte", "the mailbox has no such folder") in told(checks)


def test_servers_out_of_reach_are_told_with_the_way_to_look(dovecot: MailServer) -> None:
    port = free_port()

    for (check,) in (mailbox(dovecot, port=port), server(port)):
        assert check.status is Status.FAILED
        assert check.detail == "it cannot be reached: Connection refused"
        assert check.next_step.startswith(f"`nc -vz 127.0.0.1 {port}`")


def test_a_name_that_nobody_knows_is_told_by_its_key() -> None:
    (check,) = server(25, host="mail.invalid")

    assert check.detail.startswith("the name mail.invalid cannot be looked up")
    assert "check mail.smtp.host" in check.next_step


@pytest.mark.parametrize("security", [Security.TLS, Security.NONE])
def test_a_server_that_says_nothing_ends_the_wait(
    dovecot: MailServer, silent: int, security: Security
) -> None:
    (box,) = mailbox(dovecot, port=silent, security=security, timeout=0.5)
    (post,) = server(silent, security=security, timeout=0.5)

    for check in (box, post):
        assert check.status is Status.FAILED
        assert ".security (" in check.next_step
    assert "check firewall and routes" in box.next_step
    assert "mail.imap.password, and try again in a minute" in box.next_step


def test_the_wrong_encryption_points_at_port_and_security(smtp: Outbox) -> None:
    over_tls, by_starttls = (
        server(smtp.port, security=security) for security in (Security.TLS, Security.STARTTLS)
    )

    assert over_tls[0].detail.startswith("no TLS: ")
    assert by_starttls[0].detail == "no use as a mail server: STARTTLS extension not supported by server."
    for (check,) in (over_tls, by_starttls):
        assert check.next_step.startswith(
            "check mail.smtp.port and mail.smtp.security (465: tls, 587: starttls)"
        )


def test_the_sender_is_tried_and_no_mail_is_sent(dovecot: MailServer, strict: Strict, smtp: Outbox) -> None:
    *_, sender = entered(dovecot, strict)
    way, unencrypted = server(smtp.port)

    assert (sender.status, sender.subject) == (Status.OK, SENDER)
    assert strict.verbs == [f"MAIL {SENDER}", "RSET"]
    assert way.detail == "lets the bridge in; the connection is not encrypted"
    assert unencrypted.status is Status.OK
    assert smtp.messages == []


def test_a_sender_that_is_refused_is_told_in_the_servers_words(dovecot: MailServer, strict: Strict) -> None:
    *_, refused = entered(dovecot, strict, sender="otra@example.com")
    strict.refusal = "451 try later"
    *_, later = entered(dovecot, strict, sender="otra@example.com")

    assert (refused.status, refused.detail) == (
        Status.FAILED,
        "is not accepted as sender: 550 not your address",
    )
    assert later.status is Status.WARNING


def test_a_login_that_is_needed_and_missing_is_told(dovecot: MailServer, strict: Strict) -> None:
    *_, check = entered(dovecot, strict, user="")

    assert check.status is Status.FAILED
    assert check.detail.startswith("is not accepted as sender: 530")


def configure(isp: Isp, dovecot: MailServer, more: str = "") -> None:
    config = isp.folder / "config.yaml"
    config.write_text(
        config.read_text() + f"mail:\n  imap: {{host: 127.0.0.1, port: {dovecot.port}, user: {USER}, "
        f"password: {PASSWORD}, verify_tls: {dovecot.certificate}}}\n{more}"
    )


def examined(isp: Isp) -> list[Check]:
    with isp.bridge() as bridge:
        return list(examine(bridge, patience=Patience(answer=15, group=40, long=60)))


def of_mail(isp: Isp) -> list[tuple[str, Status, str]]:
    names = {"mailbox", "mail_server", "letters"}
    return [(check.check, check.status, check.subject) for check in examined(isp) if check.check in names]


def test_without_the_section_it_is_said_that_nothing_is_read_or_sent(isp: Isp) -> None:
    assert of_mail(isp) == [
        ("mailbox", Status.SKIPPED, "mail.imap"),
        ("mail_server", Status.SKIPPED, "mail.smtp"),
    ]


def test_a_mailbox_without_a_way_to_answer_is_a_warning(isp: Isp, dovecot: MailServer) -> None:
    configure(isp, dovecot)

    checks = of_mail(isp)

    assert ("mail_server", Status.WARNING, "mail.smtp") in checks
    assert checks[-1] == ("letters", Status.OK, "review")


def test_a_mailbox_that_fails_fails_the_check_up(isp: Isp, dovecot: MailServer) -> None:
    configure(isp, dovecot, more=f"  smtp: {{host: 127.0.0.1, port: {free_port()}, sender: {SENDER}}}\n")

    checks = examined(isp)

    assert exit_code(checks) == 2
    assert [check.check for check in checks if check.status is Status.FAILED] == ["mail_server"]


def test_what_waits_for_a_person_is_counted(isp: Isp, dovecot: MailServer) -> None:
    configure(isp, dovecot)
    with isp.bridge() as bridge:
        store = bridge.store()
        for identity, outcome in (("a", LetterOutcome.REVIEW), ("b", LetterOutcome.ASIDE)):
            add_letter(store, identity, outcome)
        store.worklist.add("answer/2", "answer", "Avise al cliente.", at=NOW)

    checks = {check.subject: check for check in examined(isp) if check.check == "letters"}

    assert {name: (check.detail, check.next_step) for name, check in checks.items()} == {
        "review": ("1 wait for a person", "`bridge intake letters`"),
        "answers": ("1 could not be sent, and nobody has seen to them", "`bridge work list`"),
    }


def add_letter(store: Store, identity: str, outcome: LetterOutcome) -> None:
    fields = dict.fromkeys(("sender", "subject", "text", "reason", "answer_to"), "")
    store.letters.add(
        identity=identity,
        message_id=f"<{identity}@example.com>",
        received_at=NOW,
        seen_at=NOW,
        outcome=outcome,
        client_id=None,
        push_key=None,
        decided_by="bridge",
        **fields,
    )
