"""One play after the other, each killed one step later: what is wrong afterwards, by step."""

from __future__ import annotations

import re
from contextlib import closing
from pathlib import Path

from tests.faults.mortal import Nursery
from tests.faults.rewind import Rewind
from tests.faults.stage import Stage

MONEY = "saldos|NewBalance|/C1 |/X1 "

# How the pushes of the story are told apart by their keys; all but SMS are read back.
_PUSHES = {"charge": "/X1", "credit": "/C1", "note": "/note/", "set_status": "/status/"}
_PUSHES |= {"assign": "/assign/", "close": "/close/", "sms": "/sms"}


def die_everywhere(
    scene: Stage, folder: Path, mortals: Nursery, only: str = ""
) -> tuple[list[str], dict[str, list[str]]]:
    """Kill the cycle at each of its steps in turn; return the steps, and what was wrong after which.

    `only` is a pattern: the steps in whose words it is found are those that kill.
    """
    scene.begin()
    scene.resolve_another()
    moment, config = scene.now, folder / "config.yaml"
    broken: dict[str, list[str]] = {}
    with closing(Rewind(scene.place.panel, folder / "bridge.db")) as rewind:
        whole = mortals.run(config, moment)
        assert whole.code == 0
        for fatal, words in enumerate(whole.steps):
            # After a write or before the next is the same to all, but for locks that were not given back.
            if re.search(only, words) is None or (words.startswith("after ") and not only):
                continue
            rewind.back()
            scene.now = moment
            death = mortals.run(config, moment, fatal)
            assert death.killed, f"lived on after {words}"
            found = list(map(str, scene.finish()))
            if death.steps != whole.steps[: fatal + 1]:
                found.append(f"went another way: {death.steps}")
            if found:
                broken[f"{fatal} {words}"] = found
    return whole.steps, broken


# Before and after each sending the process makes sure that it still has the lease.
_BEATS = r"(?:\n(?:after )?store: leases)*"


def missing(steps: list[str]) -> list[str]:
    """Return which of the named crash points a cycle did not come to."""
    story = "\n".join(steps)
    wanted = {
        "before the lease": r"\Astore: leases",
        "holding the lease, nothing read": r"\Astore: leases\nstore: runs",
        "between reading and deciding": r"\nafter the panel was read\nstore: .* pending",
        "between deciding and pushing": r" pending[^\n]*\n[^\n]+",
        "all done, the lease not given back": r"\nstore: runs\nstore: leases\Z",
    }
    for kind, key in _PUSHES.items():
        wanted |= {
            f"{kind}: before it is noted as sending": rf"\nstore: [^\n]*{key}\S* sending",
            f"{kind}: noted, not sent": rf"\nafter store: [^\n]*{key}\S* sending[^\n]*{_BEATS}\npanel: ",
            f"{kind}: applied, not noted": rf"\nafter panel: [^\n]*{_BEATS}\nstore: [^\n]*{key}\S* sent",
            f"{kind}: during reading back": rf"\nstore: [^\n]*{key}\S* verified" if kind != "sms" else "",
        }
    return [name for name, pattern in wanted.items() if re.search(pattern, story) is None]
