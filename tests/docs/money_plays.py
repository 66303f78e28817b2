"""The stories that docs/money.md tells: one credit from the fault to the invoice, and the side ways."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any
from unittest.mock import patch

from bridge.mikrowisp.database.route import DatabaseRoute
from tests.docs.world import Play, World
from tests.servers import ROOT, Sandbox

INTERRUPTED = 130


class Walk(Play):
    """One credit, from the fault to the invoice; the ISP lets no money go out without a person's word."""

    SCENES = ("reported", "accruing", "closed", "released", "killed", "posted", "invoiced")

    def begin(self, panel: Sandbox, folder: Path) -> World:
        customer = {"id": 77, "nombre": "Ana Prueba", "price": "349.00"}
        world = World.made(panel, folder, start="2026-11-02 07:55", customers=[customer])
        world.configure("limits: {credits_per_cycle: 0}")
        world.sync("2026-11-02 07:55")
        return world

    def reported(self) -> None:
        self.world.ticket(1201, 77, "2026-11-02 08:00")
        self.world.sync("2026-11-02 08:05")

    def accruing(self) -> None:
        self.world.sync("2026-11-05 08:05")

    def closed(self) -> None:
        self.world.staff("close", ticket=1201, reason="Cable cambiado", operator=11, at="2026-11-05T16:00:00")
        self.world.at("2026-11-05 16:05")

    def released(self) -> None:
        self.world.at("2026-11-05 16:20")

    def killed(self) -> None:
        """The process dies after the write, before it can note that it was done."""
        sent = DatabaseRoute.send

        def dies(route, push):
            sent(route, push)
            raise KeyboardInterrupt

        self.world.at("2026-11-05 16:25")
        with patch.object(DatabaseRoute, "send", dies):
            self.world.call("sync", well={INTERRUPTED})

    def posted(self) -> None:
        self.world.sync("2026-11-05 16:30")

    def invoiced(self) -> None:
        self.world.at("2026-12-01 03:30")
        self.world.bill(77)
        self.world.sync("2026-12-01 03:35")


class Gallery(Play):
    """Everything a line of the ledger can wait for, one customer each."""

    SCENES = ("waiting",)

    def begin(self, panel: Sandbox, folder: Path) -> World:
        special: dict[int, dict[str, Any]] = {
            3: {"price": "1800.00"},
            5: {"services": [{"price": "300.00"}, {"price": "400.00"}]},
            6: {"services": []},
            11: {"price": "0.00"},
        }
        customers = [
            {"id": number, "nombre": f"Cliente {number}", "price": "300.00"} | special.get(number, {})
            for number in range(1, 25)
        ]
        world = World.made(panel, folder, start="2026-11-02 07:55", customers=customers)
        # So that a fault can be older than the first version of the bonus table.
        world.edit("bonus.yaml", "effective_from: 2019-01-01", "effective_from: 2026-11-09")
        world.edit("bonus.yaml", "opened: 2026-02-10", "opened: 2027-02-10")
        world.configure()
        world.sync("2026-11-02 07:55")
        return world

    def waiting(self) -> None:
        world = self.world
        world.panel.control("switches", {"cancel_releases_saldos": False})
        for number, customer, opened, closed in (
            (1220, 20, "2026-11-02 08:00", "2026-11-05 16:00"),
            (1219, 19, "2026-11-09 08:00", "2026-11-12 16:00"),
            (1200, 24, "2027-01-11 08:00", "2027-01-15 09:00"),
        ):
            world.at(opened)
            world.ticket(number, customer, opened)
            world.sync(opened)
            world.at(closed)
            world.staff("close", ticket=number, reason="Listo", operator=11)
            world.sync(closed)
        self._last_week()
        self._afterwards()

    def _last_week(self) -> None:
        world = self.world
        world.at("2027-01-25 08:00")
        for customer in {*range(2, 19), *range(21, 25)} - {4, 16}:
            world.ticket(1200 + customer, customer, "2027-01-25 08:00")
        for customer in (4, 16):
            unclear = {"subject": "Ayuda", "body": "Por favor llamen"}
            world.ticket(1200 + customer, customer, "2027-01-25 08:00", **unclear)
        world.sync("2027-01-25 08:05")
        world.at("2027-01-25 18:00")
        world.staff("suspend_customer", customer=7)
        world.staff("close", ticket=1222, reason="Listo", operator=11)
        world.sync("2027-01-25 18:05")
        world.at("2027-01-26 08:00")
        world.ticket(1201, 1, "2027-01-26 08:00")
        world.sync("2027-01-28 08:05")
        world.at("2027-01-28 15:00")
        world.staff("department", ticket=1210, department=6, operator=11)
        world.call("credits", "hold", "RC-1217/C1", "--by", "Ana", "--reason", "lo revisa Ana")
        world.sync("2027-01-28 15:05")
        world.at("2027-01-28 16:00")
        world.staff("tag", ticket=1208, text="#cancelado", operator=11)
        for ticket in (1212, 1213):
            world.staff("tag", ticket=ticket, text="#no-atribuible", operator=11)
        world.staff("delete_ticket", ticket=1209)
        for customer in {*range(2, 19), 21, 23, 24} - {3, 9}:
            world.staff("close", ticket=1200 + customer, reason="Listo", operator=11)
        world.sync("2027-01-28 16:05")

    def _afterwards(self) -> None:
        world = self.world
        world.at("2027-01-28 17:00")
        by = ("--by", "Ana", "--reason", "revisado")
        world.call("credits", "set-amount", "RC-1213/X1", "120.00", *by)
        world.call("credits", "void", "RC-1216/C1", *by)
        for ticket in (1214, 1215):
            world.staff("tag", ticket=ticket, text="#no-atribuible", operator=11)
        world.by_hand("DELETE FROM saldos WHERE iduser = 18")
        world.bill(21)
        world.sync("2027-01-28 17:05")
        world.at("2027-01-28 18:00")
        [invoice] = world.panel.control("dump", {"sections": ["invoices"], "customer": 21})["invoices"]
        world.staff("cancel_invoice", invoice=invoice["id"])
        world.call("credits", "approve", "RC-1215/R1", *by)
        world.sync("2027-01-28 18:05")
        world.bill(15, 23)
        world.sync("2027-01-29 09:00")


