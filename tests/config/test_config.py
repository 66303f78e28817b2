"""config.yaml: what loads, what is refused and how, and that secrets stay secret."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from bridge.config import Limits, Routes, load_config, now_override
from bridge.domain.intents import PushKind, Route
from bridge.errors import FileFaults, UsageFault
from bridge.phrases import Language

EXAMPLE = Path(__file__).parents[2] / "config.example.yaml"
SECRET = "tok-3f9a71"
DATABASE_SECRET = "pw-88c1d2"
ENVIRON = {
    "MIKROWISP_TOKEN": SECRET,
    "MIKROWISP_DATABASE_URL": f"mysql+pymysql://bridge:{DATABASE_SECRET}@db.example/Mikrowisp6",
}
SMALL = """\
panel:
  base_url: https://panel.example
  token: ${MIKROWISP_TOKEN}
"""


@pytest.fixture
def write(tmp_path):
    def write(text: str) -> Path:
        path = tmp_path / "config.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def said(path: Path, environ: dict[str, str] = ENVIRON) -> list[str]:
    with pytest.raises(FileFaults) as caught:
        load_config(path, environ)
    return [line.removeprefix(f"{path}:") for line in str(caught.value).splitlines()]


def test_the_example_loads_as_it_is():
    loaded = load_config(EXAMPLE, ENVIRON)

    assert loaded.panel.instance == "redscomm"
    assert loaded.panel.token.get_secret_value() == SECRET
    assert loaded.panel.database.url.get_secret_value() == ENVIRON["MIKROWISP_DATABASE_URL"]
    assert loaded.mappings == EXAMPLE.parent / "mappings"
    assert loaded.enforce_from == date(2026, 11, 22)
    assert loaded.warnings == ()


def test_the_example_shows_the_defaults(write):
    """What the example says of each key is what holds without it, but for the instance and the day."""
    example, small = load_config(EXAMPLE, ENVIRON), load_config(write(SMALL), ENVIRON)

    assert small.panel.instance == "default"
    assert small.enforce_from is None
    assert small.panel.database is None
    differ = {"instance", "database"}
    assert small.panel.model_dump(exclude=differ) == example.panel.model_dump(exclude=differ)
    assert (small.routes, small.schedule, small.limits) == (example.routes, example.schedule, example.limits)


def test_the_defaults_are_those_of_the_design(write, tmp_path):
    loaded = load_config(write(SMALL), ENVIRON)

    by_database = (Route.DATABASE, Route.API, Route.MANUAL)
    assert loaded.routes == Routes(
        read_tickets=(Route.DATABASE, Route.API),
        close=(Route.API, Route.DATABASE),
        set_status=by_database,
        assign=by_database,
        note=by_database,
        credit=by_database,
        charge=(Route.DATABASE, Route.MANUAL),
        open=(Route.API, Route.MANUAL),
        sms=(Route.API, Route.MANUAL),
    )
    assert loaded.routes.of(PushKind.CHARGE) == (Route.DATABASE, Route.MANUAL)
    assert loaded.limits == Limits(
        credits_per_cycle=50,
        amount_per_cycle=Decimal("20000.00"),
        approval_above=Decimal("1500.00"),
        shrink_percent=Decimal(20),
        pushes_per_cycle=200,
    )
    assert loaded.panel.timezone == ZoneInfo("America/Mexico_City")
    assert loaded.state.url.get_secret_value() == f"sqlite:///{tmp_path}/var/bridge.db"
    assert loaded.mappings == tmp_path / "mappings"


def test_paths_start_at_the_folder_of_the_file(write, tmp_path, monkeypatch):
    (tmp_path / "ca.pem").write_text("x")
    (tmp_path / "elsewhere").mkdir()
    path = write(
        SMALL + "  verify_tls: ca.pem\n  database: {url: 'sqlite:///panel.db'}\n"
        "state: {url: 'sqlite:////srv/bridge.db'}\nmappings: /etc/bridge\n"
    )
    monkeypatch.chdir(tmp_path / "elsewhere")

    loaded = load_config(Path("..") / path.name, ENVIRON)

    assert loaded.panel.verify_tls == tmp_path / "ca.pem"
    assert loaded.panel.database.url.get_secret_value() == f"sqlite:///{tmp_path}/panel.db"
    assert loaded.state.url.get_secret_value() == "sqlite:////srv/bridge.db"
    assert loaded.mappings == Path("/etc/bridge")


def test_secrets_come_from_files_too(write, tmp_path):
    (tmp_path / "token").write_text(f"{SECRET}\n")
    (tmp_path / "state").write_text(f"postgresql+psycopg://bridge:{DATABASE_SECRET}@db.example/bridge\n")
    path = write("panel:\n  base_url: https://panel.example\n  token_file: token\nstate: {url_file: state}\n")

    loaded = load_config(path, {})

    assert loaded.panel.token.get_secret_value() == SECRET
    assert loaded.state.url.get_secret_value().endswith("@db.example/bridge")


def test_secrets_are_never_shown():
    loaded = load_config(EXAMPLE, ENVIRON)

    shown = f"{loaded}{loaded!r}{loaded.model_dump()}{loaded.model_dump_json()}{loaded.warnings}"
    assert SECRET not in shown
    assert DATABASE_SECRET not in shown


def test_secrets_are_not_shown_by_faults(write):
    path = write(
        f"""\
