"""L-3: an incident has one number for good, whatever is edited in the mappings."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from bridge.bootstrap import Bridge
from bridge.errors import UserFault
from tests.acceptance.town import T0, Town, hours, town
from tests.servers import ROOT


def edited(place: Town, folder: Path, before: str, after: str) -> None:
    """Run a cycle under mappings in which `before` is `after`, as the next `bridge sync` would."""
    file = folder / "mappings" / "escalation.yaml"
    text = file.read_text()
    assert before in text
    file.write_text(text.replace(before, after))
    place.at(place.clock.now() + timedelta(minutes=5))
    with Bridge.configured(folder / "config.yaml", {}, place.clock) as bridge:
        bridge.cycle(place.store).sync()


@pytest.fixture
def mappings(tmp_path: Path) -> Path:
    return Path(shutil.copytree(ROOT / "mappings", tmp_path / "mappings"))


def test_the_prefix_of_a_version_in_force_is_not_edited(tmp_path: Path, mappings: Path) -> None:
    with town(tmp_path, customers=1, mappings=mappings) as place:
        place.ticket(1, T0)
        place.sync(T0 + hours(3))

        with pytest.raises(UserFault, match=r"numbered RC-, and XX- would .* tomorrow or later"):
            edited(place, tmp_path, "RC-", "XX-")
        edited(place, tmp_path, "XX-", "RC-")

        assert [one.incident_id for one in place.store.incidents.open()] == ["RC-1"]


def test_a_later_version_may_number_otherwise(tmp_path: Path, mappings: Path) -> None:
    with town(tmp_path, customers=1, mappings=mappings) as place:
        place.sync(T0)
        text = (mappings / "escalation.yaml").read_text()
        head, _, version = text.partition("versions:\n")
        [begins] = [line for line in version.splitlines() if "effective_from:" in line]
        second = version.replace(begins, begins[: begins.index(":")] + ": 2030-01-01")
        second = second.replace("RC-", "XX-")

        edited(place, tmp_path, text, f"{head}versions:\n{version}\n{second}")
