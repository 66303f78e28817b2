"""Panel values become the trade's: words, dates, money, markup."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.domain.money import Money
from bridge.domain.records import Channel, ClientStatus, TicketState
from bridge.domain.words import normalise
from bridge.mikrowisp import translate
from bridge.rulebook.commands import Commands, Tickets

WORDS = Tickets()
MEXICO = ZoneInfo("America/Mexico_City")
NEW_YORK = ZoneInfo("America/New_York")  # a zone whose clock still changes


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("abierto", TicketState.OPEN),
        (" Respondido", TicketState.ANSWERED),
        ("RESPUESTA_CLIENTE", TicketState.CUSTOMER_REPLIED),
        ("respuesta  de cliente", TicketState.CUSTOMER_REPLIED),
        ("Cerrado", TicketState.CLOSED),
        ("en espera", TicketState.OPEN),
        ("", TicketState.OPEN),
    ],
)
def test_state_word_is_read_and_an_unknown_one_counts_as_open(word: str, state: TicketState) -> None:
    assert translate.state_of(word, WORDS) is state


@pytest.mark.parametrize(
    ("word", "channel"),
    [
        ("VIA TELEFONICA", Channel.PHONE),
        ("VIA TELEFO", Channel.PHONE),
        ("Vía Teléfo", Channel.PHONE),
        ("PAGINA WEB", Channel.PORTAL),
        ("cliente", Channel.PORTAL),
        ("oficina", Channel.OFFICE),
        ("PRESENCIAL", Channel.OFFICE),
        ("RED SOCIAL", Channel.SOCIAL),
        ("REDES SOCI", Channel.SOCIAL),
        ("correo", Channel.MAIL),
        ("paloma mensajera", Channel.OTHER),
        ("", Channel.OTHER),
    ],
)
def test_channel_survives_the_panels_cut_after_ten_characters(word: str, channel: Channel) -> None:
    assert translate.channel_of(word, WORDS) is channel


def test_dialect_adds_channel_words() -> None:
    words = Commands.model_validate({"tickets": {"channels": {"phone": ["por radio de banda"]}}}).tickets

    assert translate.channel_of("POR RADIO DE B", words) is Channel.PHONE


@pytest.mark.parametrize(
    ("word", "half_day"),
    [("MAÑANA", "mañana"), ("(TARDE)", "tarde"), ("[manana]", "mañana"), ("", ""), ("NOCHE", "")],
)
def test_half_day_without_brackets_case_and_accents(word: str, half_day: str) -> None:
    assert translate.half_day_of(word, WORDS) == half_day


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("ACTIVO", ClientStatus.ACTIVE),
        ("0", ClientStatus.ACTIVE),
        ("Suspendido", ClientStatus.SUSPENDED),
        ("1", ClientStatus.SUSPENDED),
        ("RETIRADO ", ClientStatus.RETIRED),
        ("2", ClientStatus.RETIRED),
    ],
)
def test_client_status_by_word_or_number(word: str, status: ClientStatus) -> None:
    assert translate.client_status_of(word) is status


def test_unknown_client_status_is_an_error() -> None:
    with pytest.raises(ValueError, match="SUSPENDIDO"):
        translate.client_status_of("7")


@pytest.mark.parametrize(
    ("value", "department"),
    [("3", 3), ("003", 3), ("soporte TECNICO", 1), ("Ventas", None), ("", None)],
)
def test_department_by_id_or_name(value: str, department: int | None) -> None:
    assert translate.department_of(value, {"soporte tecnico": 1}) == department


@pytest.mark.parametrize("text", ["", "  ", "0000-00-00", "0000-00-00 00:00:00"])
def test_zero_date_is_none(text: str) -> None:
    assert translate.instant_of(text, MEXICO) is None
    assert translate.visit_date_of(text) is None


def test_local_time_of_the_panels_zone_becomes_an_instant() -> None:
    assert translate.instant_of("2026-02-03 09:15:00", MEXICO) == datetime(2026, 2, 3, 15, 15, tzinfo=UTC)
    assert translate.instant_of("2026-02-03", MEXICO) == datetime(2026, 2, 3, 6, 0, tzinfo=UTC)


def test_hour_that_happens_twice_is_taken_the_first_time() -> None:
    assert translate.instant_of("2026-11-01 01:30:00", NEW_YORK) == datetime(2026, 11, 1, 5, 30, tzinfo=UTC)


def test_hour_that_is_jumped_over_moves_forward() -> None:
    moved = translate.instant_of("2026-03-08 02:30:00", NEW_YORK)

    assert moved is not None
    assert moved.astimezone(NEW_YORK).isoformat() == "2026-03-08T03:30:00-04:00"


@pytest.mark.parametrize("text", ["ayer", "31/02/2026", "2026-02-30", "9999-12-31 23:59:59x"])
def test_date_that_is_none_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        translate.instant_of(text, MEXICO)


def test_date_beyond_the_calendar_is_an_error() -> None:
    with pytest.raises(ValueError, match="calendar"):
        translate.instant_of("9999-12-31 23:59:59", MEXICO)


@given(st.datetimes(min_value=datetime(1990, 1, 1), max_value=datetime(2100, 1, 1)))  # noqa: DTZ001
def test_every_local_time_gives_one_instant_in_utc(local: datetime) -> None:
    local = local.replace(microsecond=0, fold=0)

    instant = translate.instant_of(local.isoformat(sep=" "), NEW_YORK)

    assert instant is not None
    assert instant.tzinfo is UTC
    shift = instant.astimezone(NEW_YORK).replace(tzinfo=None) - local
    assert shift.total_seconds() in {0, 3600}


@pytest.mark.parametrize(("value", "number"), [(77, 77), ("77", 77), ("000077", 77), (" 77 ", 77)])
def test_id_of_any_type(value: object, number: int) -> None:
    assert translate.number_of(value) == number


@pytest.mark.parametrize("value", [None, True, 7.0, "7.5", "", "x", [], {}])
def test_id_that_is_none_is_an_error(value: object) -> None:
    with pytest.raises(ValueError, match=r".+"):
        translate.number_of(value)


def test_money_is_exact() -> None:
    assert translate.money_of(" 343.75 ", "MXN") == Money(Decimal("343.75"))
    assert translate.money_of("-0.10", "MXN") == Money(Decimal("-0.10"))


@pytest.mark.parametrize("value", ["mil", "", "NaN", "Infinity", "S/. 25.00"])
def test_money_that_is_none_is_an_error(value: str) -> None:
    with pytest.raises(ValueError, match="amount"):
        translate.money_of(value, "MXN")


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("&lt;p&gt;No navega&lt;/p&gt;", "No navega"),
        ("<p>Uno</p><p>Dos<br>Tres</p>", "Uno\nDos\nTres"),
        ("&amp;lt;b&amp;gt;Doble&amp;lt;/b&amp;gt; &amp;aacute;rea", "Doble área"),
        ("se&ntilde;al&nbsp;d&eacute;bil", "señal débil"),
        ("menos de <5 Mbps> y 3 < 4 > 2", "menos de <5 Mbps> y 3 < 4 > 2"),
        ('<img src="data:x"/>foto<script>alert(1)</script><style>p{}</style>', "foto"),
        ("<!-- oculto -->visto<!-- sin fin", "visto"),
        ("<!doctype html><![if !mso]>a<?xml version='1'?>", "a"),
        ("uno\r\n\r\n\r\n  dos   tres ", "uno\ndos tres"),
        ("#visita 2026-02-04 10:00", "#visita 2026-02-04 10:00"),
        ("[RC-1201/C1] Bonificaci&oacute;n", "[RC-1201/C1] Bonificación"),
        ("", ""),
    ],
)
def test_markup_becomes_what_a_person_reads(markup: str, text: str) -> None:
    assert translate.plain_text(markup) == text


@given(st.text(alphabet="<>&;!-#ab pdiv/lt \n=\"'", max_size=200))
def test_plain_text_is_stable_however_odd_the_markup(markup: str) -> None:
    once = translate.plain_text(markup)

    assert "\n\n" not in once
    assert once == once.strip()


def test_a_long_hostile_message_is_read_quickly() -> None:
    for odd in ("<!--", "<script", "<a ", "&lt;", "<![", "</"):
        translate.plain_text(odd * 20_000)


def test_one_line_joins_lines() -> None:
    assert translate.one_line("<p>Sin</p><p>internet </p>") == "Sin internet"


@given(st.text())
def test_normalising_twice_changes_nothing(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)


def test_normalise_drops_case_accents_and_spaces() -> None:
    assert normalise("  VÍA \n Telefónica  MAÑANA ") == "via telefonica manana"
