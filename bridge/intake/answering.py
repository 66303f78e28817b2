"""Answers to customers with their ticket's number: once each, and to the address the panel has (I-3)."""

from __future__ import annotations

import hashlib
import smtplib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from bridge import logs
from bridge.clock import Clock
from bridge.config.mail import Security, SmtpSettings
from bridge.domain.policy import Rulebook
from bridge.intake.mailbox import tls_context
from bridge.store.answers import AnswerRow, Unanswered
from bridge.store.letter_states import AnswerState
from bridge.store.store import Store

log = logs.logger("bridge.intake")

ANSWER = "answer"
NO_ADDRESS = "el panel no tiene su correo"
NO_SERVER = "mail.smtp no está configurado"
INTERRUPTED = "el envío se interrumpió y pudo haber salido"
FIRST_RETRY = timedelta(minutes=5)
MOST_TRIES = 10
_MOST_DOUBLINGS = 6
_TAKEN = 2  # codes of two hundred and something
_REFUSED_FOR_GOOD = 500


class _NotSentError(Exception):
    """It surely did not go out; `for_good` says that trying again is no use."""

    def __init__(self, words: str, *, for_good: bool) -> None:
        super().__init__(words)
        self.for_good = for_good


class Answering:
    """Writes the answers that are due, and sends them over one connection a round."""

    def __init__(self, store: Store, settings: SmtpSettings | None, rulebook: Rulebook, clock: Clock) -> None:
        self._store = store
        self._settings = settings
        self._rulebook = rulebook
        self._clock = clock

    def run(self) -> Counter[AnswerState]:
        """Answer the letters whose ticket is known; only one process may be at it (lease `mail`).

        What a server refuses for good, or may have taken before the line was lost, is parked: nobody is
        answered twice.
        """
        now = self._clock.now()
        for unanswered in self._store.answers.unanswered():
            self._write(unanswered, now)
        for row in self._store.answers.in_state(AnswerState.SENDING):
            self._park(row, INTERRUPTED)
        rows = self._store.answers.to_send(now)
        done: Counter[AnswerState] = Counter()
        if rows and self._settings is not None:
            done = self._send_all(rows, self._settings)
            log.info("mail.answered", **{str(key): count for key, count in sorted(done.items())})
        return done

    def _write(self, unanswered: Unanswered, now: datetime) -> None:
        """Write an answer; one that cannot be sent is parked, and a person told."""
        domain = (self._settings.sender if self._settings else "invalid").rpartition("@")[2]
        texts = self._rulebook.texts
        problem = NO_SERVER if self._settings is None else "" if unanswered.answer_to else NO_ADDRESS
        seed = f"{unanswered.letter_id}/{unanswered.ticket_id}/{now.isoformat()}"
        unique = hashlib.sha256(seed.encode()).hexdigest()[:32]
        with self._store.transaction():
            self._store.answers.add(
                unanswered.letter_id,
                message_id=f"<{unique}@{domain}>",
                address=unanswered.answer_to,
                subject=texts.render("mail_answer_subject", ticket_id=unanswered.ticket_id),
                text=texts.render("mail_answer", ticket_id=unanswered.ticket_id),
                at=now,
                parked=problem,
            )
            if problem == NO_ADDRESS:
                self._tell(unanswered.letter_id, "-", problem)

    def _send_all(self, rows: list[AnswerRow], settings: SmtpSettings) -> Counter[AnswerState]:
        done: Counter[AnswerState] = Counter()
        try:
            with _connected(settings) as line:
                for row in rows:
                    done[self._send(line, row, settings)] += 1
        except (OSError, smtplib.SMTPException) as error:
            # No connection: nothing of the rest was sent.
            for row in self._store.answers.to_send(self._clock.now()):
                self._later(row, f"{type(error).__name__}: {error}")
                done[AnswerState.RETRY_AT] += 1
        return done

    def _send(self, line: smtplib.SMTP, row: AnswerRow, settings: SmtpSettings) -> AnswerState:
        self._store.answers.move(row.letter_id, AnswerState.SENDING, self._clock.now())
        message = self._message(row, settings)
        try:
            _hand_over(line, message, settings.sender, row.address)
        except _NotSentError as fault:
            with suppress(OSError, smtplib.SMTPException):
                line.rset()
            if fault.for_good or row.attempts + 1 >= MOST_TRIES:
                self._park(row, str(fault))
                return AnswerState.PARKED
            self._later(row, str(fault))
            return AnswerState.RETRY_AT
        except (OSError, smtplib.SMTPException):
            self._park(row, INTERRUPTED)
            raise
        self._store.answers.move(row.letter_id, AnswerState.SENT, self._clock.now())
        return AnswerState.SENT

    def _message(self, row: AnswerRow, settings: SmtpSettings) -> EmailMessage:
        """The answer as it goes out; its headers tell other robots to be silent (RFC 3834)."""
        message = EmailMessage()
        message["From"] = settings.sender
        message["To"] = row.address
        message["Subject"] = row.subject
        message["Date"] = format_datetime(self._clock.now())
        message["Message-ID"] = row.message_id
        answered = self._store.answers.answered_message(row.letter_id)
        if answered.isascii() and answered:
            message["In-Reply-To"] = answered
            message["References"] = answered
        message["Auto-Submitted"] = "auto-replied"
        message["X-Auto-Response-Suppress"] = "All"
        message["X-Loop"] = settings.sender
        message.set_content(row.text)
        return message

    def _later(self, row: AnswerRow, why: str) -> None:
        now = self._clock.now()
        again = now + FIRST_RETRY * 2 ** min(row.attempts, _MOST_DOUBLINGS)
        self._store.answers.move(row.letter_id, AnswerState.RETRY_AT, now, why, again)

    def _park(self, row: AnswerRow, why: str) -> None:
        with self._store.transaction():
            self._store.answers.move(row.letter_id, AnswerState.PARKED, self._clock.now(), why)
            self._tell(row.letter_id, row.address, why)

    def _tell(self, letter_id: int, address: str, why: str) -> None:
        letter = self._store.letters.get(letter_id)
        ticket_id = self._store.openings.ticket_of(letter.push_key or "")
        text = self._rulebook.texts.render(
            "mail_answer_parked", ticket_id=ticket_id, client_id=letter.client_id, address=address, why=why
        )
        self._store.worklist.add(
            f"{ANSWER}/{letter_id}",
            ANSWER,
            text,
            client_id=letter.client_id,
            ticket_id=ticket_id,
            at=self._clock.now(),
        )


