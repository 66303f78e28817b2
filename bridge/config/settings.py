"""What config.yaml may say: every key with its default and its limits (design section 5)."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field, SecretStr, field_validator
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from bridge.config.mail import ImapSettings, MailSettings, Security, SmtpSettings, Verification
from bridge.config.running import AlertSettings, LogSettings, MetricsSettings, NoticeSettings, Schedule
from bridge.domain.intents import PushKind, Route
from bridge.phrases import phrase
from bridge.yamlfile import FileModel, WrongValue, one_of
from bridge.yamlfile.scalars import Amount, Day, Zone

DEFAULT_ZONE = ZoneInfo("America/Mexico_City")
SQLITE = frozenset({"sqlite", "sqlite+pysqlite"})

_PANEL_DATABASES = SQLITE | {"mysql+pymysql", "mariadb+pymysql"}
_STORES = SQLITE | {"postgresql+psycopg"}
_LIKE_A_KEY = 12


def _address(value: Any) -> str:
    try:
        parts = urlsplit(value if isinstance(value, str) else "")
        usable = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise WrongValue(phrase("expected the panel's address, such as `https://panel.example`"))
    if parts.username or parts.password or parts.query or parts.fragment:
        raise WrongValue(phrase("expected the bare address, without user, password, `?` or `#`"))
    path = parts.path.rstrip("/")
    if re.search(r"/api(/v\d+)?$", path):
        raise WrongValue(phrase("expected the address without `/api/v1`, the bridge adds it"))
    return f"{parts.scheme}://{parts.netloc}{path}"


def _database_url(drivers: frozenset[str]) -> Callable[[SecretStr], SecretStr]:
    def check(value: SecretStr) -> SecretStr:
        try:
            url = make_url(value.get_secret_value())
        except (ArgumentError, ValueError):
            raise WrongValue(phrase("expected a database URL: driver://user:password@host/name")) from None
        if url.drivername not in drivers:
            raise WrongValue(phrase("{drivers} before `://`", drivers=one_of(sorted(drivers))))
        if not url.database or url.database == ":memory:":
            raise WrongValue(phrase("expected the name of the database at the end of the URL"))
        return value

    return check


class PanelDatabase(FileModel):
    """How the panel's own database is reached. `url` also comes from `url_file`."""

    url: SecretStr = Field(description="a database URL, or url_file with the file that holds it")
    url_file: Path | None = None

    _check_url = field_validator("url")(_database_url(_PANEL_DATABASES))


class PanelSettings(FileModel):
    """The panel: where it is, how it is entered, how hard it may be asked."""

    instance: str = Field(
        default="default",
        pattern=r"^[a-z0-9][a-z0-9_-]{0,31}$",
        description="small letters, digits, `-` and `_`: `redscomm`",
    )
    base_url: Annotated[str, BeforeValidator(_address)] = Field(
        description="the panel's address, such as https://panel.example"
    )
    token: SecretStr = Field(description="write `token: ${MIKROWISP_TOKEN}`, or token_file", min_length=1)
    token_file: Path | None = None
    timezone: Zone = DEFAULT_ZONE
    verify_tls: Verification = True
    timeout_seconds: float = Field(default=20, gt=0, le=600)
    concurrency: int = Field(default=8, ge=1, le=64)
    requests_per_second: float = Field(default=20, gt=0, le=100_000)
    sweep_minutes: int = Field(default=30, ge=0, le=1440)
    database: PanelDatabase | None = None

    @property
    def sweep(self) -> timedelta:
        """How old the last look at a customer's tickets may become (0: every cycle)."""
        return timedelta(minutes=self.sweep_minutes)

    @property
    def is_loopback(self) -> bool:
        """Whether the panel is on this machine: a sandbox, by the rule of `BRIDGE_NOW`."""
        return is_here(urlsplit(self.base_url).hostname or "")


