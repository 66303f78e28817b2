"""The store looked at from outside: nothing is made, and each trouble has its own line."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bridge.doctor import store as looked_at
from bridge.doctor.check import Check, Status
from bridge.doctor.hours import Worked
from bridge.doctor.store import OwnStore
from bridge.store.lease import Lease
from bridge.store.store import Store
from bridge.sync.report import RunReport

NOW = datetime(2026, 11, 25, 16, 0, tzinfo=UTC)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "var" / "bridge.db"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    with Store.open(f"sqlite:///{path}") as opened:
        yield opened


def own(path: Path) -> OwnStore:
    return OwnStore(f"sqlite:///{path}")


def statuses(checks: Iterator[Check]) -> dict[str, Status]:
    return {check.check: check.status for check in checks}


def test_a_store_that_is_not_there_yet_is_fine_and_is_not_made(path: Path) -> None:
    found = statuses(own(path).file_checks())

    assert found == {"disk": Status.OK, "store": Status.OK}
    assert own(path).cycles(NOW) == []
    assert not path.parent.exists()


def test_a_store_in_order(path: Path, store: Store) -> None:
    checks = [
        *own(path).file_checks(),
        *own(path).content_checks(NOW),
        *own(path).integrity_checks(),
    ]

    assert {check.check: check.status for check in checks} == dict.fromkeys(
        ("disk", "store_access", "store", "store_journal", "lease", "store_integrity"), Status.OK
    )


@pytest.mark.parametrize(
    ("free", "status"),
    [
        (50_000_000, Status.WARNING),
        (49_999_999, Status.FAILED),
        (500_000_000, Status.OK),
        (499_999_999, Status.WARNING),
    ],
)
def test_the_disk_is_told_before_it_is_full(
    path: Path, monkeypatch: pytest.MonkeyPatch, free: int, status: Status
) -> None:
    usage = shutil.disk_usage(path.parent.parent)._replace(free=free)
    monkeypatch.setattr(looked_at.shutil, "disk_usage", lambda _: usage)

    assert statuses(own(path).file_checks())["disk"] is status


def test_modes_that_let_others_in_are_warnings_with_the_command(path: Path, store: Store) -> None:
    path.chmod(0o640)
    [readable] = (check for check in own(path).file_checks() if check.check == "store_access")
    path.chmod(0o600)
    for beside in ("-wal", "-shm"):
        path.with_name(path.name + beside).chmod(0o600)
    path.parent.chmod(0o777)
    [writable] = (check for check in own(path).file_checks() if check.check == "store_access")

    assert (readable.status, readable.next_step) == (Status.WARNING, f"`chmod 600 {path}`")
    assert (writable.status, writable.next_step) == (Status.WARNING, f"`chmod go-w {path.parent}`")


def test_other_databases_older_steps_and_newer_ones_are_told_apart(path: Path, store: Store) -> None:
    found = []
    for step in ("0000", "9999"):
        with sqlite3.connect(path) as raw:
            raw.execute("UPDATE bridge_schema SET version_num = ?", [step])
        raw.close()
        [check] = (one for one in own(path).content_checks(NOW) if one.check == "store")
        found.append((check.status, check.exit_code))
    other = path.with_name("other.db")
    with sqlite3.connect(other) as raw:
        raw.execute("CREATE TABLE mine (id INTEGER)")
    raw.close()
    [foreign] = own(other).content_checks(NOW)

    assert found == [(Status.WARNING, 0), (Status.FAILED, 1)]
    assert foreign.detail == "a database, but not a store of the bridge"


def test_damage_is_found(path: Path, store: Store) -> None:
    store.close()
    raw = bytearray(path.read_bytes())
    raw[4096 * 3 : 4096 * 3 + 200] = b"\xff" * 200
    path.write_bytes(raw)

    [check] = own(path).integrity_checks()

    assert (check.status, check.exit_code) == (Status.FAILED, 2)
    assert "restore a backup" in check.next_step


def test_a_file_that_is_no_database_is_told_by_both_checks(path: Path) -> None:
    path.parent.mkdir()
    path.write_text("no database at all, but long enough to be looked at " * 40)

    found = [*own(path).content_checks(NOW), *own(path).integrity_checks()]

    assert [check.status for check in found] == [Status.FAILED, Status.FAILED]


def test_the_lease_tells_who_is_at_work(path: Path, store: Store) -> None:
    real = datetime(2026, 11, 25, 16, 0, tzinfo=UTC)

    def lease() -> Check:
        return next(check for check in own(path).content_checks(real) if check.check == "lease")

    Lease(store.database, "cycle", "host, process 1").acquire(real, timedelta(minutes=3))
    working = lease()
    Lease(store.database, "cycle", "host, process 1").acquire(real - timedelta(hours=1), timedelta(minutes=3))
    silent = lease()

    assert (working.status, silent.status) == (Status.OK, Status.WARNING)
    assert "host, process 1" in working.detail
    assert "let it run out" in silent.detail


def test_cycles_of_the_last_week_are_read_with_what_they_pushed(path: Path, store: Store) -> None:
    for days, pushed in ((8, 1), (2, 0), (1, 3)):
        began = NOW - timedelta(days=days)
        report = RunReport(started_at=began)
        report.pushed["sent"] = pushed
        store.journal.finish(store.journal.start(began), report.as_json(), began + timedelta(minutes=1))
    store.journal.start(NOW)

    assert own(path).cycles(NOW) == [
        Worked(began=NOW - timedelta(days=2), ended=NOW - timedelta(days=2, minutes=-1), pushed=False),
        Worked(began=NOW - timedelta(days=1), ended=NOW - timedelta(days=1, minutes=-1), pushed=True),
    ]


def test_a_store_on_a_server_is_left_to_the_server() -> None:
    served = OwnStore("postgresql+psycopg://bridge:secret@db.example.com/bridge")

    found = [*served.file_checks(), *served.integrity_checks()]

    assert [check.status for check in found] == [Status.SKIPPED, Status.SKIPPED]
    assert "secret" not in "".join(check.subject for check in found)
