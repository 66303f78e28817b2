"""The panel as a whole: its parts, and how one API request becomes an answer, faults included."""

from __future__ import annotations

import json
import sys
import traceback
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bridge.sandbox.billing import Billing
from bridge.sandbox.call import Call, Command, page_of
from bridge.sandbox.clock import Clock, pause, stopwatch
from bridge.sandbox.commands import COMMANDS
from bridge.sandbox.database import Database
from bridge.sandbox.envelope import Answer, PanelError, refused
from bridge.sandbox.faults import Fault, Faults
from bridge.sandbox.journal import Journal
from bridge.sandbox.schema import login
from bridge.sandbox.switches import Switches

_HTML = "<!DOCTYPE html><html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>"
_PHP_WARNING = (
    "\n<b>Warning</b>: Undefined variable $moneda in <b>/var/panel/api.php</b> on line <b>88</b><br />\n"
)
_STATUS = {"http500": 500, "http502": 502, "http503": 503, "html200": 200, "empty200": 200}
_PAGED = ("getallclients", "getinvoices")


class TokenError(PanelError):
    """The token is missing, unknown, or its operator may not use the API."""


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What goes back over the wire; `dropped` closes the connection without a word."""

    status: int = 200
    text: str = ""
    content_type: str = "application/json"
    dropped: bool = False


@dataclass(kw_only=True)
class _Outcome:
    """What one request came to, for the wire and for the journal."""

    reply: Reply
    command: str
    token_ok: bool = False
    ok: bool = False
    applied: bool = False


class Panel:
    """Everything one sandbox holds."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self.database = database
        self.clock = clock
        self.switches = Switches()
        self.faults = Faults()
        self.journal = Journal()
        self.billing = Billing(database, clock, self.switches)

    def call(self, connection: Connection, *, at: str | None = None) -> Call:
        """Make a call that control and seeding use: the panel acting by itself, now or at a given time."""
        now = self.clock.read(at) if at else self.clock.now()
        return Call(connection=connection, body={}, now=now, switches=self.switches)

    def answer(self, path: str, name: str, raw: bytes, bearer: str | None = None) -> Reply:
        """Answer one request to the API, and write it into the journal."""
        began = stopwatch()
        at = self.clock.local()
        body = _parse(raw)
        if bearer is not None:
            body["token"] = bearer
        command = COMMANDS.get(name.lower())
        shown = command.name if command else name
        struck = self.faults.struck(shown, body, self._page(shown, body))
        pause(self.switches.number("latency_ms") + sum(fault.ms for fault in struck if fault.kind == "slow"))
        outcome = self._outcome(command, shown, body, struck, v11=bearer is not None)
        self.journal.add(
            body=body,
            answer=outcome.reply.text,
            at=at,
            command=shown,
            path=path,
            token_ok=outcome.token_ok,
            status=None if outcome.reply.dropped else outcome.reply.status,
            ok=outcome.ok,
            applied=outcome.applied,
            faults=[fault.kind for fault in struck],
            milliseconds=round((stopwatch() - began) * 1000, 3),
        )
        return outcome.reply

    def _page(self, name: str, body: Mapping[str, Any]) -> int | None:
        if name.lower() not in _PAGED:
            return None
        try:
            found = page_of(body, self.switches)
        except PanelError:
            return None
        return found[0] if found else None

    def _outcome(
        self, command: Command | None, name: str, body: dict[str, Any], struck: list[Fault], *, v11: bool
    ) -> _Outcome:
        faults = {fault.kind: fault for fault in reversed(struck)}
        outcome = _Outcome(reply=Reply(), command=name)
        if "drop_before" in faults:
            outcome.reply = Reply(dropped=True)
            return outcome
        broken = next((fault for fault in struck if fault.kind in _STATUS), None)
        if broken and not broken.applied:
            outcome.reply = _broken(broken.kind)
            return outcome
        try:
            answer = self._run(command, body, struck, outcome)
            outcome.ok = True
            status = 200
        except PanelError as fault:
            answer, status = self._refusal(fault, v11=v11)
        except Exception:  # noqa: BLE001  a panel answers a page when its code breaks; the trace goes to stderr
            traceback.print_exc(file=sys.stderr)
            outcome.reply = _broken("http500")
            return outcome
        text = json.dumps(answer)
        if "text_before" in faults:
            text = _PHP_WARNING + text
        outcome.reply = Reply(status=status, text=text)
        if broken:
            outcome.reply = _broken(broken.kind)
        if "drop_after" in faults:
            outcome.reply = Reply(text=text, dropped=True)
        return outcome

    def _run(
        self, command: Command | None, body: dict[str, Any], struck: list[Fault], outcome: _Outcome
    ) -> Answer:
        scope: AbstractContextManager[Connection] = (
            self.database.write() if command and command.writes else self.database.read()
        )
        with scope as connection:
            operator = self._operator(connection, body, struck)
            outcome.token_ok = True
            refusal = next((fault for fault in struck if fault.kind == "refuse"), None)
            if refusal:
                raise PanelError(refusal.message)
            if command is None or not self._offered(command):
                raise PanelError("El comando solicitado no existe.")
            answer = command.run(
                Call(
                    connection=connection,
                    body=body,
                    now=self.clock.now(),
                    switches=self.switches,
                    operator=operator,
                    faults=struck,
                )
            )
        outcome.applied = command.writes
        return answer

    def _operator(self, connection: Connection, body: Mapping[str, Any], struck: list[Fault]) -> int:
        token = str(body.get("token") or "")
        if token and not any(fault.kind == "token_lost" for fault in struck):
            rows = connection.execute(
                sa.select(login.c.id, login.c.token_api).where(login.c.api == 1, login.c.estado == 1)
            )
            # Compared here: the database would take a token in the wrong case for the right one.
            for row in rows:
                if row.token_api == token:
                    return int(row.id)
        raise TokenError(
            self.switches.choice("token_error_text"), status=self.switches.number("token_error_status")
        )

    def _offered(self, command: Command) -> bool:
        if command.extension:
            return self.switches.on("extension")
        missing = {
            "GetAllClients": not self.switches.on("get_all_clients"),
            "GetOperadores": self.switches.choice("operators_shape") == "missing",
            "GetDepartamentos": self.switches.choice("departments_shape") == "missing",
        }
        return not missing.get(command.name, False)

    def _refusal(self, fault: PanelError, *, v11: bool) -> tuple[Answer, int]:
        if v11 and isinstance(fault, TokenError):
            return {"estado": "error", "salida": fault.message}, 401
        answer = refused(fault.message)
        key = self.switches.choice("error_text_key")
        if key != "mensaje":
            answer = {"estado": "error", key: answer["mensaje"]}
        return answer, fault.status or self.switches.number("error_status")


def _parse(raw: bytes) -> dict[str, Any]:
    try:
        body = json.loads(raw)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _broken(kind: str) -> Reply:
    if kind == "empty200":
        return Reply(text="", content_type="text/html; charset=UTF-8")
    titles = {
        "html200": "Panel en mantenimiento",
        "http500": "500 Internal Server Error",
        "http502": "502 Bad Gateway",
        "http503": "503 Service Unavailable",
    }
    return Reply(
        status=_STATUS[kind], text=_HTML.format(title=titles[kind]), content_type="text/html; charset=UTF-8"
    )
