"""The mappings that come with the program: they load, and say what the procedure says."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from string import Formatter

import pytest

from bridge.domain.classify import classify
from bridge.domain.decisions import Reason
from bridge.domain.notices import Audience, Topic
from bridge.domain.policy import BonusPolicy, EscalationPolicy
from bridge.rulebook import TEMPLATES
from bridge.views.notices import previews

SHIPPED = Path(__file__).parents[2] / "mappings"


@pytest.fixture(scope="module")
def shipped(load):
    return load(SHIPPED).rulebook


def test_the_first_version_is_the_default_of_the_rules(shipped):
    """Every number of the shipped files is the number of rules.md; no other default hides in the code."""
    first = shipped.escalation[0]
    default = EscalationPolicy(version=first.version, effective_from=first.effective_from)
    plain = {name: end for name, end in first.half_day_ends.items() if name != "manana"}
    assert [
        field.name for field in fields(first) if getattr(first, field.name) != getattr(default, field.name)
    ] in (
        [],
        ["half_day_ends"],
    )
    assert {**plain, "mañana": first.half_day_ends["manana"]} == default.half_day_ends

    bonus = shipped.bonus[0]
    assert bonus == BonusPolicy(version=bonus.version, effective_from=bonus.effective_from)


def test_versions_are_in_force_since_2019(shipped):
    assert [policy[0].version for policy in (shipped.escalation, shipped.bonus, shipped.charges)] == [
        "escalation@2019-01-01",
        "bonus@2019-01-01",
        "charges@2019-01-01",
    ]


def test_every_tag_of_the_design_is_there(shipped):
    assert {tag.word for tag in shipped.signals.tags} >= {
        "sin-solucion", "visita", "visita-hecha", "visita-fallida", "servicio", "grave", "no-atribuible",
        "atribuible", "baja-velocidad", "sin-servicio", "resuelto", "cancelado",
    }  # fmt: skip


def test_nobody_is_told_of_anything_until_somebody_switches_it_on(load):
    notices = load(SHIPPED).notices

    assert notices.media == dict.fromkeys(Topic, frozenset())
    assert (notices.channels, notices.technicians) == (
        {Audience.SUPERVISORS: (), Audience.BILLING: ()},
        {},
    )


def test_texts_render_with_the_fields_they_are_allowed(shipped):
    for name, template in TEMPLATES.items():
        given = dict.fromkeys(template.fields, "x")
        used = {field for _, field, _, _ in Formatter().parse(shipped.texts.templates[name]) if field}

        assert shipped.texts.render(name, **given)
        assert template.required <= used


def test_every_notice_can_be_written_and_is_one_sms(load):
    """With words as long as they usually are."""
    loaded = load(SHIPPED)

    shown = list(previews(loaded.notices, loaded.rulebook.texts))

    assert {one.topic for one in shown} == set(Topic)
    assert all(one.text for one in shown)
    assert [(one.length.messages, one.length.costly) for one in shown if one.length] == [(1, "")] * 5


def test_a_credit_fits_the_panel_with_long_fields(shipped):
    """The panel's column holds 300 characters."""
    for name in ("credit_days", "credit_month", "charge", "reversal"):
        text = shipped.texts.render(
            name, days="4.3333", amount="1500.00", report_number="RC-1234567-12",
            credit_id="RC-1234567-12/C12", marker="[RC-1234567-12/C12]",
        )  # fmt: skip
        assert len(text) <= 300


@pytest.mark.parametrize(
    ("subject", "opening", "kind"),
    [
        ("Sin internet", "", "no_access"),
        ("NO TENGO  INTERNET desde ayer", "", "no_access"),
        ("ayuda", "¡Se cayó el internet!", "no_access"),
        ("Módem", "tiene el foco rojo (LOS)", "no_access"),
        ("Internet muy lento", "", "low_speed"),
        ("Baja velocidad", "no navega bien", "low_speed"),
        ("se va y viene la señal", "", "low_speed"),
        ("Quiero contratar otro servicio", "", "enquiry_sale"),
        ("¿Qué planes tienen?", "", "enquiry_products"),
        ("Cambio de plan", "", "enquiry_change"),
        ("Cambio de domicilio", "", "enquiry_address"),
        ("Cambio de módem", "", "enquiry_equipment"),
        ("Duda sobre mi factura", "", "enquiry_billing"),
        ("Falla en mi servicio", "", "unknown"),
        ("Problema con el internet", "", "unknown"),
        ("Todos los días saludos", "", "unrouted"),
        ("Hola", "buenas tardes", "unrouted"),
        ("Ya pagué mi factura y sigo sin servicio", "", "no_access"),
    ],
)
def test_what_customers_write_is_recognised(shipped, subject, opening, kind):
    assert classify(subject, opening, shipped.kinds) == kind


def test_every_reason_can_be_said_to_a_customer(shipped):
    """What refuses a credit and what holds one; an amount that a person approves is merely in review."""
    refuses = {
        Reason.BELOW_THRESHOLD,
        Reason.NO_DAYS_FOR_KIND,
        Reason.NOT_ATTRIBUTABLE,
        Reason.BEFORE_ENFORCEMENT,
        Reason.CAPPED,
        Reason.ATTRIBUTION_CHANGED,
    }
    pays_or_waits = {
        Reason.DAYS,
        Reason.MONTH,
        Reason.ABOVE_APPROVAL,
        Reason.AWAITING_AMOUNT,
        Reason.FOUND_ON_PANEL,
    }

    named = {f"receipt_refused_{reason}" for reason in refuses}
    named |= {f"receipt_held_{reason}" for reason in set(Reason) - refuses - pays_or_waits}

    assert named == {
        name for name in shipped.texts.templates if name.startswith(("receipt_refused_", "receipt_held_"))
    }