class Doubt(Play):
    """Answers that are lost, refusals and a panel that lets nobody in, over HTTP with more commands."""

    SCENES = ("faults", "looked", "undone", "forgot")

    def begin(self, panel: Sandbox, folder: Path) -> World:
        customers = [{"id": number, "price": "300.00"} for number in range(1, 6)]
        world = World.made(panel, folder, start="2026-11-02 07:55", customers=customers)
        shutil.copy(ROOT / "docs" / "commands-extension.example.yaml", folder / "mappings" / "commands.yaml")
        panel.control("switches", {"extension": True})
        world.configure(database=False, sweep_minutes=60)
        world.sync("2026-11-02 07:55")
        return world

    def faults(self) -> None:
        world = self.world
        for customer in range(1, 6):
            world.ticket(1200 + customer, customer, "2026-11-02 08:00")
        world.sync("2026-11-02 09:00")
        world.sync("2026-11-05 10:00")
        world.sync("2026-11-05 15:30")  # balances are asked for once an hour: next at 16:30
        for customer in range(1, 6):
            world.at(f"2026-11-05 16:0{customer}")
            world.staff("close", ticket=1200 + customer, reason="Listo", operator=11)
        for customer, kind, more in (
            (2, "drop_after", {}),
            (3, "drop_before", {}),
            (4, "refuse", {"message": "Cuenta en revisión"}),
            (5, "token_lost", {}),
        ):
            struck = {"command": "NewBalance", "match": {"idcliente": customer}, "kind": kind}
            world.panel.control("faults", struck | more)
        world.sync("2026-11-05 16:10")

    def looked(self) -> None:
        self.world.sync("2026-11-05 16:15")

    def undone(self) -> None:
        self.world.by_hand("DELETE FROM saldos WHERE iduser = 1")
        self.world.sync("2026-11-05 17:30")

    def forgot(self) -> None:
        """The store is lost after the second credit was raised and half of it taken back."""
        self.world.by_hand("UPDATE saldos SET monto = -50 WHERE iduser = 2")
        self.world.staff("add_saldo", customer=2, amount="25.00", text="Corrección [RC-1202/R1]")
        self.world.forget()
        self.world.sync("2026-11-05 17:40")


