"""A fault of the bridge itself: told in full for whoever mends it, and without a secret."""

from __future__ import annotations

import traceback
from collections.abc import Iterator

from sqlalchemy import make_url

from bridge.config import Settings
from bridge.mikrowisp.redaction import GONE, redacted_text

ADVICE = "bridge: a fault of the bridge itself. Please report it with the lines above."


def told(error: BaseException, settings: Settings | None) -> str:
    """Return the traceback with every secret of the configuration replaced; None where none was read yet."""
    text = "".join(traceback.format_exception(error))
    # The longest first: one secret may be a part of another.
    for secret in sorted(_secrets(settings), key=len, reverse=True) if settings is not None else ():
        text = text.replace(secret, GONE)
    return f"{redacted_text(text)}{ADVICE}"


def _secrets(settings: Settings) -> Iterator[str]:
    yield settings.panel.token.get_secret_value()
    urls = [settings.state.url, *([settings.panel.database.url] if settings.panel.database else [])]
    for url in urls:
        password = make_url(url.get_secret_value()).password
        if password:
            yield password
