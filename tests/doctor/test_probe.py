"""The probe finds the right answer under every value of every switch that it claims to settle."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from bridge.doctor import Outcome
from tests.doctor.conftest import Isp

# Switches of the sandbox whose name and values are those of a finding.
SETTLED: dict[str, tuple[Any, ...]] = {
    "get_all_clients": (True, False),
    "clients_key": ("clientes", "datos"),
    "clients_record": ("full", "short"),
    "empty_clients": ("list", "error"),
    "page_first": (0, 1),
    "page_meaning": ("page", "offset"),
    "id_type": ("number", "string", "padded"),
    "client_not_found": ("error", "empty"),
    "no_tickets": ("error", "empty_list", "no_list"),
    "empty_invoices": ("error", "list"),
    "error_status": (200, 400),
    "error_text_key": ("mensaje", "salida", "message"),
    "idticket_type": ("string", "number"),
    "priority_key": ("ignored", "refused"),
    "strict_lengths": (True, False),
    "dp_as": ("name", "id"),
    "turno_brackets": (True, False),
    "message_escape": ("special", "entities", "none"),
    "message_extra_keys": (True, False),
    "new_ticket_assigns": (True, False),
    "new_ticket_author": ("customer", "operator"),
    "lastdate_on_close": (True, False),
    "close_closed": ("ok", "again", "error"),
}
SETTLED_BY_MONEY: dict[str, tuple[Any, ...]] = {
    "delete_invoice": ("cancel", "remove"),
    "price_includes_tax": (True, False),
    "item_extra_keys": (True, False),
    "total_nets_saldos": (True, False),
    "create_invoice_takes_saldos": (True, False),
    "saldo_form": ("item", "column", "total"),
    "saldo_tax": ("after", "before"),
    "cancel_releases_saldos": (True, False),
    "remainder": ("row", "lost", "wait"),
    "remainder_text": ("default", "original"),
    "underpayment": ("refuse", "remainder"),
    "negative_free_items": ("refuse", "accept"),
}
# What depends on how balances are read; the others are asked in the same way by both routes.
SETTLED_BY_READ_BACK = {
    name: SETTLED_BY_MONEY[name]
    for name in ("create_invoice_takes_saldos", "saldo_form", "cancel_releases_saldos", "remainder")
}


def cases(table: dict[str, tuple[Any, ...]]) -> list[Any]:
    return [
        pytest.param(name, value, id=f"{name}={value}") for name, values in table.items() for value in values
    ]


def said(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def found(outcome: Outcome) -> dict[str, str | None]:
    return {name: finding.value for name, finding in outcome.record.findings.items()}


def stopped(outcome: Outcome) -> dict[str, str]:
    return {step.number: step.stopped for step in outcome.record.steps if step.stopped}


@pytest.mark.parametrize(("switch", "value"), cases(SETTLED))
def test_reads_and_a_ticket_settle(isp: Isp, switch: str, value: Any) -> None:
    outcome = isp.probe({switch: value}, money=False)

    assert found(outcome)[switch] == said(value)
    assert stopped(outcome) == {}
    assert outcome.exit_code == 0


@pytest.mark.parametrize(("switch", "value"), cases(SETTLED_BY_MONEY))
def test_invoices_settle_and_leave_nothing_to_pay(isp: Isp, switch: str, value: Any) -> None:
    outcome = isp.probe({switch: value})

    assert found(outcome)[switch] == said(value)
    pending = [Decimal(row["monto"]) for row in isp.rows("saldos") if not row["iddestino"]]
    assert sum(pending) == 0
    harmful = [one.what for one in outcome.left if not one.harmless]
    assert harmful == (["payment", "invoice"] if (switch, value) == ("underpayment", "remainder") else [])
    assert outcome.exit_code == (3 if harmful else 0)


@pytest.mark.parametrize(("switch", "value"), cases(SETTLED_BY_READ_BACK))
def test_an_installations_own_commands_settle_the_same_without_the_database(
    isp: Isp, switch: str, value: Any
) -> None:
    isp.configure(database=False, extensions=True, credit=["api"], charge=["api"])

    outcome = isp.probe({switch: value, "extension": True})

    hidden = switch == "saldo_form" and value != "item"
    assert found(outcome)[switch] == (None if hidden else said(value))
    assert sum(Decimal(row["monto"]) for row in isp.rows("saldos") if not row["iddestino"]) == 0


def test_values_that_come_together_are_each_found(isp: Isp) -> None:
    switches: dict[str, Any] = {
        "page_first": 0,
        "page_meaning": "offset",
        "id_type": "padded",
        "idticket_type": "number",
        "strict_lengths": True,
        "priority_key": "refused",
        "dp_as": "id",
        "turno_brackets": True,
        "message_escape": "entities",
        "close_closed": "error",
        "saldo_form": "column",
        "saldo_tax": "before",
        "remainder": "wait",
        "cancel_releases_saldos": False,
        "delete_invoice": "remove",
        "price_includes_tax": False,
        "total_nets_saldos": True,
        "negative_free_items": "accept",
    }

    outcome = isp.probe(switches)

    assert {name: found(outcome)[name] for name in switches} == {
        name: said(value) for name, value in switches.items()
    }
    assert stopped(outcome) == {}


def test_over_the_public_api_alone_the_rest_could_not_be_told(isp: Isp) -> None:
    isp.configure(database=False)

    outcome = isp.probe()

    assert found(outcome)["new_ticket_assigns"] is None
    assert found(outcome)["new_ticket_author"] is None
    assert "saldo_form" not in found(outcome)
    [skipped] = (step for step in outcome.record.steps if step.number == "1-4")
    assert skipped.seen == [
        (
            "not tried: database: not configured; api: "
            "the public API has no command to add a credit to a customer: use the database or the worklist, "
            "or name the panel's own command under extensions.credit in commands.yaml; "
            "manual: a person would have to add the balance"
        )
    ]
    assert outcome.exit_code == 0
    assert found(outcome)["underpayment"] == "refuse"


@pytest.mark.parametrize("status", [200, 401, 403])
def test_the_status_of_a_refused_token_is_found(isp: Isp, status: int) -> None:
    outcome = isp.probe({"token_error_status": status}, money=False)

    assert found(outcome)["token_error"] == ("text" if status == 200 else str(status))


def test_the_panels_zone_is_told_from_the_ticket(isp: Isp) -> None:
    config = isp.folder / "config.yaml"
    config.write_text(config.read_text().replace("sweep_minutes", "timezone: America/Tijuana, sweep_minutes"))

    outcome = isp.probe(money=False)

    assert found(outcome)["time_zone"] == "+2.0 h"
    assert outcome.advice == ["config.yaml: panel.timezone is America/Tijuana, and the panel is +2.0 h away"]


def test_tax_on_top_is_advice_for_the_bonus_table(isp: Isp) -> None:
    assert isp.probe({"price_includes_tax": False}).advice == [
        "bonus.yaml: price_includes_tax should be false, as this panel bills"
    ]
