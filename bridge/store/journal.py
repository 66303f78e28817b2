"""The journal: the runs of the bridge with their reports, and the text of every policy it has used."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, insert, select, update

from bridge.store.database import Database
from bridge.store.schema import policies, runs


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run; `finished_at` and `report` are None while it is under way, or where it was killed."""

    run_id: int
    started_at: datetime
    finished_at: datetime | None
    report: Mapping[str, Any] | None


_START = insert(runs).returning(runs.c.run_id)
_FINISH = (
    update(runs)
    .where(runs.c.run_id == bindparam("wanted"))
    .values(finished_at=bindparam("at"), report=bindparam("result"))
)
_NEWEST = select(runs).order_by(runs.c.run_id.desc())
_LAST = _NEWEST.limit(1)
_SINCE = _NEWEST.where(runs.c.started_at >= bindparam("since")).limit(bindparam("most"))
_TEXTS = select(policies.c.name, policies.c.text).where(policies.c.digest == bindparam("wanted"))
_ARCHIVE = insert(policies)


class Journal:
    """Runs and policies."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def start(self, at: datetime) -> int:
        """Note that a run began, and return its number."""
        with self._database.writing() as connection:
            run_id: int = connection.execute(_START, {"started_at": at}).scalar_one()
        return run_id

    def finish(self, run_id: int, report: Mapping[str, Any], at: datetime) -> None:
        """Note that a run ended, with its report (JSON values only)."""
        with self._database.writing() as connection:
            connection.execute(_FINISH, {"wanted": run_id, "at": at, "result": dict(report)})

    def last(self) -> Run | None:
        """Return the run that began last."""
        with self._database.reading() as connection:
            row = connection.execute(_LAST).one_or_none()
        if row is None:
            return None
        return _run(row)

    def since(self, at: datetime, *, most: int) -> list[Run]:
        """Return the runs that began at `at` or later, the newest first and no more than `most`."""
        with self._database.reading() as connection:
            return [_run(row) for row in connection.execute(_SINCE, {"since": at, "most": most})]

    def archive(self, digest: str, texts: Mapping[str, str], at: datetime) -> bool:
        """Keep the texts of a policy under its digest; return False where they are kept already."""
        with self._database.writing() as connection:
            if connection.execute(_TEXTS, {"wanted": digest}).first() is not None:
                return False
            rows = [{"digest": digest, "name": name, "text": text, "at": at} for name, text in texts.items()]
            if rows:
                connection.execute(_ARCHIVE, rows)
        return True

    def policy(self, digest: str) -> dict[str, str]:
        """Return the texts kept under a digest, by name; empty where there are none."""
        with self._database.reading() as connection:
            return dict(connection.execute(_TEXTS, {"wanted": digest}).all())


def _run(row: Row[Any]) -> Run:
    return Run(
        run_id=row.run_id,
        started_at=row.started_at,
        finished_at=row.finished_at,
        report=row.report,
    )
