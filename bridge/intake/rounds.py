"""What a round of the mailbox did, and when it has done enough."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from bridge.store.letter_states import LetterOutcome

# A round looks at so many times the letters that it may decide about. The others wait for a day at the
# most, or for room in a folder.
_LOOKED_AT = 10

# Under these names the store keeps when the mailbox was last read to the end, and the reaction to what
# kept it from that since.
LAST_READ = "mailbox_last_read"
TROUBLE = "mailbox_trouble"
UNFILED = "unfiled"  # the trouble of a round that was read, and left letters where they were
BROKEN = "broken"  # the trouble of a round that raised what nobody foresaw


@dataclass(slots=True)
class Round:
    """What a round did: letters by outcome, and those met before, that wait, or that no folder takes."""

    letters: Counter[LetterOutcome] = field(default_factory=Counter)
    again: int = 0
    waiting: int = 0
    unfiled: int = 0

    @property
    def read(self) -> int:
        """How many letters were looked at."""
        return self.letters.total() + self.again + self.waiting

    def is_full(self, most: int) -> bool:
        """Whether `most` letters were decided about, or all looked at that such a round may look at."""
        return self.letters.total() >= most or self.read >= most * _LOOKED_AT
