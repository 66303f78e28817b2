"""The nightly billing job: service invoices for customers whose pay day it is (contract, section 5.7)."""

from __future__ import annotations

import calendar
import datetime as dt
import threading
from collections.abc import Iterable, Iterator, Sequence

import sqlalchemy as sa

from bridge.sandbox import invoices
from bridge.sandbox.call import Call
from bridge.sandbox.clock import Clock
from bridge.sandbox.database import Database
from bridge.sandbox.schema import tblavisouser, usuarios
from bridge.sandbox.schema_money import facturas, tblservicios
from bridge.sandbox.switches import Switches

CRON_FACTURA = dt.time(3, 30)
_TOGETHER = 50  # Customers billed in one transaction: short, so that other writers get their turn.


class Billing:
    """Runs the job by itself whenever the clock passes 03:30, and on request."""

    def __init__(self, database: Database, clock: Clock, switches: Switches) -> None:
        self._database = database
        self._clock = clock
        self._switches = switches
        self._lock = threading.Lock()
        self._seen = clock.now()

    def forget(self) -> None:
        """Take the present as the moment up to which everything has been billed."""
        with self._lock:
            self._seen = self._clock.now()

    def catch_up(self) -> list[int]:
        """Run the job of every night passed since last time; returns the ids of the new invoices."""
        with self._lock:
            since, now = self._seen, self._clock.now()
            self._seen = now
            issued: list[int] = []
            for night in _nights(since, now):
                issued += self.run(night.date(), at=night)
            return issued

    def run(
        self,
        day: dt.date,
        *,
        at: dt.datetime | None = None,
        customers: Sequence[int] | None = None,
        force: bool = False,
    ) -> list[int]:
        """Bill the customers whose pay day `day` is, or those named whatever their pay day.

        Who already has a service invoice issued on that day gets no second one, unless forced.
        """
        now = at or self._clock.now()
        issued: list[int] = []
        for group in _groups(self._due(day, customers, force=force), _TOGETHER):
            with self._database.write() as connection:
                call = Call(connection=connection, body={}, now=now, switches=self._switches)
                issued += [self._bill(call, customer, day) for customer in group]
        if self._switches.choice("overdue") == "stored":
            self._store_overdue(day)
        return issued

    def _due(self, day: dt.date, customers: Sequence[int] | None, *, force: bool) -> list[int]:
        query = sa.select(usuarios.c.id).order_by(usuarios.c.id).distinct()
        query = query.select_from(
            usuarios.join(tblservicios, tblservicios.c.idcliente == usuarios.c.id).outerjoin(
                tblavisouser, tblavisouser.c.cliente == usuarios.c.id
            )
        )
        states = ["ACTIVO", "SUSPENDIDO"] if self._switches.on("bill_suspended") else ["ACTIVO"]
        query = query.where(usuarios.c.estado.in_(states))
        if customers is not None:
            query = query.where(usuarios.c.id.in_(customers))
        else:
            is_last = day.day == calendar.monthrange(day.year, day.month)[1]
            pay_day = sa.func.coalesce(tblavisouser.c.diapago, 1)
            query = query.where(pay_day >= day.day if is_last else pay_day == day.day)
        if not force:
            billed = sa.select(facturas.c.idcliente).where(
                facturas.c.emitido == day.isoformat(),
                facturas.c.tipo == invoices.SERVICES,
                sa.func.lower(facturas.c.estado) != invoices.CANCELLED,
            )
            query = query.where(usuarios.c.id.not_in(billed))
        with self._database.read() as connection:
            return list(connection.scalars(query))

    def _bill(self, call: Call, customer: int, day: dt.date) -> int:
        due = day + dt.timedelta(days=self._switches.number("invoice_due_days"))
        lines = invoices.service_lines(call, customer, day)
        return invoices.issue(call, customer, lines, issued=day.isoformat(), due=due.isoformat())

    def _store_overdue(self, day: dt.date) -> None:
        with self._database.write() as connection:
            connection.execute(
                facturas.update()
                .where(facturas.c.estado == invoices.UNPAID, facturas.c.vencimiento < day.isoformat())
                .values(estado=invoices.OVERDUE)
            )


def _nights(since: dt.datetime, now: dt.datetime) -> Iterator[dt.datetime]:
    day = since.date()
    while day <= now.date():
        night = dt.datetime.combine(day, CRON_FACTURA, tzinfo=now.tzinfo)
        if since < night <= now:
            yield night
        day += dt.timedelta(days=1)


def _groups(items: Iterable[int], size: int) -> Iterator[list[int]]:
    listed = list(items)
    for start in range(0, len(listed), size):
        yield listed[start : start + size]
