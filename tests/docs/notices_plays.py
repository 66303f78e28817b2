"""What happens at the ISP whose operations docs/avisos.md is written for."""

from __future__ import annotations

from pathlib import Path

from tests.docs.world import Play, World
from tests.servers import Sandbox


class Night(Play):
    """A fault in the evening: what may be told at once, what waits for the morning, what nobody takes."""

    SCENES = ("switched_on", "evening", "morning")

    def begin(self, panel: Sandbox, folder: Path) -> World:
        customers = [{"id": 77, "nombre": "Ana Prueba", "price": "349.00"}]
        world = World.made(panel, folder, start="2026-11-02 18:00", customers=customers)
        world.configure("notices:", "  channels:", "    oficina: {urls: ['json://127.0.0.1:9/invented']}")
        world.sync("2026-11-02 18:00")
        return world

    def switched_on(self) -> None:
        """Customers get their report number by SMS; supervision hears of a call that was late."""
        for before, after in (
            (
                "report_number:\n      sms:\n        send: false",
                "report_number:\n      sms:\n        send: true",
            ),
            ("supervisors:\n    to: []", "supervisors:\n    to: [oficina]"),
            ("level_1_contact:\n      send: false", "level_1_contact:\n      send: true"),
        ):
            self.world.edit("messages.yaml", before, after)

    def evening(self) -> None:
        """Nobody calls: the report number falls due in the quiet hours, and the office's chat is down."""
        self.world.at("2026-11-02 19:30")
        self.world.ticket(1201, 77, "2026-11-02 19:30")
        self.world.sync("2026-11-02 19:35")
        self.world.sync("2026-11-02 21:35")

    def morning(self) -> None:
        """The quiet hours are over."""
        self.world.sync("2026-11-03 08:00")


PLAYS: dict[str, type[Play]] = {"night": Night}
