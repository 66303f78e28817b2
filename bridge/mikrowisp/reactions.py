"""Which error stands for which trouble: a read can be tried again, a write may have taken effect."""

from __future__ import annotations

from dataclasses import dataclass

from bridge.errors import (
    BridgeError,
    NotApplied,
    OutcomeUnknown,
    PanelUnreachable,
    PanelUnusable,
    Refused,
)


class ServerTrouble(PanelUnreachable):
    """The panel is there and answered a read with a server error."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reactions:
    """The error for each trouble.

    `unsent`: no byte has left, or the panel refused to look at it. `lost`: sent, and no answer came.
    `server`: HTTP 5xx. `unreadable`: HTML, nothing, or damaged JSON. `rejected`: HTTP 4xx without an
    envelope, so the web server refused it.
    """

    unsent: type[BridgeError]
    lost: type[BridgeError]
    server: type[BridgeError]
    unreadable: type[BridgeError]
    rejected: type[BridgeError]


READ = Reactions(
    unsent=PanelUnreachable,
    lost=PanelUnreachable,
    server=ServerTrouble,
    unreadable=PanelUnusable,
    rejected=PanelUnusable,
)
WRITE = Reactions(
    unsent=NotApplied,
    lost=OutcomeUnknown,
    server=OutcomeUnknown,
    unreadable=OutcomeUnknown,
    rejected=Refused,
)
