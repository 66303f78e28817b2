"""`bridge work` and `bridge outbox`: what people do by hand, and pushes that did not go through."""

from __future__ import annotations

import shutil
from typing import Any

from bridge.store.push_states import PushState
from tests.servers import ROOT

from .conftest import Isp, after


def work(isp: Isp) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = isp("work", "list", "--format", "json").json
    return found


def pushes(isp: Isp, *options: str) -> dict[str, dict[str, Any]]:
    return {row["key"]: row for row in isp("outbox", "list", *options, "--format", "json").json}


def credits_(isp: Isp) -> dict[str, str]:
    return {row["credit_id"]: row["status"] for row in isp("credits", "list", "--format", "json").json}


def test_the_worklist_says_what_to_do_in_the_panel(isp_over_api: Isp) -> None:
    isp = isp_over_api
    ticket = isp.ticket()
    isp.sync(97)

    lines = work(isp)

    assert set(lines[0]) == {
        "line_id",
        "kind",
        "text",
        "paste",
        "client_id",
        "ticket_id",
        "push_key",
        "since",
        "age_seconds",
    }
    credit = next(line for line in lines if line["kind"] == "credit")
    assert (credit["client_id"], credit["push_key"]) == (1, f"RC-{ticket}/C1")
    assert "-300.00 (negativo: a favor del cliente)" in credit["text"]
    assert f"[RC-{ticket}/C1]" in isp("work", "list").words


def test_a_line_says_since_when_it_waits(isp_over_api: Isp) -> None:
    isp = isp_over_api
    isp.ticket()
    isp.sync(0)
    isp.at(26.5)

    [line] = work(isp)

    assert (line["since"], line["age_seconds"]) == (after(0).isoformat(), 26 * 3600 + 1800)
    assert f"{line['line_id']} 2026-11-02 08:00 26:30 assign" in isp("work", "list").words


def test_one_line_is_shown_with_the_text_to_paste_unbroken(isp_over_api: Isp) -> None:
    isp = isp_over_api
    ticket = isp.ticket()
    isp.sync(3)
    note = next(line for line in work(isp) if line["kind"] == "note")

    shown, for_programs = (
        isp("work", "show", note["line_id"]),
        isp("work", "show", note["line_id"], "--format", "json"),
    )

    assert for_programs.json == note
    assert f"  {note['paste']}\n" in shown.out
    assert f"[RC-{ticket}/N2]" in note["paste"]
    assert f"Abra el ticket {ticket}, elija Responder y pegue" in shown.words
    assert f"bridge work done {note['line_id']} --by NAME" in shown.words


def test_a_line_without_a_text_has_nothing_to_paste(isp_over_api: Isp) -> None:
    isp = isp_over_api
    isp.ticket()
    isp.sync(0)
    [line] = work(isp)

    assert line["paste"] is None
    assert "Paste this" not in isp("work", "show", line["line_id"]).words
    assert isp("work", "show", 99).code == 1


def test_what_people_must_look_at_is_told_in_their_language_and_goes_away_with_its_cause(isp: Isp) -> None:
    unrouted = isp.ticket(1, subject="Buenas tardes", body="Tengo una duda")
    slow = isp.ticket(2, subject="Internet muy lento")
    isp.sync(0.5)
    isp.staff("tag", ticket=slow, text="#visita un dia de estos", operator=11)
    isp.sync(1)

    texts = {line["kind"]: line["text"] for line in work(isp)}
    assert set(texts) == {"unrouted", "evidence", "unread_tag"}
    assert texts["unrouted"].startswith(
        f"RC-{unrouted}: el ticket {unrouted} no coincide con ninguna categoría."
    )
    assert f"`bridge fact {unrouted} kind ...`" in texts["unrouted"]
    assert texts["evidence"].startswith(f"Ticket {slow}: baja velocidad sin capturas de la prueba")
    tag = "no se entendió la etiqueta `#visita un dia de estos`"
    assert texts["unread_tag"].startswith(f"Ticket {slow}: {tag}. Escríbala de nuevo en el ticket")

    isp.staff("tag", ticket=unrouted, text="#sin-servicio", operator=11)
    isp.staff("close", ticket=slow)
    isp.sync(2)

    assert [line["kind"] for line in work(isp)] == ["unread_tag"]


def test_a_level_without_technicians_is_the_supervisors_line(isp: Isp) -> None:
    folder = isp.folder / "mappings"
    shutil.copytree(ROOT / "mappings", folder)
    roster = folder / "technicians.yaml"
    text = roster.read_text(encoding="utf-8")
    text = text.replace("levels: [1]\n", "levels: [1]\n    leave: [{first: 2026-11-01, last: 2026-11-09}]\n")
    roster.write_text(text, encoding="utf-8")
    isp.configure(database=True, mappings=str(folder))
    ticket = isp.ticket()
    isp.sync(0)

    [line] = work(isp)

    assert line["kind"] == "supervisor"
    wanted = f"RC-{ticket}: no hay técnico disponible de nivel 1. Abra el ticket {ticket}, elija Editar"
    assert line["text"].startswith(wanted)


def test_a_line_is_ticked_off_when_the_panel_shows_what_it_asked_for(isp: Isp) -> None:
    isp.configure(database=True, routes={"note": ["manual"], "assign": ["manual"]})
    ticket = isp.ticket()
    isp.sync(3)
    lines = {line["kind"]: line for line in work(isp)}

    isp.staff("reply", ticket=ticket, text=lines["note"]["paste"], operator=21)
    isp.staff("assign", ticket=ticket, technician=21)
    isp.sync(3.5)

    assert set(lines) == {"note", "assign"}
    assert work(isp) == []
    assert {row["state"] for row in pushes(isp, "--all").values()} == {"verified"}


