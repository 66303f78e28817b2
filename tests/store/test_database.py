"""The door: transactions are whole or nothing, rehearsals leave no trace, trouble has words."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy.exc import IntegrityError

from bridge.errors import StoreUnusable, UsageFault, UserFault
from bridge.store import sqlite
from bridge.store.store import Store

from .samples import at, event


class Stop(Exception):
    """Something went wrong in the middle."""


def write_and_fail(store: Store, **values: str) -> None:
    for key, value in values.items():
        store.meta.set(key, value)
    store.events.append([event()])
    raise Stop


def test_a_transaction_that_fails_leaves_nothing(store: Store) -> None:
    with pytest.raises(Stop), store.transaction():
        write_and_fail(store, a="1")

    assert (store.events.of_client(7), store.meta.get("a")) == ([], None)


def test_a_transaction_inside_another_is_part_of_it(store: Store) -> None:
    def outer() -> None:
        with store.transaction():
            with store.transaction():
                store.meta.set("a", "1")
            assert store.meta.get("a") == "1"
            raise Stop

    with pytest.raises(Stop):
        outer()

    assert store.meta.get("a") is None


def test_an_inner_transaction_that_fails_alone_undoes_only_itself(store: Store) -> None:
    with store.transaction():
        store.meta.set("a", "1")
        with pytest.raises(Stop), store.transaction():
            write_and_fail(store, a="2", b="2")

    assert (store.meta.get("a"), store.meta.get("b"), store.events.of_client(7)) == ("1", None, [])


def test_another_process_sees_nothing_before_the_commit(store: Store, url: str) -> None:
    with Store.open(url) as reader, store.transaction():
        store.meta.set("a", "1")

        assert reader.meta.get("a") is None


@pytest.mark.usefixtures("on_sqlite")
def test_a_writer_that_is_waited_for_in_vain_is_named_as_such(
    store: Store, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "PRAGMAS", (*sqlite.PRAGMAS, "PRAGMA busy_timeout = 20"))

    with (
        Store.open(url) as second,
        store.transaction(),
        pytest.raises(StoreUnusable, match="another process keeps it locked"),
    ):
        second.meta.set("a", "1")


@pytest.mark.usefixtures("on_sqlite")
def test_two_writers_wait_for_each_other(store: Store, url: str) -> None:
    entered, go_on = threading.Event(), threading.Event()

    def hold() -> None:
        with Store.open(url) as other, other.transaction():
            other.meta.set("a", "theirs")
            entered.set()
            go_on.wait(5)

    holder = threading.Thread(target=hold)
    holder.start()
    entered.wait(5)
    threading.Timer(0.05, go_on.set).start()
    store.meta.set("b", "ours")
    holder.join()

    assert (store.meta.get("a"), store.meta.get("b")) == ("theirs", "ours")


KILLED = """
import os, sys
sys.path.insert(0, {root!r})
from tests.store.samples import credit_push, event, line
from bridge.store.store import Store
from tests.store.samples import at

store = Store.open({url!r})
with store.transaction():
    store.events.append([event()])
    {between}
    store.ledger.record(line(), at=at(1), actor="bridge")
    store.outbox.add(credit_push(), incident_id="RC-1201", credit_id="RC-1201/C1", at=at(1))
    {last}
