"""What stands around every answer of the panel: success or error, in both dialects (contract section 1)."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NoReturn

from bridge.mikrowisp.plaintext import plain_text
from bridge.redaction import redacted_text

_PREVIEW = 120
_OBJECT = re.compile(r'\{\s*["}]')
_MARKUP = re.compile(r"<\s*(?:!doctype|html|head|body|h1|title|center)\b", re.IGNORECASE)


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


_DECODER = json.JSONDecoder(parse_float=Decimal, parse_constant=_no_constant, strict=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One answer. `message` is plain text; `body` may hold passwords and is kept out of `repr`."""

    success: bool
    message: str
    body: Mapping[str, Any] = field(default_factory=dict, repr=False)
    status: int = 200


class UnreadableError(Exception):
    """An answer that is no envelope at all; the text says what came instead, with a short safe preview."""


def text_of(content: bytes) -> str:
    """Decode an answer: UTF-8 with or without a byte order mark, else Latin 1, which some tables hold."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("latin-1")


def read_reply(status: int, text: str) -> Reply:
    """Read the envelope of an answer with HTTP `status`.

    Success is `estado: exito` in any case, or `code: "200"` where there is no `estado`. PHP warnings
    before the JSON and text after it are skipped. Raises UnreadableError for an empty answer, HTML, and
    JSON that breaks off or is no object with an envelope.
    """
    body = _object_in(text)
    state = body.get("estado")
    code = body.get("code")
    if state is None and code is None:
        raise UnreadableError(f"an answer without estado and code: {preview(text)}")
    said_yes = _word(state) == "exito" if state is not None else _word(code) == "200"
    return Reply(success=said_yes and status < 300, message=_message(body), body=body, status=status)  # noqa: PLR2004


def preview(text: str) -> str:
    """Return the first words of an answer, safe to be shown."""
    said = " ".join(plain_text(redacted_text(text[:4000])).split())
    return said if len(said) <= _PREVIEW else said[:_PREVIEW] + "…"


def _object_in(text: str) -> dict[str, Any]:
    if not text.strip("\ufeff \t\r\n\0"):
        raise UnreadableError("an empty answer")
    start = _OBJECT.search(text)
    if start is None:
        kind = "an HTML page" if _MARKUP.search(text) else "text that is no JSON"
        raise UnreadableError(f"{kind} instead of JSON: {preview(text)}")
    body = _decoded(text, start.start())
    if body is None:
        raise UnreadableError(f"JSON that breaks off or is damaged: {preview(text)}")
    return body


def _decoded(text: str, start: int) -> dict[str, Any] | None:
    # Only the first object is tried: an inner one of an answer that broke off would pass for the whole.
    # The decoder's own error holds the whole answer, passwords too, so it is not passed on.
    try:
        body, _ = _DECODER.raw_decode(text, start)
    except (ValueError, RecursionError):
        return None
    return body if isinstance(body, dict) else None


def _message(body: Mapping[str, Any]) -> str:
    for key in ("mensaje", "salida", "message", "error"):
        said = body.get(key)
        if isinstance(said, str) and said.strip():
            return " ".join(plain_text(redacted_text(said)).split())
    return ""


def _word(value: object) -> str:
    return str(value).strip().casefold()
