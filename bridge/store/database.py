"""The door to the store's database: transactions, reads, and rehearsals that leave no trace."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, OperationalError

from bridge.errors import StoreUnusable, UsageFault, UserFault
from bridge.store import sqlite


class Database:
    """The engine and the transaction under way. One thread works with it; other processes may read and write.

    With `rehearse` nothing is ever written: a SQLite store is a copy in memory (empty where there is no file
    yet, and no file is made), a server's is one transaction that `close` rolls back.

    Raises UsageFault for an address nobody understands and StoreUnusable where the file or its folder
    cannot be made. Any later trouble with file or server is StoreUnusable too; a broken promise of the
    schema (IntegrityError) and a wrong statement stay what they are.
    """

    def __init__(self, url: str, *, rehearse: bool = False) -> None:
        self.url = _understood(url)
        self._engine = self._private_copy() if rehearse and self.is_sqlite else self._open()
        self._held = self._engine.connect() if rehearse and not self.is_sqlite else None
        self._current = self._held

    @property
    def name(self) -> str:
        """The address, fit to be shown: without a password."""
        path = sqlite.file_of(self.url) if self.is_sqlite else None
        return str(path) if path else self.url.render_as_string(hide_password=True)

    @property
    def is_sqlite(self) -> bool:
        """Whether the store is a file (or in memory)."""
        return self.url.get_backend_name() == "sqlite"

    def _open(self) -> Engine:
        if not self.is_sqlite:
            return self._watched(create_engine(self.url, pool_pre_ping=True))
        path = sqlite.file_of(self.url)
        if path is None:
            return self._memory()
        try:
            sqlite.make_file(path)
        except OSError as error:
            raise StoreUnusable(f"the store {path} cannot be made: {error.strerror}") from error
        return self._watched(sqlite.file_engine(self.url))

    def _private_copy(self) -> Engine:
        path = sqlite.file_of(self.url)
        if path is None or not path.exists():
            return self._memory()
        source = self._watched(sqlite.existing_engine(path))
        try:
            return self._copied(source)
        finally:
            source.dispose()

    def _copied(self, source: Engine) -> Engine:
        memory = self._memory()
        with source.connect() as original, memory.connect() as target:
            try:
                sqlite.copy(original, target)
            except sqlite.DriverError as cause:  # past SQLAlchemy, so no event tells of it
                self._complain(cause, sqlite.complaint(cause))
                raise
        return memory

    def _memory(self) -> Engine:
        return self._watched(sqlite.memory_engine())

    def _watched(self, engine: Engine) -> Engine:
        event.listen(engine, "handle_error", self._translate)
        return engine

    def _translate(self, context: ExceptionContext) -> None:
        self._complain(context.original_exception, self._words(context))

    def _complain(self, cause: BaseException, words: str | None) -> None:
        if sqlite.is_no_database(cause):
            raise UserFault(f"{self.name} is not a store: the file is no database") from cause
        if words:
            raise StoreUnusable(f"the store {self.name} cannot be used now: {words}") from cause

    def _words(self, context: ExceptionContext) -> str | None:
        if context.dialect.name == "sqlite":
            return sqlite.complaint(context.original_exception)
        is_operational = isinstance(context.sqlalchemy_exception, OperationalError)
        return str(context.original_exception).strip() if is_operational else None

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Write: all of the block or nothing.

        On SQLite the lock is taken at once (`BEGIN IMMEDIATE`). Inside another transaction the block is
        a part of that one, committed or undone with it; when it fails alone and the caller goes on, its
        own writes are undone.
        """
        if self._current is None:
            with self._begun() as connection:
                yield connection
        else:
            with self._current.begin_nested():
                yield self._current

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Write as a part of the transaction under way, or in one of its own: for the store's own parts."""
        if self._current is None:
            with self._begun() as connection:
                yield connection
        else:
            yield self._current

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Read: in the transaction under way, where there is one, else from one consistent moment."""
        if self._current is None:
            with self._engine.connect() as connection:
                yield connection
        else:
            yield self._current

    @contextmanager
    def _begun(self) -> Iterator[Connection]:
        with self._engine.connect() as connection:
            connection = connection.execution_options(**{sqlite.WRITES: True})  # noqa: PLW2901 - the same one
            with connection.begin(), self._as_current(connection):
                yield connection

    @contextmanager
    def _as_current(self, connection: Connection) -> Iterator[None]:
        self._current = connection
        try:
            yield
        finally:
            self._current = None

    @contextmanager
    def rehearsal(self) -> Iterator[None]:
        """Let everything inside happen for the reader's eyes only: nothing of it remains.

        SQLite: the block works on a copy in memory, so that it takes no lock from a running service and
        does not touch the file. Elsewhere it is a transaction that is rolled back. Raises RuntimeError
        inside a transaction.
        """
        if self._current is not self._held:
            raise RuntimeError("a rehearsal cannot start inside a transaction")
        with self._on_a_copy() if self.is_sqlite else self._rolled_back():
            yield

    @contextmanager
    def _rolled_back(self) -> Iterator[None]:
        if self._held is not None:
            with self._held.begin_nested() as part:
                yield
                part.rollback()
        else:
            with self._engine.connect() as connection, self._as_current(connection):
                yield

    @contextmanager
    def _on_a_copy(self) -> Iterator[None]:
        kept, rehearsed = self._engine, self._copied(self._engine)
        self._engine = rehearsed
        try:
            yield
        finally:
            self._engine = kept
            rehearsed.dispose()

    def close(self) -> None:
        """Let go of file or server; the object is of no use afterwards."""
        if self._held is not None:
            self._held.close()
        self._engine.dispose()


def _understood(url: str) -> URL:
    try:
        parsed = make_url(url)
        backend = parsed.get_backend_name()
        parsed.get_dialect().import_dbapi()
    except ModuleNotFoundError as error:
        raise UsageFault(f"state.url: the driver `{error.name}` is not installed") from error
    except (ArgumentError, NoSuchModuleError) as error:
        raise UsageFault("state.url: write sqlite:///PATH or postgresql+psycopg://…") from error
    if backend not in {"sqlite", "postgresql"}:
        raise UsageFault(f"state.url: the store can be sqlite or postgresql, not {backend}")
    return parsed
