"""What config.yaml gives to the rules, as a text that is archived beside the mappings (`bridge replay`)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Self
from zoneinfo import ZoneInfo

from bridge.domain.money import Money

NAME = "config"
"""Under which the text is archived; no mapping has this name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """The panel's zone, the first day that is credited (C-14), and the amount that a person approves."""

    zone: ZoneInfo
    enforce_from: date
    approval_above: Money

    def text(self) -> str:
        """Return it as text: equal settings, equal texts."""
        return json.dumps(
            {
                "zone": self.zone.key,
                "enforce_from": self.enforce_from.isoformat(),
                "approval_above": str(self.approval_above),
                "currency": self.approval_above.currency,
            }
        )

    @classmethod
    def read(cls, text: str) -> Self:
        """Read what `text` wrote. Raises ValueError, KeyError or TypeError for anything else."""
        content = json.loads(text)
        return cls(
            zone=ZoneInfo(content["zone"]),
            enforce_from=date.fromisoformat(content["enforce_from"]),
            approval_above=Money(Decimal(content["approval_above"]), content["currency"]),
        )
