"""Letters that wait for a person, as JSON."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from bridge.store.letters import LetterRow


def letter_as_json(letter: LetterRow, zone: ZoneInfo) -> dict[str, Any]:
    """Return a letter as `intake letters --format json` shows it."""
    return {
        "letter_id": letter.letter_id,
        "received_at": letter.received_at.astimezone(zone).isoformat(),
        "sender": letter.sender,
        "subject": letter.subject,
        "text": letter.text,
        "reason": letter.reason,
    }