os._exit(9)
"""


@pytest.mark.parametrize(
    ("between", "last", "written"), [("os._exit(9)", "", 0), ("", "os._exit(9)", 0), ("", "", 1)]
)
def test_a_process_killed_in_a_transaction_leaves_all_or_nothing(
    url: str, between: str, last: str, written: int
) -> None:
    root = str(Path(__file__).parents[2])
    script = KILLED.format(root=root, url=url, between=between or "pass", last=last or "pass")

    done = subprocess.run([sys.executable, "-c", script], check=False, capture_output=True, text=True)

    assert done.returncode == 9, done.stderr
    with Store.open(url) as store:
        found = len(store.events.of_client(7)), len(store.ledger.lines()), sum(store.outbox.counts().values())
    assert found == (written, written, written)


def test_a_rehearsal_is_undone_also_where_it_committed_inside(store: Store) -> None:
    store.meta.set("a", "1")

    with store.rehearsal():
        with store.transaction():
            store.meta.set("a", "2")
            store.events.append([event()])
        assert store.meta.get("a") == "2"
        assert len(store.events.of_client(7)) == 1

    assert (store.meta.get("a"), store.events.of_client(7)) == ("1", [])


@pytest.mark.usefixtures("on_sqlite")
def test_a_rehearsal_takes_no_lock_from_a_running_service(store: Store, url: str) -> None:
    with Store.open(url) as service, store.rehearsal():
        store.meta.set("a", "rehearsed")
        service.meta.set("a", "real")

    assert store.meta.get("a") == "real"


def test_a_rehearsal_that_fails_gives_the_real_store_back(store: Store) -> None:
    with pytest.raises(Stop), store.rehearsal():
        write_and_fail(store, a="1")

    store.meta.set("b", "2")
    assert (store.meta.get("a"), store.meta.get("b")) == (None, "2")


def test_a_rehearsal_cannot_start_inside_a_transaction(store: Store) -> None:
    with store.transaction(), pytest.raises(RuntimeError, match="inside a transaction"):
        store.rehearsal().__enter__()


@pytest.mark.usefixtures("on_sqlite")
def test_rehearsing_without_a_store_makes_no_file(path: Path, url: str) -> None:
    with Store.open(url, rehearse=True) as store, store.rehearsal():
        store.events.append([event()])
        assert store.events.of_client(7) == [event()]

    assert not path.parent.exists()


@pytest.mark.usefixtures("on_sqlite")
def test_rehearsing_on_an_existing_store_reads_it_and_leaves_every_byte(path: Path, url: str) -> None:
    with Store.open(url) as store:
        store.meta.set("a", "1")
    before = {entry: entry.read_bytes() for entry in path.parent.iterdir()}

    with Store.open(url, rehearse=True) as store:
        assert store.meta.get("a") == "1"
        store.meta.set("a", "2")
        assert store.meta.get("a") == "2"

    assert {entry: entry.read_bytes() for entry in path.parent.iterdir()} == before


@pytest.mark.parametrize("exists", [True, False])
def test_nothing_remains_of_a_store_that_was_opened_to_rehearse(url: str, *, exists: bool) -> None:
    if exists:
        with Store.open(url) as store:
            store.meta.set("a", "1")

    with Store.open(url, rehearse=True) as store:
        with store.transaction():
            store.meta.set("a", "2")
        with store.rehearsal():
            store.meta.set("a", "3")
        rehearsed = store.meta.get("a")

    with Store.open(url) as store:
        assert (rehearsed, store.meta.get("a")) == ("2", "1" if exists else None)


@pytest.mark.usefixtures("on_sqlite")
def test_folder_and_files_are_private(path: Path, url: str) -> None:
    before = os.umask(0)
    try:
        with Store.open(url) as store:
            store.meta.set("a", "1")
            modes = {entry.name: stat.S_IMODE(entry.stat().st_mode) for entry in path.parent.iterdir()}
    finally:
        os.umask(before)

    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert modes == {"bridge.db": 0o600, "bridge.db-wal": 0o600, "bridge.db-shm": 0o600}


@pytest.mark.usefixtures("on_sqlite")
def test_commits_are_on_the_disk_and_promises_are_kept(store: Store) -> None:
    with store.database.reading() as connection:
        settings = [
            connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        ]

    assert settings == ["wal", 2, 1, 10_000]


@pytest.mark.usefixtures("on_sqlite")
def test_a_file_that_is_no_database_is_refused_by_a_rehearsal_too(path: Path, url: str) -> None:
    path.parent.mkdir()
    path.write_text("garbage" * 1000)

    with pytest.raises(UserFault, match="is not a store: the file is no database"):
        Store.open(url, rehearse=True)


@pytest.mark.usefixtures("on_sqlite")
def test_a_file_that_is_no_database_is_refused(path: Path, url: str) -> None:
    path.parent.mkdir()
    path.write_text("panel:\n  instance: redscomm\n" * 50)

    with pytest.raises(UserFault, match="is not a store: the file is no database"):
        Store.open(url)

    assert path.read_text().startswith("panel:")


@pytest.mark.usefixtures("on_sqlite")
def test_somebody_elses_database_is_refused_and_left_alone(path: Path, url: str) -> None:
    path.parent.mkdir()
    other = sqlite3.connect(path)
    other.execute("CREATE TABLE soporte (id INTEGER)")
    other.close()

    with pytest.raises(UserFault, match="not a store of the bridge"):
        Store.open(url)

    other = sqlite3.connect(path)
    names = other.execute("SELECT name FROM sqlite_master").fetchall()
    other.close()
    assert names == [("soporte",)]


@pytest.mark.usefixtures("on_sqlite")
def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("a file")

    with pytest.raises(StoreUnusable, match="cannot be made"):
        Store.open(f"sqlite:///{tmp_path}/var/bridge.db")


@pytest.mark.usefixtures("on_sqlite")
def test_a_directory_in_place_of_the_file_is_named(path: Path, url: str) -> None:
    path.mkdir(parents=True)

    with pytest.raises(StoreUnusable, match="cannot be made"):
        Store.open(url)


@pytest.mark.usefixtures("on_sqlite")
def test_a_full_disk_has_words_and_undoes_the_block(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    Store.open(url).close()
    monkeypatch.setattr(sqlite, "PRAGMAS", (*sqlite.PRAGMAS, "PRAGMA max_page_count = 60"))

    with Store.open(url) as store:
        with pytest.raises(StoreUnusable, match="the disk is full"), store.transaction():
            store.events.append([event(f"{number}", note="x" * 2000) for number in range(500)])

        assert store.events.of_client(7) == []
        store.meta.set("still", "alive")


@pytest.mark.usefixtures("on_sqlite")
def test_a_damaged_file_has_words(path: Path, url: str) -> None:
    with Store.open(url) as store:
        store.events.append([event(f"{number}") for number in range(500)])
    content = bytearray(path.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    path.write_bytes(content)

    with pytest.raises(StoreUnusable, match="damaged"), Store.open(url) as store:
        store.events.of_client(7)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("var/bridge.db", "write sqlite:///PATH"),
        ("oracle:///x", "not"),
        ("mysql+pymysql://root:secret@host/db", "sqlite or postgresql, not mysql"),
        ("postgresql+nothing://host/db", "write sqlite:///PATH"),
    ],
)
def test_an_address_nobody_understands_is_a_fault_of_the_user(url: str, words: str) -> None:
    with pytest.raises(UsageFault, match=words) as caught:
        Store.open(url)

    assert "secret" not in str(caught.value)


@pytest.mark.usefixtures("on_sqlite")
def test_a_missing_driver_is_named() -> None:
    with pytest.raises(UsageFault, match=r"driver `psycopg` is not installed"):
        Store.open("postgresql+psycopg://host/db")


def test_broken_promises_stay_what_they_are(store: Store) -> None:
    with pytest.raises(IntegrityError), store.transaction():
        store.worklist.add("k", "push", "text", at=at(0), push_key="there is no such push")


@pytest.mark.usefixtures("on_sqlite")
def test_a_second_store_in_a_process_takes_no_lock_from_the_first(path: Path, url: str) -> None:
    """Whoever closes any handle on a file loses all locks on it, and the next process to leave tidies up."""
    script = f"from bridge.store.store import Store; Store.open({url!r}).meta.get('x')"
    with Store.open(url) as first:
        first.meta.set("x", "1")
        Store.open(url).close()

        subprocess.run([sys.executable, "-c", script], check=True, cwd=Path(__file__).parents[2])
        first.meta.set("x", "2")

        with closing(sqlite3.connect(path)) as other:
            assert other.execute("SELECT value FROM meta WHERE key = 'x'").fetchall() == [("2",)]
