"""What config.yaml may say of a bridge that runs by itself: schedule, log, figures, alerts, notices."""

from __future__ import annotations

import re
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, SecretStr

from bridge.phrases import phrase
from bridge.yamlfile import FileModel, WrongValue
from bridge.yamlfile.scalars import Some

_LISTEN = re.compile(r"(?:(?P<host>\[[0-9A-Fa-f:.]+\]|[\w.-]+):)?(?P<port>[0-9]{1,5})")
_HIGHEST_PORT = 65535
_LONGEST_NAME = 40  # it is a part of the keys of notices
_LOOPBACK = frozenset({"127.0.0.1", "[::1]", "localhost"})


class Schedule(FileModel):
    """When `run` works."""

    every_minutes: int = Field(default=5, ge=1, le=1440)
    jitter_seconds: int = Field(default=10, ge=0, le=3600)

    @property
    def every(self) -> timedelta:
        """The time between the starts of two cycles."""
        return timedelta(minutes=self.every_minutes)

    @property
    def jitter(self) -> timedelta:
        """How much later a cycle may start, at random."""
        return timedelta(seconds=self.jitter_seconds)


class LogFormat(StrEnum):
    """How a line of the log is written."""

    CONSOLE = "console"
    JSON = "json"


class LogLevel(StrEnum):
    """The least weighty lines that are written."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class LogSettings(FileModel):
    """The log on stderr."""

    format: LogFormat = LogFormat.CONSOLE
    level: LogLevel = LogLevel.INFO


def _listen(value: Any) -> str:
    found = _LISTEN.fullmatch(str(value))
    if found is None or int(found["port"]) > _HIGHEST_PORT:
        raise WrongValue(
            phrase("expected a port, such as `9464`, or an address and a port: `127.0.0.1:9464`")
        )
    return f"{found['host'] or '127.0.0.1'}:{found['port']}"


class MetricsSettings(FileModel):
    """Where `run` shows `/healthz` and `/metrics`; nowhere unless `listen` is given."""

    listen: Annotated[str, BeforeValidator(_listen)] | None = None

    @property
    def place(self) -> tuple[str, int] | None:
        """The address and port to listen on; port 0 takes a free one. None: not at all."""
        if self.listen is None:
            return None
        host, _, port = self.listen.rpartition(":")
        return host.strip("[]"), int(port)

    @property
    def is_open(self) -> bool:
        """Whether others than this machine can look."""
        return self.listen is not None and self.listen.rpartition(":")[0] not in _LOOPBACK


class AlertSettings(FileModel):
    """Whom `run` tells that something is wrong. `urls` also come from `urls_file`, one a line."""

    urls: tuple[SecretStr, ...] = ()
    urls_file: Path | None = None
    no_good_cycle_minutes: int = Field(default=30, ge=2, le=10080)

    @property
    def patience(self) -> timedelta:
        """How old the last good cycle may become."""
        return timedelta(minutes=self.no_good_cycle_minutes)


class ChannelSettings(FileModel):
    """Where the messages of one channel go: addresses of Apprise."""

    urls: Annotated[tuple[SecretStr, ...], Some]

    @property
    def addresses(self) -> list[str]:
        """The addresses, which hold keys: for whoever sends, not for any text."""
        return [url.get_secret_value() for url in self.urls]


class NoticeSettings(FileModel):
    """The channels of staff, by the names that messages.yaml and technicians.yaml use for them."""

    channels: dict[Annotated[str, Field(min_length=1, max_length=_LONGEST_NAME)], ChannelSettings] = Field(
        default_factory=dict
    )
