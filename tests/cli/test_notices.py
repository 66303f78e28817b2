"""`bridge notices`: how each notice reads, and what became of those that were written."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from bridge.domain.notices import TOPICS
from tests.servers import ROOT

from .conftest import Isp, after

SMS = 'text: "Reds Comm: su numero de reporte es {report_number}. Conservelo hasta la solucion de la falla."'
NUMBER_BY_SMS = (
    "report_number:\n      sms:\n        send: false",
    "report_number:\n      sms:\n        send: true",
)
TO_THE_OFFICE = ("supervisors:\n    to: []", "supervisors:\n    to: [oficina, casa]")
NOBODY = ("nobody:\n      send: false", "nobody:\n      send: true")
CHANNELS: dict[str, Any] = {
    "channels": {"oficina": {"urls": ["json://127.0.0.1:9"]}, "casa": {"urls": ["json://127.0.0.1:9"]}}
}


def with_messages(isp: Isp, *edits: tuple[str, str]) -> Isp:
    """The bridge with an edited messages.yaml, and two channels that nobody listens on."""
    mappings: Path = isp.folder / "mappings"
    shutil.copytree(ROOT / "mappings", mappings)
    messages = mappings / "messages.yaml"
    for before, wanted in edits:
        text = messages.read_text(encoding="utf-8")
        assert text.count(before) == 1
        messages.write_text(text.replace(before, wanted), encoding="utf-8")
    isp.configure(database=False, mappings=str(mappings), notices=CHANNELS)
    return isp


@pytest.fixture
def told(isp_over_api: Isp) -> Isp:
    return with_messages(isp_over_api, NUMBER_BY_SMS, TO_THE_OFFICE, NOBODY)


# --- preview ---------------------------------------------------------------------------------------------


def test_the_preview_has_every_notice_by_each_medium_and_nothing_is_sent(isp_over_api: Isp) -> None:
    isp = isp_over_api

    shown = isp("notices", "preview", "--format", "json").json

    expected = [
        (audience, topic, medium)
        for audience, topics in TOPICS.items()
        for topic in topics
        for medium in (("sms", "mail") if audience == "customers" else ("channel",))
    ]
    assert [(one["audience"], one["topic"], one["medium"]) for one in shown] == expected
    assert not any(one["on"] for one in shown)
    assert isp.panel.control("journal")["entries"] == []
    assert not (isp.folder / "var").exists()


def test_a_preview_is_the_notice_with_invented_words(told: Isp) -> None:
    shown = told("notices", "preview", "--format", "json").json

    found = {(one["topic"], one["medium"]): one for one in shown}
    assert found["report_number", "sms"] == {
        "audience": "customers",
        "topic": "report_number",
        "medium": "sms",
        "on": True,
        "to": [],
        "subject": "",
        "text": "Reds Comm: su numero de reporte es RC-12345. Conservelo hasta la solucion de la falla.",
        "sms": {"places": 86, "messages": 1, "costly": ""},
    }
    assert found["credit_on_invoice", "mail"] == {
        "audience": "customers",
        "topic": "credit_on_invoice",
        "medium": "mail",
        "on": False,
        "to": [],
        "subject": "Su bonificación está en la factura 4521",
        "text": (
            "Estimado cliente: los $1234.50 que le bonificamos por su reporte RC-12345 ya están descontados "
            "en su factura 4521. Reds Comm"
        ),
        "sms": None,
    }
    assert found["nobody", "channel"] == {
        "audience": "supervisors",
        "topic": "nobody",
        "medium": "channel",
        "on": True,
        "to": ["oficina", "casa"],
        "subject": "Avisos de supervisión: 2",
        "text": (
            "RC-12345: no hay técnico de nivel 2. María Guadalupe Hernández (cliente 1077), ticket 12345"
        ),
        "sms": None,
    }


def test_only_those_that_are_on(told: Isp) -> None:
    shown = told("notices", "preview", "--on")

    assert shown.code == 0
    assert [line for line in shown.out.splitlines() if line and line[0] != " "] == [
        "customers report_number sms: on",
        "supervisors nobody channel: on to oficina, casa",
        "2 notices switched on, of 2 shown.",
    ]
    assert "  [86 letters, 1 SMS]\n" in shown.out
    assert [one["topic"] for one in told("notices", "preview", "--on", "--format", "json").json] == [
        "report_number",
        "nobody",
    ]


def test_with_all_off_there_is_nothing_to_show(isp_over_api: Isp) -> None:
    assert isp_over_api("notices", "preview", "--on").words == "0 notices switched on, of 0 shown."
    assert isp_over_api("notices", "preview").words.endswith("0 notices switched on, of 19 shown.")


def test_letters_that_make_an_sms_long_are_named(isp_over_api: Isp) -> None:
    isp = with_messages(isp_over_api, (SMS, SMS.replace("numero", "número").replace("solucion", "solución")))

    shown = isp("notices", "preview").out

    assert "[86 letters, 2 SMS; because of úó each holds 70, not 160]" in shown


def test_a_technicians_channels_are_each_named_once(isp_over_api: Isp) -> None:
    isp = with_messages(isp_over_api)
    people = isp.folder / "mappings" / "technicians.yaml"
    text = people.read_text(encoding="utf-8")
    people.write_text(text.replace("levels: [1]\n", "levels: [1]\n    notify: [casa, oficina]\n"))

    shown = isp("notices", "preview", "--format", "json").json

    assert {tuple(one["to"]) for one in shown if one["audience"] == "technicians"} == {("casa", "oficina")}


# --- list ------------------------------------------------------------------------------------------------


def test_without_notices_the_list_says_so(told: Isp) -> None:
    told.at(0)

    assert told("notices", "list").out == "No notice waits.\n"
    assert told("notices", "list", "--all", "--format", "json").json == []


def test_what_waits_for_the_morning_is_listed_and_then_over(told: Isp) -> None:
    """The ticket of 19:30 gets its number at 21:30, in the quiet hours."""
    ticket = told.ticket(at=11.5)
    told.sync(11.5)
    told.sync(13.6)

    [waits] = told("notices", "list", "--format", "json").json
    assert waits == {
        "key": f"RC-{ticket}/sms/report_number",
        "audience": "customers",
        "topic": "report_number",
        "medium": "sms",
        "client_id": 1,
        "report_number": f"RC-{ticket}",
        "to": "",
        "subject": "",
        "text": f"Reds Comm: su numero de reporte es RC-{ticket}. Conservelo hasta la solucion de la falla.",
        "at": after(13.5).isoformat(),
        "state": "waiting",
        "attempts": 0,
        "retry_at": None,
        "released_at": None,
        "reason": "",
    }
    assert (
        f"2026-11-02 21:30 RC-{ticket}/sms/report_number customer 1 waiting" in told("notices", "list").words
    )

    told.sync(24)

    assert told("notices", "list").out == "No notice waits.\n"
    [sent] = told("notices", "list", "--all", "--format", "json").json
    assert (sent["state"], sent["released_at"]) == ("handed", after(24).isoformat())


def test_a_channel_that_is_down_is_listed_with_its_name(told: Isp) -> None:
    people = told.folder / "mappings" / "technicians.yaml"
    text = people.read_text(encoding="utf-8")
    people.write_text(text.replace("levels: [1]\n", "levels: [1]\n    shifts: [dom 0:00-1:00]\n"))
    ticket = told.ticket()
    told.sync(0)

    listed = told("notices", "list", "--format", "json").json

    assert [(one["report_number"], one["topic"], one["to"], one["state"]) for one in listed] == [
        (f"RC-{ticket}", "nobody", "casa", "retry_at"),
        (f"RC-{ticket}", "nobody", "oficina", "retry_at"),
    ]
    assert {(one["attempts"], one["retry_at"]) for one in listed} == {(1, after(5 / 60).isoformat())}
    assert "el canal `casa` no recibe mensajes" in told("notices", "list").words
