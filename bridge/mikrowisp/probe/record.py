"""What the probe writes down: steps, what each settled, what commands.yaml should say, what stays behind."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from bridge.errors import BridgeError

Value = str | int | tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One open question of the contract. `value` is None where it could not be told; `seen` says why."""

    name: str
    value: str | None
    seen: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A key of commands.yaml, by its trail from the top, and the value that fits this panel."""

    trail: tuple[str, ...]
    value: Value
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """Something of the probe that stays on the panel; `harmless` where nobody has to do anything."""

    what: str
    number: int | None
    words: str
    harmless: bool


@dataclass(slots=True, kw_only=True)
class Step:
    """One step of the list: what was seen in words, and why it ended early, if it did."""

    number: str
    title: str
    seen: list[str] = field(default_factory=list)
    stopped: str = ""


@dataclass(slots=True)
class Record:
    """The whole probe as it goes. `tell` is called with each step that has ended."""

    tell: Callable[[Step], None]
    steps: list[Step] = field(default_factory=list)
    findings: dict[str, Finding] = field(default_factory=dict)
    changes: dict[tuple[str, ...], Change] = field(default_factory=dict)
    left: list[Left] = field(default_factory=list)

    @contextmanager
    def step(self, number: str, title: str) -> Iterator[Step]:
        """Go through one step; a fault of the panel ends this step, and is told, and nothing else."""
        step = Step(number=number, title=title)
        self.steps.append(step)
        try:
            yield step
        except BridgeError as fault:
            step.stopped = str(fault)
        except (LookupError, ValueError) as fault:
            step.stopped = f"an answer that is not understood ({type(fault).__name__}: {fault})"
        finally:
            self.tell(step)

    def found(self, name: str, value: str | bool | None, seen: str) -> None:
        """Settle a question, or say why it could not be told; the step under way shows the words."""
        if isinstance(value, bool):
            value = "true" if value else "false"
        self.findings[name] = Finding(name=name, value=value, seen=seen)
        said = value if value is not None else "could not be told"
        self.saw(f"{name}: {said} ({seen})")

    def saw(self, words: str) -> None:
        """Add to what the step under way has seen."""
        self.steps[-1].seen.append(words)

    def change(self, trail: tuple[str, ...], value: Value, because: str) -> None:
        """Ask for a key of commands.yaml; a later answer for the same key replaces an earlier one."""
        self.changes[trail] = Change(trail=trail, value=value, because=because)

    def add(self, trail: tuple[str, ...], known: Sequence[str], word: str, because: str) -> None:
        """Ask for one more word in a list of commands.yaml, after those known and those asked for before."""
        asked = self.changes.get(trail)
        words = asked.value if asked is not None and isinstance(asked.value, tuple) else tuple(known)
        if word not in words:
            self.change(trail, (*words, word), because)

    def stays(self, what: str, number: int | None, words: str, *, harmless: bool) -> None:
        """Note what the probe leaves on the panel."""
        self.left.append(Left(what=what, number=number, words=words, harmless=harmless))
