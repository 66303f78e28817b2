"""A store is lost or restored from an older copy: what stands on the panel is found and not posted again."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from bridge.domain.intents import PushKind
from bridge.store.push_states import PushState
from tests.acceptance.town import T0, Town, hours, town, with_sms
from tests.servers import Sandbox
from tests.sync.test_audit import by_hand, credited, deed, desk, difference, later


@pytest.fixture
def first(tmp_path: Path, panel: Sandbox) -> Iterator[Town]:
    """A town whose bridge has posted 40.00 for 80 hours."""
    with town(tmp_path, customers=9, running=panel) as one:
        credited(one)
        yield one


def again(place: Town, folder: Path, **values: object) -> AbstractContextManager[Town]:
    """The same panel, and a bridge that starts with an empty store."""
    folder.mkdir()
    return town(folder, customers=place.customers, beside=place.panel, start=place.clock.now(), **values)


def statuses(place: Town) -> dict[str, str]:
    return {line.credit_id: str(line.status) for line in place.store.ledger.lines()}


def test_an_empty_store_takes_over_what_the_panel_holds(first: Town, tmp_path: Path) -> None:
    with again(first, tmp_path / "new") as second:
        later(second, 2)

        assert [str(amount) for amount, _ in second.balances(1)] == ["-40.00"]
        assert statuses(second) == statuses(first)
        assert difference(second) == []
        [row] = second.store.outbox.in_states(*PushState, kinds={PushKind.CREDIT})
        assert (row.state, row.attempts) == (PushState.VERIFIED, 0)


def test_a_credit_that_an_invoice_took_up_is_found_there(first: Town, tmp_path: Path) -> None:
    first.bill()
    with again(first, tmp_path / "new") as second:
        later(second, 2)

        assert list(statuses(second).values()) == ["invoiced"]
        assert [one["total"] for one in second.invoices(1)] == ["260.00"]


def test_a_part_that_was_posted_is_adopted_and_the_rest_waits_for_a_person(
    first: Town, tmp_path: Path
) -> None:
    """The incident went on after 40.00 were posted: an empty store reckons a month at once."""
    [line] = first.store.ledger.lines()
    [ticket] = line.ticket_ids
    first.staff("reopen", T0 + hours(90), ticket=ticket, operator=31)
    first.at(T0 + hours(107))
    with again(first, tmp_path / "new") as second:
        later(second, 2)

        assert [str(amount) for amount, _ in second.balances(1)] == ["-40.00"]
        rest = line.credit_id.replace("/C1", "/C2")
        assert statuses(second) == {line.credit_id: "posted", rest: "awaiting_approval"}
        found = second.store.ledger.line(rest)
        assert found is not None
        assert (str(found.amount), found.reason) == ("260.00", "found_on_panel")

        desk(second).approve([rest], deed(second))
        later(second, 2)

        assert [str(amount) for amount, _ in second.balances(1)] == ["-40.00", "-260.00"]
        assert difference(second) == []


def test_both_parts_are_adopted_and_nothing_more_is_due(first: Town, tmp_path: Path) -> None:
    [line] = first.store.ledger.lines()
    [ticket] = line.ticket_ids
    first.staff("reopen", T0 + hours(90), ticket=ticket, operator=31)
    first.sync(T0 + hours(90.5))
    first.sync(T0 + hours(107))
    later(first)
    assert [str(amount) for amount, _ in first.balances(1)] == ["-40.00", "-260.00"]
    with again(first, tmp_path / "new") as second:
        later(second, 3)

        assert [str(amount) for amount, _ in second.balances(1)] == ["-40.00", "-260.00"]
        assert set(statuses(second).values()) == {"posted"}
        assert sum(line.amount.amount for line in second.store.ledger.lines()) == 300
        assert difference(second) == []


def test_an_older_copy_of_the_store_posts_nothing_twice(tmp_path: Path, panel: Sandbox) -> None:
    with town(tmp_path, customers=9, running=panel) as place:
        ticket = place.ticket(1, T0)
        place.sync(T0 + hours(0.1))
        place.staff("tag", T0 + hours(1), ticket=ticket, text="#sin-servicio", operator=31)
        place.sync(T0 + hours(79))
        folder = tmp_path / "copy"
        folder.mkdir()
        shutil.copy(tmp_path / "bridge.db", folder / "bridge.db")
        place.staff("close", T0 + hours(80), ticket=ticket, reason="Listo", operator=31)
        place.sync(T0 + hours(80.5))
        notes = notes_of(place, ticket)
        with town(folder, customers=9, beside=panel, start=place.clock.now()) as restored:
            later(restored, 3)

            assert [str(amount) for amount, _ in restored.balances(1)] == ["-40.00"]
            assert statuses(restored) == statuses(place)
            assert notes_of(restored, ticket) == notes


def notes_of(place: Town, ticket: int) -> list[str]:
    rows = place.panel.control("dump", {"sections": ["tickets"]})["tickets"]
    return [said["contenido"] for row in rows if row["id"] == ticket for said in row["mensajes"]]


def test_a_marker_at_another_customer_stops_its_credit(first: Town, tmp_path: Path) -> None:
    by_hand(first, "UPDATE saldos SET iduser = 2")
    with again(first, tmp_path / "new") as second:
        later(second, 2)

        [row] = second.store.outbox.in_states(PushState.PARKED)
        assert "another customer: 2" in row.reason
        assert [str(amount) for amount, _ in second.balances(1)] == []
        [listed] = [one for one in second.store.worklist.open_lines() if one.push_key == row.push.key]
        assert "cliente 2" in listed.text


def test_a_reversal_of_another_amount_is_remembered_and_the_rest_waits(first: Town, tmp_path: Path) -> None:
    [line] = first.store.ledger.lines()
    by_hand(first, "UPDATE saldos SET monto = -50")
    first.staff("add_saldo", customer=1, amount="50.00", text=f"Corrección [{line.incident_id}/R1]")
    with again(first, tmp_path / "new") as second:
        later(second, 2)

        found = {one.credit_id: (str(one.status), str(one.amount)) for one in second.store.ledger.lines()}
        assert found == {
            "RC-1/C1": ("posted", "50.00"),
            "RC-1/R1": ("posted", "50.00"),
            "RC-1/C2": ("awaiting_approval", "40.00"),
        }
        assert len(second.balances(1)) == 2


def test_over_commands_without_read_back_an_old_credit_is_a_persons_matter(
    tmp_path: Path, panel: Sandbox, extended_mappings: Path
) -> None:
    """No route can show whether an earlier store sent it, so it is not sent blindly."""
    options = {"read": "api", "http_only": True, "routes": ", credit: [api]"}
    with town(tmp_path, customers=1, running=panel, mappings=extended_mappings, **options) as place:
        place.panel.control("switches", {"extension": True})
        ticket = place.ticket(1, T0)
        place.sync(T0 + hours(1))
        place.staff("close", T0 + hours(80), ticket=ticket, reason="Listo", operator=31)
        place.sync(T0 + hours(80.5))
        assert [str(amount) for amount, _ in place.balances(1)] == ["-40.00"]
        without_eyes(extended_mappings / "commands.yaml")
        with again(place, tmp_path / "new", mappings=extended_mappings, **options) as second:
            later(second, 2)

            [row] = second.store.outbox.in_states(*PushState, kinds={PushKind.CREDIT})
            assert (row.state, row.attempts) == (PushState.PARKED, 0)
            assert "older than this store" in row.reason
            assert len(second.balances(1)) == 1


def without_eyes(commands: Path) -> None:
    """Take the command away that reads credits back."""
    document = YAML()
    content = document.load(commands)
    del content["extensions"]["credit"]["read_back"]
    with commands.open("w") as stream:
        document.dump(content, stream)


def test_an_sms_older_than_the_store_is_not_sent_again(tmp_path: Path, panel: Sandbox) -> None:
    folder = with_sms(tmp_path)
    with town(tmp_path, customers=9, running=panel, mappings=folder) as place:
        place.ticket(1, T0)
        place.sync(T0 + hours(1))
        place.sync(T0 + hours(3))
        assert len(sms(place)) == 1
        with again(place, tmp_path / "new", mappings=folder) as second:
            later(second, 2)
            assert len(sms(second)) == 1

            second.sync(T0 + hours(49))
            assert len(sms(second)) == 2  # what falls due now is sent as ever


def sms(place: Town) -> list[dict[str, object]]:
    found: list[dict[str, object]] = place.panel.control("dump", {"sections": ["sms"]})["sms"]
    return found


def test_a_store_is_born_once(first: Town) -> None:
    born = first.store.meta.get_time("born_at")
    later(first, 2)

    assert first.store.meta.get_time("born_at") == born
    assert born == T0 + timedelta(hours=0.1)


def test_a_person_is_told_to_look_before_entering_what_is_older_than_the_store(
    tmp_path: Path, panel: Sandbox
) -> None:
    options = {"read": "api", "http_only": True, "routes": ", credit: [manual]"}
    with town(tmp_path, customers=1, running=panel, **options) as place:
        ticket = place.ticket(1, T0)
        place.sync(T0 + hours(1))
        place.staff("close", T0 + hours(80), ticket=ticket, reason="Listo", operator=31)
        place.sync(T0 + hours(80.5))
        [told] = [line.text for line in place.store.worklist.open_lines() if line.kind == "credit"]
        assert "Antes busque" not in told
        with again(place, tmp_path / "new", **options) as second:
            later(second)

            [told] = [line.text for line in second.store.worklist.open_lines() if line.kind == "credit"]
            assert "Antes busque [RC-1/C1]" in told
