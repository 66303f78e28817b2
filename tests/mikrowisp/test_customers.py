"""The list of customers: states, keys, pages, and the walk over ids where a panel has no list."""

from __future__ import annotations

from typing import Any

import pytest

from bridge.domain.records import ClientStatus
from bridge.errors import AccessRefused, PanelUnreachable, PanelUnusable
from bridge.mikrowisp.customers import ClientList, Customers
from bridge.rulebook.commands import Commands
from tests.mikrowisp.panels import Panel, client, done, error, panel_api

UNKNOWN_CUSTOMER = error("No existe el cliente con el filtro indicado.")


def read(dialect: dict[str, Any] | None = None, at_least: int = 0) -> ClientList:
    api = panel_api(dialect=Commands.model_validate(dialect or {}))
    return Customers(api, concurrency=4).read(at_least)


def by_state(lists: dict[int, list[int]], key: str = "clientes", *, bare: bool = False):
    def play(body: dict[str, Any]) -> dict[str, Any]:
        start = max(0, body["pagina"] - 1) * body["limit"]
        shown = lists.get(body["estado"], [])[start : start + body["limit"]]
        words = ("ACTIVO", "SUSPENDIDO", "RETIRADO")
        rows = [{"id": one} if bare else client(one, estado=words[body["estado"]]) for one in shown]
        return done(**{key: rows})

    return play


def details(ids: list[int]):
    def play(body: dict[str, Any]) -> dict[str, Any]:
        return done(datos=[client(body["idcliente"])]) if body["idcliente"] in ids else UNKNOWN_CUSTOMER

    return play


@pytest.mark.parametrize("key", ["clientes", "datos"])
@pytest.mark.parametrize("bare", [True, False])
def test_customers_of_all_states_are_listed(panel: Panel, key: str, bare: bool) -> None:
    panel.plays({"GetAllClients": by_state({0: [1, 2, 3], 1: [4], 2: [5, 6]}, key, bare=bare)})

    found = read({"customers": {"page_size": 2}})

    assert found.ids == {1, 2, 3, 4, 5, 6}
    assert found.retired == {5, 6}
    assert {one.client_id for one in found.clients if one.status is ClientStatus.SUSPENDED} == {4}
    assert all((one.services is None) is bare for one in found.clients)


def test_empty_state_as_an_error(panel: Panel) -> None:
    panel.plays(
        {
            "GetAllClients": lambda body: (
                done(clientes=[client(1)]) if body["estado"] == 0 else UNKNOWN_CUSTOMER
            )
        }
    )

    assert read().ids == {1}


def test_panel_that_ignores_state_limit_and_page(panel: Panel) -> None:
    panel.plays({"GetAllClients": done(clientes=[client(1), client(2, estado="RETIRADO")])})

    found = read({"customers": {"page_size": 1}})

    assert (found.ids, found.retired) == ({1, 2}, {2})


def test_broken_customer_is_set_aside_and_still_counted(panel: Panel) -> None:
    rows = [client(1), client(2, nombre={"0": None}), {"nombre": "sin id"}, "x"]
    panel.plays({"GetAllClients": lambda body: done(clientes=rows if body["estado"] == 0 else [])})

    found = read()

    assert found.ids == {1, 2}
    assert sorted(broken.subject for broken in found.broken) == [
        "a client without a readable id",
        "a client without a readable id",
        "client 2",
    ]


@pytest.mark.parametrize("answer", [error("Falla interna"), error(""), done(otros=[]), done(clientes="x")])
def test_list_that_cannot_be_trusted_is_unusable(panel: Panel, answer: dict[str, Any]) -> None:
    panel.plays({"GetAllClients": answer})

    with pytest.raises(PanelUnusable, match="GetAllClients"):
        read()


@pytest.mark.parametrize(
    ("answer", "raised"), [((500, "x"), PanelUnreachable), (error("token malo"), AccessRefused)]
)
def test_trouble_in_the_middle_fails_the_list(panel: Panel, answer: Any, raised: type[Exception]) -> None:
    panel.plays({"GetAllClients": lambda body: done(clientes=[client(1)]) if body["estado"] == 0 else answer})

    with pytest.raises(raised):
        read()


@pytest.mark.parametrize(
    "answer", [(404, "<html>"), error("El comando no existe"), error("Método no válido")]
)
def test_panel_without_a_list_is_walked_by_id(panel: Panel, answer: Any) -> None:
    panel.plays({"GetAllClients": lambda _: answer, "GetClientsDetails": details([2, 3, 11])})

    found = read({"customers": {"misses": 20}})

    assert found.ids == {2, 3, 11}
    assert all(one.services for one in found.clients)
    assert max(body["idcliente"] for body in panel.asked("GetClientsDetails")) == 31
    assert len(panel.asked("GetClientsDetails")) == 31


def test_walk_goes_on_to_the_highest_known_id(panel: Panel) -> None:
    panel.plays({"GetClientsDetails": details([1, 150])})
    dialect = {"customers": {"source": "walk", "misses": 5}}

    assert read(dialect).ids == {1}
    assert read(dialect, at_least=150).ids == {1, 150}


def test_walk_sets_a_broken_customer_aside(panel: Panel) -> None:
    def play(body: dict[str, Any]) -> dict[str, Any]:
        broken = client(2, nombre={"0": None})
        return done(datos=[broken]) if body["idcliente"] == 2 else details([1])(body)

    panel.plays({"GetClientsDetails": play})

    found = read({"customers": {"source": "walk", "misses": 5}})

    assert (found.ids, [one.subject for one in found.broken]) == ({1, 2}, ["client 2"])


def test_walk_over_errors_nobody_explained_ends_in_clear_words(panel: Panel) -> None:
    panel.plays({"GetClientsDetails": error("Vacío")})

    with pytest.raises(PanelUnusable, match=r"Vacío; if that means .* errors\.not_found"):
        read({"customers": {"source": "walk"}})

    assert len(panel.asked("GetClientsDetails")) == 100
