"""Putting a copy back: only one that fits, only where nobody is at work, and all of it or nothing."""

from __future__ import annotations

import shutil
import sqlite3
import stat
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import column, inspect, table, update

from bridge.errors import LeaseHeld, StoreUnusable, UsageFault, UserFault
from bridge.store import migrate
from bridge.store.lease import Lease
from bridge.store.meta import RESTORED_AT
from bridge.store.restore import Restored, restore
from bridge.store.schema import HEAD, VERSION_TABLE
from bridge.store.store import Store

from .samples import T0, at, event
from .test_backup import copy, damage, killed

pytestmark = pytest.mark.usefixtures("on_sqlite")


def put_back(url: str, file: Path, **changes: object) -> Restored:
    wanted = {
        "instance": "redscomm",
        "by": "Ana",
        "reason": "the disk broke",
        "at": at(10),
        "real_now": at(10),
    } | changes
    return restore(url, file, **wanted)  # type: ignore[arg-type]


def keys(url: str) -> list[str]:
    with Store.open(url) as store:
        return [one.key for one in store.events.of_client(7)]


@pytest.fixture
def file(url: str, tmp_path: Path) -> Path:
    """A copy of a store with one event; the store has had a second one since."""
    with Store.open(url) as store:
        store.events.append([event("before")])
        made = copy(url, tmp_path / "copy.db")
        store.events.append([event("after", at=at(1))])
    return made


def test_the_store_is_that_of_the_copy_again_and_says_so(url: str, path: Path, file: Path) -> None:
    done = put_back(url, file)

    assert keys(url) == ["before"]
    assert done.made_at == T0
    with Store.open(url) as store:
        assert store.meta.get_time(RESTORED_AT) == at(10)
        assert (store.meta.get("restored_by"), store.meta.get("restored_because")) == (
            "Ana",
            "the disk broke",
        )
        assert store.meta.get_time("restored_to") == T0
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_store_before_is_kept_private_and_can_be_put_back(url: str, path: Path, file: Path) -> None:
    kept = put_back(url, file).kept

    assert kept is not None
    assert kept == path.with_name("bridge.db.before-restore-20261123T020000Z")
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert {one.name for one in path.parent.iterdir()} <= {"bridge.db", kept.name}

    again = put_back(url, kept, real_now=at(11))

    assert keys(url) == ["before", "after"]
    assert again.made_at == at(10)


def test_what_was_kept_before_is_not_lost_to_a_second_restore(url: str, file: Path) -> None:
    kept = put_back(url, file).kept
    assert kept is not None
    content = kept.read_bytes()

    with pytest.raises(UsageFault, match="there already"):
        put_back(url, file)

    assert kept.read_bytes() == content


def test_a_new_machine_gets_the_store_in_a_private_folder(tmp_path: Path, file: Path) -> None:
    place = tmp_path / "new" / "var" / "bridge.db"

    done = put_back(f"sqlite:///{place}", file)

    assert done.kept is None
    assert keys(f"sqlite:///{place}") == ["before"]
    assert stat.S_IMODE(place.stat().st_mode) == 0o600
    assert stat.S_IMODE(place.parent.stat().st_mode) == 0o700


def test_an_empty_file_is_no_store_to_be_kept(url: str, path: Path, file: Path) -> None:
    path.unlink()
    path.touch()

    assert put_back(url, file).kept is None
    assert keys(url) == ["before"]


@pytest.mark.parametrize("whole", [True, False], ids=["every byte", "one page"])
def test_a_damaged_store_is_replaced_and_kept_as_it_is(
    url: str, path: Path, file: Path, *, whole: bool
) -> None:
    if whole:
        path.write_bytes(b"\x55" * 9000)
    else:
        damage(path)
    broken = path.read_bytes()

    kept = put_back(url, file).kept

    assert keys(url) == ["before"]
    assert kept is not None
    assert kept.read_bytes() == broken
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600


def test_rubbish_is_refused(url: str, tmp_path: Path, file: Path) -> None:
    rubbish, cut, other, bare = (tmp_path / name for name in ("rubbish", "cut", "other", "bare"))
    rubbish.write_bytes(b"no database at all" * 500)
    cut.write_bytes(file.read_bytes()[:-8192])
    with sqlite3.connect(other) as connection:
        connection.execute("CREATE TABLE bookmarks (id INTEGER)")
    connection.close()
    bare.touch()

    for wrong, words in (
        (rubbish, "is damaged, or no backup"),
        (cut, "is damaged, or no backup"),
        (other, "not a store of the bridge"),
        (bare, "no backup of the bridge"),
        (tmp_path / "missing", "cannot be read"),
        (tmp_path, "cannot be read"),
    ):
        with pytest.raises(UserFault, match=words) as refused:
            put_back(url, wrong)
        assert str(wrong) in str(refused.value)
    assert keys(url) == ["before", "after"]


def test_a_file_copied_by_hand_is_refused(url: str, path: Path, tmp_path: Path, file: Path) -> None:
    """It may lack what its side files hold."""
    by_hand = tmp_path / "by-hand.db"
    shutil.copy(path, by_hand)

    with pytest.raises(UserFault, match="`bridge backup` writes one"):
        put_back(url, by_hand)


