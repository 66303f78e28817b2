"""Real servers for tests: the sandbox as a child process, and a MariaDB of our own in a temporary folder."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

ROOT = Path(__file__).resolve().parent.parent
READY_SECONDS = 60


class ControlRefusedError(AssertionError):
    """The sandbox refused a control payload; the words are the sandbox's."""


@dataclass(frozen=True, kw_only=True)
class Sandbox:
    """A running sandbox."""

    url: str
    database_url: str
    token: str
    pid: int

    def control(self, path: str, payload: dict[str, Any] | None = None) -> dict[str, Any]:
        """POST to `/_sandbox/<path>` and return the answer; a refusal raises with the sandbox's words."""
        status, text = self.post(f"/_sandbox/{path}", payload or {})
        if status != 200:
            raise ControlRefusedError(text)
        return json.loads(text)

    def api(self, command: str, **body: Any) -> dict[str, Any]:
        """POST a command of API v1 with the right token and return the JSON of the answer."""
        _, text = self.post(f"/api/v1/{command}", {"token": self.token, **body})
        return json.loads(text)

    def post(
        self, path: str, payload: dict[str, Any], headers: dict[str, str] | None = None
    ) -> tuple[int, str]:
        """POST JSON and return status and text, whatever the status."""
        request = urllib.request.Request(  # noqa: S310  the URL is the sandbox's own
            self.url + path,
            data=json.dumps(payload).encode(),
            headers={"Content-Type": "application/json", **(headers or {})},
        )
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310  the same
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as refusal:
            with refusal:
                return refusal.code, refusal.read().decode()


@contextmanager
def start_sandbox(
    database: str | Path | None = None,
    *,
    customers: int = 0,
    now: str | None = None,
    token: str | None = None,
    options: tuple[str, ...] = (),
) -> Iterator[Sandbox]:
    """Start `python -m bridge.sandbox` on a free port; it is stopped when the block ends.

    `database` is a file or a URL (default: a temporary file); `now` freezes its clock.
    """
    command = [sys.executable, "-m", "bridge.sandbox", "--port", "0", "--quiet", "--exit-with-parent"]
    command += ["--customers", str(customers), *options]
    for name, value in (("--database", database), ("--now", now), ("--token", token)):
        if value is not None:
            command += [name, str(value)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            ready = process.stdout.readline()
            if not ready:
                raise AssertionError(f"the sandbox did not start (exit code {process.wait(timeout=10)})")
            yield Sandbox(**json.loads(ready))
        finally:
            process.terminate()
            process.wait(timeout=20)


@dataclass(frozen=True, kw_only=True)
class MariaDB:
    """A running MariaDB, reached as root over its socket or its loopback port."""

    port: int
    socket: Path
    pid: int

    def url(self, database: str = "", *, user: str = "root", password: str = "") -> str:
        """Return a SQLAlchemy URL; passwords are invented ones without special characters."""
        account = f"{user}:{password}" if password else user
        return f"mysql+pymysql://{account}@127.0.0.1:{self.port}/{database}?charset=utf8mb4"

    def execute(self, *statements: str) -> None:
        """Run statements as root."""
        engine = sa.create_engine(self.url(), poolclass=sa.NullPool)
        with engine.connect() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)
            connection.commit()
        engine.dispose()

    def create_database(self, name: str) -> str:
        """Create an empty database (dropping an earlier one of the name) and return root's URL to it."""
        self.execute(f"DROP DATABASE IF EXISTS `{name}`", f"CREATE DATABASE `{name}` CHARACTER SET utf8mb4")
        return self.url(name)

    def drop_database(self, name: str) -> None:
        """Drop a database."""
        self.execute(f"DROP DATABASE IF EXISTS `{name}`")


def _missing(what: str) -> None:
    words = f"{what}: install MariaDB (Debian: mariadb-server) to run the tests that need a real one"
    if os.environ.get("BRIDGE_REQUIRE_SERVICES") == "1":
        pytest.fail(f"{words}; BRIDGE_REQUIRE_SERVICES=1 asks for them")
    pytest.skip(words)


def _program(*names: str) -> str | None:
    places = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/usr/local/sbin"])
    return next((found for name in names if (found := shutil.which(name, path=places))), None)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def start_mariadb(folder: Path) -> Iterator[MariaDB]:
    """Start a MariaDB in `folder` as the present user, apart from any service; stop it by its pid."""
    server = _program("mariadbd", "mysqld")
    installer = _program("mariadb-install-db", "mysql_install_db")
    if server is None or installer is None:
        _missing("no mariadbd or no mariadb-install-db found")
    # A socket's path may be no longer than about 100 characters, so it gets a short folder of its own.
    data, log = folder / "data", folder / "mariadb.log"
    as_root = ["--user=root"] if os.geteuid() == 0 else []
    # A starting server deletes what others that run beside it keep in a temporary folder they share.
    (folder / "tmp").mkdir(parents=True)
    own_temporary = {**os.environ, "TMPDIR": str(folder / "tmp")}
    installed = subprocess.run(
        [
            installer,
            "--no-defaults",
            *as_root,
            f"--datadir={data}",
            "--auth-root-authentication-method=normal",
            "--skip-test-db",
        ],
        capture_output=True,
        text=True,
        check=False,
        env=own_temporary,
    )
    if installed.returncode != 0:
        _missing(f"mariadb-install-db failed ({installed.stdout[-500:]}{installed.stderr[-500:]})")
    port, path = _free_port(), folder / "s"
    command = [
        server,
        "--no-defaults",
        *as_root,
        f"--datadir={data}",
        f"--socket={path}",
        f"--port={port}",
        "--bind-address=127.0.0.1",
        f"--pid-file={folder / 'pid'}",
        f"--log-error={log}",
        "--skip-name-resolve",
        "--sql-mode=NO_ENGINE_SUBSTITUTION",
        "--innodb-flush-log-at-trx-commit=0",
        "--innodb-buffer-pool-size=64M",
        "--performance-schema=0",
    ]
    with subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=own_temporary
    ) as process:
        try:
            found = MariaDB(port=port, socket=path, pid=process.pid)
            _wait(found, process, log)
            yield found
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
            try:
                process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                process.kill()


def _wait(server: MariaDB, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            server.execute("SELECT 1")
        except sa.exc.OperationalError:
            time.sleep(0.1)  # noqa: TID251  waiting for a server to come up happens in real time
        else:
            return
    words = log.read_text(errors="replace")[-1000:] if log.exists() else "no log"
    _missing(f"mariadbd did not start ({words})")


@pytest.fixture(scope="session")
def mariadb(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MariaDB]:
    """Give the session a MariaDB of its own; without one a skip, or a failure where required."""
    with start_mariadb(tmp_path_factory.mktemp("db")) as server:
        yield server
