"""A storm on the mailbox: `python -m tests.intake.storm --letters 500`, for `make mailstorm`.

Letters arrive, a fifth of them twice, while the line to the mailbox is cut and the panel fails. In the end
each letter is one ticket, and each ticket has told its number once.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from bridge.domain.intents import PushKind
from bridge.errors import BridgeError
from bridge.store.push_states import PushState
from tests.acceptance.town import T0
from tests.intake.post import CUSTOMERS, PostOffice, post_office
from tests.intake.servers import start_dovecot, start_smtp

_MARK = re.compile(r"\[MAIL-[0-9a-f]+/[TR]\]")
_FAULTS = (
    {"command": "NewTicket", "kind": "drop_after", "probability": 0.05},
    {"command": "NewTicket", "kind": "drop_before", "probability": 0.05},
    {"command": "NewTicket", "kind": "http502", "applied": True, "probability": 0.04},
    {"command": "NewTicket", "kind": "html200", "applied": True, "probability": 0.04},
    {"command": "NewTicket", "kind": "http500", "probability": 0.04},
    {"command": "GetClientsDetails", "kind": "http500", "probability": 0.02},
    {"command": "GetAllClients", "kind": "empty200", "probability": 0.02},
)
_UNDER_WAY = frozenset(PushState) - {PushState.VERIFIED, PushState.DISCARDED, PushState.PARKED}
_MOST_ROUNDS = 400
_MANY = {"letters_per_day": 100_000, "answers_per_day": 100_000, "directory_minutes": 30}


@dataclass(frozen=True, kw_only=True)
class Weather:
    """What a storm did, and what was found afterwards."""

    letters: int
    doubled: int
    rounds: int
    cuts: int
    panel_faults: int
    tickets: Counter[str]
    strays: int
    answers: Counter[int]
    left: int


def storm(post: PostOffice, *, letters: int, seed: int) -> Weather:
    """Let it storm until the inbox is empty and nothing is under way."""
    dice = random.Random(seed)  # noqa: S311 - a storm that can be had again
    written = [
        post.letter(dice.randint(1, CUSTOMERS), f"Sin internet {number}", f"No navega {number}")
        for number in range(letters)
    ]
    twice = dice.sample(written, letters // 5)
    arriving = [*written, *(b"Received: from mx2.example by mx1.example\r\n" + raw for raw in twice)]
    dice.shuffle(arriving)
    panel, now = post.town.panel, T0
    for fault in _FAULTS:
        panel.control("faults", {"times": 10_000, "seed": dice.randrange(1000), **fault})
    post.line.cut_at_random(seed)
    rounds = 0
    while rounds < _MOST_ROUNDS:
        rounds += 1
        now += timedelta(minutes=1)
        with post.server.client(post.user) as client:
            for raw in (arriving.pop() for _ in range(min(len(arriving), dice.randint(5, 60)))):
                client.append("INBOX", "", f'"{T0:%d-%b-%Y %H:%M:%S %z}"', raw)
        post.try_to_read(now, **_MANY)
        try:
            post.town.sync()
        except BridgeError:
            continue  # the next cycle tries again
        if not arriving and not post.lies_in("INBOX"):
            break
    fired = sum(one["fired"] for one in panel.control("faults")["faults"])
    return _settled(post, letters=letters, doubled=len(twice), rounds=rounds, fired=fired)


def _settled(post: PostOffice, *, letters: int, doubled: int, rounds: int, fired: int) -> Weather:
    """The sun comes out: what is under way comes through, and is counted."""
    cuts = post.line.cuts
    post.line.hold()
    post.town.panel.control("faults/clear")
    moment = post.town.clock.now()
    for _ in range(20):
        moment += timedelta(minutes=10)
        post.read(moment, **_MANY)
        post.town.sync()
        waiting = post.town.store.outbox.in_states(*_UNDER_WAY, kinds=[PushKind.OPEN])
        if not waiting and len(post.outbox.messages) >= letters:
            break
    tickets, strays = Counter[str](), 0
    for ticket in post.tickets():
        marks = _MARK.findall(ticket["mensajes"][0]["contenido"])
        strays += len(marks) != 1
        tickets.update(marks)
    answers = Counter(
        int(str(message["Subject"]).rpartition(" ")[2]) for _, _, message in post.outbox.messages
    )
    return Weather(
        letters=letters,
        doubled=doubled,
        rounds=rounds,
        cuts=cuts,
        panel_faults=fired,
        tickets=tickets,
        strays=strays,
        answers=answers,
        left=post.lies_in("INBOX"),
    )


def faults_of(found: Weather) -> list[str]:
    """What the storm has lost or doubled; empty where nothing is."""
    wrong = []
    if len(found.tickets) != found.letters:
        wrong.append(f"{found.letters} letters became {len(found.tickets)} tickets")
    wrong += [f"{mark} became {count} tickets" for mark, count in found.tickets.items() if count > 1]
    if found.strays:
        wrong.append(f"{found.strays} tickets are of no letter")
    if len(found.answers) != found.letters:
        wrong.append(f"{len(found.answers)} tickets have told their number")
    wrong += [
        f"ticket {number} told its number {count} times"
        for number, count in found.answers.items()
        if count > 1
    ]
    if found.left:
        wrong.append(f"{found.left} letters lie in the inbox")
    return wrong


def main() -> int:
    """Run a storm; exit code 1 where anything was lost or doubled."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--letters", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    wanted = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as name,
        start_dovecot() as server,
        start_smtp() as outbox,
        post_office(Path(name), server, outbox) as post,
    ):
        found = storm(post, letters=wanted.letters, seed=wanted.seed)
    wrong = faults_of(found)
    print(  # noqa: T201
        f"{found.letters} letters, {found.doubled} of them twice; {found.rounds} rounds, the line cut "
        f"{found.cuts} times, {found.panel_faults} faults of the panel: {len(found.tickets)} tickets, "
        f"{sum(found.answers.values())} answers"
    )
    print("\n".join(wrong) or "nothing lost, nothing doubled")  # noqa: T201
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
