"""A sandbox on each database, emptied and seeded anew for every test."""

from collections.abc import Iterator

import pytest

from tests.servers import Sandbox, start_sandbox

NOW = "2026-02-03T10:00:00-06:00"
SEED = {
    "token": "sandbox-token",
    "customers": [
        {"id": 77, "nombre": "CLIENTE DE PRUEBA ", "plan": 1, "zone": 2, "node": 3, "pay_day": 10},
        {"id": 78, "plan": "Plan 50M", "pay_day": 10, "estado": "SUSPENDIDO"},
        {"id": 79, "services": [], "pay_day": 10},
    ],
}


@pytest.fixture(
    scope="session", params=["sqlite", pytest.param("mariadb", marks=pytest.mark.mariadb)], name="running"
)
def _running(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    if request.param == "sqlite":
        where = str(tmp_path_factory.mktemp("sandbox") / "panel.db")
    else:
        where = request.getfixturevalue("mariadb").create_database("sandbox_tests")
    with start_sandbox(where, now=NOW) as sandbox:
        yield sandbox


@pytest.fixture
def panel(running: Sandbox) -> Sandbox:
    running.control("clock", {"set": NOW, "billing": False})
    running.control("reset", {"seed": SEED})
    return running


@pytest.fixture
def ticket(panel: Sandbox) -> int:
    opened = panel.control(
        "tickets", {"id": 1201, "customer": 77, "subject": "Sin internet", "body": "<p>No navega</p>"}
    )
    return opened["tickets"][0]


def switch(panel: Sandbox, **values: object) -> None:
    panel.control("switches", values)
