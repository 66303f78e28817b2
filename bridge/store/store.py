"""The whole store under one roof: its parts, opening, and the transactions they share."""

from __future__ import annotations

from collections import Counter
from contextlib import AbstractContextManager
from typing import Self

from sqlalchemy import Connection

from bridge.errors import BridgeError
from bridge.store.answers import Answers
from bridge.store.calls import Calls
from bridge.store.database import Database
from bridge.store.directory import Directory
from bridge.store.events import Events
from bridge.store.incidents import Incidents
from bridge.store.journal import Journal
from bridge.store.lease import Lease
from bridge.store.ledger import Ledger
from bridge.store.letters import Letters
from bridge.store.meta import Meta
from bridge.store.migrate import bring_up_to_date
from bridge.store.notices import Notices
from bridge.store.openings import Openings
from bridge.store.outbox import Outbox
from bridge.store.process import this_process
from bridge.store.snapshots import Snapshots
from bridge.store.worklist import Worklist


class Store:
    """Everything the bridge remembers, over one database. Close it, or use it in a `with`."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.meta = Meta(database)
        self.snapshots = Snapshots(database, self.meta)
        self.events = Events(database)
        self.incidents = Incidents(database)
        self.ledger = Ledger(database)
        self.outbox = Outbox(database)
        self.worklist = Worklist(database)
        self.openings = Openings(database)
        self.letters = Letters(database)
        self.answers = Answers(database)
        self.notices = Notices(database)
        self.calls = Calls(database)
        self.directory = Directory(database, self.meta)
        self.lease = Lease(database, "cycle", this_process())
        self.journal = Journal(database)

    @classmethod
    def open(cls, url: str, *, rehearse: bool = False) -> Self:
        """Open a store; make its folder (0700), its file (0600) and its tables where they are missing.

        With `rehearse` nothing is made, migrated or written, whatever is done to the store until it is closed
        (`--dry-run`, `plan`): it is a copy in memory, or a server's transaction that is rolled back.

        Raises UserFault for an address nobody understands, a file that is no store, or a store of a newer
        bridge; StoreUnusable where it is locked, full, read-only or damaged.
        """
        database = Database(url, rehearse=rehearse)
        try:
            bring_up_to_date(database)
        except BridgeError:
            database.close()
            raise
        return cls(database)

    def loads(self) -> Counter[int]:
        """Return how many open incidents each technician has, tickets that are being opened among them."""
        return Counter(self.incidents.loads()) + self.openings.loads()

    def transaction(self) -> AbstractContextManager[Connection]:
        """Write all of the block or nothing; see `Database.transaction`."""
        return self.database.transaction()

    def rehearsal(self) -> AbstractContextManager[None]:
        """Let nothing of the block remain; see `Database.rehearsal`."""
        return self.database.rehearsal()

    def close(self) -> None:
        """Let go of the database."""
        self.database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
