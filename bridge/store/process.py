"""Names of processes, such that a dead one can be told from one that is at work."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import socket
from pathlib import Path

_NAMED = re.compile(r"process (?P<pid>\d+) \((?P<place>[0-9a-f]+)\.(?P<start>\d+)\.[0-9a-f]+\)")
_BOOT = Path("/proc/sys/kernel/random/boot_id")
_NUMBERS = Path("/proc/self/ns/pid")
_GONE = frozenset({"Z", "X"})
_STATE, _START = 0, 19  # fields of /proc/PID/stat, counted after the name in brackets


def this_process() -> str:
    """Return a name for this process that no other ever has: host, process id, where and when it began."""
    state = _stat(os.getpid())
    start = state[_START] if state is not None else "0"
    return f"{socket.gethostname()}, process {os.getpid()} ({_place()}.{start}.{secrets.token_hex(4)})"


def has_died(name: str) -> bool:
    """Return whether the process of a name is surely gone: it ran here, and runs no more.

    False also where nobody can tell: on another machine, in another container, on a system without /proc.
    """
    found = _NAMED.search(name)
    if found is None or found["start"] == "0" or found["place"] != _place():
        return False
    pid = int(found["pid"])
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    state = _stat(pid)
    return state is not None and (state[_STATE] in _GONE or state[_START] != found["start"])


def _place() -> str:
    """Identify what process ids are counted in: this start of the machine, this container."""
    try:
        words = _BOOT.read_text() + str(_NUMBERS.readlink())
    except OSError:
        words = socket.gethostname()
    return hashlib.blake2b(words.encode(), digest_size=4).hexdigest()


def _stat(pid: int) -> list[str] | None:
    """Return the fields of /proc/PID/stat from the state on; None where they cannot be read."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    return text.rpartition(")")[2].split()
