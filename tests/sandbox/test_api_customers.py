"""Customers, text messages and organisation answer as sections 2.3 and 2.4 of the contract say."""

import pytest

from tests.sandbox.conftest import switch

NOT_FOUND = {"estado": "error", "mensaje": "No existe el cliente con el filtro indicado."}


def test_details_show_exactly_the_known_keys(panel):
    """A customer has the contract's keys, secrets in clear, zero dates and string money."""
    answer = panel.api("GetClientsDetails", idcliente=77)

    record = answer["datos"][0]
    service = record["servicios"][0]
    assert answer["estado"] == "exito"
    assert set(record) == {
        "id", "nombre", "estado", "correo", "telefono", "movil", "cedula", "pasarela", "codigo",
        "direccion_principal", "fecha_suspendido", "servicios", "facturacion",
    }  # fmt: skip
    assert set(service) == {
        "id", "idperfil", "nodo", "costo", "ipap", "mac", "ip", "instalado", "pppuser", "ppppass",
        "tiposervicio", "status_user", "coordenadas", "direccion", "snmp_comunidad", "perfil",
    }  # fmt: skip
    assert (record["id"], record["nombre"], record["fecha_suspendido"]) == (
        77,
        "CLIENTE DE PRUEBA ",
        "0000-00-00 00:00:00",
    )
    assert (service["costo"], service["perfil"], service["nodo"]) == ("300.00", "Plan 25M", 3)
    assert len(record["codigo"]) == 10
    assert len(service["ppppass"]) == 10
    assert record["facturacion"] == {"facturas_nopagadas": 0, "total_facturas": "0.00"}


def test_details_take_each_filter(panel):
    """A customer is found by id, id card, telephone or mobile."""
    record = panel.api("GetClientsDetails", idcliente="77")["datos"][0]

    for name in ("cedula", "telefono", "movil"):
        assert panel.api("GetClientsDetails", **{name: record[name]})["datos"][0]["id"] == 77
    assert panel.api("GetClientsDetails")["estado"] == "error"


def test_unknown_customer_is_an_error_or_an_empty_list(panel):
    """Switch client_not_found."""
    refused = panel.api("GetClientsDetails", idcliente=5)
    switch(panel, client_not_found="empty")

    assert refused == NOT_FOUND
    assert panel.api("GetClientsDetails", idcliente=5) == {"estado": "exito", "datos": []}


def test_customer_without_services_has_null_or_an_empty_list(panel):
    """Switch no_services."""
    before = panel.api("GetClientsDetails", idcliente=79)["datos"][0]["servicios"]
    switch(panel, no_services="list")

    assert before is None
    assert panel.api("GetClientsDetails", idcliente=79)["datos"][0]["servicios"] == []


def test_clients_are_filtered_by_state(panel):
    """State 0 active, 1 suspended, 2 retired."""
    panel.control("staff", {"action": "retire_customer", "customer": 79})

    seen = [
        [item["id"] for item in panel.api("GetAllClients", estado=state)["clientes"]] for state in (0, 1, 2)
    ]

    assert seen == [[77], [78], [79]]


@pytest.mark.parametrize(
    ("first", "meaning", "second_page"), [(1, "page", 2), (0, "page", 1), (0, "offset", 2), (1, "offset", 3)]
)
def test_pages_start_and_count_as_switched(panel, first, meaning, second_page):
    """Switches page_first and page_meaning."""
    switch(panel, page_first=first, page_meaning=meaning)

    pages = [
        [item["id"] for item in panel.api("GetAllClients", limit=2, pagina=page)["clientes"]]
        for page in (first, second_page, 90)
    ]

    assert pages == [[77, 78], [79], []]


def test_client_list_follows_its_switches(panel):
    """Switches clients_key, clients_record, empty_clients and get_all_clients."""
    switch(panel, clients_key="datos", clients_record="short", empty_clients="error")

    short = panel.api("GetAllClients", limit=1)["datos"][0]
    empty = panel.api("GetAllClients", pagina=9)
    switch(panel, get_all_clients=False)

    assert "servicios" not in short
    assert empty == NOT_FOUND
    assert panel.api("GetAllClients")["estado"] == "error"


@pytest.mark.parametrize(("form", "shown"), [("number", 77), ("string", "77"), ("padded", "000077")])
def test_ids_look_as_switched(panel, ticket, form, shown):
    """Switch id_type."""
    switch(panel, id_type=form)

    assert panel.api("GetAllClients", limit=1)["clientes"][0]["id"] == shown
    assert panel.api("ListTicket", idcliente=77)["data"]["tickets"][0]["idcliente"] == shown


def test_suspending_and_activating(panel):
    """Both answer the contract's words and show in the customer's state."""
    words = [panel.api(name, idcliente=77)["mensaje"] for name in ("SuspendService", "ActiveService")]

    assert words == ["Cliente Suspendido correctamente.", "Cliente Activado correctamente."]
    assert panel.api("GetClientsDetails", idcliente=77)["datos"][0]["estado"] == "ACTIVO"
    assert (
        panel.api("GetClientsDetails", idcliente=78)["datos"][0]["fecha_suspendido"] == "2026-02-03 10:00:00"
    )


def test_a_text_message_is_kept(panel):
    """NewSMS queues for a customer that exists."""
    assert panel.api("NewSMS", idcliente=77, mensaje="Su reporte es RC-1")["estado"] == "exito"
    assert panel.api("NewSMS", idcliente=5, mensaje="x") == NOT_FOUND

    kept = panel.control("dump", {"sections": ["sms"]})["sms"]
    assert [(row["idcliente"], row["mensaje"]) for row in kept] == [(77, "Su reporte es RC-1")]


def test_operators_and_departments_are_listed(panel):
    """Fresh-install departments have ids 1 to 3; operators show no secrets."""
    operators = panel.api("GetOperadores")["operadores"]
    departments = panel.api("GetDepartamentos")["departamentos"]

    assert [item["id"] for item in operators] == [1, 9, 11, 12, 13, 21, 22, 31, 32]
    assert set(operators[0]) == {"id", "nombre", "username", "estado"}
    assert departments[:3] == [
        {"id": 1, "dp": "Soporte técnico"},
        {"id": 2, "dp": "Ventas"},
        {"id": 3, "dp": "Quejas y Sugerencias"},
    ]


def test_organisation_shapes_follow_their_switches(panel):
    """Switches operators_shape and departments_shape."""
    switch(panel, operators_shape="datos", departments_shape="datos")
    operator, department = panel.api("GetOperadores")["datos"][0], panel.api("GetDepartamentos")["datos"][0]
    switch(panel, operators_shape="missing", departments_shape="missing")

    assert operator == {"idoperador": 1, "usuario": "admin", "operador": "Administrador"}
    assert department == {"iddepartamento": 1, "nombre": "Soporte técnico"}
    assert [panel.api(name)["estado"] for name in ("GetOperadores", "GetDepartamentos")] == ["error", "error"]


def test_debt_counts_pending_saldos_where_switched(panel):
    """Switch total_nets_saldos."""
    panel.api("CreateInvoice", idcliente=77, vencimiento="2026-02-20")
    panel.control("staff", {"action": "add_saldo", "customer": 77, "amount": "-40", "text": "x"})
    plain = panel.api("GetClientsDetails", idcliente=77)["datos"][0]["facturacion"]
    switch(panel, total_nets_saldos=True)
    netted = panel.api("GetClientsDetails", idcliente=77)["datos"][0]["facturacion"]

    assert plain == {"facturas_nopagadas": 1, "total_facturas": "300.00"}
    assert netted == {"facturas_nopagadas": 1, "total_facturas": "260.00"}
