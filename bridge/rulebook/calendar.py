"""calendar.yaml: by which hours the ladder's clock runs (continuous: the procedure's 24 h, 365 days)."""

from __future__ import annotations

from typing import Literal

from bridge.yamlfile import FileModel


class CalendarFile(FileModel):
    """The content of calendar.yaml."""

    calendar: Literal["continuous"]