@contextmanager
def _connected(settings: SmtpSettings) -> Iterator[smtplib.SMTP]:
    host, port, timeout = settings.host, settings.port, settings.timeout_seconds
    line: smtplib.SMTP
    if settings.security is Security.TLS:
        context = tls_context(settings.verify_tls)
        line = smtplib.SMTP_SSL(host, port, timeout=timeout, context=context)
    else:
        line = smtplib.SMTP(host, port, timeout=timeout)
    try:
        if settings.security is Security.STARTTLS:
            line.starttls(context=tls_context(settings.verify_tls))
        if settings.user:
            line.login(settings.user, settings.password.get_secret_value())
        yield line
    finally:
        with suppress(OSError, smtplib.SMTPException):
            line.quit()
        line.close()


def _hand_over(line: smtplib.SMTP, message: EmailMessage, sender: str, address: str) -> None:
    """Send one message. Raises _NotSentError where it surely did not go out; anything else is in doubt."""
    try:
        line.ehlo_or_helo_if_needed()
        _accepted(line.mail(sender))
        _accepted(line.rcpt(address))
    except (OSError, smtplib.SMTPException) as error:
        raise _NotSentError(f"{type(error).__name__}: {error}", for_good=False) from error
    try:
        answer = line.data(message.as_bytes(policy=SMTP))
    except smtplib.SMTPDataError as error:
        _accepted((error.smtp_code, error.smtp_error))  # it did not want to hear a word
        return
    _accepted(answer)


def _accepted(answer: tuple[int, bytes | str]) -> None:
    code, words = answer
    if code // 100 != _TAKEN:
        said = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
        raise _NotSentError(f"{code} {' '.join(said.split())}"[:300], for_good=code >= _REFUSED_FOR_GOOD)
