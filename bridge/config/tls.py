"""What `verify_tls` means for a connection to a mail server."""

from __future__ import annotations

import ssl
from pathlib import Path


def tls_context(verify: bool | Path) -> ssl.SSLContext:
    """Return how a server's certificate is checked: by the machine's list, a CA file, or not at all."""
    context = ssl.create_default_context(cafile=str(verify) if isinstance(verify, Path) else None)
    if verify is False:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
