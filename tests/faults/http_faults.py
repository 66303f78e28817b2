"""The faults of the sandbox, and how one is put in the way of a kind of push over HTTP."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from tests.faults.stage import Stage
from tests.servers import Sandbox

WRITES: dict[str, dict[str, Any]] = {
    "close": {"command": "CloseTicket"},
    "set_status": {"command": "UpdateTicket", "match": {"dp": 5}},
    "assign": {"command": "UpdateTicket", "match": {"idtecnico": 31}},
    "note": {"command": "ReplyTicket"},
    "credit": {"command": "NewBalance", "match": {"monto": "-300.00"}},
    "charge": {"command": "NewBalance", "match": {"monto": "150.00"}},
    "sms": {"command": "NewSMS"},
    "open": {"command": "NewTicket"},
}
FAULTS: dict[str, dict[str, Any]] = {
    "refuse": {"kind": "refuse"},
    "slow": {"kind": "slow", "ms": 20},
    "drop before": {"kind": "drop_before"},
    "drop after": {"kind": "drop_after"},
    "HTML 200, applied": {"kind": "html200", "applied": True},
    "empty 200, not applied": {"kind": "empty200"},
    "500, not applied": {"kind": "http500"},
    "502, applied": {"kind": "http502", "applied": True},
    "token lost": {"kind": "token_lost"},
    "duplicate page": {"kind": "duplicate_page", "page": 1},
    "shrunken list": {"kind": "shrunken_list", "fraction": 0.5},
}
_OF_LISTS = {"duplicate_page", "shrunken_list"}


def play(scene: Stage, kinds: Collection[str], fault: dict[str, Any]) -> int:
    """Play the story with the fault at the first write of each of these kinds; return how often it struck.

    A fault of lists strikes the reading of the cycle in which the push is due. Closing comes last.
    """
    panel = scene.place.panel
    scene.begin()
    if "open" in kinds:
        scene.wish_a_ticket()
    _arm(panel, [kind for kind in kinds if kind != "close"], fault)
    scene.cycle()
    scene.settle()
    _arm(panel, [kind for kind in kinds if kind == "close"], fault)
    scene.resolve()
    scene.cycle()
    scene.settle()
    return sum(armed["fired"] for armed in panel.control("faults")["faults"])


def _arm(panel: Sandbox, kinds: Collection[str], fault: dict[str, Any]) -> None:
    if fault["kind"] in _OF_LISTS and kinds:
        panel.control("faults", {"times": 1, "command": "GetAllClients", **fault})
        return
    for kind in kinds:
        panel.control("faults", {"times": 1, **WRITES[kind], **fault})


def strikes(kinds: Collection[str], fault: dict[str, Any]) -> int:
    """How often a fault must have struck when the story is over."""
    return len({kind == "close" for kind in kinds}) if fault["kind"] in _OF_LISTS else len(kinds)
