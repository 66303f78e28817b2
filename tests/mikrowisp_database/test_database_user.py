"""The user that docs/database-user.md makes can do all the bridge does, and nothing else."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError

from bridge.domain.intents import PushKind, Visibility
from bridge.domain.reading import Wanted
from bridge.errors import AccessRefused, PanelUnusable
from bridge.mikrowisp.database.connect import open_engine, reading
from bridge.mikrowisp.database.permissions import AUDIT, GRANTED_TO_PUSH, GRANTED_TO_READ, OPTIONAL, grants
from bridge.mikrowisp.database.schema import check, inspect
from tests.mikrowisp_database.conftest import NOW, Panel
from tests.mikrowisp_database.test_writes import ASSIGN, CHARGE, CLOSE, CREDIT, NOTE, STATUS

DOC = Path(__file__).parents[2] / "docs" / "database-user.md"
BLOCKS = re.findall(r"```sql\n(.*?)```", DOC.read_text(), re.DOTALL)
ACCOUNT = "'bridge'@'10.0.0.5'"

pytestmark = pytest.mark.mariadb


class User:
    """The documented user on one panel, with the first `steps` of the document carried out."""

    def __init__(self, panel: Panel, steps: int) -> None:
        self.database = make_url(panel.url).database or ""
        self.name = f"b_{self.database}"
        for statement in " ".join(BLOCKS[:steps]).split(";")[:-1]:
            panel.run(self.own(statement))
        url = make_url(panel.url).set(username=self.name, password="CHANGE-ME")
        self.engine = open_engine(url.render_as_string(hide_password=False))

    def own(self, statement: str) -> str:
        changed = statement.replace("Mikrowisp6", self.database).replace("'bridge'", f"'{self.name}'")
        return changed.replace("10.0.0.5", "127.0.0.1").replace(":", r"\:")


@pytest.fixture
def user(mariadb_panel: Panel) -> Iterator[User]:
    yield from _user(mariadb_panel, 3)


@pytest.fixture
def read_only_user(mariadb_panel: Panel) -> Iterator[User]:
    yield from _user(mariadb_panel, 2)


def _user(panel: Panel, steps: int) -> Iterator[User]:
    user = User(panel, steps)
    yield user
    user.engine.dispose()
    panel.run(user.own(f"DROP USER {ACCOUNT}"))


def test_the_document_says_what_the_code_needs() -> None:
    _, to_read, to_push = BLOCKS

    assert to_read.splitlines() == grants(GRANTED_TO_READ, database="Mikrowisp6", account=ACCOUNT)
    assert to_push.splitlines() == grants(GRANTED_TO_PUSH, database="Mikrowisp6", account=ACCOUNT)


def test_no_column_with_a_password_is_granted() -> None:
    granted = {column for need in (*GRANTED_TO_READ, *GRANTED_TO_PUSH) for column in need.columns}

    assert not granted & {"codigo", "ppppass", "password", "token_api", "new_password", "twofactor"}


def test_the_documented_user_reads_and_pushes_everything(mariadb_panel: Panel, user: User) -> None:
    route = mariadb_panel.route(user.engine)
    pushes = [CREDIT, CHARGE, NOTE, STATUS, ASSIGN, CLOSE]

    for push in pushes:
        assert route.serves(push.kind) is None
        route.send(push)

    assert {sight.visibility for sight in route.look_many(pushes).values()} == {Visibility.SHOWN}
    assert check(user.engine, for_writes=True) == []
    with reading(user.engine) as connection:
        assert inspect(connection).problems((*OPTIONAL, AUDIT)) == []
    assert len(mariadb_panel.rows("SELECT id FROM logsistema")) == len(pushes)
    assert (route.operators(), route.departments(), route.invoices([1])) == ((), (), ())


def test_the_documented_user_reads_like_the_administrator(mariadb_panel: Panel, user: User) -> None:
    own = mariadb_panel.reader(engine=user.engine).read(Wanted(now=NOW))
    whole = mariadb_panel.reader().read(Wanted(now=NOW))

    assert (own.tickets, own.clients, own.broken) == (whole.tickets, whole.clients, whole.broken)


def test_the_documented_user_sees_that_the_tables_roll_back(user: User) -> None:
    with reading(user.engine) as connection:
        schema = inspect(connection)

    assert {"soporte", "ticket", "saldos", "logsistema"} <= schema.rolls_back


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT codigo FROM usuarios",
        "SELECT ppppass FROM tblservicios",
        "SELECT password FROM login",
        "SELECT * FROM login",
        "DELETE FROM saldos",
        "UPDATE saldos SET monto = 0",
        "UPDATE usuarios SET estado = 'ACTIVO'",
        "UPDATE facturas SET total = 0",
        "DROP TABLE saldos",
    ],
)
def test_the_documented_user_may_do_nothing_else(user: User, statement: str) -> None:
    with user.engine.connect() as connection, pytest.raises(OperationalError, match="denied"):
        connection.execute(text(statement))


def test_a_user_who_may_only_read_is_told_the_grant_for_each_push(
    mariadb_panel: Panel, read_only_user: User
) -> None:
    route = mariadb_panel.route(read_only_user.engine)

    words = route.serves(PushKind.CREDIT) or ""

    assert "saldos (iduser, idorigen," in words
    assert "this user may not INSERT" in words
    [grant] = re.findall(r"GRANT .*;", words)
    assert route.look(CREDIT).visibility is Visibility.ABSENT
    with pytest.raises(PanelUnusable, match="GRANT INSERT"):
        route.send(CREDIT)
    mariadb_panel.run(grant)
    assert mariadb_panel.route(read_only_user.engine).serves(PushKind.CREDIT) is None


def test_a_user_who_may_not_even_read_is_told_every_grant(mariadb_panel: Panel) -> None:
    user = User(mariadb_panel, 1)
    mariadb_panel.run(user.own(f"GRANT SELECT (id) ON `Mikrowisp6`.zonas TO {ACCOUNT}"))
    try:
        with pytest.raises(PanelUnusable) as caught:
            mariadb_panel.reader(engine=user.engine).read(Wanted(now=NOW))
        for grant in re.findall(r"GRANT .*;", str(caught.value)):
            mariadb_panel.run(grant)
        assert mariadb_panel.reader(engine=user.engine).read(Wanted(now=NOW)).broken == ()
    finally:
        user.engine.dispose()
        mariadb_panel.run(user.own(f"DROP USER {ACCOUNT}"))


def test_a_server_that_only_reads_refuses_access(mariadb_panel: Panel, user: User) -> None:
    mariadb_panel.run("SET GLOBAL read_only = 1")
    try:
        with pytest.raises(AccessRefused, match="read-only"):
            mariadb_panel.route(user.engine).send(CLOSE)
    finally:
        mariadb_panel.run("SET GLOBAL read_only = 0")

    assert mariadb_panel.rows("SELECT estado FROM soporte") == [{"estado": "abierto"}]


def test_a_wrong_password_and_a_right_withdrawn_are_access_refused(mariadb_panel: Panel, user: User) -> None:
    url = make_url(mariadb_panel.url).set(username=user.name, password="s3cr3t")
    engine = open_engine(url.render_as_string(hide_password=False))
    route = mariadb_panel.route(user.engine)
    assert route.serves(PushKind.CREDIT) is None
    mariadb_panel.run(user.own(f"REVOKE INSERT ON `Mikrowisp6`.saldos FROM {ACCOUNT}"))
    mariadb_panel.run(user.own(f"REVOKE ALL PRIVILEGES, GRANT OPTION FROM {ACCOUNT}"))

    with pytest.raises(AccessRefused, match="denied") as wrong:
        check(engine, for_writes=False)
    with pytest.raises(AccessRefused, match=r"database-user\.md"):
        route.send(CREDIT)

    assert "s3cr3t" not in f"{wrong.value!r} {wrong.value.__cause__} {engine!r} {engine.url!r}"
    engine.dispose()
