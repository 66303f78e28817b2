"""Departments and operators: unknown ids come with the panel's nearest name."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from bridge.doctor.check import Check, Status
from bridge.doctor.references import department_checks, technician_checks
from bridge.domain.money import Money
from bridge.domain.policy import Rulebook
from bridge.domain.records import Department, Operator
from bridge.rulebook.loader import load_rulebook
from tests.servers import ROOT


@pytest.fixture(scope="module")
def shipped() -> Rulebook:
    loaded = load_rulebook(
        ROOT / "mappings",
        zone=ZoneInfo("America/Mexico_City"),
        enforce_from=date(2026, 11, 1),
        approval_above=Money(Decimal(1500)),
    )
    return loaded.rulebook


def departments(**changes: str | None) -> list[Department]:
    names = {
        1: "Soporte técnico",
        2: "Ventas",
        3: "Quejas y Sugerencias",
        4: "Soporte nivel 2",
        5: "Soporte nivel 3",
        6: "Facturación",
        7: "Atención a clientes",
    } | {int(number[1:]): name for number, name in changes.items()}
    return [Department(department_id=number, name=name) for number, name in names.items() if name is not None]


def operators(rules: Rulebook) -> list[Operator]:
    people = [Operator(operator_id=one.operator_id, name=one.name) for one in rules.roster.technicians]
    return [*people, Operator(operator_id=rules.roster.bridge_operator, name="Bridge")]


def told(checks: list[Check]) -> list[tuple[str, Status, str]]:
    return [(check.subject, check.status, check.next_step) for check in checks]


def test_lists_that_agree_are_one_line_each(shipped: Rulebook) -> None:
    found = [
        *department_checks(shipped, departments(_1="SOPORTE  TECNICO")),
        *technician_checks(shipped, operators(shipped)),
    ]

    assert [(check.check, check.status) for check in found] == [
        ("departments", Status.OK),
        ("technicians", Status.OK),
    ]


def test_an_unknown_department_is_told_with_the_nearest_of_the_panel(shipped: Rulebook) -> None:
    found = list(department_checks(shipped, departments(_4=None, _9="Soporte Nivel II", _2="Reparto")))

    assert told(found) == [
        ("2", Status.FAILED, found[0].next_step),
        ("4", Status.FAILED, "correct departments.yaml: did you mean 9 `Soporte Nivel II`?"),
    ]
    assert found[0].detail == "`Ventas`: the panel calls it `Reparto`"
    assert "1 Soporte técnico, 2 Reparto" in found[0].next_step
    assert {check.exit_code for check in found} == {1}


def test_operators_that_are_gone_idle_or_somebody_else_are_told(shipped: Rulebook) -> None:
    listed = operators(shipped)
    first, second, third = listed[:3]
    listed[0] = replace(first, operator_id=77, name=first.name.upper())
    listed[1] = replace(second, active=False)
    listed[2] = replace(third, name="Otra Persona")

    found = list(technician_checks(shipped, listed))

    assert told(found)[:2] == [
        (
            str(first.operator_id),
            Status.FAILED,
            f"correct technicians.yaml: did you mean 77 `{first.name.upper()}`?",
        ),
        (
            str(second.operator_id),
            Status.FAILED,
            "take the person out of technicians.yaml, or activate the operator in the panel",
        ),
    ]
    assert found[2].status is Status.WARNING
    assert "calls operator" in found[2].detail
    assert len(found) == 3


def test_the_bridges_own_operator_must_be_there(shipped: Rulebook) -> None:
    found = list(technician_checks(shipped, operators(shipped)[:-1]))

    assert [check.subject for check in found] == [str(shipped.roster.bridge_operator)]
    assert found[0].exit_code == 1
