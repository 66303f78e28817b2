"""The line to the mail server: logging in, and handing one message over."""

from __future__ import annotations

import smtplib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email.message import EmailMessage
from email.policy import SMTP

from bridge.config.mail import Security, SmtpSettings
from bridge.config.tls import tls_context

NOT_ASCII = "la dirección tiene letras que los servidores de correo no admiten"
LINE_FAULTS = (OSError, smtplib.SMTPException)
_TAKEN = 2  # codes of two hundred and something
_REFUSED_FOR_GOOD = 500


class NotSentError(Exception):
    """It surely did not go out; `for_good` says that trying again is no use."""

    def __init__(self, words: str, *, for_good: bool) -> None:
        super().__init__(words)
        self.for_good = for_good


@contextmanager
def connected(settings: SmtpSettings) -> Iterator[smtplib.SMTP]:
    """Connect and log in; without a user nobody logs in. Raises OSError or SMTPException (LINE_FAULTS)."""
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
        with suppress(*LINE_FAULTS):
            line.quit()
        line.close()


def hand_over(line: smtplib.SMTP, message: EmailMessage, sender: str, address: str) -> None:
    """Send one message. Raises NotSentError where it surely did not go out; LINE_FAULTS leave it in doubt."""
    if not address.isascii():
        raise NotSentError(NOT_ASCII, for_good=True)
    try:
        line.ehlo_or_helo_if_needed()
        accepted(line.mail(sender))
        accepted(line.rcpt(address))
    except LINE_FAULTS as error:
        raise NotSentError(f"{type(error).__name__}: {error}", for_good=False) from error
    try:
        answer = line.data(message.as_bytes(policy=SMTP))
    except smtplib.SMTPDataError as error:
        accepted((error.smtp_code, error.smtp_error))  # it did not want to hear a word
        return
    accepted(answer)


def accepted(answer: tuple[int, bytes | str]) -> None:
    """Raise NotSentError, with the server's words, unless its answer is a yes."""
    code, words = answer
    if code // 100 != _TAKEN:
        said = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
        raise NotSentError(f"{code} {' '.join(said.split())}"[:300], for_good=code >= _REFUSED_FOR_GOOD)
