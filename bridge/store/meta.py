"""Single facts about the store itself: small texts and instants under a name."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import bindparam, insert, select, update

from bridge.store.codec import instant_from_json
from bridge.store.database import Database
from bridge.store.schema import meta

# When a copy was last put in the store's place. What happened after that copy was made is on the panel only.
RESTORED_AT = "restored_at"

_GET = select(meta.c.value).where(meta.c.key == bindparam("wanted"))
_CHANGE = update(meta).where(meta.c.key == bindparam("wanted")).values(value=bindparam("new"))
_ADD = insert(meta)


class Meta:
    """Names and their present values."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, key: str) -> str | None:
        """Return the text under a name, None where nothing was ever set."""
        with self._database.reading() as connection:
            found: str | None = connection.scalar(_GET, {"wanted": key})
        return found

    def set(self, key: str, value: str) -> None:
        """Set the text under a name."""
        with self._database.writing() as connection:
            if not connection.execute(_CHANGE, {"wanted": key, "new": value}).rowcount:
                connection.execute(_ADD, {"key": key, "value": value})

    def get_time(self, key: str) -> datetime | None:
        """Return the instant under a name."""
        return instant_from_json(self.get(key))

    def set_time(self, key: str, at: datetime) -> None:
        """Set the instant under a name; refuses a naive one with ValueError."""
        if at.tzinfo is None:
            raise ValueError("an instant needs its offset")
        self.set(key, at.isoformat())