panel:
  base_url: https://user:{SECRET}@panel.example
  token: [{SECRET}]
  database: {{url: 'oracle://u:{DATABASE_SECRET}@db/x'}}
state: {{url: '{DATABASE_SECRET}'}}
"""
    )

    with pytest.raises(FileFaults) as caught:
        load_config(path, {})

    chained = [caught.value, caught.value.__cause__, caught.value.__context__]
    assert SECRET not in "".join(map(repr, chained)) + str(caught.value)
    assert DATABASE_SECRET not in "".join(map(repr, chained)) + str(caught.value)
    assert said(path) == [
        "2:13: expected the bare address, without user, password, `?` or `#`",
        "3:10: expected text",
        "4:19: expected one of mariadb+pymysql, mysql+pymysql, sqlite, sqlite+pysqlite before `://`",
        "5:14: expected a database URL: driver://user:password@host/name",
    ]


def test_everything_wrong_is_said_at_once(write):
    path = write(
        """\
panel:
  instance: Reds Comm
  base_url: panel.example
  timezone: America/Monterey
  timout_seconds: 10
  concurrency: many
  requests_per_second: 0
  sweep_minutes: -1
  verify_tls: nowhere.pem
routes:
  sms: [database, manual]
  close: []
  note: [api, api]
  asign: [api]
  credit: api
