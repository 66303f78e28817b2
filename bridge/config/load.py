"""Reads config.yaml: variables filled in, secrets taken from their files, every fault at once."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from pydantic import SecretStr
from sqlalchemy import make_url

from bridge.config.mail import ImapSettings, SmtpSettings
from bridge.config.settings import SQLITE, Settings
from bridge.errors import Fault, FileFaults, UsageFault
from bridge.phrases import Phrase, phrase
from bridge.yamlfile import Document, Trail, checked, parse, read_text, without_nothing

Server = TypeVar("Server", ImapSettings, SmtpSettings)

_SECRETS: Mapping[Trail, str] = {
    ("panel",): "token",
    ("panel", "database"): "url",
    ("state",): "url",
    ("alerts",): "urls",
    ("mail", "imap"): "password",
    ("mail", "smtp"): "password",
}
_LISTED = frozenset({"urls"})  # one a line
_UNREAD = "sqlite:///unread"  # Fits every check, so that a file which cannot be read is said once.
_HIDDEN = frozenset({"token", "url", "urls", "base_url", "password", "notices"})
_VARIABLE = re.compile(r"\$\{([^}]*)\}")
_VARIABLE_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def load_config(path: Path, environ: Mapping[str, str]) -> Settings:
    """Read config.yaml at `path`, filling `${NAME}` from `environ` and secrets from their files.

    Raises UsageFault where there is no file, FileFaults with everything that is wrong in it.
    """
    if not path.exists():
        raise UsageFault(f"{path} does not exist; `bridge init {path.parent}` writes one")
    document = parse(str(path), read_text(path, str(path)))
    folder = path.resolve().parent
    data, faults = _filled(document, environ)
    faults += _read_secrets(document, data, folder)
    try:
        settings = _anchored(checked(document, Settings, data=data, hidden=_HIDDEN), folder)
    except FileFaults as caught:
        # A value that could not be filled in is said once.
        places = {(fault.line, fault.column) for fault in faults}
        faults += [fault for fault in caught.faults if (fault.line, fault.column) not in places]
        raise FileFaults(faults) from None
    for trail, ca in _authorities(settings):
        if isinstance(ca, Path) and not ca.is_file():
            faults.append(document.fault(trail, phrase("there is no file {path}", path=ca)))
    if faults:
        raise FileFaults(faults)
    return settings


def now_override(settings: Settings, environ: Mapping[str, str]) -> datetime | None:
    """Return the instant in `BRIDGE_NOW`, None where it is not set.

    UsageFault unless the panel is on this machine and the instant has its offset: no real customer's
    clock is ever turned.
    """
    text = environ.get("BRIDGE_NOW", "")
    if not text:
        return None
    if not settings.panel.is_loopback:
        raise UsageFault("BRIDGE_NOW is for a panel on this machine; unset it, panel.base_url is elsewhere")
    try:
        now = datetime.fromisoformat(text)
    except ValueError:
        now = None
    if now is None or now.tzinfo is None:
        raise UsageFault(f"BRIDGE_NOW is `{text}`; expected an instant such as 2026-11-25T16:00:00-06:00")
    return now.astimezone(UTC)


def _filled(document: Document, environ: Mapping[str, str]) -> tuple[dict[str, Any], list[Fault]]:
    """Replace `${NAME}` in every text by the variable's value."""
    faults: list[Fault] = []

    def fill(value: Any, trail: Trail) -> Any:
        if isinstance(value, dict):
            return {key: fill(inner, (*trail, key)) for key, inner in value.items()}
        if isinstance(value, list):
            return [fill(inner, (*trail, position)) for position, inner in enumerate(value)]
        if not isinstance(value, str):
            return value
        for name in _VARIABLE.findall(value):
            if not _VARIABLE_NAME.fullmatch(name):
                faults.append(
                    document.fault(
                        trail, phrase("a name of letters, digits and `_` stands between `${` and `}`")
                    )
                )
            elif not environ.get(name):
                unset = phrase("{name} is not set in the environment; ", name=name)
                faults.append(document.fault(trail, unset + _way_out(trail, name)))
        return _VARIABLE.sub(lambda match: environ.get(match[1], ""), value)

    return without_nothing({key: fill(value, (key,)) for key, value in document.data.items()}), faults


def _way_out(trail: Trail, name: str) -> Phrase:
    if trail[:2] == ("panel", "database"):
        return phrase("remove the key `database` or set {name}", name=name)
    return phrase("set {name} or write the value here", name=name)


def _read_secrets(document: Document, data: dict[str, Any], folder: Path) -> list[Fault]:
    """Put what `token_file` and `url_file` hold where the secret belongs."""
    faults = []
    for trail, name in _SECRETS.items():
        section: Any = data
        for step in trail:
            section = section.get(step) if isinstance(section, dict) else None
        if not isinstance(section, dict) or not isinstance(section.get(f"{name}_file"), str):
            continue
        place = (*trail, f"{name}_file")
        if name in section:
            words = phrase("either `{name}` or `{other}`, not both", name=name, other=f"{name}_file")
            faults.append(document.key_fault(place, words))
            continue
        path = folder / section[f"{name}_file"]
        section[name] = [_UNREAD] if name in _LISTED else _UNREAD
        try:
            secret = path.read_text(encoding="utf-8").strip()
        except OSError as error:
            words = phrase("cannot read {path}: {why}", path=path, why=error.strerror)
            faults.append(document.fault(place, words))
        except UnicodeDecodeError:
            faults.append(document.fault(place, phrase("{path} is not UTF-8 text", path=path)))
        else:
            if secret:
                section[name] = secret.split() if name in _LISTED else secret
            faults += [] if secret else [document.fault(place, phrase("{path} is empty", path=path))]
    return faults


def _authorities(settings: Settings) -> list[tuple[Trail, bool | Path]]:
    """Every place that may name a CA file."""
    found: list[tuple[Trail, bool | Path]] = [(("panel", "verify_tls"), settings.panel.verify_tls)]
    if settings.mail is not None:
        for name, server in (("imap", settings.mail.imap), ("smtp", settings.mail.smtp)):
            found += [(("mail", name, "verify_tls"), server.verify_tls)] if server is not None else []
    return found


def _anchored(settings: Settings, folder: Path) -> Settings:
    """Make every relative path absolute, from the folder of config.yaml."""
    panel = settings.panel
    database = panel.database
    ca = panel.verify_tls
    mail = settings.mail
    return settings.model_copy(
        update={
            "mappings": folder / settings.mappings,
            "mail": mail
            and mail.model_copy(
                update={
                    "imap": mail.imap and _anchored_server(mail.imap, folder),
                    "smtp": mail.smtp and _anchored_server(mail.smtp, folder),
                }
            ),
            "state": settings.state.model_copy(update={"url": _anchored_url(settings.state.url, folder)}),
            "panel": panel.model_copy(
                update={
                    "verify_tls": folder / ca if isinstance(ca, Path) else ca,
                    "database": database
                    and database.model_copy(update={"url": _anchored_url(database.url, folder)}),
                }
            ),
        }
    )


def _anchored_server(server: Server, folder: Path) -> Server:
    ca = server.verify_tls
    return server.model_copy(update={"verify_tls": folder / ca}) if isinstance(ca, Path) else server


def _anchored_url(secret: SecretStr, folder: Path) -> SecretStr:
    url = make_url(secret.get_secret_value())
    if url.drivername not in SQLITE:
        return secret
    anchored = url.set(database=str(folder / str(url.database)))
    return SecretStr(anchored.render_as_string(hide_password=False))
