"""A fault of the bridge itself: told in full for whoever mends it, and without a secret."""

from __future__ import annotations

import traceback

from bridge.config import Settings
from bridge.redaction import blotted

ADVICE = "bridge: a fault of the bridge itself. Please report it with the lines above."


def told(error: BaseException, settings: Settings | None) -> str:
    """Return the traceback with every secret of the configuration replaced; None where none was read yet."""
    text = "".join(traceback.format_exception(error))
    return f"{blotted(text, settings.secrets if settings is not None else ())}{ADVICE}"
