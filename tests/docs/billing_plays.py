"""What happens at the ISP whose billing staff docs/facturacion.md is written for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.docs.world import Play, World
from tests.servers import Sandbox


class Office(Play):
    """A week of faults, and what billing finds, decides and sees on the panel afterwards."""

    SCENES = ("posted", "morning", "decided", "billed")

    def begin(self, panel: Sandbox, folder: Path) -> World:
        special: dict[int, dict[str, Any]] = {
            2: {"services": [{"id": 21, "price": "300.00"}, {"id": 22, "price": "400.00"}]},
            3: {"price": "1800.00"},
        }
        customers = [
            {"id": 77, "nombre": "Ana Prueba", "price": "349.00"},
            *(
                {"id": number, "nombre": f"Cliente {number}", "price": "300.00"} | special.get(number, {})
                for number in range(2, 13)
            ),
        ]
        world = World.made(panel, folder, start="2026-11-02 07:55", customers=customers)
        world.configure()
        world.sync("2026-11-02 07:55")
        return world

    def posted(self) -> None:
        """The first credit of the week stands on the panel."""
        world = self.world
        world.at("2026-11-02 08:00")
        world.ticket(1201, 77, "2026-11-02 08:00")
        for customer in range(2, 12):
            world.ticket(1200 + customer, customer, "2026-11-02 08:00")
        world.sync("2026-11-02 08:05")
        world.at("2026-11-02 12:00")
        world.staff("suspend_customer", customer=6)
        world.sync("2026-11-02 12:05")
        world.sync("2026-11-05 10:00")
        world.at("2026-11-05 16:00")
        world.staff("tag", ticket=1204, text="#no-atribuible", operator=11)
        for ticket in (1201, 1202, 1204, 1205, 1206, 1208, 1209, 1211):
            world.staff("close", ticket=ticket, reason="Listo", operator=11)
        world.sync("2026-11-05 16:05")

    def morning(self) -> None:
        """What billing finds the next morning; people have been at work in the panel, too."""
        world = self.world
        world.at("2026-11-05 18:00")
        world.staff("tag", ticket=1205, text="#no-atribuible", operator=11)
        world.staff("tag", ticket=1211, text="#resuelto 2026-11-04 08:00", operator=11)
        world.by_hand("DELETE FROM saldos WHERE iduser = 8")
        world.by_hand("UPDATE saldos SET monto = -25 WHERE iduser = 9")
        world.staff("close", ticket=1210, reason="Listo", operator=11)
        world.ticket(1212, 12, "2026-11-03 08:30")
        world.sync("2026-11-05 18:05")
        world.sync("2026-11-06 09:00")

    def decided(self) -> None:
        """The next cycle carries out what billing has decided."""
        self.world.sync("2026-11-06 09:30")

    def billed(self) -> None:
        """The panel issues the invoices of December."""
        world = self.world
        world.at("2026-12-01 03:30")
        world.bill(77, *range(2, 12))
        world.sync("2026-12-01 03:35")
        world.at("2026-12-01 09:00")


PLAYS: dict[str, type[Play]] = {"office": Office}
