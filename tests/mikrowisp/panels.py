"""What the tests of the panel client share: a panel that `responses` plays, and a clock that never waits."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import requests
import responses

from bridge.clock import SystemClock
from bridge.mikrowisp.api import PanelApi
from bridge.mikrowisp.transport import Transport
from bridge.rulebook.commands import Commands

BASE = "https://panel.example.com"
TOKEN = "dGhlLWludmVudGVkLXRva2Vu"
MEXICO = ZoneInfo("America/Mexico_City")
NOW = datetime(2026, 2, 3, 16, 0, tzinfo=UTC)

Answer = Mapping[str, Any] | str | tuple[int, Mapping[str, Any] | str] | Exception
Script = Answer | Callable[[dict[str, Any]], Answer]


class StepClock(SystemClock):
    """Time that moves only when somebody sleeps; remembers every wait. Safe for threads."""

    def __init__(self) -> None:
        self.waits: list[float] = []
        self._at = 1000.0
        self._lock = threading.Lock()

    def now(self) -> datetime:
        return NOW

    def monotonic(self) -> float:
        with self._lock:
            return self._at

    def sleep(self, seconds: float) -> None:
        with self._lock:
            self.waits.append(seconds)
            self._at += seconds


@dataclass
class Panel:
    """A panel that answers what the test scripted, and keeps every request."""

    rsps: responses.RequestsMock
    requests: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def plays(self, scripts: Mapping[str, Script], api: str = "v1") -> Panel:
        for command, script in scripts.items():
            self.rsps.add_callback(
                responses.POST,
                f"{BASE}/api/{api}/{command}",
                callback=lambda request, command=command, script=script: self._answer(
                    command, script, request
                ),
            )
        return self

    def asked(self, command: str) -> list[dict[str, Any]]:
        return [body for name, body in self.requests if name == command]

    def _answer(self, command: str, script: Script, request: requests.PreparedRequest) -> Any:
        body = json.loads(request.body or "{}")
        self.requests.append((command, body))
        answer = script(body) if callable(script) else script
        if isinstance(answer, Exception):
            raise answer
        status, said = answer if isinstance(answer, tuple) else (200, answer)
        text = said if isinstance(said, str) else json.dumps(said)
        return status, {"Date": "Tue, 03 Feb 2026 16:00:02 GMT"}, text


def transport(
    clock: SystemClock | None = None, dialect: Commands | None = None, **settings: Any
) -> Transport:
    return Transport(
        settings.pop("base_url", BASE),
        settings.pop("token", TOKEN),
        clock=clock or StepClock(),
        dialect=dialect or Commands(),
        **settings,
    )


def panel_api(
    clock: SystemClock | None = None,
    dialect: Commands | None = None,
    departments: Mapping[str, int] | None = None,
    **settings: Any,
) -> PanelApi:
    clock = clock or StepClock()
    dialect = dialect or Commands()
    return PanelApi(
        transport(clock, dialect, **settings),
        dialect=dialect,
        zone=MEXICO,
        clock=clock,
        departments=departments,
    )


def done(**fields: Any) -> dict[str, Any]:
    return {"estado": "exito", **fields}


def error(text: str) -> dict[str, Any]:
    return {"estado": "error", "mensaje": text}


def ticket(number: int = 1201, client: int = 77, **changes: Any) -> dict[str, Any]:
    return {
        "id": number,
        "idcliente": client,
        "asunto": "Sin internet",
        "fecha_soporte": "2026-02-03 09:15:00",
        "estado": "abierto",
        "fecha_cerrado": "0000-00-00 00:00:00",
        "solicitante": "TITULAR",
        "fechavisita": "2026-02-04",
        "turno": "TARDE",
        "agendado": "PAGINA WEB",
        "lastdate": "2026-02-03 09:15:00",
        "dp": "Soporte técnico",
        "motivo_cierre": "",
        "mensajes": [{"contenido": "&lt;p&gt;No navega&lt;/p&gt;"}],
        **changes,
    }


def tickets(*records: dict[str, Any]) -> dict[str, Any]:
    return done(mensaje="", data={"abiertos": len(records), "tickets": list(records)})


def client(number: int = 77, **changes: Any) -> dict[str, Any]:
    return {
        "id": number,
        "nombre": "CLIENTE DE PRUEBA ",
        "estado": "ACTIVO",
        "correo": "x@example.com",
        "codigo": "portal-password",
        "servicios": [
            {
                "id": 91,
                "nodo": 1,
                "costo": "343.75",
                "pppuser": "u",
                "ppppass": "line-password",
                "perfil": "Plan 50M",
            }
        ],
        "facturacion": {"facturas_nopagadas": 1, "total_facturas": "25.00"},
        **changes,
    }
