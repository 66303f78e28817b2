"""The panel's tables as found on this installation: they vary by revision, so they are looked at first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from sqlalchemy import Connection, Engine, TableClause, bindparam, column, func, select, table, text

from bridge.errors import PanelUnusable
from bridge.mikrowisp.database.connect import reading
from bridge.mikrowisp.database.permissions import ALL_WRITES, AUDIT, OPTIONAL, READ, Need, Right, grants


def _table(name: str, columns: str) -> TableClause:
    return table(name, *(column(one) for one in columns.split()))


soporte = _table(
    "soporte",
    "id idcliente idsoporte asunto fecha_soporte estado fecha_cerrado fechavisita turno agendado lastdate dp "
    "motivo_cierre",
)
ticket = _table("ticket", "id idticket contenido adjunto fecha_hora idtecnico state nota")
usuarios = _table("usuarios", "id nombre estado")
tblservicios = _table("tblservicios", "id idcliente idperfil nodo costo")
perfiles = _table("perfiles", "id plan costo impuesto")
tblavisouser = _table("tblavisouser", "cliente zona")
zonas = _table("zonas", "id zona")
login = _table("login", "id username nombre estado")
departamentos = _table("departamentos", "id dp")
facturas = _table("facturas", "id idcliente emitido pago total estado")
facturaitems = _table("facturaitems", "id idfactura descripcion cantidad impuesto")
saldos = _table(
    "saldos",
    "id iduser idorigen iddestino estado monto fecha descripcion codigopasarela moneda",
)
logsistema = _table("logsistema", "log fechalog operador idcliente tipolog data_cambios")


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnFacts:
    """One column as the database describes it; `rights` are this user's, None where there are no rights."""

    kind: str  # `int`, `varchar`, …
    charset: str | None
    length: int | None  # characters, where the type limits them
    must_be_given: bool  # NOT NULL without a default
    rights: frozenset[str] | None = None

    def allows(self, right: Right) -> bool:
        """Whether this user has `right` on the column."""
        return self.rights is None or right.value in self.rights


@dataclass(frozen=True, slots=True, kw_only=True)
class Schema:
    """The tables the bridge may use, as this database user sees them.

    `rolls_back` names the tables that undo an unfinished transaction (MyISAM tables do not).
    """

    database: str
    account: str
    columns: Mapping[str, Mapping[str, ColumnFacts]] = field(default_factory=dict)
    rolls_back: frozenset[str] = frozenset()

    def missing(self, need: Need) -> tuple[str, ...]:
        """Return the columns of `need` that are not there or on which the right is not given."""
        found = self.columns.get(need.table, {})
        return tuple(name for name in need.columns if name not in found or not found[name].allows(need.right))

    def has(self, *needs: Need) -> bool:
        """Whether every one of `needs` is met."""
        return not any(self.missing(need) for need in needs)

    def problems(self, needs: Iterable[Need]) -> list[str]:
        """Return a sentence for each unmet need, with what to do."""
        return [self._problem(need, missing) for need in needs if (missing := self.missing(need))]

    def refuse_unless(self, needs: Iterable[Need]) -> None:
        """Raise PanelUnusable naming every unmet need."""
        problems = self.problems(needs)
        if problems:
            raise PanelUnusable("The panel's database cannot be used:\n" + "\n".join(problems))

    def _problem(self, need: Need, missing: tuple[str, ...]) -> str:
        found = self.columns.get(need.table, {})
        there = bool(found) and all(name in found for name in missing)
        what = f"{need.table} ({', '.join(missing)})" if found else f"table {need.table}"
        if not self.account:
            return f"{what} is missing: this panel's release differs from what the bridge knows"
        told = "this user may not" if there else "not there, or this user may not"
        wanted = Need(right=need.right, table=need.table, columns=missing)
        [grant] = grants([wanted], database=self.database, account=self.account)
        return f"{what}: {told} {need.right}; an administrator gives the right by: {grant}"


def inspect(connection: Connection) -> Schema:
    """Look the tables up, with at most `INSPECTION_CALLS` statements."""
    return _on_mariadb(connection) if connection.dialect.name == "mysql" else _on_sqlite(connection)


def check(engine: Engine, *, for_writes: bool) -> list[str]:
    """Return, in words, what keeps the bridge from reading (and with `for_writes` from writing) this panel.

    Optional tables and columns are not listed. Raises PanelUnreachable or AccessRefused (contract section 5).
    """
    with reading(engine) as connection:
        return inspect(connection).problems((*READ, *ALL_WRITES) if for_writes else READ)


INSPECTION_CALLS = 2
TABLES = sorted({need.table for need in (*READ, *OPTIONAL, *ALL_WRITES, AUDIT)})

_MARIADB = text(
    "SELECT c.TABLE_NAME, c.COLUMN_NAME, c.DATA_TYPE, c.CHARACTER_SET_NAME, "
    "c.CHARACTER_MAXIMUM_LENGTH, c.IS_NULLABLE = 'NO' AND c.COLUMN_DEFAULT IS NULL "
    "AND c.EXTRA NOT LIKE '%auto_increment%', c.PRIVILEGES, t.ENGINE "
    "FROM information_schema.COLUMNS c JOIN information_schema.TABLES t "
    "ON t.TABLE_SCHEMA = c.TABLE_SCHEMA AND t.TABLE_NAME = c.TABLE_NAME "
    "WHERE c.TABLE_SCHEMA = DATABASE() AND c.TABLE_NAME IN :tables"
).bindparams(bindparam("tables", expanding=True))

_SQLITE = text(
    'SELECT m.name, c.name, c.type, c."notnull" AND c.dflt_value IS NULL AND c.pk = 0 '
    "FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.name IN :tables"
).bindparams(bindparam("tables", expanding=True))


def _on_mariadb(connection: Connection) -> Schema:
    found: dict[str, dict[str, ColumnFacts]] = {}
    rolls_back = set()
    database, user = connection.execute(select(func.database(), func.current_user())).one()
    for row in connection.execute(_MARIADB, {"tables": TABLES}):
        table_name, name, kind, charset, length, given, rights, storage = row
        if (storage or "").casefold() == "innodb":
            rolls_back.add(table_name)
        found.setdefault(table_name, {})[name.casefold()] = ColumnFacts(
            kind=kind.casefold(),
            charset=charset,
            length=length,
            must_be_given=bool(given),
            rights=frozenset(right.strip().upper() for right in rights.split(",")),
        )
    account = "@".join(f"'{part}'" for part in user.rsplit("@", 1))
    return Schema(database=database, account=account, columns=found, rolls_back=frozenset(rolls_back))


def _on_sqlite(connection: Connection) -> Schema:
    found: dict[str, dict[str, ColumnFacts]] = {}
    for table_name, name, kind, given in connection.execute(_SQLITE, {"tables": TABLES}):
        base, _, rest = kind.casefold().partition("(")
        length = rest.rstrip(")")
        found.setdefault(table_name, {})[name.casefold()] = ColumnFacts(
            kind=base.strip(),
            charset=None,
            length=int(length) if length.isdigit() and "char" in base else None,
            must_be_given=bool(given),
        )
    return Schema(database="", account="", columns=found, rolls_back=frozenset(found))
