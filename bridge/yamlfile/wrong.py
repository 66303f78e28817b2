"""The error of a value that is not what its key expects, with what was most likely meant."""

from __future__ import annotations

from bridge.phrases import Phrase


class WrongValue(ValueError):
    """A value cannot be read: `expected` says what can, `meant` is offered in its place."""

    def __init__(self, expected: Phrase, meant: str | None = None) -> None:
        self.expected = expected
        self.meant = meant
        super().__init__(str(expected))
