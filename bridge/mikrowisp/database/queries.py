"""The SELECTs of the database route; dates and money are read as text, so that zero dates survive."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice, pairwise
from typing import TypeVar

from sqlalchemy import ColumnElement, Select, String, and_, cast, func, literal, null, or_, select, true
from sqlalchemy.sql.expression import ColumnClause

from bridge.mikrowisp.database.permissions import NODE, PAID_ON, TAX, ZONES
from bridge.mikrowisp.database.schema import (
    Schema,
    facturaitems,
    facturas,
    perfiles,
    saldos,
    soporte,
    tblavisouser,
    tblservicios,
    ticket,
    usuarios,
    zonas,
)

CHUNK = 500
RETIRED = "RETIRADO"

T = TypeVar("T")


def chunks(values: Iterable[T], size: int = CHUNK) -> Iterator[list[T]]:
    """Yield `values` in lists of at most `size`, for IN lists."""
    remaining = iter(values)
    while chunk := list(islice(remaining, size)):
        yield chunk


def as_text(column: ColumnClause[object]) -> ColumnElement[str]:
    """Return a date or an amount as the text the panel holds, under the column's own name."""
    return cast(column, String).label(column.name)


def tickets() -> Select[tuple[object, ...]]:
    """Select the fields of a ticket; the caller says which tickets."""
    t = soporte.c
    return select(
        t.id,
        t.idcliente,
        t.idsoporte,
        t.asunto,
        as_text(t.fecha_soporte),
        t.estado,
        as_text(t.fecha_cerrado),
        as_text(t.fechavisita),
        t.turno,
        t.agendado,
        as_text(t.lastdate),
        t.dp,
        t.motivo_cierre,
    )


def tickets_since(client_ids: Sequence[int], local_time: str) -> Select[tuple[object, ...]]:
    """Select the tickets of customers opened at or after the panel's local `local_time`."""
    t = soporte.c
    return tickets().where(t.idcliente.in_(client_ids), t.fecha_soporte >= local_time).order_by(t.id)


def not_closed(closed_words: Sequence[str]) -> ColumnElement[bool]:
    """Return `estado` is none of `closed_words`, as ranges between them, which the index on it can serve.

    `<>` is no range on SQLite. Where the collation ignores case (MariaDB) any case is closed; where it does
    not, the reader sorts the rest out.
    """
    state = soporte.c.estado
    words = sorted({word.casefold() for word in closed_words})
    if not words:
        return true()
    gaps = [and_(state > low, state < high) for low, high in pairwise(words)]
    return or_(state < words[0], *gaps, state > words[-1])


def closed_since(closed_words: Sequence[str], local_time: str) -> ColumnElement[bool]:
    """Return closed at or after the panel's local `local_time`; no index serves this."""
    return and_(soporte.c.estado.in_(sorted(set(closed_words))), soporte.c.fecha_cerrado >= local_time)


def written_to_since(message_id: int) -> Select[tuple[object, ...]]:
    """Select the tickets of the messages after `message_id`, a ticket as often as it has such messages.

    As a subquery it would scan all messages, and so would DISTINCT on SQLite (by the index on the ticket).
    """
    return select(ticket.c.idticket).where(ticket.c.id > message_id)


def messages(ticket_ids: Sequence[int]) -> Select[tuple[object, ...]]:
    """Select the messages of tickets, oldest first."""
    m = ticket.c
    return (
        select(m.id, m.idticket, m.contenido, m.adjunto, as_text(m.fecha_hora), m.idtecnico, m.nota)
        .where(m.idticket.in_(ticket_ids))
        .order_by(m.idticket, m.id)
    )


def client_ids() -> Select[tuple[object, ...]]:
    """Select the ids of all customers."""
    return select(usuarios.c.id).order_by(usuarios.c.id)


def clients(schema: Schema, client_ids: Sequence[int]) -> Select[tuple[object, ...]]:
    """Select customers with their zone, where this panel has zones."""
    u = usuarios.c
    if not schema.has(*ZONES):
        return select(u.id, u.nombre, u.estado, null().label("zona")).where(u.id.in_(client_ids))
    return (
        select(u.id, u.nombre, u.estado, zonas.c.zona)
        .select_from(
            usuarios.outerjoin(tblavisouser, tblavisouser.c.cliente == u.id).outerjoin(
                zonas, zonas.c.id == tblavisouser.c.zona
            )
        )
        .where(u.id.in_(client_ids))
    )


def services(schema: Schema, client_ids: Sequence[int]) -> Select[tuple[object, ...]]:
    """Select customers' services with their own price and that of their plan."""
    s, p = tblservicios.c, perfiles.c
    return (
        select(
            s.id,
            s.idcliente,
            as_text(s.costo),
            cast(p.costo, String).label("plan_costo"),
            p.plan,
            as_text(p.impuesto) if schema.has(TAX) else literal("0").label("impuesto"),
            s.nodo if schema.has(NODE) else null().label("nodo"),
        )
        .select_from(tblservicios.outerjoin(perfiles, p.id == s.idperfil))
        .where(s.idcliente.in_(client_ids))
        .order_by(s.idcliente, s.id)
    )


