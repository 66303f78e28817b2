"""The mailbox and the mail server: way, login, folders, sender. No folder is made, and no mail is sent."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Mapping
from datetime import UTC, datetime
from smtplib import SMTPAuthenticationError, SMTPException
from typing import TypeVar

from imap_tools.errors import MailboxLoginError

from bridge.config.mail import ImapSettings, MailSettings, Security, SmtpSettings
from bridge.doctor.check import Check, Checks, failed, ok, skipped, warning
from bridge.doctor.line import SOON
from bridge.errors import MailUnreachable
from bridge.intake.mailbox import Folder, Mailbox, OpenMailbox
from bridge.notify.smtp import LINE_FAULTS, NotSentError, accepted, connected
from bridge.redaction import blotted

Server = TypeVar("Server", ImapSettings, SmtpSettings)

_KEYS = "config.example.yaml shows the keys of `mail`"
_PORTS: Mapping[str, str] = {"imap": "993: tls, 143: starttls", "smtp": "465: tls, 587: starttls"}


def mailbox_checks(mail: MailSettings | None, now: datetime, timeout: float) -> Checks:
    """Log in to the mailbox and look for its folders; `timeout` is in seconds, for each wait."""
    settings = mail.imap if mail is not None else None
    if settings is None:
        yield skipped("mailbox", "mail.imap", "not configured: no letter is read", _KEYS)
        return
    place = f"{settings.host}:{settings.port}"
    try:
        with Mailbox(_hurried(settings, timeout)).entered() as box:
            yield _entered("mailbox", place, box.box.client.sock, now)
            yield from _folder_checks(settings, box)
    except MailUnreachable as fault:
        detail, step = _fault(fault.__cause__ or fault, settings, "imap")
        yield failed("mailbox", place, detail, step)


def _folder_checks(settings: ImapSettings, box: OpenMailbox) -> Checks:
    if not box.has(Folder.INBOX):
        step = "write in mail.imap.inbox the name of the folder in which letters arrive"
        yield failed("mailbox", settings.inbox, "the mailbox has no such folder", step)
    else:
        yield ok("mailbox", settings.inbox, f"{box.count(Folder.INBOX)} letters lie in it")
    for folder, name in box.names.items():
        if folder is Folder.INBOX:
            continue
        there = box.has(folder)
        yield ok(
            "mailbox", name, "is there" if there else "is not there yet: it is made with the first letter"
        )


def server_checks(mail: MailSettings | None, now: datetime, timeout: float) -> Checks:
    """Log in to the mail server and let it accept the sender; no letter is handed over."""
    settings = mail.smtp if mail is not None else None
    if settings is None:
        if mail is None:
            yield skipped("mail_server", "mail.smtp", "not configured: no mail goes out", _KEYS)
        else:
            detail = "not configured: nobody who writes is told the number of the ticket"
            yield warning("mail_server", "mail.smtp", detail, _KEYS)
        return
    place = f"{settings.host}:{settings.port}"
    try:
        with connected(_hurried(settings, timeout)) as line:
            yield _entered("mail_server", place, line.sock, now)
            line.ehlo_or_helo_if_needed()
            accepted(line.mail(settings.sender))
            line.rset()
    except NotSentError as fault:
        step = "mail.smtp.sender must be an address as which mail.smtp.user may send"
        detail = f"is not accepted as sender: {_said(fault, settings)}"
        yield (failed if fault.for_good else warning)("mail_server", settings.sender, detail, step)
    except LINE_FAULTS as fault:
        detail, step = _fault(fault, settings, "smtp")
        yield failed("mail_server", place, detail, step)
    else:
        yield ok("mail_server", settings.sender, "is accepted as sender")


def waiting_checks(letters: int, answers: int) -> Checks:
    """Tell what of the mail waits for a person."""
    if letters:
        yield warning("letters", "review", f"{letters} wait for a person", "`bridge intake letters`")
    if answers:
        detail = f"{answers} could not be sent, and nobody has seen to them"
        yield warning("letters", "answers", detail, "`bridge work list`")
    if not letters and not answers:
        yield ok("letters", "review", "no letter and no answer waits for a person")


def _hurried(settings: Server, timeout: float) -> Server:
    return settings.model_copy(update={"timeout_seconds": min(timeout, settings.timeout_seconds)})


def _entered(check: str, place: str, line: socket.socket | None, now: datetime) -> Check:
    """Tell that the server lets us in, and how long its certificate lasts."""
    if not isinstance(line, ssl.SSLSocket):
        return ok(check, place, "lets the bridge in; the connection is not encrypted")
    shown = line.getpeercert()
    if not shown:
        return ok(check, place, "lets the bridge in; nobody vouches for its certificate (verify_tls: false)")
    until = datetime.fromtimestamp(ssl.cert_time_to_seconds(str(shown["notAfter"])), UTC)
    detail = f"lets the bridge in; its certificate is valid until {until:%Y-%m-%d}"
    if until - now < SOON:
        return warning(check, place, detail, "renew the mail server's certificate before that day")
    return ok(check, place, detail)


def _fault(error: BaseException, settings: ImapSettings | SmtpSettings, name: str) -> tuple[str, str]:
    """Return what is wrong and the next step."""
    host, port, key, said = settings.host, settings.port, f"mail.{name}", _said(error, settings)
    shape = f"check {key}.port and {key}.security ({_PORTS[name]})"
    match error:
        case MailboxLoginError() | SMTPAuthenticationError():
            step = f"check {key}.user and {key}.password; some providers want an app password"
            return "the server refuses the user or the password", step
        case ssl.SSLCertVerificationError():
            return f"the certificate is not trusted: {error.verify_message}", _remedy(error, settings, name)
        case ssl.SSLError():
            return f"no TLS: {error.reason or error}", shape
        case socket.gaierror():
            step = f"`getent hosts {host}`; check {key}.host and this machine's DNS"
            return f"the name {host} cannot be looked up: {error.strerror or error}", step
        case TimeoutError():
            step = (
                f"{shape}; check firewall and routes. After a refused login some servers keep silent for a "
                f"while: then check {key}.user and {key}.password, and try again in a minute"
            )
            return "the server says nothing", step
        case SMTPException():
            return f"no use as a mail server: {said}", f"{shape}; leave `user` out where nobody logs in"
        case OSError():
            step = f"`nc -vz {host} {port}`; check {key}.port, firewall and routes"
            return f"it cannot be reached: {error.strerror or error}", step
        case _:
            return f"no use as a mailbox: {said}", shape


def _said(error: BaseException, settings: ImapSettings | SmtpSettings) -> str:
    """A server's words; it may repeat what it was told."""
    return blotted(str(error), [settings.password.get_secret_value()])


def _remedy(error: ssl.SSLCertVerificationError, settings: ImapSettings | SmtpSettings, name: str) -> str:
    said = error.verify_message.casefold()
    if "expired" in said:
        return "renew the mail server's certificate"
    if "not yet valid" in said:
        return "set this machine's clock by NTP, or wait until the certificate begins"
    if "hostname" in said or "ip address" in said:
        return f"write in mail.{name}.host the name for which the certificate was issued"
    starttls = f" -starttls {name}" if settings.security is Security.STARTTLS else ""
    return (
        f"`openssl s_client -connect {settings.host}:{settings.port}{starttls} -showcerts </dev/null` shows "
        "the chain: compare its CA with whoever runs the server, save it as a PEM file and name that under "
        f"mail.{name}.verify_tls"
    )
