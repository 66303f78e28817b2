"""Backups of the store: whole, private, taken while others write, and never in the way of an older one."""

from __future__ import annotations

import signal
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from bridge.errors import StoreUnusable, UsageFault, UserFault
from bridge.store.backup import back_up
from bridge.store.store import Store

from .samples import T0, event

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.usefixtures("on_sqlite")


def copy(url: str, file: Path, *, overwrite: bool = False) -> Path:
    back_up(url, file, instance="redscomm", at=T0, overwrite=overwrite)
    return file


def damage(path: Path) -> None:
    """Overwrite the last page of a store, which only somebody notices who reads it as a whole."""
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(size - 4096)
        file.write(b"\x55" * 4096)


def killed(code: str, *arguments: object) -> None:
    """Run Python code in a process of its own, which has to kill itself."""
    head = (
        f"import os, sys; sys.path.insert(0, {str(ROOT)!r})\ndie = lambda *_, **__: os.kill(os.getpid(), 9)\n"
    )
    done = subprocess.run([sys.executable, "-c", head + code, *map(str, arguments)], check=False)
    assert done.returncode == -signal.SIGKILL


def test_a_copy_holds_everything_in_one_private_file(store: Store, url: str, tmp_path: Path) -> None:
    store.events.append([event()])
    folder = tmp_path / "copies"
    folder.mkdir()

    file = copy(url, folder / "copy.db")

    assert [path.name for path in folder.iterdir()] == ["copy.db"]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with Store.open(f"sqlite:///{file}") as copied:
        assert copied.events.of_client(7) == store.events.of_client(7) != []


def test_the_store_and_its_side_files_are_private(store: Store, path: Path) -> None:
    store.events.append([event()])

    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}

    assert modes == {"bridge.db": 0o600, "bridge.db-wal": 0o600, "bridge.db-shm": 0o600}
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_file_that_is_there_is_replaced_only_on_request(store: Store, url: str, tmp_path: Path) -> None:
    file = copy(url, tmp_path / "copy.db")
    before = file.read_bytes()
    store.events.append([event()])

    with pytest.raises(UsageFault, match=r"there already.*--force"):
        copy(url, file)
    assert file.read_bytes() == before
    file.chmod(0o644)

    copy(url, file, overwrite=True)

    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with Store.open(f"sqlite:///{file}") as copied:
        assert len(copied.events.of_client(7)) == 1


def test_a_store_is_never_replaced_by_its_copy(store: Store, url: str, path: Path) -> None:
    with pytest.raises(UsageFault, match="name another file"):
        copy(url, path, overwrite=True)


def test_without_a_store_there_is_nothing_to_copy(url: str, path: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageFault, match="no store"):
        copy(url, tmp_path / "copy.db")

    assert not path.exists()


def test_another_database_is_not_copied(tmp_path: Path) -> None:
    other = tmp_path / "other.db"
    with sqlite3.connect(other) as connection:
        connection.execute("CREATE TABLE bookmarks (id INTEGER)")
    connection.close()

    with pytest.raises(UserFault, match="not a store of the bridge"):
        copy(f"sqlite:///{other}", tmp_path / "copy.db")

    assert not (tmp_path / "copy.db").exists()


def test_a_server_is_backed_up_by_its_own_tool_and_its_password_not_shown(tmp_path: Path) -> None:
    with pytest.raises(UsageFault) as refused:
        copy("postgresql+psycopg://bridge:hidden@db.example.com/bridge", tmp_path / "copy.db")

    assert "pg_dump" in str(refused.value)
    assert "db.example.com" in str(refused.value)
    assert "hidden" not in str(refused.value)


def test_a_folder_that_is_not_there_is_said(store: Store, url: str, tmp_path: Path) -> None:
    with pytest.raises(UsageFault, match="nowhere cannot be written to: No such file"):
        copy(url, tmp_path / "nowhere" / "copy.db")


def test_a_damaged_store_does_not_replace_a_good_copy(url: str, path: Path, tmp_path: Path) -> None:
    with Store.open(url) as store:
        store.events.append([event(f"e{number}") for number in range(100)])
    file = copy(url, tmp_path / "copy.db")
    good = file.read_bytes()
    damage(path)

    with pytest.raises(StoreUnusable, match=r"damaged"):
        copy(url, file, overwrite=True)

    assert file.read_bytes() == good


WRITER = """
import sys
sys.path.insert(0, {root!r})
from bridge.store.store import Store
from tests.store.samples import event

with Store.open({url!r}) as store:
    number = 0
    while True:
        with store.transaction():
            store.events.append([event(f"e{{number}}")])
            number += 1
            store.meta.set("written", str(number))
        print(number, flush=True)
"""


def test_copies_made_while_another_process_writes_are_each_from_one_moment(url: str, tmp_path: Path) -> None:
    Store.open(url).close()
    script = WRITER.format(root=str(ROOT), url=url)
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as writer:
        try:
            assert writer.stdout is not None
            written = int(writer.stdout.readline())
            for number in range(5):
                file = copy(url, tmp_path / f"copy{number}.db")
                with Store.open(f"sqlite:///{file}") as copied:
                    seen = int(copied.meta.get("written") or 0)
                    assert len(copied.events.of_client(7)) == seen >= written
                while written <= seen:  # the next copy is of a later moment, however slow the writer is
                    written = int(writer.stdout.readline())
        finally:
            writer.kill()


KILLED = """
import bridge.store.backup as backup
from datetime import datetime, UTC
from pathlib import Path

backup.{step} = die
backup.back_up(sys.argv[1], Path(sys.argv[2]), instance="a", at=datetime.now(UTC), overwrite=True)
"""


@pytest.mark.parametrize("step", ["copied", "put"])
def test_a_backup_that_is_killed_leaves_the_older_copy(
    store: Store, url: str, tmp_path: Path, step: str
) -> None:
    file = copy(url, tmp_path / "copy.db")
    before = file.read_bytes()
    store.events.append([event()])

    killed(KILLED.format(step=step), url, file)

    assert file.read_bytes() == before


FULL = """
import resource, signal, sys
sys.path.insert(0, {root!r})
from datetime import datetime, UTC
from pathlib import Path
from bridge.errors import StoreUnusable
from bridge.store.backup import back_up

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
try:
    back_up(sys.argv[1], Path(sys.argv[2]), instance="a", at=datetime.now(UTC), overwrite=True)
except StoreUnusable as refused:
    print(refused)
"""


def test_a_disk_without_room_is_said_and_the_older_copy_stays(store: Store, url: str, tmp_path: Path) -> None:
    """The limit is that of a file's size, which a full disk looks like to SQLite."""
    folder = tmp_path / "copies"
    folder.mkdir()
    file = copy(url, folder / "copy.db")
    before = file.read_bytes()
    assert len(before) > 100_000

    done = subprocess.run(
        [sys.executable, "-c", FULL.format(root=str(ROOT)), url, str(file)],
        capture_output=True,
        text=True,
        check=True,
    )

    assert "copy.db, cannot be used now: the disk" in done.stdout
    assert [path.name for path in folder.iterdir()] == ["copy.db"]
    assert file.read_bytes() == before