def whole_panel(*, with_clock: bool) -> Select[tuple[object, ...]]:
    """Select the highest ticket and message ids, the number of customers who have not left, and the UTC time.

    The time is NULL where the database has no clock of its own (SQLite).
    """
    count = select(func.count()).select_from(usuarios).where(func.upper(usuarios.c.estado) != RETIRED)
    return select(
        select(func.max(soporte.c.id)).scalar_subquery().label("last_ticket"),
        select(func.max(ticket.c.id)).scalar_subquery().label("last_message"),
        count.scalar_subquery().label("customers"),
        (cast(func.utc_timestamp(), String) if with_clock else null()).label("utc"),
    )


def invoices(invoice_ids: Sequence[int]) -> Select[tuple[object, ...]]:
    """Select invoices."""
    f = facturas.c
    return (
        select(f.id, f.idcliente, as_text(f.emitido), as_text(f.total), f.estado)
        .where(f.id.in_(invoice_ids))
        .order_by(f.id)
    )


def invoice_items(invoice_ids: Sequence[int]) -> Select[tuple[object, ...]]:
    """Select the texts of invoices' items."""
    i = facturaitems.c
    return select(i.idfactura, i.descripcion).where(i.idfactura.in_(invoice_ids)).order_by(i.idfactura, i.id)


def balances(wanted: Iterable[tuple[int, str]]) -> Select[tuple[object, ...]]:
    """Select balance rows by (customer, marker); case counts only for the caller, who looks again."""
    b = saldos.c
    return (
        select(
            b.id,
            b.iduser,
            b.idorigen,
            b.iddestino,
            b.estado,
            as_text(b.monto),
            as_text(b.fecha),
            b.descripcion,
        )
        .where(
            or_(
                *(
                    and_(b.iduser == client, b.descripcion.contains(mark, autoescape=True))
                    for client, mark in wanted
                )
            )
        )
        .order_by(b.id)
    )


def marked_balances(since: str) -> Select[tuple[object, ...]]:
    """Select the balances since a day whose text may hold a marker, e.g. `[RC-1201/C1]`."""
    b = saldos.c
    return (
        select(b.iduser, b.iddestino, b.estado, as_text(b.fecha), b.descripcion)
        .where(b.fecha >= since, b.descripcion.like("%[%/%]%"))
        .order_by(b.id)
    )


def invoice_states(schema: Schema, invoice_ids: Sequence[int]) -> Select[tuple[object, ...]]:
    """Select what became of invoices, with the day they were paid where this user may see it."""
    f = facturas.c
    paid = as_text(f.pago) if schema.has(PAID_ON) else null().label("pago")
    return select(f.id, f.estado, as_text(f.total), paid).where(f.id.in_(invoice_ids))


def item_amounts(invoice_ids: Sequence[int]) -> Select[tuple[object, ...]]:
    """Select the amount and the tax per cent of invoices' items (contract 5.4: `cantidad` is the amount)."""
    i = facturaitems.c
    return select(i.idfactura, as_text(i.cantidad), as_text(i.impuesto)).where(i.idfactura.in_(invoice_ids))


def balances_on(invoice_ids: Sequence[int], client_ids: Sequence[int]) -> Select[tuple[object, ...]]:
    """Select the balances that invoices took up; the customer is what the index on the table begins with."""
    b = saldos.c
    return (
        select(b.id, b.iddestino, as_text(b.monto))
        .where(b.iduser.in_(client_ids), b.iddestino.in_(invoice_ids))
        .order_by(b.id)
    )


def remainders(invoice_ids: Sequence[int]) -> Select[tuple[object, ...]]:
    """Select the credits that used-up invoices left over: rows with such an invoice of total 0 as origin.

    Of an invoice that was deleted nobody can tell any more whether it had been used up.
    """
    b, f = saldos.c, facturas.c
    return (
        select(b.iduser, b.idorigen, b.iddestino, b.estado)
        .select_from(saldos.outerjoin(facturas, f.id == b.idorigen))
        .where(b.idorigen.in_(invoice_ids), b.monto < 0, or_(f.total == 0, f.id.is_(None)))
    )


def notes(wanted: Iterable[tuple[int, str]]) -> Select[tuple[object, ...]]:
    """Select messages by (ticket, marker) that the customer did not write."""
    m = ticket.c
    return (
        select(m.id, m.idticket, m.contenido)
        .where(
            m.idtecnico != 0,
            or_(
                *(
                    and_(m.idticket == one, m.contenido.contains(mark, autoescape=True))
                    for one, mark in wanted
                )
            ),
        )
        .order_by(m.id)
    )


def ticket_states(ticket_ids: Sequence[int]) -> Select[tuple[object, ...]]:
    """Select what a push to a ticket changes."""
    t = soporte.c
    return select(t.id, t.idcliente, t.idsoporte, t.estado, t.dp).where(t.id.in_(ticket_ids))
