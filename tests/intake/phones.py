"""A town with a switchboard: calls are taken beside the cycle, with parts of their own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bridge.bootstrap import Bridge
from bridge.desk.calls import CallDesk, Said, Taken
from bridge.store.store import Store
from tests.acceptance.town import Town, hours, town

MINUTE = hours(0, 60)


@dataclass(frozen=True, kw_only=True)
class Switchboard:
    """A town, and a bridge of its own for calls."""

    town: Town
    bridge: Bridge
    store: Store
    folder: Path

    @property
    def desk(self) -> CallDesk:
        return self.bridge.call_desk(self.store, self.bridge.mappings(self.store))

    def said(self, customer: int = 1, **more: Any) -> Said:
        """What the agent Luz takes down now of a customer without service."""
        usual: dict[str, Any] = {"kind": "no_access", "words": "No navega", "by": "Luz"}
        now = self.town.clock.now()
        return Said(client=self.desk.caller(customer).client, **{"began_at": now, **usual, **more})

    def take(self, customer: int = 1, **more: Any) -> Taken:
        """Take a call; `solved=True` solves it at once."""
        if more.pop("solved", False):
            more["solved_at"] = self.town.clock.now()
        return self.desk.take(self.said(customer, **more))

    def fault(self, kind: str, command: str = "NewTicket", **more: Any) -> None:
        """Put a fault in the way of the next call of a command."""
        self.town.panel.control("faults", {"kind": kind, "command": command, "times": 1, **more})

    def tickets(self, customer: int = 1) -> list[dict[str, Any]]:
        """The customer's tickets on the panel."""
        dump = self.town.panel.control("dump", {"sections": ["tickets"]})["tickets"]
        return [ticket for ticket in dump if ticket["idcliente"] == customer]

    def state(self, taken: Taken) -> str:
        """Where the push of a call stands now."""
        row = self.store.outbox.get(taken.push.key)
        assert row is not None
        return str(row.state)

    def settle(self) -> None:
        """Let two cycles go by, each after the time for settling."""
        for _ in range(2):
            self.town.sync(self.town.clock.now() + 3 * MINUTE)


@contextmanager
def switchboard(folder: Path, *, timeout_seconds: int = 5, **more: Any) -> Iterator[Switchboard]:
    """A town of five that has been read once."""
    with town(folder, customers=5, **more) as place:
        config = folder / "config.yaml"
        pace = "  requests_per_second"
        config.write_text(config.read_text().replace(pace, f"  timeout_seconds: {timeout_seconds}\n{pace}"))
        place.sync()
        with Bridge.configured(config, {}, place.clock) as bridge:
            yield Switchboard(town=place, bridge=bridge, store=bridge.store(), folder=folder)
