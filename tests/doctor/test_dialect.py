"""What the probe writes into commands.yaml: the right keys, the comments kept, and a sync that works."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from bridge.doctor import dialect
from bridge.doctor.dialect import rewritten
from bridge.domain.records import Channel, TicketState
from bridge.errors import AccessRefused, UsageFault
from bridge.mikrowisp.api import NewTicket
from bridge.mikrowisp.probe.record import Change
from tests.doctor.conftest import SUBJECT, Isp
from tests.servers import ROOT

SHIPPED = (ROOT / "mappings" / "commands.yaml").read_text()


def refusal(command: str, message: str, **match: int) -> dict[str, Any]:
    return {"kind": "refuse", "times": None, "command": command, "message": message, "match": match}


def comments(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.lstrip().startswith("#")]


def keys(isp: Isp) -> dict[str, Any]:
    """What the bridge reads out of the file that was written."""
    with isp.bridge() as bridge:
        found: dict[str, Any] = bridge.mappings().commands.model_dump(mode="json")
    return found


@pytest.mark.parametrize(
    ("switches", "faults", "read"),
    [
        ({"get_all_clients": False}, [], lambda said: said["customers"]["source"] == "walk"),
        ({"page_first": 0}, [], lambda said: said["customers"]["first_page"] == 0),
        ({"page_first": 1}, [], lambda said: said["customers"]["first_page"] == 1),
        ({"clients_key": "datos"}, [], lambda said: said["customers"]["list_keys"] == ["datos", "clientes"]),
        (
            {"token_error_text": "Acceso denegado"},
            [],
            lambda said: said["errors"]["bad_token"] == ["token", "Acceso denegado"],
        ),
        (
            {},
            [refusal("BridgeProbe*", "Ruta inválida (17)")],
            lambda said: said["errors"]["unknown_command"][-1] == "Ruta inválida",
        ),
        (
            {},
            [
                {**refusal("ListTicket", "Cliente 3 sin reportes", idcliente=3), "times": 2},
                refusal("ListTicket", "Cliente 1 sin reportes", idcliente=1),
            ],
            lambda said: said["errors"]["no_tickets"][-1] == "sin reportes",
        ),
        (
            {},
            [
                refusal("GetClientsDetails", "Folio desconocido: 999983", idcliente=999983),
                refusal("GetClientsDetails", "Folio desconocido: 999979", idcliente=999979),
            ],
            lambda said: said["errors"]["not_found"][-1] == "Folio desconocido",
        ),
        (
            {},
            [
                refusal("GetInvoices", "Nada por cobrar", idcliente=999983),
                refusal("GetInvoices", "Nada por cobrar", idcliente=999979),
            ],
            lambda said: said["errors"]["no_invoices"][-1] == "Nada por cobrar",
        ),
        ({"priority_key": "refused"}, [], lambda said: said["tickets"]["opening"]["priority_keys"] == []),
        (
            {"strict_lengths": True},
            [],
            lambda said: max(len(word) for word in said["tickets"]["opening"]["channels"].values()) <= 10,
        ),
    ],
    ids=lambda value: "" if callable(value) else re.sub(r"\W+", " ", str(value))[:60],
)
def test_each_key_is_found_and_written(
    isp: Isp, switches: dict[str, Any], faults: list[dict[str, Any]], read: Callable[[dict[str, Any]], bool]
) -> None:
    before = keys(isp)
    isp.panel.control("switches", switches)
    for fault in faults:
        isp.panel.control("faults", fault)

    outcome = isp.probe(money=False)

    assert not read(before)
    assert read(keys(isp)), outcome.difference
    assert comments(isp.commands.read_text()) == comments(SHIPPED)
    assert outcome.backup is not None
    assert outcome.backup.read_text() == SHIPPED
    assert isp.commands.stat().st_mode == outcome.backup.stat().st_mode


def test_a_second_probe_has_nothing_to_write(isp: Isp) -> None:
    first = isp.probe({"token_error_text": "Acceso denegado", "strict_lengths": True}, money=False)
    text = isp.commands.read_text()
    second = isp.probe(money=False)

    assert first.backup is not None
    assert (second.backup, second.difference) == (None, [])
    assert isp.commands.read_text() == text


def test_what_is_said_only_once_or_to_everything_is_no_word(isp: Isp) -> None:
    isp.panel.control("faults", refusal("GetInvoices", "Sistema en mantenimiento", idcliente=999983))
    isp.panel.control("switches", {"token_error_text": "El comando solicitado no existe."})

    outcome = isp.probe(money=False)

    found = {name: one.value for name, one in outcome.record.findings.items()}
    assert (found["word_no_invoices"], found["word_bad_token"]) == (None, None)
    assert set(outcome.record.changes) <= {("customers", "first_page")}


def test_a_state_that_the_panels_counters_explain_is_learnt(isp: Isp) -> None:
    """And with the written file the bridge reads it so."""
    isp.panel.control("switches", {"customer_replied_state": "contestado"})
    number = isp.ticket(SUBJECT + 1)
    isp.panel.control("customer_message", {"ticket": number, "text": "Sigue igual"})

    isp.probe(money=False)
    with isp.bridge() as bridge:
        [ticket] = bridge.api(bridge.mappings()).tickets(SUBJECT + 1).records

    assert ticket.state is TicketState.CUSTOMER_REPLIED
    assert keys(isp)["tickets"]["states"]["customer_replied"][-1] == "contestado"


def test_a_bridge_with_the_written_file_works_where_it_did_not(isp: Isp) -> None:
    """Over the API alone: customers are found, tickets read and opened, a lost token stops the cycle."""
    switches = {
        "get_all_clients": False,
        "strict_lengths": True,
        "priority_key": "refused",
        "token_error_text": "Acceso denegado",
    }
    isp.configure(database=False)
    isp.probe(switches, money=False)
    number = isp.ticket(SUBJECT + 1)

    with isp.bridge() as bridge, bridge.store() as store:
        report = bridge.cycle(store).sync()
        opened = bridge.api(bridge.mappings()).open_ticket(
            NewTicket(
                client_id=SUBJECT,
                department_id=1,
                subject="Llamada",
                text="No navega",
                visit_date=date(2026, 11, 26),
                channel=Channel.PHONE,
                priority=2,
            )
        )
        isp.panel.control("faults", {"kind": "token_lost", "times": None})
        with pytest.raises(AccessRefused, match="Acceso denegado"):
            bridge.cycle(store).sync()

    assert (report.exit_code, report.clients_polled) == (0, 6)
    assert number in {row["id"] for row in isp.panel.control("dump")["tickets"]}
    assert opened is not None


def test_keys_that_were_deleted_come_back_and_the_rest_stays(isp: Isp) -> None:
    text = "# Nuestro panel\napi: v1  # sin cambios\ntickets:\n  opening:\n    half_day: 'TARDE'\n"
    isp.commands.write_text(text)

    isp.probe({"strict_lengths": True, "page_first": 0}, money=False)

    assert isp.commands.read_text() == text + (
        "    channels:\n      phone: TELEFONO\n      office: PRESENCIAL\n      portal: PAGINA WEB\n"
        "      social: RED SOCIAL\n      mail: PAGINA WEB\n      other: PAGINA WEB\n"
        "customers:\n  first_page: 0\n"
    )


def test_a_folder_that_cannot_be_written_keeps_the_file(isp: Isp, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(dialect.os, "fsync", full)

    with pytest.raises(UsageFault, match="cannot be replaced: No space left on device"):
        isp.probe(money=False)

    assert isp.commands.read_text() == SHIPPED


def test_nothing_to_change_gives_the_very_text(isp: Isp) -> None:
    odd = SHIPPED.replace("api: v1", "api:   v1").replace("[abierto]", '[ "abierto" ]')
    isp.commands.write_text(odd)

    with isp.bridge() as bridge:
        loaded = bridge.mappings()

    same = Change(trail=("customers", "first_page"), value="auto", because="")
    assert rewritten(loaded, [same]) == odd
