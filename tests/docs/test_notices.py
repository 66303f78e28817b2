"""docs/avisos.md names every notice and state, and following it step by step switches them on."""

from __future__ import annotations

import re
import shutil
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from bridge.config import load_config
from bridge.domain.money import Money
from bridge.domain.notices import Audience, Medium, Topic
from bridge.notices.deliver import NO_ADDRESS
from bridge.notify.channels import Channels
from bridge.rulebook import LoadedRulebook, load_rulebook
from bridge.rulebook.notices import Reach
from bridge.store.notice_states import NoticeState
from tests.docs.played import asking, blocks
from tests.servers import ROOT

TEXT = (ROOT / "docs" / "avisos.md").read_text(encoding="utf-8")
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")] for line in TEXT.splitlines() if line[:2] == "| "
]
EDIT = re.compile(r"^Archivo `(?P<file>\w+\.yaml)`\n\n```diff\n(?P<diff>(?:.*\n)*?)```$", re.MULTILINE)
NAMES = {
    Audience.CUSTOMERS: "cliente",
    Audience.TECHNICIANS: "el técnico",
    Audience.SUPERVISORS: "supervisión",
    Audience.BILLING: "facturación",
}


@pytest.mark.parametrize("topic", Topic)
def test_every_notice_has_its_row_and_goes_to_whom_it_says(topic: Topic) -> None:
    (row,) = (row for row in ROWS if row[0] == f"`{topic}`")

    assert row[1] == NAMES[topic.audience]
    assert row[2]


@pytest.mark.parametrize("state", NoticeState)
def test_every_state_has_its_row(state: NoticeState) -> None:
    assert any(row[0] == f"`{state}`" and len(row) == 2 for row in ROWS)


@pytest.mark.parametrize(
    "words",
    [
        "says more",
        "has ended",
        "its time has come",
        "it was switched off",
        "somebody else has it",
        "somebody has it",
        "takes it back",
    ],
)
def test_the_words_with_which_one_is_dropped_are_explained(words: str) -> None:
    written = [ROOT / "bridge" / "notices" / name for name in ("release.py", "worth.py")]
    assert any(words in file.read_text(encoding="utf-8") for file in written)
    assert f"`{words}`" in TEXT


def test_a_customer_without_an_address_is_explained() -> None:
    assert f"`{NO_ADDRESS}`" in TEXT


def test_the_steps_switch_on_what_they_say(tmp_path: Path) -> None:
    """The whole of section 2, on the shipped mappings and with the lines for config.yaml and environment."""
    reach = _configured(tmp_path)
    mappings = tmp_path / "mappings"
    shutil.copytree(ROOT / "mappings", mappings)

    for edit in EDIT.finditer(TEXT):
        path = mappings / edit["file"]
        path.write_text(_edited(path.read_text(encoding="utf-8"), edit["diff"]), encoding="utf-8")

    notices = _loaded(mappings, reach).notices
    assert {topic: media for topic, media in notices.media.items() if media} == {
        Topic.REPORT_NUMBER: {Medium.SMS},
        Topic.SEVERE: {Medium.MAIL},
        Topic.LATE_CONTACT: {Medium.CHANNEL},
        Topic.NOBODY: {Medium.CHANNEL},
        Topic.ASSIGNED: {Medium.CHANNEL},
    }
    assert notices.channels == {Audience.SUPERVISORS: ("oficina",), Audience.BILLING: ()}
    assert notices.technicians == {13: ("irma",)}


def test_the_limits_are_those_that_are_shipped() -> None:
    """Customers are left alone from 21:00 to 8:00, staff never."""
    notices = _loaded(ROOT / "mappings", None).notices

    assert [(str(one.start)[:5], str(one.end)[:5]) for one in notices.quiet[Audience.CUSTOMERS]] == [
        ("21:00", "23:59"),
        ("00:00", "08:00"),
    ]
    assert {audience for audience, hours in notices.quiet.items() if hours} == {Audience.CUSTOMERS}
    assert notices.at_most_a_day == 3


def test_every_screen_is_played() -> None:
    assert asking(TEXT) == len(blocks(TEXT)) == 3


def _configured(folder: Path) -> Reach:
    """Read the blocks for config.yaml and environment; each address is one that Apprise understands."""
    given = "".join(re.findall(r"^```yaml\n((?:.*\n)*?)```$", TEXT, re.MULTILINE))
    environ = dict(re.findall(r"^(BRIDGE_\w+)='(.+)'$", TEXT, re.MULTILINE))
    config = folder / "config.yaml"
    config.write_text(f"panel: {{base_url: 'https://panel.example', token: t}}\n{given}", encoding="utf-8")

    settings = load_config(config, environ | {"BRIDGE_MAIL_PASSWORD": "p"})
    for name, channel in settings.notices.channels.items():
        Channels(channel.addresses, name)
    return Reach(channels=frozenset(settings.notices.channels), mail=settings.smtp is not None)


def _loaded(mappings: Path, reach: Reach | None) -> LoadedRulebook:
    return load_rulebook(
        mappings,
        zone=load_config(ROOT / "config.example.yaml", _ENVIRON).panel.timezone,
        enforce_from=date(2026, 11, 1),
        approval_above=Money(Decimal(1500)),
        reach=reach,
    )


_ENVIRON = {"MIKROWISP_TOKEN": "t", "MIKROWISP_DATABASE_URL": "mysql+pymysql://u:p@db.example/panel"}


def _edited(text: str, diff: str) -> str:
    for hunk in diff.split("@@\n"):
        rows = hunk.splitlines()
        before = "".join(f"{row[1:]}\n" for row in rows if row[:1] in {" ", "-"})
        after = "".join(f"{row[1:]}\n" for row in rows if row[:1] in {" ", "+"})
        assert text.count(before) == 1, f"not once in the file: {before}"
        text = text.replace(before, after)
    return text
