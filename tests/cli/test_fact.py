"""`bridge fact`: what staff know, checked, kept with its author, and decided by in the next cycle."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import Isp, after


def receipt(isp: Isp, ticket: int) -> dict[str, Any]:
    found: dict[str, Any] = isp("tickets", "show", ticket, "--format", "json").json
    return found


def facts(isp: Isp, ticket: int) -> list[dict[str, Any]]:
    return [event for event in receipt(isp, ticket)["events"] if event["source"].startswith("person:")]


def test_a_fact_keeps_its_author_time_and_note(isp_over_api: Isp) -> None:
    isp = isp_over_api
    ticket = isp.ticket()
    isp.sync(1)

    result = isp(
        "fact", ticket, "contact", "--by", " Ana  Ruiz ", "--at", "2026-11-02 08:30", "--note", "no answer"
    )

    assert result.code == 0, result.err
    [event] = facts(isp, ticket)
    assert {name: event[name] for name in ("kind", "at", "seen_at", "source", "note", "data")} == {
        "kind": "contact:made",
        "at": after(0.5).isoformat(),
        "seen_at": after(1).isoformat(),
        "source": "person:Ana Ruiz",
        "note": "no answer",
        "data": {},
    }


def test_the_next_cycle_decides_by_a_fact(isp_over_api: Isp) -> None:
    isp = isp_over_api
    ticket = isp.ticket()
    isp.sync(1)

    isp("fact", ticket, "contact", "--failed", "--by", "Ana")
    report = isp.sync(1.1).json

    assert report["decisions"]["L-3"] == 3
    assert receipt(isp, ticket)["report_number"] == f"RC-{ticket}"


def test_a_fact_about_an_ended_incident_is_decided_too(isp: Isp) -> None:
    ticket = isp.ticket()
    isp.sync(75)
    isp.staff("close", ticket=ticket)
    isp.sync(75.1)

    isp("fact", f"rc-{ticket}", "attribution", "customer", "--by", "Ana")
    isp.sync(80)

    lines = isp("credits", "list", "--format", "json").json
    assert {(line["type"], line["status"]) for line in lines} == {
        ("days", "posted"),
        ("charge", "awaiting_amount"),
        ("reversal", "reversal_proposed"),
    }


@pytest.mark.parametrize(
    ("words", "kind", "data"),
    [
        (["contact", "--failed"], "contact:failed", {}),
        (
            ["visit", "--start", "2026-11-05 16:00", "--hours", "3"],
            "visit:fixed",
            {"start": "2026-11-05T16:00:00-06:00", "hours": "3"},
        ),
        (["visit", "--start", "5/11 4pm"], "visit:fixed", {"start": "2026-11-05T16:00:00-06:00"}),
        (["visit", "--start", "5/11 4:30"], "visit:fixed", {"start": "2026-11-05T16:30:00-06:00"}),
        (
            ["visit", "--start", "2026-11-05T01:00-06:00"],
            "visit:fixed",
            {"start": "2026-11-05T01:00:00-06:00"},
        ),
        (
            ["visit", "--start", "5/11 de 10 a 12"],
            "visit:fixed",
            {"start": "2026-11-05T10:00:00-06:00", "hours": "2"},
        ),
        (
            ["visit", "--start", "2026-11-05 tarde"],
            "visit:fixed",
            {"date": "2026-11-05", "half_day": "tarde"},
        ),
        (["visit-done"], "visit:done", {}),
        (["visit-failed"], "visit:failed", {}),
        (["severe"], "severity:set", {}),
        (["attribution", "third-party"], "attribution:set", {"attribution": "third_party"}),
        (["attribution", "fuerza-mayor"], "attribution:set", {"attribution": "force_majeure"}),
        (
            ["outage", "--since", "2026-11-02T13:30:00+00:00"],
            "outage:since",
            {"since": "2026-11-02T13:30:00+00:00"},
        ),
        (
            ["outage", "--restored", "2026-11-02T09:30"],
            "outage:restored",
            {"restored": "2026-11-02T09:30:00-06:00"},
        ),
        (["kind", "low_speed"], "kind:set", {"kind": "low_speed"}),
        (["service", "1"], "service:named", {"service_id": "1"}),
        (["resolved"], "incident:resolved", {}),
        (
            ["resolved", "--at", "hoy 9:15"],
            "incident:resolved",
            {"restored": "2026-11-02T09:15:00-06:00"},
        ),
        (["cancelled"], "client:cancelled", {}),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_every_fact_of_the_design_can_be_recorded(
    isp: Isp, words: list[str], kind: str, data: dict[str, str]
) -> None:
    ticket = isp.ticket()
    isp.sync(2)

    result = isp("fact", ticket, *words, "--by", "Ana")

    assert result.code == 0, result.err
    [event] = facts(isp, ticket)
    assert (event["kind"], event["data"]) == (kind, data)


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (["attribution", "nobody"], "isp, customer, third_party, force_majeure, planned"),
        (["attribution"], "needs its WHO"),
        (["kind", "fire"], "no_access, low_speed"),
        (["service", "77"], "customer 1 has 1 (Plan 25M)"),
        (["service", "one"], "customer 1 has 1 (Plan 25M)"),
        (["contact", "Ana"], "takes no value"),
        (["contact", "--at", "2026-11-09 10:00"], "has not come yet"),
        (["outage", "--since", "2026-11-09 10:00"], "has not come yet"),
        (["outage"], "--since TIME, --restored TIME"),
        (
            ["outage", "--since", "2026-11-02 09:00", "--restored", "2026-11-02 08:30"],
            "--since does not lie before",
        ),
        (["visit"], "--start TIME"),
        (["visit", "--start", "soon"], "is no time"),
        (["outage", "--since", "2/11 4:30"], "is no time"),
        (["visit", "--start", "2026-11-05 16:00", "--hours", "0"], "--hours is from 1"),
        (["severe", "--failed"], "--failed goes with `contact`"),
        (["contact", "--at", "2026-11-01 10:00"], "before RC-"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_wrong_fact_is_refused_with_what_is_valid(isp: Isp, words: list[str], hint: str) -> None:
    ticket = isp.ticket()
    isp.sync(2)

    result = isp("fact", ticket, *words, "--by", "Ana")

    assert result.code == 1
    assert hint in result.err
    assert facts(isp, ticket) == []


@pytest.mark.parametrize("by", ["", "  ", "bridge", "x" * 81])
def test_a_fact_needs_the_name_of_a_person(isp: Isp, by: str) -> None:
    ticket = isp.ticket()
    isp.sync(2)

    assert isp("fact", ticket, "severe", "--by", by).code == 1


def test_a_fact_about_an_unknown_ticket_is_refused(isp: Isp) -> None:
    for unknown in ("999", "RC-999", "x"):
        result = isp("fact", unknown, "severe", "--by", "Ana")
        assert (result.code, unknown in result.err) == (1, True)


def test_a_fact_of_an_earlier_incident_of_a_ticket_needs_its_time(isp: Isp) -> None:
    ticket = isp.ticket()
    isp.sync(1)
    isp.staff("close", ticket=ticket)
    isp.sync(2)
    isp.at(200)
    isp.staff("reopen", ticket=ticket)
    isp.sync(201)

    refused = isp("fact", f"RC-{ticket}", "attribution", "isp", "--by", "Ana")
    recorded = isp(
        "fact", f"RC-{ticket}", "attribution", "isp", "--by", "Ana", "--at", after(1.5).isoformat()
    )
    latest = isp("fact", ticket, "severe", "--by", "Ana")

    assert (refused.code, recorded.code, latest.code) == (1, 0, 0)
    assert f"RC-{ticket}-2" in refused.err
    assert [event["kind"] for event in facts(isp, ticket)] == ["severity:set"]


def test_a_later_word_corrects_an_earlier_one(isp: Isp) -> None:
    ticket = isp.ticket()
    isp.sync(2)

    isp("fact", ticket, "attribution", "customer", "--by", "Ana")
    isp("fact", ticket, "attribution", "isp", "--by", "Ana")
    isp.sync(2.1)

    assert receipt(isp, ticket)["attribution"] == "isp"
