"""The checks of this suite notice: one row falsified anywhere, and the right promises are reported broken."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.faults.checks import Audit, Check
from tests.faults.stage import OVER_DATABASE, Stage, stage
from tests.servers import Sandbox

OF_MONEY = {Check.PANEL, Check.LEDGER}
TAMPERINGS: dict[str, tuple[str, str, set[Check]]] = {
    "a balance doubled": (
        "panel",
        "TWICE saldos WHERE iduser = 1",
        {*OF_MONEY, Check.MARKERS},
    ),
    "a balance deleted": ("panel", "DELETE FROM saldos WHERE iduser = 1", {*OF_MONEY, Check.MARKERS}),
    "a cent too much": ("panel", "UPDATE saldos SET monto = -300.01 WHERE iduser = 1", OF_MONEY),
    "the sign turned": ("panel", "UPDATE saldos SET monto = 300.00 WHERE iduser = 1", OF_MONEY),
    "another customer's": ("panel", "UPDATE saldos SET iduser = 3 WHERE iduser = 1", OF_MONEY),
    "a balance nobody knows": (
        "panel",
        "UPDATE saldos SET descripcion = 'Ajuste' WHERE iduser = 1",
        {Check.MARKERS},
    ),
    "a note doubled": (
        "panel",
        "TWICE ticket WHERE contenido LIKE '%/N3]%'",
        {Check.MARKERS},
    ),
    "closed twice": (
        "panel",
        "TWICE logsistema WHERE log LIKE '%ticket cerrado%'",
        {Check.CLOSINGS},
    ),
    "open again": ("panel", "UPDATE soporte SET estado = 'abierto'", {Check.CLOSINGS}),
    "moved": ("panel", "UPDATE soporte SET dp = 1 WHERE dp = 5", {Check.PLACES}),
    "an SMS twice": (
        "panel",
        "TWICE _sandbox_sms WHERE id = 1",
        {Check.TEXTS},
    ),
    "no SMS at all": ("panel", "DELETE FROM _sandbox_sms", {Check.TEXTS}),
    "in doubt": (
        "store",
        "UPDATE outbox SET state = 'in_doubt' WHERE kind = 'note'",
        {Check.UNFINISHED, Check.STEPS},
    ),
    "parked without a word": (
        "store",
        "UPDATE outbox SET state = 'parked', reason = '' WHERE kind = 'assign'",
        {Check.PARKED, Check.STEPS},
    ),
    "a line in the ledger forgotten": (
        "store",
        "DELETE FROM ledger_entries WHERE status = 'posted'",
        {Check.LEDGER, Check.UNFINISHED},
    ),
    "an entry of another amount": (
        "store",
        "UPDATE ledger_entries SET amount = '299.00' WHERE amount = '300.00'",
        {Check.LEDGER, Check.REPLAY},
    ),
    "an entry out of order": (
        "store",
        "UPDATE ledger_entries SET status = 'voided' WHERE status = 'due'",
        {Check.STEPS, Check.REPLAY},
    ),
}


@pytest.fixture(scope="module")
def played(
    tmp_path_factory: pytest.TempPathFactory, panel: Sandbox, mappings: Path
) -> Iterator[tuple[Stage, dict[str, Path]]]:
    """The story without any fault; beside it where both databases are."""
    folder = tmp_path_factory.mktemp("bridge")
    with stage(folder, panel, mappings, routes=OVER_DATABASE) as scene:
        scene.begin()
        scene.cycle()
        scene.settle()
        scene.resolve()
        yield (
            scene,
            {
                "panel": Path(panel.database_url.removeprefix("sqlite:///")),
                "store": folder / "bridge.db",
            },
        )


def test_without_trouble_every_promise_is_kept(played: tuple[Stage, dict[str, Path]]) -> None:
    scene, _ = played

    assert scene.finish() == []


@pytest.mark.parametrize(("where", "statement", "broken"), TAMPERINGS.values(), ids=TAMPERINGS)
def test_one_false_row_is_noticed(
    played: tuple[Stage, dict[str, Path]], where: str, statement: str, broken: set[Check]
) -> None:
    scene, files = played
    scene.settle()
    with closing(sqlite3.connect(files[where])) as database, closing(sqlite3.connect(":memory:")) as before:
        database.backup(before)
        for (trigger,) in database.execute(
            "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        ).fetchall():
            database.execute(f"DROP TRIGGER {trigger}")
        database.execute("PRAGMA ignore_check_constraints = ON")
        database.execute(_filled(database, statement))
        database.commit()

        found = Audit(scene.place.panel, scene.place.store, scene.books).differences()

        before.backup(database)
    assert {difference.check for difference in found} == broken


def _filled(database: sqlite3.Connection, statement: str) -> str:
    """Write out what is to stand there twice: a copy of a row, under the next number."""
    if not statement.startswith("TWICE"):
        return statement
    _, table, where = statement.split(maxsplit=2)
    names = [row[1] for row in database.execute(f"PRAGMA table_info({table})") if row[1] != "id"]
    copied = ", ".join(names)
    return f"INSERT INTO {table} SELECT (SELECT max(id) + 1 FROM {table}), {copied} FROM {table} {where}"  # noqa: S608  our words