def test_work_that_was_done_counts_as_sent_and_its_credit_as_posted(isp_over_api: Isp) -> None:
    isp = isp_over_api
    ticket = isp.ticket()
    isp.sync(97)
    credit = next(line for line in work(isp) if line["kind"] == "credit")

    result = isp("work", "done", credit["line_id"], "--by", "Ana")

    assert result.code == 0
    assert credit["line_id"] not in {line["line_id"] for line in work(isp)}
    assert pushes(isp, "--all")[f"RC-{ticket}/C1"]["state"] == "sent"
    assert credits_(isp) == {f"RC-{ticket}/C1": "posted"}


def test_an_assignment_done_by_hand_counts_as_sent(isp_over_api: Isp) -> None:
    isp = isp_over_api
    isp.ticket()
    isp.sync(0)
    [line] = work(isp)

    isp("work", "done", line["line_id"], "--by", "Ana")
    isp.sync(1)

    assert work(isp) == []
    assert [row["state"] for row in pushes(isp, "--all").values()] == ["sent"]


def test_a_line_is_done_once(isp_over_api: Isp) -> None:
    isp = isp_over_api
    isp.ticket()
    isp.sync(0)
    [line] = work(isp)
    isp("work", "done", line["line_id"], "--by", "Ana")

    again, unknown = (
        isp("work", "done", line["line_id"], "--by", "Berta"),
        isp("work", "done", 99, "--by", "Ana"),
    )

    assert (again.code, unknown.code) == (1, 1)
    assert "by Ana already" in again.err


def parked(isp: Isp) -> str:
    """A note that the panel refuses, and so waits for a person."""
    ticket = isp.ticket()
    isp.sync(1)
    isp("fact", ticket, "resolved", "--by", "Ana")
    isp.panel.control("faults", {"kind": "refuse", "command": "CloseTicket", "message": "no se puede"})
    isp.sync(2)
    [row] = pushes(isp).values()
    assert row["state"] == "parked"
    return str(row["key"])


def test_a_parked_push_ends_the_cycle_with_3_and_shows_its_reason(isp: Isp) -> None:
    key = parked(isp)
    isp.at(2.1)

    result = isp("sync")

    assert result.code == 3
    assert "pushes parked 1, see `bridge outbox list`" in result.words
    assert "no se puede" in isp("outbox", "list").words
    assert key in isp("outbox", "list").out


def test_a_parked_push_is_sent_again_on_demand(isp: Isp) -> None:
    key = parked(isp)

    assert isp("outbox", "retry", key).code == 0
    isp.sync(3)

    assert pushes(isp) == {}
    assert pushes(isp, "--all")[key]["state"] == "verified"
    assert isp("outbox", "retry", key).code == 1


def test_a_discarded_push_is_over(isp: Isp) -> None:
    key = parked(isp)

    assert isp("outbox", "discard", key, "--by", "Ana", "--reason", "not needed").code == 0
    result = isp.sync(3)

    assert (result.code, pushes(isp)) == (0, {})
    assert isp("outbox", "discard", key, "--by", "Ana", "--reason", "again").code == 1


def test_discarding_the_push_of_a_credit_holds_the_credit(isp_over_api: Isp) -> None:
    isp = isp_over_api
    ticket = isp.ticket()
    isp.sync(97)

    isp("outbox", "discard", f"RC-{ticket}/C1", "--by", "Ana", "--reason", "customer waived it")
    isp.sync(98)

    assert credits_(isp) == {f"RC-{ticket}/C1": "held"}
    assert f"RC-{ticket}/C1" not in {line["push_key"] for line in work(isp)}


def lost_on_the_way(isp: Isp) -> str:
    """A credit of which nobody knows whether the panel got it."""
    ticket = isp.ticket()
    isp.sync(97)
    key = f"RC-{ticket}/C1"
    store = isp.store()
    push = store.outbox.get(key)
    assert push is not None
    store.worklist.close_key(f"push/{key}", "bridge", push.changed_at)
    for state in (PushState.PENDING, PushState.SENDING):
        store.outbox.move(key, state, at=push.changed_at, actor="bridge")
    store.close()
    isp.sync(98)
    assert pushes(isp)[key]["state"] == "parked"
    return key


def test_a_push_in_doubt_is_a_line_to_check_and_ticking_it_off_says_it_stands_there(
    isp_over_api: Isp,
) -> None:
    isp = isp_over_api
    key = lost_on_the_way(isp)
    line = next(line for line in work(isp) if line["push_key"] == key)
    assert line["kind"] == "check"

    isp("work", "done", line["line_id"], "--by", "Ana")
    isp.sync(98.5)

    assert pushes(isp, "--all")[key]["state"] == "sent"
    assert credits_(isp) == {key: "posted"}


def test_a_push_in_doubt_that_is_not_there_is_done_again_on_the_word_of_who_looked(isp_over_api: Isp) -> None:
    isp = isp_over_api
    key = lost_on_the_way(isp)

    assert isp("outbox", "retry", key, "--by", "Ana").code == 0
    isp.sync(98.5)
    assert pushes(isp)[key]["state"] == "parked"
    assert isp("outbox", "retry", key, "--not-there", "--by", "Ana").code == 0
    isp.sync(98.6)

    assert pushes(isp)[key]["state"] == "manual"
    assert [line["kind"] for line in work(isp) if line["push_key"] == key] == ["credit"]


def test_unknown_pushes_are_refused(isp: Isp) -> None:
    assert isp("outbox", "retry", "x").code == 1
    assert isp("outbox", "discard", "x", "--by", "Ana", "--reason", "y").code == 1
