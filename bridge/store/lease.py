"""The lease: one cycle at a time on one store, with a heartbeat, and a successor when the holder dies."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, bindparam, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from bridge.errors import LeaseHeld
from bridge.store.database import Database
from bridge.store.process import has_died
from bridge.store.schema import leases

_SEEN = select(leases).where(leases.c.name == bindparam("wanted"))
_HOLDER = _SEEN.with_for_update()
_ADD = insert(leases)
_TAKE_OVER = (
    update(leases)
    .where(leases.c.name == bindparam("wanted"))
    .values(
        owner=bindparam("new_owner"),
        taken_at=bindparam("now"),
        beat_at=bindparam("now"),
        expires_at=bindparam("expires"),
    )
)
_BEAT = (
    update(leases)
    .where(leases.c.name == bindparam("wanted"), leases.c.owner == bindparam("by"))
    .values(beat_at=bindparam("now"), expires_at=bindparam("expires"))
)
_RELEASE = delete(leases).where(leases.c.name == bindparam("wanted"), leases.c.owner == bindparam("by"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Who has the lease, since when, and when it was last heard of."""

    owner: str
    taken_at: datetime
    beat_at: datetime


class Lease:
    """The right to run a cycle. All times are real ones, never `BRIDGE_NOW`."""

    def __init__(self, database: Database, name: str, owner: str) -> None:
        self._database = database
        self._name = name
        self._owner = owner
        self._ttl = timedelta()

    def acquire(self, real_now: datetime, ttl: timedelta) -> None:
        """Take the lease for `ttl` from now, also from a holder who let it run out, or has surely died.

        Raises LeaseHeld with who has it and since when.
        """
        try:
            self._acquire(real_now, ttl)
        except IntegrityError:
            # PostgreSQL only, at a store's first cycle: two found no lease and both wrote one. The loser
            # looks again and finds the winner.
            self._acquire(real_now, ttl)

    def _acquire(self, real_now: datetime, ttl: timedelta) -> None:
        with self._database.transaction() as connection:
            holder = connection.execute(_HOLDER, {"wanted": self._name}).one_or_none()
            if holder is not None and holder.owner != self._owner and _is_alive(holder, real_now):
                raise LeaseHeld(_words(holder))
            expires = real_now + ttl
            if holder is None:
                connection.execute(
                    _ADD,
                    {
                        "name": self._name,
                        "owner": self._owner,
                        "taken_at": real_now,
                        "beat_at": real_now,
                        "expires_at": expires,
                    },
                )
            else:
                connection.execute(
                    _TAKE_OVER,
                    {"wanted": self._name, "new_owner": self._owner, "now": real_now, "expires": expires},
                )
        self._ttl = ttl

    def beat(self, real_now: datetime) -> None:
        """Say that the holder is alive, for another `ttl`. Raises LeaseHeld where another has taken over.

        A holder who was silent for too long keeps the lease if nobody wanted it meanwhile.
        """
        with self._database.transaction() as connection:
            values = {
                "wanted": self._name,
                "by": self._owner,
                "now": real_now,
                "expires": real_now + self._ttl,
            }
            if connection.execute(_BEAT, values).rowcount:
                return
            holder = connection.execute(_HOLDER, {"wanted": self._name}).one_or_none()
        raise LeaseHeld(
            "this cycle has lost its lease" if holder is None else f"taken over: {_words(holder)}"
        )

    def holder(self, real_now: datetime) -> Holder | None:
        """Return who holds the lease now; None also where the last holder died or let it run out."""
        with self._database.reading() as connection:
            row = connection.execute(_SEEN, {"wanted": self._name}).one_or_none()
        if row is None or not _is_alive(row, real_now):
            return None
        return Holder(owner=row.owner, taken_at=row.taken_at, beat_at=row.beat_at)

    def release(self) -> None:
        """Give the lease back; nothing happens where another has taken over."""
        with self._database.transaction() as connection:
            connection.execute(_RELEASE, {"wanted": self._name, "by": self._owner})


def _is_alive(holder: Row[Any], real_now: datetime) -> bool:
    return holder.expires_at > real_now and not has_died(holder.owner)


def _words(holder: Row[Any]) -> str:
    since, until = (f"{at:%Y-%m-%d %H:%M:%S} UTC" for at in (holder.taken_at, holder.expires_at))
    return (
        f"another cycle is at work: {holder.owner}, since {since}; "
        f"if it has died, the next one takes over after {until}"
    )
