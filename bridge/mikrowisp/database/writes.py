"""One push inside one transaction: look for it, write it only if it is not there, read it back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, TableClause, column, insert, select, table, update

from bridge.domain.intents import Push, PushKind, Sight, Visibility
from bridge.domain.records import TicketState
from bridge.errors import Refused
from bridge.mikrowisp.database import queries
from bridge.mikrowisp.database.columntext import fitted
from bridge.mikrowisp.database.looks import Looks, is_done
from bridge.mikrowisp.database.permissions import AUDIT, Right
from bridge.mikrowisp.database.rows import Row, Rows, local_text
from bridge.mikrowisp.database.schema import Schema, logsistema, saldos, soporte, ticket, usuarios
from bridge.mikrowisp.plaintext import as_markup
from bridge.mikrowisp.translate import number_of, state_of

PENDING = "no cobrado"
DONE = {
    PushKind.CLOSE: "ticket cerrado",
    PushKind.SET_STATUS: "ticket derivado",
    PushKind.ASSIGN: "técnico asignado",
    PushKind.NOTE: "nota en ticket",
    PushKind.CREDIT: "saldo a favor",
    PushKind.CHARGE: "saldo por cobrar",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """One push on one connection; `local` is the present in the panel's zone, `operator` the bridge's id."""

    connection: Connection
    schema: Schema
    rows: Rows
    local: datetime
    operator: int

    def apply(self, push: Push) -> None:
        """Write `push` unless the panel already shows it; raises Refused where it does not fit the panel."""
        match push.kind:
            case PushKind.CREDIT | PushKind.CHARGE:
                written = self._balance(push)
            case PushKind.NOTE:
                written = self._note(push)
            case PushKind.CLOSE | PushKind.SET_STATUS | PushKind.ASSIGN:
                written = self._ticket_fields(push)
            case PushKind.OPEN | PushKind.SMS:
                raise Refused(f"The database route does not serve {push.kind}")
        if written:
            self._audit(push)

    def _balance(self, push: Push) -> bool:
        """Add a pending balance: negative is the customer's (contract 4.2)."""
        amount = push.amount.rounded() if push.amount else None
        if not push.marker or amount is None or amount.amount <= 0:
            raise Refused(f"{push.key}: a {push.kind} needs a marker and an amount above zero")
        if self._sight(push).visibility is Visibility.SHOWN:
            return False
        known = select(usuarios.c.id).where(usuarios.c.id == push.client_id)
        if self.connection.scalar(known) is None:
            raise Refused(f"The panel has no customer {push.client_id}")
        signed = -amount.amount if push.kind is PushKind.CREDIT else amount.amount
        self._insert(
            saldos,
            {
                "iduser": push.client_id,
                "idorigen": 0,
                "iddestino": 0,
                "estado": PENDING,
                "monto": f"{signed:.2f}",
                "fecha": local_text(self.local)[:10],
                "descripcion": fitted(push.text, push.marker, self.schema.columns["saldos"]["descripcion"]),
                "codigopasarela": "",
                "moneda": 1,
            },
        )
        if self._sight(push).amount != amount:
            raise Refused(f"{push.key}: the panel did not keep {amount} as it was written; nothing was left")
        return True

    def _note(self, push: Push) -> bool:
        """Add a message under the bridge's own operator; state, `estado` and `lastdate` of the ticket stay.

        The panel itself sets `respondido` when staff reply. The bridge does not: that state says that level 1
        has contacted the customer, and a note of the bridge is no contact (design section 3).
        """
        if not push.marker:
            raise Refused(f"{push.key}: a note needs a marker")
        row = self._ticket_row(push)
        if self._sight(push).visibility is Visibility.SHOWN:
            return False
        text = fitted(push.text, push.marker, self.schema.columns["ticket"]["contenido"])
        self._insert(
            ticket,
            {
                "idticket": number_of(row["id"]),
                "contenido": as_markup(text),
                "adjunto": "",
                "fecha_hora": local_text(self.local),
                "idtecnico": self.operator,
                "state": 0,
                "nota": int(push.internal),
            },
        )
        if self._sight(push).visibility is not Visibility.SHOWN:
            raise Refused(f"{push.key}: the panel did not keep the note as it was written; nothing was left")
        return True

    def _ticket_fields(self, push: Push) -> bool:
        """Close, route or assign. A closed ticket stays closed: its closing is not repeated nor undone."""
        row = self._ticket_row(push)
        if is_done(push, row, self.rows):
            return False
        closed = state_of(row["estado"] or "", self.rows.words) is TicketState.CLOSED
        statement = update(soporte).where(soporte.c.id == number_of(row["id"]))
        if push.kind is PushKind.CLOSE or push.state is not None:
            if closed:
                raise Refused(f"Ticket {push.ticket_id} is closed on the panel: its state is left alone")
            statement = statement.where(soporte.c.estado.not_in(self.rows.closed_words))
        changed = self.connection.execute(statement.values(self._fields(push)))
        return changed.rowcount > 0

    def _fields(self, push: Push) -> dict[str, object]:
        if push.kind is PushKind.CLOSE:
            reason = fitted(push.text, push.marker, self.schema.columns["soporte"]["motivo_cierre"])
            word = self.rows.closed_words[0]
            return {"estado": word, "fecha_cerrado": local_text(self.local), "motivo_cierre": reason}
        if push.kind is PushKind.ASSIGN:
            return {"idsoporte": push.technician_id or 0}
        wanted = {"dp": push.department_id, "estado": push.state}
        return {name: value for name, value in wanted.items() if value is not None}

    def _ticket_row(self, push: Push) -> Row:
        row = self.connection.execute(queries.ticket_states([push.ticket_id or 0])).mappings().one_or_none()
        if row is None:
            raise Refused(f"The panel has no ticket {push.ticket_id}")
        if number_of(row["idcliente"]) != push.client_id:
            raise Refused(
                f"Ticket {push.ticket_id} belongs to customer {row['idcliente']}, not {push.client_id}"
            )
        return dict(row)

    def _sight(self, push: Push) -> Sight:
        return Looks(connection=self.connection, schema=self.schema, rows=self.rows).at([push])[push.key]

    def _audit(self, push: Push) -> None:
        """Leave an entry in the panel's own log, where there is one and the right is given (contract 5.6)."""
        if not self.schema.has(AUDIT):
            return
        what = f"Reds Comm bridge: {DONE[push.kind]}" + (f" {push.ticket_id}" if push.ticket_id else "")
        self._insert(
            logsistema,
            {
                "log": fitted(what, push.marker, self.schema.columns["logsistema"]["log"]),
                "fechalog": local_text(self.local),
                "operador": self.operator,
                "idcliente": push.client_id,
            },
        )

    def _insert(self, target: TableClause, values: Mapping[str, object]) -> None:
        """Insert `values`, and something neutral in columns that must be given but the bridge knows not."""
        neutral = {
            name: self._neutral(facts.kind)
            for name, facts in self.schema.columns[target.name].items()
            if facts.must_be_given and name not in values and facts.allows(Right.INSERT)
        }
        row = neutral | dict(values)
        self.connection.execute(insert(table(target.name, *(column(name) for name in row))).values(row))

    def _neutral(self, kind: str) -> object:
        if "int" in kind or kind in {"decimal", "numeric", "float", "double", "real", "bit"}:
            return 0
        if kind in {"date", "datetime", "timestamp"}:
            return local_text(self.local)
        return ""
