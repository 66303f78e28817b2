"""config.yaml of a bridge that runs by itself: schedule, log, figures, alerts."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bridge.config import Settings, load_config
from bridge.config.running import AlertSettings, LogFormat, LogLevel, LogSettings, MetricsSettings, Schedule
from bridge.errors import FileFaults
from tests.servers import ROOT

KEY = "tgram://123456789:AAF-key-of-a-bot/-100200300"
SMALL = "panel: {base_url: 'https://panel.example', token: tok-3f9a71}\n"


def loaded(folder: Path, text: str = "", environ: dict[str, str] | None = None) -> Settings:
    path = folder / "config.yaml"
    path.write_text(SMALL + text, encoding="utf-8")
    return load_config(path, environ or {})


def refused(folder: Path, text: str, environ: dict[str, str] | None = None) -> str:
    with pytest.raises(FileFaults) as raised:
        loaded(folder, text, environ)
    return str(raised.value)


def test_by_default_it_logs_for_people_shows_nothing_and_tells_nobody(tmp_path: Path) -> None:
    found = loaded(tmp_path)

    assert found.schedule == Schedule(every_minutes=5, jitter_seconds=10)
    assert found.log == LogSettings(format=LogFormat.CONSOLE, level=LogLevel.INFO)
    assert (found.metrics, found.metrics.place) == (MetricsSettings(listen=None), None)
    assert found.alerts == AlertSettings(urls=(), no_good_cycle_minutes=30)


def test_the_example_shows_these_defaults(tmp_path: Path) -> None:
    environ = {"MIKROWISP_TOKEN": "t", "MIKROWISP_DATABASE_URL": "mysql+pymysql://u:p@db.example/panel"}
    example, small = load_config(ROOT / "config.example.yaml", environ), loaded(tmp_path)

    for name in ("schedule", "log", "metrics", "alerts"):
        assert getattr(example, name) == getattr(small, name)


def test_the_keys_that_the_example_leaves_off_are_as_it_shows_them(tmp_path: Path) -> None:
    shown = [
        line.strip().removeprefix("# ")
        for line in (ROOT / "config.example.yaml").read_text().splitlines()
        if line.startswith(("  # listen: ", "  # urls: "))
    ]
    text = f"metrics: {{{shown[0]}}}\nalerts: {{{shown[1]}}}\n"

    found = loaded(tmp_path, text, {"BRIDGE_ALERT_URL": KEY})

    assert found.metrics.place == ("127.0.0.1", 9464)
    assert [url.get_secret_value() for url in found.alerts.urls] == [KEY]


@pytest.mark.parametrize(
    ("listen", "place", "is_open"),
    [
        ("9464", ("127.0.0.1", 9464), False),
        ("127.0.0.1:9464", ("127.0.0.1", 9464), False),
        ("localhost:9464", ("localhost", 9464), False),
        ("'[::1]:9464'", ("::1", 9464), False),
        ("0", ("127.0.0.1", 0), False),
        ("0.0.0.0:9464", ("0.0.0.0", 9464), True),  # noqa: S104 - that is the case
        ("'[::]:9464'", ("::", 9464), True),
        ("bridge.example:9464", ("bridge.example", 9464), True),
    ],
)
def test_figures_are_for_this_machine_unless_an_address_says_otherwise(
    tmp_path: Path, listen: str, place: tuple[str, int], is_open: bool
) -> None:
    found = loaded(tmp_path, f"metrics: {{listen: {listen}}}\n")

    assert (found.metrics.place, found.metrics.is_open) == (place, is_open)
    assert any("metrics.listen" in warning for warning in found.warnings) is is_open


@pytest.mark.parametrize(
    "listen", ["yes", "65536", "127.0.0.1", "127.0.0.1:", ":9464", "http://x:1", "::1:9464"]
)
def test_a_place_that_is_none_is_refused(tmp_path: Path, listen: str) -> None:
    assert "expected a port, such as `9464`" in refused(tmp_path, f"metrics: {{listen: '{listen}'}}\n")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("log: {format: xml}\n", "expected one of console, json"),
        ("log: {level: all}\n", "expected one of debug, info, warning, error"),
        ("schedule: {jitter_seconds: -1}\n", "expected 0 or more"),
        ("alerts: {no_good_cycle_minutes: 1}\n", "expected 2 or more"),
    ],
)
def test_other_values_are_refused_with_what_is_expected(tmp_path: Path, text: str, words: str) -> None:
    assert words in refused(tmp_path, text)


def test_channels_also_come_from_a_file_one_a_line(tmp_path: Path) -> None:
    (tmp_path / "channels").write_text(f"{KEY}\n\n  ntfy://topic-of-ours\n")

    found = loaded(tmp_path, "alerts: {urls_file: channels}\n")

    assert [url.get_secret_value() for url in found.alerts.urls] == [KEY, "ntfy://topic-of-ours"]


def test_a_file_of_channels_that_is_missing_or_empty_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "empty").write_text("\n")

    assert "cannot read" in refused(tmp_path, "alerts: {urls_file: gone}\n")
    assert "is empty" in refused(tmp_path, "alerts: {urls_file: empty}\n")


@pytest.mark.parametrize("urls", ["{}", "[[{}]]", "[{{x: {}}}]"])
def test_an_address_in_the_wrong_place_is_not_repeated(tmp_path: Path, urls: str) -> None:
    said = refused(tmp_path, f"alerts: {{urls: {urls.format(repr(KEY))}}}\n")

    assert "key-of-a-bot" not in said


def test_nothing_that_is_printed_of_the_settings_shows_a_key(tmp_path: Path) -> None:
    found = loaded(tmp_path, f"alerts: {{urls: ['{KEY}']}}\n")

    assert "key-of-a-bot" not in f"{found!r} {found} {found.alerts!r}"


def test_what_the_log_blots_out_are_tokens_passwords_and_keys(tmp_path: Path) -> None:
    found = loaded(
        tmp_path,
        "state: {url: 'postgresql+psycopg://bridge:pw-of-state@db.example/bridge'}\n"
        f"alerts: {{urls: ['{KEY}', 'json://alerts.our-own-host.example/hook']}}\n",
    )

    assert found.secrets >= {"tok-3f9a71", "pw-of-state", KEY, "AAF-key-of-a-bot"}
    assert not {"alerts.our-own-host.example", "hook", "bridge", "json"} & found.secrets


def test_the_channels_of_staff_have_names(tmp_path: Path) -> None:
    found = loaded(
        tmp_path,
        "notices:\n  channels:\n"
        "    supervision: {urls: ['${BRIDGE_SUPERVISION_URL}', 'ntfy://topic-of-ours']}\n"
        "    luz: {urls: ['ntfy://luz']}\n",
        {"BRIDGE_SUPERVISION_URL": KEY},
    )

    assert {name: channel.addresses for name, channel in found.notices.channels.items()} == {
        "supervision": [KEY, "ntfy://topic-of-ours"],
        "luz": ["ntfy://luz"],
    }
    assert loaded(tmp_path).notices.channels == {}


def test_the_channels_that_the_example_shows_can_be_taken_over(tmp_path: Path) -> None:
    lines = (ROOT / "config.example.yaml").read_text().splitlines()
    first = lines.index("# notices:")
    shown = "".join(f"{line.removeprefix('# ')}\n" for line in lines[first : first + 5])
    environ = dict.fromkeys(("BRIDGE_SUPERVISION_URL", "BRIDGE_BILLING_URL", "BRIDGE_LUZ_URL"), KEY)

    found = loaded(tmp_path, shown, environ)

    assert list(found.notices.channels) == ["supervision", "facturacion", "luz"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("notices: {channels: {luz: {urls: []}}}\n", "config.yaml:2:34: expected at least one"),
        ("notices: {channels: {luz: {}}}\n", "config.yaml:2:22: `urls` is missing"),
        ("notices: {channels: {luz: {url: 'ntfy://luz'}}}\n", "config.yaml:2:28: unknown key `url`"),
        ("notices: {channel: {}}\n", "unknown key `channel`; did you mean `channels`?"),
        (
            "notices: {channels: {luz: {urls: ['${BRIDGE_LUZ_URL}']}}}\n",
            "BRIDGE_LUZ_URL is not set in the environment",
        ),
    ],
)
def test_a_channel_without_address_is_refused(tmp_path: Path, text: str, words: str) -> None:
    assert words in refused(tmp_path, text)


@pytest.mark.parametrize("urls", ["{}", "[[{}]]", "[{{x: {}}}]", "{{x: {}}}"])
def test_an_address_of_a_channel_in_the_wrong_place_is_not_repeated(tmp_path: Path, urls: str) -> None:
    said = refused(tmp_path, f"notices: {{channels: {{luz: {{urls: {urls.format(repr(KEY))}}}}}}}\n")

    assert "key-of-a-bot" not in said


def test_a_channels_name_is_short_and_an_address_in_its_place_is_not_repeated(tmp_path: Path) -> None:
    forty = "notices: {channels: {%s: {urls: ['ntfy://luz']}}}\n"

    assert list(loaded(tmp_path, forty % ("x" * 40)).notices.channels) == ["x" * 40]
    assert "expected 40 characters or less" in refused(tmp_path, forty % ("x" * 41))
    assert "key-of-a-bot" not in refused(tmp_path, forty % repr(KEY))


@pytest.mark.parametrize("where", ["{{luz: {}}}", "{{luz: [{}]}}", "[{}]", "{}"])
def test_an_address_without_its_key_word_is_not_repeated(tmp_path: Path, where: str) -> None:
    address = where.format(repr(KEY))

    assert "key-of-a-bot" not in refused(tmp_path, f"notices: {{channels: {address}}}\n")
    assert "key-of-a-bot" not in refused(tmp_path, f"notices: {address}\n")


def test_the_keys_of_channels_are_neither_printed_nor_logged(tmp_path: Path) -> None:
    found = loaded(tmp_path, f"notices: {{channels: {{luz: {{urls: ['ntfy://a', '{KEY}']}}}}}}\n")

    assert "key-of-a-bot" not in f"{found!r} {found} {found.notices!r} {found.notices.channels}"
    assert found.secrets >= {KEY, "AAF-key-of-a-bot"}


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("", 30),
        ("alerts: {no_good_cycle_minutes: 45}\n", 45),
        ("schedule: {every_minutes: 20, jitter_seconds: 0}\n", 40),
        ("schedule: {every_minutes: 20, jitter_seconds: 60}\nalerts: {no_good_cycle_minutes: 5}\n", 42),
    ],
)
def test_patience_is_two_cycles_at_the_least(tmp_path: Path, text: str, minutes: Any) -> None:
    assert loaded(tmp_path, text).patience == timedelta(minutes=minutes)