schedule:
enforce_from: 22/11/2026
limits: {amount_per_cycle: "20,000.00", shrink_percent: 120}
"""
    )

    assert said(path) == [
        "1:1: `token` is missing: write `token: ${MIKROWISP_TOKEN}`, or token_file",
        "2:13: expected small letters, digits, `-` and `_`: `redscomm`, not `Reds Comm`",
        "3:13: expected the panel's address, such as `https://panel.example`",
        (
            "4:13: expected the name of a time zone such as `America/Mexico_City`, not `America/Monterey`; "
            "did you mean `America/Monterrey`?"
        ),
        "5:3: unknown key `timout_seconds`; did you mean `timeout_seconds`?",
        "6:16: expected a whole number, not `many`",
        "7:24: expected more than 0, not `0`",
        "8:18: expected 0 or more, not `-1`",
        "11:9: expected one of api, manual, not `database`",
        "12:10: expected at least one route",
        "13:9: expected each route once",
        "14:3: unknown key `asign`; did you mean `assign`?",
        "15:11: expected a list, not `api`; did you mean `[api]`?",
        (
            "17:15: expected a date as year-month-day, such as `2026-11-25`, not `22/11/2026`; "
            "did you mean `2026-11-22`?"
        ),
        "18:28: expected an amount such as `349.00` (no comma), not `20,000.00`; did you mean `20000.00`?",
        "18:57: expected 100 or less, not `120`",
    ]


def test_a_file_that_is_named_and_missing_is_said(write, tmp_path):
    path = write(
        "panel:\n  base_url: https://panel.example\n  token_file: token\n  verify_tls: ca.pem\n"
        "  database: {url: 'sqlite:///a.db', url_file: b}\n"
    )

    assert said(path) == [
        f"3:15: cannot read {tmp_path}/token: No such file or directory",
        f"4:15: there is no file {tmp_path}/ca.pem",
        "5:37: either `url` or `url_file`, not both",
    ]


def test_a_variable_that_is_not_set_is_said_with_the_way_out(write):
    path = write(
        SMALL + "  instance: ${wrong name}\n  database:\n    url: ${PANEL_URL}\n"
        "state: {url: '${STATE_URL}'}\n"
    )

    assert said(path, {"MIKROWISP_TOKEN": ""}) == [
        "3:10: MIKROWISP_TOKEN is not set in the environment; set MIKROWISP_TOKEN or write the value here",
        "4:13: a name of letters, digits and `_` stands between `${` and `}`",
        "6:10: PANEL_URL is not set in the environment; remove the key `database` or set PANEL_URL",
        "7:14: STATE_URL is not set in the environment; set STATE_URL or write the value here",
    ]


def test_what_is_required_is_asked_for(write):
    assert said(write("panel:\n  token:\n")) == [
        "1:1: `base_url` is missing: the panel's address, such as https://panel.example",
        "2:3: `token` has no value: write `token: ${MIKROWISP_TOKEN}`, or token_file",
    ]
    assert said(write(SMALL.replace("${MIKROWISP_TOKEN}", "''"))) == ["3:10: expected some text"]
    assert said(write("routes: {}\n")) == ["1:1: `panel` is missing"]


def test_the_faults_are_told_in_spanish_too(write):
    path = write("panel:\n  base_url: panel.example\n  token:\n  concurrencia: 8\n")

    with pytest.raises(FileFaults) as caught:
        load_config(path, ENVIRON)

    assert [fault.said(Language.SPANISH).removeprefix(f"{path}:") for fault in caught.value.faults] == [
        "2:13: se espera la dirección del panel, por ejemplo `https://panel.example`",
        "3:3: `token` no tiene valor: escriba `token: ${MIKROWISP_TOKEN}`, o token_file",
        "4:3: clave desconocida `concurrencia`; ¿quiso decir `concurrency`?",
    ]


def test_a_missing_file_points_at_init(tmp_path):
    with pytest.raises(UsageFault) as caught:
        load_config(tmp_path / "config.yaml", {})

    assert str(caught.value) == f"{tmp_path}/config.yaml does not exist; `bridge init {tmp_path}` writes one"


def test_switching_tls_off_needs_the_key_and_is_said(write):
    loaded = load_config(write(SMALL + "  verify_tls: false\n"), ENVIRON)

    assert loaded.panel.verify_tls is False
    assert loaded.warnings == (
        "panel.verify_tls is false: anybody on the way can read the token and the customers",
    )


@pytest.mark.parametrize(
    ("address", "loopback", "kept"),
    [
        ("http://127.0.0.1:8080/", True, "http://127.0.0.1:8080"),
        ("http://localhost:8080", True, "http://localhost:8080"),
        ("http://[::1]:8080", True, "http://[::1]:8080"),
        ("http://127.9.9.9", True, "http://127.9.9.9"),
        ("https://panel.example/isp/", False, "https://panel.example/isp"),
        ("http://localhost.panel.example", False, "http://localhost.panel.example"),
        ("http://10.0.0.5", False, "http://10.0.0.5"),
    ],
)
def test_a_loopback_panel_is_recognised(write, address, loopback, kept):
    loaded = load_config(write(SMALL.replace("https://panel.example", address)), ENVIRON)

    assert (loaded.panel.is_loopback, loaded.panel.base_url) == (loopback, kept)
    assert bool(loaded.warnings) == (not loopback and address.startswith("http:"))


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("  verify_tls: 1", "4:15: expected true or false, not `1`; did you mean `true`?"),
        (
            "  database: {url: 'mysql+pymysql://u@h'}",
            "4:19: expected the name of the database at the end of the URL",
        ),
        (
            "  database: {url: 'sqlite:///:memory:'}",
            "4:19: expected the name of the database at the end of the URL",
        ),
        ("  database: {url: 'no url'}", "4:19: expected a database URL: driver://user:password@host/name"),
        ("  database: {url_file: raw}", "4:24: {folder}/raw is not UTF-8 text"),
        ("  database: {url_file: empty}", "4:24: {folder}/empty is empty"),
        ("  database: none", "4:13: expected `key: value` lines, not `none`"),
        ("  timezone: 6", "4:13: expected the name of a time zone such as `America/Mexico_City`, not `6`"),
    ],
)
def test_a_wrong_panel_setting_is_said(write, tmp_path, line, fault):
    (tmp_path / "raw").write_bytes(b"\xff")
    (tmp_path / "empty").write_text("\n")

    assert said(write(SMALL + line + "\n")) == [fault.replace("{folder}", str(tmp_path))]


@pytest.mark.parametrize(
    "address", ["ftp://panel.example", "http://[::1", "https://", "https://panel.example:99999", "7"]
)
def test_what_is_no_address_is_refused(write, address):
    path = write(SMALL.replace("https://panel.example", f"'{address}'"))

    assert said(path) == ["2:13: expected the panel's address, such as `https://panel.example`"]


def test_durations_of_the_settings(write):
    loaded = load_config(write(SMALL), ENVIRON)

    assert (loaded.panel.sweep, loaded.schedule.every) == (timedelta(minutes=30), timedelta(minutes=5))


def test_the_api_path_is_not_part_of_the_address(write):
    path = write(SMALL.replace("panel.example", "panel.example/api/v1/"))

    assert said(path) == ["2:13: expected the address without `/api/v1`, the bridge adds it"]


LOCAL = SMALL.replace("https://panel.example", "http://127.0.0.1:9")


def test_the_clock_is_replaced_on_this_machine_only(write):
    local = load_config(write(LOCAL), ENVIRON)
    real = load_config(write(SMALL), ENVIRON)
    turned = {"BRIDGE_NOW": "2026-11-25T10:00:00-06:00"}

    assert now_override(local, turned) == datetime(2026, 11, 25, 16, tzinfo=UTC)
    assert now_override(local, {}) is None
    assert now_override(real, {}) is None
    with pytest.raises(UsageFault, match="is for a panel on this machine"):
        now_override(real, turned)


@pytest.mark.parametrize("text", ["2026-11-25T10:00:00", "tomorrow", "2026-11-25"])
def test_an_instant_without_offset_is_refused(write, text):
    local = load_config(write(LOCAL), ENVIRON)

    with pytest.raises(UsageFault, match="expected an instant such as 2026-11-25T16:00:00-06:00"):
        now_override(local, {"BRIDGE_NOW": text})


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    value=st.text(st.characters(codec="utf-8"), max_size=20),
    line=st.integers(0, 200),
)
def test_any_value_loads_or_gives_faults(write, value, line):
    """Nothing but FileFaults ever comes out, whatever stands behind a colon."""
    lines = EXAMPLE.read_text(encoding="utf-8").splitlines()
    keys = [number for number, text in enumerate(lines) if ":" in text and not text.lstrip().startswith("#")]
    number = keys[line % len(keys)]
    lines[number] = f"{lines[number].partition(':')[0]}: {value}"

    try:
        load_config(write("\n".join(lines)), ENVIRON)
    except FileFaults:
        event("faults")