def test_the_store_is_no_copy_of_itself(url: str, path: Path, file: Path) -> None:
    with pytest.raises(UsageFault, match="is the store itself"):
        put_back(url, path)


def test_a_copy_of_another_panel_is_refused(url: str, file: Path) -> None:
    with pytest.raises(UserFault, match=r"of the panel `redscomm`, and panel\.instance is `other`"):
        put_back(url, file, instance="other")

    assert keys(url) == ["before", "after"]


def test_a_copy_of_a_newer_bridge_is_refused_with_its_name(url: str, tmp_path: Path, file: Path) -> None:
    with Store.open(url) as store, store.transaction() as connection:
        connection.execute(update(table(VERSION_TABLE, column("version_num"))).values(version_num="9999"))
    newer = copy(url, tmp_path / "newer.db")

    with pytest.raises(UserFault, match=rf"newer\.db was written by a newer bridge \(step 9999; .*{HEAD}\)"):
        put_back(url, newer)


def test_going_back_to_an_older_bridge_works_with_the_copy_made_before(url: str, file: Path) -> None:
    with Store.open(url) as store, store.transaction() as connection:
        connection.execute(update(table(VERSION_TABLE, column("version_num"))).values(version_num="9999"))

    kept = put_back(url, file).kept

    assert kept is not None
    assert keys(url) == ["before"]


NEXT_STEP = """
from alembic import op
import sqlalchemy as sa

revision = "9000"
down_revision = "{head}"


def upgrade() -> None:
    op.create_table("novelty", sa.Column("id", sa.Integer, primary_key=True))
"""


def test_a_copy_of_an_older_bridge_is_brought_up_to_date(
    url: str, tmp_path: Path, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = tmp_path / "migrations"
    shutil.copytree(migrate.MIGRATIONS, later)
    (later / "versions" / "v9000_novelty.py").write_text(NEXT_STEP.format(head=HEAD))
    monkeypatch.setattr(migrate, "MIGRATIONS", later)
    monkeypatch.setattr(migrate, "HEAD", "9000")

    put_back(url, file)

    with Store.open(url) as store, store.database.reading() as connection:
        assert inspect(connection).has_table("novelty")
    assert keys(url) == ["before"]


def test_a_cycle_at_work_is_not_disturbed(url: str, file: Path) -> None:
    with Store.open(url) as store:
        Lease(store.database, "cycle", "another machine").acquire(at(9.99), timedelta(minutes=3))

    with pytest.raises(LeaseHeld, match="another machine"):
        put_back(url, file)

    assert keys(url) == ["before", "after"]


def test_a_service_that_waits_for_its_next_cycle_is_not_disturbed(url: str, file: Path) -> None:
    with Store.open(url) as idle:
        assert idle.meta.get("anything") is None

        with pytest.raises(StoreUnusable, match="stop `bridge run`"):
            put_back(url, file)

    with Store.open(url) as store:
        store.lease.acquire(at(10), timedelta(minutes=3))  # the refused restore has given it back
    assert keys(url) == ["before", "after"]


def test_a_lease_that_was_held_when_the_copy_was_made_is_over(url: str, tmp_path: Path, file: Path) -> None:
    with Store.open(url) as store:
        busy = Lease(store.database, "cycle", "another machine")
        busy.acquire(at(9.99), timedelta(minutes=3))
        during = copy(url, tmp_path / "during.db")
        busy.release()

    put_back(url, during)

    with Store.open(url) as store:
        store.lease.acquire(at(10), timedelta(minutes=3))


def test_a_server_is_restored_by_its_own_tool(file: Path) -> None:
    with pytest.raises(UsageFault, match="pg_restore") as refused:
        put_back("postgresql+psycopg://bridge:hidden@db.example.com/bridge", file)

    assert "hidden" not in str(refused.value)


DYING = """
import sqlite3
import bridge.store.restore as restore
from datetime import datetime, UTC
from pathlib import Path


class Dying(sqlite3.Connection):
    '''Copies a few pages at a time, and dies in the middle of the copy into the store.'''

    copies = 0

    def backup(self, target, **_):
        Dying.copies += 1
        middle = die if Dying.copies == 2 else None
        super().backup(target, pages=7, progress=middle and (lambda _, left, all: left < all / 2 and die()))


if sys.argv[3] == "half":
    connect = sqlite3.connect
    sqlite3.connect = lambda *a, **k: connect(*a, factory=Dying, **k)
else:
    setattr(restore, sys.argv[3], die)
restore.restore(
    sys.argv[1], Path(sys.argv[2]), instance="redscomm", by="Ana", reason="a test",
    at=datetime.now(UTC), real_now=datetime.now(UTC),
)
"""


@pytest.mark.parametrize("step", ["_checked", "_sign", "_exchange", "copied", "put", "half"])
def test_a_restore_that_is_killed_leaves_the_store_as_it_was(url: str, file: Path, step: str) -> None:
    killed(DYING, url, file, step)

    assert keys(url) == ["before", "after"]
    with Store.open(url) as store:
        assert store.meta.get(RESTORED_AT) is None
    put_back(url, file)
    assert keys(url) == ["before"]
