"""A fault of the bridge itself: told in full for whoever mends it, and without a secret."""

from __future__ import annotations

import traceback

from bridge.config import Settings
from bridge.redaction import GONE, redacted_text

ADVICE = "bridge: a fault of the bridge itself. Please report it with the lines above."


def told(error: BaseException, settings: Settings | None) -> str:
    """Return the traceback with every secret of the configuration replaced; None where none was read yet."""
    text = "".join(traceback.format_exception(error))
    # The longest first: one secret may be a part of another.
    for secret in sorted(settings.secrets, key=len, reverse=True) if settings is not None else ():
        text = text.replace(secret, GONE)
    return f"{redacted_text(text)}{ADVICE}"