class Blind(Play):
    """Commands that write balances, and none that shows them."""

    SCENES = ("hidden", "forgotten")

    def begin(self, panel: Sandbox, folder: Path) -> World:
        customers = [{"id": number, "price": "300.00"} for number in (1, 2)]
        world = World.made(panel, folder, start="2026-11-02 07:55", customers=customers)
        (folder / "mappings" / "commands.yaml").write_text(
            "extensions:\n"
            "  credit:\n"
            "    command: NewBalance\n"
            "    fields: {idcliente: '{client_id}', monto: '-{amount}', descripcion: '{text}'}\n",
            encoding="utf-8",
        )
        panel.control("switches", {"extension": True})
        world.configure("routes: {set_status: [api], assign: [api], note: [api]}", database=False)
        world.sync("2026-11-02 07:55")
        return world

    def hidden(self) -> None:
        world = self.world
        for customer in (1, 2):
            world.ticket(1200 + customer, customer, "2026-11-02 08:00")
        world.sync("2026-11-02 08:05")
        world.at("2026-11-05 16:00")
        for customer in (1, 2):
            world.staff("close", ticket=1200 + customer, reason="Listo", operator=11)
        struck = {"kind": "drop_after", "command": "NewBalance", "match": {"idcliente": 1}}
        world.panel.control("faults", struck)
        world.sync("2026-11-05 16:05")
        world.sync("2026-11-05 16:10")

    def forgotten(self) -> None:
        self.world.forget()
        self.world.sync("2026-11-05 16:20")


class Lost(Play):
    """A store that is put back to last night's copy, and what was posted since."""

    SCENES = ("night", "morning", "restored")

    def begin(self, panel: Sandbox, folder: Path) -> World:
        customers = [{"id": number, "price": "300.00"} for number in range(1, 6)]
        world = World.made(panel, folder, start="2026-11-02 07:55", customers=customers)
        world.configure()
        world.sync("2026-11-02 07:55")
        return world

    def night(self) -> None:
        world = self.world
        for customer in range(1, 4):
            world.ticket(1200 + customer, customer, "2026-11-02 08:00")
        world.sync("2026-11-02 08:05")
        world.sync("2026-11-05 14:00")

    def morning(self) -> None:
        world = self.world
        world.at("2026-11-05 16:00")
        for customer in range(1, 4):
            world.staff("close", ticket=1200 + customer, reason="Listo", operator=11)
        world.sync("2026-11-05 16:05")
        # The second goes on past 96 h, the third customer is merged into the fifth.
        world.staff("reopen", ticket=1202, operator=11, at="2026-11-05T18:00:00")
        world.by_hand("UPDATE saldos SET iduser = 5 WHERE iduser = 3")
        world.at("2026-11-06 14:30")

    def restored(self) -> None:
        self.world.at("2026-11-06 14:40")
        self.world.call("sync")
        self.world.sync("2026-11-06 14:45")


class Hands(Play):
    """The public API alone: a person carries the credit to the panel."""

    SCENES = ("manual", "carried", "shown")

    def begin(self, panel: Sandbox, folder: Path) -> World:
        world = World.made(panel, folder, start="2026-11-02 07:55", customers=[{"id": 77, "price": "349.00"}])
        world.configure("routes: {set_status: [api], assign: [api], note: [api]}", database=False)
        world.sync("2026-11-02 07:55")
        return world

    def manual(self) -> None:
        world = self.world
        world.ticket(1201, 77, "2026-11-02 08:00")
        world.sync("2026-11-02 08:05")
        world.at("2026-11-05 16:00")
        world.staff("close", ticket=1201, reason="Listo", operator=11)
        world.sync("2026-11-05 16:05")

    def carried(self) -> None:
        world = self.world
        world.at("2026-11-05 17:00")
        text = "Bonificación por 4 días sin servicio, reporte RC-1201 [RC-1201/C1]"
        world.staff("add_saldo", customer=77, amount="-46.53", text=text)

    def shown(self) -> None:
        self.world.at("2026-12-01 03:30")
        self.world.bill(77)
        self.world.sync("2026-12-01 03:35")


