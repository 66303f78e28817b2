"""What config.yaml may say of mail: where the support mailbox is read, and how mail goes out."""

from __future__ import annotations

import re
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, model_validator

from bridge.phrases import phrase
from bridge.yamlfile import FileModel, WrongValue
from bridge.yamlfile.scalars import switch

_MEGABYTE = 1024 * 1024
_ADDRESS = re.compile(r"[^\s@<>,;]+@[^\s@<>,;]+")


class Security(StrEnum):
    """How a connection is encrypted."""

    TLS = "tls"
    STARTTLS = "starttls"
    NONE = "none"  # for a server on this machine


def verification(value: Any) -> bool | Path:
    """Read true, false, or the path of a CA file."""
    if isinstance(value, bool | Path):
        return value
    if isinstance(value, str) and value not in {"true", "false"}:
        return Path(value)
    return switch(value)


def _address(value: Any) -> str:
    if not isinstance(value, str) or not _ADDRESS.fullmatch(value):
        raise WrongValue(phrase("expected a mail address, such as `soporte@example.com`"))
    return value.casefold()


def _password(value: SecretStr) -> SecretStr:
    if not value.get_secret_value().isascii():
        raise WrongValue(
            phrase("expected letters, digits and signs without accents: mail servers take no others")
        )
    return value


Password = Annotated[SecretStr, AfterValidator(_password)]
Address = Annotated[str, BeforeValidator(_address)]
Verification = Annotated[bool | Path, BeforeValidator(verification)]


class ImapSettings(FileModel):
    """The mailbox. `password` also comes from `password_file`."""

    host: str = Field(min_length=1)
    port: int = Field(default=993, ge=1, le=65535)
    security: Security = Security.TLS
    verify_tls: Verification = True
    user: str = Field(min_length=1)
    password: Password = Field(description="write `password: ${BRIDGE_MAIL_PASSWORD}`, or password_file")
    password_file: Path | None = None
    inbox: str = Field(default="INBOX", min_length=1)
    processed: str = Field(default="Procesados", min_length=1)
    set_aside: str = Field(default="Apartados", min_length=1)
    review: str = Field(default="Revisar", min_length=1)
    timeout_seconds: float = Field(default=30, gt=0, le=600)


class SmtpSettings(FileModel):
    """How mail goes out; without a user nobody logs in. `password` also comes from `password_file`."""

    host: str = Field(min_length=1)
    port: int = Field(default=465, ge=1, le=65535)
    security: Security = Security.TLS
    verify_tls: Verification = True
    user: str = ""
    password: Password = SecretStr("")
    password_file: Path | None = None
    sender: Address
    timeout_seconds: float = Field(default=30, gt=0, le=600)


class MailSettings(FileModel):
    """The mailbox that is read, and the server by which mail goes out: either, or both.

    `addresses` are all under which the mailbox gets letters, besides that of `smtp`.
    """

    imap: ImapSettings | None = None
    smtp: SmtpSettings | None = None
    addresses: tuple[Address, ...] = ()
    letters_per_round: int = Field(default=200, ge=1, le=10_000)
    letters_per_day: int = Field(default=10, ge=1)
    answers_per_day: int = Field(default=3, ge=1)
    directory_minutes: int = Field(default=30, ge=0, le=1440)
    message_megabytes: int = Field(default=25, ge=1, le=100)
    attachment_megabytes: int = Field(default=5, ge=0, le=50)
    attachment_types: tuple[str, ...] = ("png", "jpg", "jpeg", "gif", "webp", "pdf")

    @model_validator(mode="after")
    def _checked(self) -> MailSettings:
        if self.imap is None and self.smtp is None:
            raise WrongValue(phrase("expected `imap`, `smtp`, or both"))
        return self

    @property
    def directory_patience(self) -> timedelta:
        """How old the directory may become."""
        return timedelta(minutes=self.directory_minutes)

    @property
    def message_bytes(self) -> int:
        """The largest message that is read."""
        return self.message_megabytes * _MEGABYTE

    @property
    def attachment_bytes(self) -> int:
        """The largest file that goes to the panel."""
        return self.attachment_megabytes * _MEGABYTE

    @property
    def own_addresses(self) -> frozenset[str]:
        """The addresses of the mailbox itself."""
        sender = {self.smtp.sender} if self.smtp is not None else set()
        user = {self.imap.user.casefold()} if self.imap is not None and "@" in self.imap.user else set()
        return frozenset({*self.addresses, *sender, *user})