def is_here(host: str) -> bool:
    """Whether a host is this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _known_route(*allowed: Route) -> BeforeValidator:
    def check(value: Any) -> Route:
        if value not in allowed:
            raise WrongValue(one_of(allowed))
        return Route(value)

    return BeforeValidator(check)


_BY_API_OR_DATABASE = Annotated[Route, _known_route(Route.API, Route.DATABASE)]
_BY_API_OR_HAND = Annotated[Route, _known_route(Route.API, Route.MANUAL)]
_BY_ANY = Annotated[Route, _known_route(Route.API, Route.DATABASE, Route.MANUAL)]
_DATABASE_FIRST = (Route.DATABASE, Route.API, Route.MANUAL)


class Routes(FileModel):
    """For every kind of push its routes in order of preference; the first usable one is taken."""

    read_tickets: tuple[_BY_API_OR_DATABASE, ...] = (Route.DATABASE, Route.API)
    close: tuple[_BY_ANY, ...] = (Route.API, Route.DATABASE)
    set_status: tuple[_BY_ANY, ...] = _DATABASE_FIRST
    assign: tuple[_BY_ANY, ...] = _DATABASE_FIRST
    note: tuple[_BY_ANY, ...] = _DATABASE_FIRST
    credit: tuple[_BY_ANY, ...] = _DATABASE_FIRST
    charge: tuple[_BY_ANY, ...] = (Route.DATABASE, Route.MANUAL)
    open: tuple[_BY_API_OR_HAND, ...] = (Route.API, Route.MANUAL)
    sms: tuple[_BY_API_OR_HAND, ...] = (Route.API, Route.MANUAL)

    @field_validator("*")
    @classmethod
    def _ordered(cls, routes: tuple[Route, ...]) -> tuple[Route, ...]:
        if not routes:
            raise WrongValue(phrase("expected at least one route"))
        if len(set(routes)) < len(routes):
            raise WrongValue(phrase("expected each route once"))
        return routes

    def of(self, kind: PushKind) -> tuple[Route, ...]:
        """Return the routes of a kind of push, best first."""
        routes: tuple[Route, ...] = getattr(self, kind.value)
        return routes


class StateSettings(FileModel):
    """Where the bridge keeps what it knows. `url` also comes from `url_file`."""

    url: SecretStr = SecretStr("sqlite:///var/bridge.db")
    url_file: Path | None = None

    _check_url = field_validator("url")(_database_url(_STORES))


class Limits(FileModel):
    """The guards of design section 4. Amounts in the panel's currency (MXN)."""

    credits_per_cycle: int = Field(default=50, ge=0)
    amount_per_cycle: Amount = Decimal("20000.00")
    approval_above: Amount = Decimal("1500.00")
    shrink_percent: Amount = Field(default=Decimal(20), le=100)
    pushes_per_cycle: int = Field(default=200, ge=1)


class Settings(FileModel):
    """Everything config.yaml says; paths are absolute, secrets show as stars."""

    panel: PanelSettings
    routes: Routes = Routes()
    state: StateSettings = StateSettings()
    mappings: Path = Path("mappings")
    schedule: Schedule = Schedule()
    enforce_from: Day | None = None  # None: the day of the first sync (C-14)
    limits: Limits = Limits()
    log: LogSettings = LogSettings()
    metrics: MetricsSettings = MetricsSettings()
    alerts: AlertSettings = AlertSettings()
    mail: MailSettings | None = None
    notices: NoticeSettings = NoticeSettings()

    @property
    def patience(self) -> timedelta:
        """How old the last good cycle may become before somebody is told: two cycles at the least."""
        return max(self.alerts.patience, 2 * (self.schedule.every + self.schedule.jitter))

    @property
    def imap(self) -> ImapSettings | None:
        """The mailbox that is read; None where none is."""
        return self.mail.imap if self.mail is not None else None

    @property
    def smtp(self) -> SmtpSettings | None:
        """How mail to customers goes out; None where none does."""
        return self.mail.smtp if self.mail is not None else None

    @property
    def secrets(self) -> frozenset[str]:
        """Every text that nothing may show, for the log: tokens, addresses that hold them, passwords."""
        databases = [self.state.url, *([self.panel.database.url] if self.panel.database else [])]
        passwords = (make_url(url.get_secret_value()).password for url in databases)
        named = [url for channel in self.notices.channels.values() for url in channel.addresses]
        channels = [*(url.get_secret_value() for url in self.alerts.urls), *named]
        servers = [self.mail.imap, self.mail.smtp] if self.mail else []
        mail_passwords = [server.password.get_secret_value() for server in servers if server is not None]
        tokens = (word for url in channels for word in re.split(r"[/:@?&=+,;]+", url))
        return frozenset(
            {
                self.panel.token.get_secret_value(),
                *(str(password) for password in passwords if password),
                *(password for password in mail_passwords if password),
                *channels,
                # Anything in such an address may be a key; what has a dot is a host.
                *(word for word in tokens if len(word) >= _LIKE_A_KEY and "." not in word),
            }
        )

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is allowed and yet should be said at every start."""
        found = []
        if self.panel.verify_tls is False:
            found.append("panel.verify_tls is false: anybody on the way can read the token and the customers")
        if self.panel.base_url.startswith("http:") and not self.panel.is_loopback:
            found.append("panel.base_url is plain http: the token and the customers travel unencrypted")
        if self.metrics.is_open:
            found.append("metrics.listen is not on this machine alone: whoever reaches it reads the figures")
        for name, server in (("imap", self.mail and self.mail.imap), ("smtp", self.mail and self.mail.smtp)):
            if server and server.security is Security.NONE and not is_here(server.host):
                found.append(f"mail.{name}.security is none: the password and the letters travel unencrypted")
            elif server and server.verify_tls is False:
                found.append(f"mail.{name}.verify_tls is false: anybody on the way can read the letters")
        return tuple(found)