class Apart(Play):
    """People and billing change the panel behind the bridge's back: each way once, one customer each."""

    SCENES = ("changed",)

    def begin(self, panel: Sandbox, folder: Path) -> World:
        special: dict[int, dict[str, Any]] = {3: {"price": "900.00"}, 7: {"price": "900.00"}}
        customers = [
            {"id": number, "nombre": f"Cliente {number}", "price": "300.00"} | special.get(number, {})
            for number in range(1, 21)
        ]
        world = World.made(panel, folder, start="2026-11-02 07:55", customers=customers)
        world.configure()
        world.sync("2026-11-02 07:55")
        return world

    def changed(self) -> None:
        world = self.world
        world.panel.control("switches", {"cancel_releases_saldos": False, "saldo_date_delays": False})
        for customer in range(1, 14):
            world.ticket(1200 + customer, customer, "2026-11-02 08:00")
        world.sync("2026-11-02 08:05")
        world.sync("2026-11-05 10:00")
        world.at("2026-11-05 16:00")
        world.bill(6)
        reason = ("--by", "Ana", "--reason", "no procede")
        world.call("credits", "void", "RC-1210/C1", *reason)
        world.call("credits", "hold", "RC-1212/C1", *reason)
        for customer in range(1, 14):
            world.staff("close", ticket=1200 + customer, reason="Listo", operator=11)
        world.sync("2026-11-05 16:05")
        world.by_hand(f"{_MARK} WHERE iduser = 13", "[", "<")
        world.sync("2026-11-05 17:00")
        world.call("credits", "void", "RC-1213/C1", *reason)
        world.at("2026-11-06 09:00")
        self._billing()
        self._people()
        world.sync("2026-11-06 09:05")

    def _billing(self) -> None:
        """Two invoices are cancelled, one had been paid before, one was too small for its credit."""
        world = self.world
        world.bill(2)
        world.by_hand("UPDATE tblservicios SET costo = 60 WHERE idcliente = 3")
        world.bill(3)
        world.at("2026-11-06 09:01")
        world.bill(3)
        for customer in (2, 3):
            section = world.panel.control("dump", {"sections": ["invoices"], "customer": customer})
            world.staff("cancel_invoice", invoice=section["invoices"][0]["id"])
        world.by_hand("UPDATE facturas SET estado = 'pagado', pago = '2026-11-04' WHERE idcliente = 6")
        world.by_hand(
            "UPDATE saldos SET estado = 'cobrado', iddestino ="
            " (SELECT id FROM facturas WHERE idcliente = 6) WHERE iduser = 6"
        )
        world.panel.control("switches", {"remainder": "lost"})
        world.by_hand("UPDATE tblservicios SET costo = 60 WHERE idcliente = 7")
        world.bill(7)

    def _people(self) -> None:
        world = self.world
        world.by_hand("DELETE FROM saldos WHERE iduser = 1")
        world.by_hand("UPDATE saldos SET monto = -25 WHERE iduser = 4")
        world.by_hand(f"{_COPY} WHERE iduser = 5", 5)
        world.staff("retire_customer", customer=8)
        world.by_hand(f"{_COPY} WHERE iduser = 9", 19)
        for customer in (10, 12):
            text = f"Bonificación, reporte RC-{1200 + customer} [RC-{1200 + customer}/C1]"
            world.staff("add_saldo", customer=customer, amount="-40.00", text=text)
        world.by_hand("UPDATE saldos SET estado = 'cobrado' WHERE iduser = 11")
        world.by_hand(f"{_MARK} WHERE iduser = 13", "<", "[")
        world.staff("add_saldo", customer=20, amount="-5.00", text="Cortesía [RC-9999/C1]")


_MARK = "UPDATE saldos SET descripcion = replace(descripcion, ?, ?)"
_COPY = (
    "INSERT INTO saldos (iduser, idorigen, iddestino, estado, monto, fecha, descripcion, codigopasarela) "
    "SELECT ?, idorigen, iddestino, estado, monto, fecha, descripcion, codigopasarela FROM saldos"
)

PLAYS: dict[str, type[Play]] = {
    "walk": Walk,
    "gallery": Gallery,
    "doubt": Doubt,
    "blind": Blind,
    "lost": Lost,
    "hands": Hands,
    "apart": Apart,
}
