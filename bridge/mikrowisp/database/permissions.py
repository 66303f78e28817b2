"""What the database user must be allowed to do: tables, columns and rights, and the GRANTs that give them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from bridge.domain.intents import PushKind


class Right(StrEnum):
    """A right on columns of one table."""

    SELECT = "SELECT"
    INSERT = "INSERT"
    UPDATE = "UPDATE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """Columns of one table on which one right is needed (contract section 5)."""

    right: Right
    table: str
    columns: tuple[str, ...]


def _select(table: str, columns: str) -> Need:
    return Need(right=Right.SELECT, table=table, columns=tuple(columns.split()))


def _insert(table: str, columns: str) -> Need:
    return Need(right=Right.INSERT, table=table, columns=tuple(columns.split()))


def _update(table: str, columns: str) -> Need:
    return Need(right=Right.UPDATE, table=table, columns=tuple(columns.split()))


# Without these nothing can be read. No column holds a password (`codigo`, `ppppass`, `login.password`).
READ = (
    _select(
        "soporte",
        "id idcliente idsoporte asunto fecha_soporte estado fecha_cerrado fechavisita turno agendado "
        "lastdate dp motivo_cierre",
    ),
    _select("ticket", "id idticket contenido adjunto fecha_hora idtecnico nota"),
    _select("usuarios", "id nombre estado"),
    _select("tblservicios", "id idcliente idperfil costo"),
    _select("perfiles", "id plan costo"),
)
# Where one of these is missing the bridge does without: no node, no tax, no zone, no roster to compare with.
NODE = _select("tblservicios", "nodo")
TAX = _select("perfiles", "impuesto")
ZONES = (_select("tblavisouser", "cliente zona"), _select("zonas", "id zona"))
OPERATORS = _select("login", "id username nombre estado")
DEPARTMENTS = _select("departamentos", "id dp")
INVOICES = (
    _select("facturas", "id idcliente emitido total estado"),
    _select("facturaitems", "id idfactura descripcion"),
)
BALANCES = _select("saldos", "id iduser idorigen iddestino estado monto fecha descripcion")
# To see that an invoice was paid before a credit reached it, and that it was too small for one.
PAID_ON = _select("facturas", "pago")
ITEM_AMOUNTS = _select("facturaitems", "cantidad impuesto")
OPTIONAL = (NODE, TAX, *ZONES, OPERATORS, DEPARTMENTS, *INVOICES, BALANCES, PAID_ON, ITEM_AMOUNTS)

# The panel's own log; without the right the bridge writes and leaves no entry there.
AUDIT = _insert("logsistema", "log fechalog operador idcliente tipolog data_cambios")

_BALANCE = (
    _select("usuarios", "id"),
    BALANCES,
    _insert("saldos", "iduser idorigen iddestino estado monto fecha descripcion codigopasarela moneda"),
)
_TICKET = _select("soporte", "id idcliente idsoporte estado dp")
PUSH = {
    PushKind.CLOSE: (_TICKET, _update("soporte", "estado fecha_cerrado motivo_cierre")),
    PushKind.SET_STATUS: (_TICKET, _update("soporte", "estado dp")),
    PushKind.ASSIGN: (_TICKET, _update("soporte", "idsoporte")),
    PushKind.NOTE: (
        _TICKET,
        _select("ticket", "id idticket contenido idtecnico"),
        _insert("ticket", "idticket contenido adjunto fecha_hora idtecnico state nota"),
    ),
    PushKind.CREDIT: _BALANCE,
    PushKind.CHARGE: _BALANCE,
}
ALL_WRITES = tuple(need for needs in PUSH.values() for need in needs)

# What docs/database-user.md grants, in two steps: reading, and the pushes on top of it.
GRANTED_TO_READ = (*READ, *OPTIONAL)
GRANTED_TO_PUSH = (*(need for need in ALL_WRITES if need.right is not Right.SELECT), AUDIT)


def grants(needs: Iterable[Need], *, database: str, account: str) -> list[str]:
    """Return the least GRANT statements for `needs`, one a table, in the order the tables first appear.

    `account` is as MariaDB writes it, e.g. `'bridge'@'10.0.0.5'`.
    """
    wanted: dict[str, dict[Right, dict[str, None]]] = {}
    for need in needs:
        columns = wanted.setdefault(need.table, {}).setdefault(need.right, {})
        columns.update(dict.fromkeys(need.columns))
    return [
        f"GRANT {_listed(rights)} ON {quoted(database)}.{table} TO {account};"
        for table, rights in wanted.items()
    ]


def _listed(rights: Mapping[Right, Iterable[str]]) -> str:
    return ", ".join(f"{right} ({', '.join(columns)})" for right, columns in rights.items())


def quoted(name: str) -> str:
    """Return a database's name as an SQL identifier."""
    return "`" + name.replace("`", "``") + "`"
