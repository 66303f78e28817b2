"""What is taken out of everything the bridge shows of a request or an answer: tokens and passwords."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

GONE = "***"
_SHORTEST_SECRET = 6  # what is shorter stands by chance in many texts

# The portal's password is `codigo`, the line's is `ppppass` (contract 2.3).
_SECRET_KEYS = frozenset({"codigo", "authorization", "snmp_comunidad", "clave", "cookie"})
_SECRET_PARTS = ("pass", "token", "secret", "contrase", "apikey", "api_key", "pwd")
_KEY = (
    r"[\w-]*(?:pass|token|secret|contrase|api_?key|pwd)[\w-]*"
    r"|codigo|authorization|snmp_comunidad|clave|cookie"
)
_VALUE = r"""(?:"(?:[^"\\]|\\.)*"?|'[^']*'?|[^\s,}\]]+)"""
_QUOTED_PAIR = re.compile(rf"""(["'](?:{_KEY})["']\s*(?::|=>?)\s*){_VALUE}""", re.IGNORECASE)
_PLAIN_PAIR = re.compile(rf"(\b(?:{_KEY})=)[^\s&\"'<>]+", re.IGNORECASE)
_LOGIN = re.compile(r"(\b[a-z][\w+.-]*://[^\s:/@'\"]*:)[^\s@]+(?=@)", re.IGNORECASE)
_BEARER = re.compile(r"(\bBearer\s+)[\w.~+/=-]+", re.IGNORECASE)


def is_secret(key: str) -> bool:
    """Whether a field of this name holds a token or a password."""
    said = key.casefold()
    return said in _SECRET_KEYS or any(part in said for part in _SECRET_PARTS)


def redacted(value: Any) -> Any:
    """Return a copy of parsed JSON with every secret field's value replaced."""
    if isinstance(value, Mapping):
        return {key: GONE if is_secret(str(key)) else redacted(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [redacted(inner) for inner in value]
    return value


def redacted_text(text: str) -> str:
    """Return `text` without the values after a secret field's name, and without the passwords in URLs."""
    text = _LOGIN.sub(rf"\g<1>{GONE}", _QUOTED_PAIR.sub(rf"\g<1>{GONE}", text))
    return _BEARER.sub(rf"\g<1>{GONE}", _PLAIN_PAIR.sub(rf"\g<1>{GONE}", text))


def blotted(text: str, secrets: Iterable[str]) -> str:
    """Return `text` without these secrets wherever they stand, and as `redacted_text` leaves it."""
    # The longest first: one secret may be a part of another.
    for secret in sorted(secrets, key=len, reverse=True):
        if len(secret) >= _SHORTEST_SECRET:
            text = text.replace(secret, GONE)
    return redacted_text(text)
