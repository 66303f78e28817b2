"""Documents whose shown outputs are played: each block runs its lines after the scene named above it.

`<!-- played: walk.closed -->` above a block names a play and one of its scenes. Plays go on from scene to
scene, in the order of the document. `python -m tests.docs.played` writes all answers anew, for when a
command, a text or a rule has changed.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from tests.docs import billing_plays, money_plays, notices_plays
from tests.docs.world import Play, own_environment
from tests.servers import ROOT, start_sandbox

PLAYS: Mapping[str, type[Play]] = {
    **money_plays.PLAYS,
    **billing_plays.PLAYS,
    **notices_plays.PLAYS,
}
DOCUMENTS = tuple(ROOT / "docs" / name for name in ("money.md", "facturacion.md", "avisos.md"))

_BLOCK = re.compile(
    r"^<!-- played: (?P<play>\w+)\.(?P<scene>\w+) -->\n\n?```text\n(?P<shown>(?:.*\n)*?)```$", re.MULTILINE
)
_ASKS = ("$ ", "panel> ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A block that is played: where it stands, after which scene, what is asked, and what it shows."""

    play: str
    scene: str
    asked: tuple[str, ...]
    shown: str


def blocks(text: str) -> list[Block]:
    """Read the played blocks of a document."""
    return [_block(found) for found in _BLOCK.finditer(text)]


def asking(text: str) -> int:
    """Count the blocks of a document that ask something, played or not."""
    fenced = re.findall(r"^```text\n((?:.*\n)*?)```$", text, re.MULTILINE)
    return sum(any(line.startswith(_ASKS) for line in shown.splitlines()) for shown in fenced)


def played(text: str, folder: Path) -> str:
    """Return the document with the answers of today; each play has a panel and a folder of its own."""
    begun: dict[str, Play] = {}

    def answer(found: re.Match[str]) -> str:
        block = _block(found)
        if block.play not in begun:
            panel = panels.enter_context(start_sandbox(folder / f"{block.play}.db"))
            begun[block.play] = PLAYS[block.play](panel, folder / block.play)
        play = begun[block.play]
        play.goes_on_to(block.scene)
        answers = [f"{line}\n{play.world.answer(line)}".rstrip() for line in block.asked]
        shown = "\n\n".join(answers) + "\n"
        start, end = (place - found.start() for place in found.span("shown"))
        return found[0][:start] + shown + found[0][end:]

    with own_environment(), ExitStack() as panels:
        return _BLOCK.sub(answer, text)


def _block(found: re.Match[str]) -> Block:
    asked = tuple(line for line in found["shown"].splitlines() if line.startswith(_ASKS))
    return Block(play=found["play"], scene=found["scene"], asked=asked, shown=found["shown"])


if __name__ == "__main__":
    for document in DOCUMENTS:
        with tempfile.TemporaryDirectory() as place:
            anew = played(document.read_text(encoding="utf-8"), Path(place))
            document.write_text(anew, encoding="utf-8")
