"""`bridge status`: the figures of the store, also when no bridge runs."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from tests.servers import ROOT

from .conftest import OPENED, Isp, after


def test_before_the_first_sync_there_is_nothing_to_show(isp: Isp) -> None:
    result = isp("status", "--format", "json")

    assert result.code == 0, result.err
    found = result.json
    assert found["last_good_cycle"] == {
        "at": None,
        "age_seconds": None,
        "limit_seconds": 1800,
        "is_stale": True,
    }
    assert (found["last_cycle"], found["lease"], found["credits"]) == (None, None, [])
    assert found["mappings"]["in_force"] is None
    assert "none yet" in isp("status").words


def test_after_a_cycle_it_has_every_figure(isp: Isp) -> None:
    """One fault open for four days, a customer with an enquiry, and a credit on its way."""
    isp.ticket(1)
    isp.sync(0)
    isp.ticket(2, subject="Cambio de domicilio", at=1)
    isp.sync(3)
    isp.sync(97)
    isp.at(98)

    found = isp("status", "--format", "json").json

    assert found["at"] == after(98).isoformat()
    assert found["last_good_cycle"] == {
        "at": after(97).isoformat(),
        "age_seconds": 3600,
        "limit_seconds": 1800,
        "is_stale": True,
    }
    assert found["last_cycle"]["exit_code"] == 0
    assert found["errors"] == {}
    assert found["open_incidents"] == {"3": 1, "none": 1}
    assert found["breaches"] == {"level_1_contact": 1, "level_2_call": 1}
    [credit] = found["credits"]
    assert (credit["type"], credit["status"], credit["lines"]) == ("month", "posted", 1)
    assert credit["currency"] == "MXN"
    assert set(found["pushes"]) == {"verified"}
    assert found["worklist"]["lines"] == sum(found["worklist"]["kinds"].values())
    assert found["mappings"]["folder"] == "in force"
    assert len(found["mappings"]["in_force"]) == 12


def test_the_worklist_has_its_count_and_the_age_of_its_oldest_line(isp_over_api: Isp) -> None:
    """Over the public API alone a person assigns the technician."""
    isp = isp_over_api
    isp.ticket()
    isp.sync(0)
    isp.at(2.5)

    found = isp("status", "--format", "json").json

    assert found["worklist"]["kinds"] == {"assign": 1}
    assert found["worklist"]["oldest_since"] == OPENED.isoformat()
    assert found["worklist"]["oldest_age_seconds"] == timedelta(hours=2.5).total_seconds()
    assert found["pushes"]["manual"] == 1


def test_errors_of_the_last_day_are_counted_by_reaction(isp_over_api: Isp) -> None:
    isp = isp_over_api
    isp.ticket()
    isp.sync(0)
    isp.panel.control("faults", {"kind": "token_lost", "times": None})
    for hours in (1, 2):
        isp.at(hours)
        assert isp("sync").code == 2
    isp.panel.control("faults/clear", {})

    assert isp("status", "--format", "json").json["errors"] == {"access_refused": 2}
    isp.sync(25.5)
    assert isp("status", "--format", "json").json["errors"] == {"access_refused": 1}
    isp.at(27)
    assert isp("status", "--format", "json").json["errors"] == {}


@pytest.mark.parametrize(("hours", "code"), [(0.5, 0), (0.51, 2)])
def test_check_ends_with_2_when_the_last_good_cycle_is_too_old(isp: Isp, hours: float, code: int) -> None:
    isp.sync(0)
    isp.at(hours)

    assert isp("status", "--check").code == code
    assert isp("status").code == 0


def test_a_cycle_that_a_guard_stopped_is_no_good_one(isp: Isp) -> None:
    isp.sync(0)
    isp.sync(1)
    isp.at(0.5)
    assert isp("sync").code == 2

    found = isp("status", "--format", "json").json

    assert found["last_cycle"]["exit_code"] == 2
    assert found["last_good_cycle"]["at"] == after(1).isoformat()
    assert found["errors"] == {"guard_stopped": 1}


def test_the_holder_of_the_lease_is_named(isp: Isp) -> None:
    isp.sync(0)
    with isp.store() as store:
        from bridge.clock import SystemClock  # noqa: PLC0415 - leases take real time

        store.lease.acquire(SystemClock().real(), timedelta(minutes=3))

        held = isp("status", "--format", "json").json["lease"]
        store.lease.release()

    assert "process" in held["held_by"]
    assert isp("status", "--format", "json").json["lease"] is None


def test_the_folder_of_the_mappings_is_compared_with_the_version_in_force(isp: Isp) -> None:
    folder = isp.folder / "mappings"
    shutil.copytree(ROOT / "mappings", folder)
    isp.configure(database=True, mappings="mappings")
    isp.sync(0)
    file = folder / "technicians.yaml"
    text = file.read_text()

    assert _mappings(isp) == ("in force", [])
    file.write_text(text.replace("id: 22", "id: 18"))
    assert _mappings(isp) == ("edited", [])
    file.write_text("technicians: 3\n")
    folder_is, faults = _mappings(isp)
    assert folder_is == "faulty"
    assert any("expected a list" in fault for fault in faults)
    assert "FAULTY" in isp("status").words
    assert isp("status").code == 0


def test_the_table_says_the_same_in_words(isp: Isp) -> None:
    isp.ticket()
    isp.sync(0)
    isp.sync(3)
    isp.at(4)

    words = isp("status").words

    assert "last good cycle 2026-11-02 11:00, 1:00 h ago: LATE, the limit is 0:30 h" in words
    assert "open incidents level 2 1" in words
    assert "breaches level_1_contact 1" in words
    assert "lease free: no cycle is at work" in words


def _mappings(isp: Isp) -> tuple[str, list[str]]:
    found = isp("status", "--format", "json").json["mappings"]
    return found["folder"], found["faults"]


def test_a_store_that_cannot_be_opened_is_told(isp: Isp, tmp_path: Path) -> None:
    broken = tmp_path / "broken.db"
    broken.write_bytes(b"no database" * 100)
    isp.configure(database=True, state={"url": f"sqlite:///{broken}"})

    assert isp("status").code in {1, 2}
