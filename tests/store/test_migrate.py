"""The tables: made by steps, cheap when made, and what the steps make is what the code expects."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import column, create_engine, inspect, table, update
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine.interfaces import ReflectedIndex
from sqlalchemy.schema import CreateIndex, CreateTable

from bridge.errors import UserFault
from bridge.store.database import Database
from bridge.store.migrate import MIGRATIONS
from bridge.store.schema import HEAD, VERSION_TABLE, metadata
from bridge.store.store import Store

from .samples import event


def test_the_newest_step_is_the_one_the_code_expects() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")

    assert ScriptDirectory.from_config(config).get_heads() == [HEAD]


@pytest.mark.usefixtures("on_sqlite")
def test_steps_and_schema_describe_the_same_tables(store: Store) -> None:
    with store.database.reading() as connection:
        options = {"version_table": VERSION_TABLE, "compare_server_default": True}
        found = compare_metadata(MigrationContext.configure(connection, opts=options), metadata)

    assert found == []


def where(index: ReflectedIndex) -> str:
    return str(index.get("dialect_options", {}).get("sqlite_where"))


def promises(url: str) -> dict[str, object]:
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            sight = inspect(connection)
            return {
                name: (
                    sorted(
                        (check["name"] or "", check["sqltext"]) for check in sight.get_check_constraints(name)
                    ),
                    sorted(map(str, sight.get_unique_constraints(name))),
                    sorted(map(str, sight.get_foreign_keys(name))),
                    sorted(
                        (index["name"] or "", index["column_names"], index["unique"], where(index))
                        for index in sight.get_indexes(name)
                    ),
                )
                for name in metadata.tables
            }
    finally:
        engine.dispose()


@pytest.mark.usefixtures("on_sqlite")
def test_steps_and_schema_make_the_same_promises(url: str, tmp_path: Path) -> None:
    Store.open(url).close()
    plain = f"sqlite:///{tmp_path}/plain.db"
    engine = create_engine(plain)
    metadata.create_all(engine)
    engine.dispose()

    assert promises(url) == promises(plain)


def test_opening_again_changes_nothing_and_needs_no_alembic(url: str) -> None:
    with Store.open(url) as store:
        store.events.append([event()])
    root = str(Path(__file__).parents[2])
    script = (
        f"import sys; sys.path.insert(0, {root!r})\n"
        "from bridge.store.store import Store\n"
        f"with Store.open({url!r}) as store: print(len(store.events.of_client(7)))\n"
        "print('alembic' in sys.modules)\n"
    )

    done = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)

    assert done.stdout.split() == ["1", "False"]


def test_two_processes_that_open_an_empty_store_make_it_once(url: str) -> None:
    root = str(Path(__file__).parents[2])
    script = (
        f"import sys; sys.path.insert(0, {root!r})\n"
        "from bridge.store.store import Store\n"
        f"Store.open({url!r}).close()\n"
    )
    running = [
        subprocess.Popen([sys.executable, "-c", script], stderr=subprocess.PIPE, text=True) for _ in range(3)
    ]

    failures = [process.communicate()[1] for process in running]

    assert failures == ["", "", ""]
    with Store.open(url) as store:
        assert store.events.of_client(7) == []


def test_a_store_of_a_newer_bridge_is_refused(url: str) -> None:
    with Store.open(url) as store, store.transaction() as connection:
        connection.execute(update(table(VERSION_TABLE, column("version_num"))).values(version_num="9999"))

    with pytest.raises(UserFault, match=r"newer bridge \(step 9999; this one knows"):
        Store.open(url)


@pytest.mark.usefixtures("on_sqlite")
def test_an_empty_file_becomes_a_store(path: Path, url: str) -> None:
    path.parent.mkdir()
    path.touch()

    with Store.open(url) as store:
        store.meta.set("a", "1")

        assert store.meta.get("a") == "1"


@pytest.mark.usefixtures("on_sqlite")
def test_a_step_that_fails_leaves_no_half_made_store(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bridge.store.sqlite.fixed_columns", lambda *_: ["CREATE TRIGGER nonsense"])
    with pytest.raises(Exception, match="incomplete input"):
        Store.open(url)
    database = Database(url)
    with database.reading() as connection:
        names = inspect(connection).get_table_names()
    database.close()

    monkeypatch.undo()

    assert names == []
    Store.open(url).close()


@pytest.mark.parametrize("name", sorted(metadata.tables))
def test_postgresql_understands_the_table(name: str) -> None:
    wanted = metadata.tables[name]
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]

    text = str(CreateTable(wanted).compile(dialect=dialect))
    indexes = [str(CreateIndex(index).compile(dialect=dialect)) for index in wanted.indexes]

    assert text.strip().startswith(f"CREATE TABLE {name}")
    assert all(index.startswith("CREATE") for index in indexes)


def test_postgresql_gets_exact_numbers_and_partial_indexes() -> None:
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    entries = str(CreateTable(metadata.tables["ledger_entries"]).compile(dialect=dialect))
    indexes = [
        str(CreateIndex(index).compile(dialect=dialect))
        for name in ("outbox", "tickets", "worklist")
        for index in metadata.tables[name].indexes
    ]

    assert "amount NUMERIC NOT NULL" in entries
    assert len([index for index in indexes if " WHERE " in index]) == 4


def test_the_steps_can_be_written_out_for_postgresql() -> None:
    """Offline mode runs the whole first step against the PostgreSQL compiler, triggers included."""
    from io import StringIO  # noqa: PLC0415

    from alembic.operations import Operations  # noqa: PLC0415

    from bridge.store.migrations.versions import v0001_first_tables  # noqa: PLC0415

    written = StringIO()
    context = MigrationContext.configure(
        dialect_name="postgresql", opts={"as_sql": True, "output_buffer": written}
    )

    with Operations.context(context):
        v0001_first_tables.upgrade()

    text = written.getvalue()
    assert text.count("CREATE TRIGGER") == 8
    assert (
        "BEFORE UPDATE OR DELETE ON ledger_entries FOR EACH ROW EXECUTE FUNCTION bridge_only_grows()" in text
    )
    assert "BEFORE UPDATE OF key, kind" in text
