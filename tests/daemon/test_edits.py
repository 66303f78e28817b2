"""Edits of the mappings: whole and valid ones are taken, others refused, whatever way an editor saves."""

from __future__ import annotations

import logging
import shutil
from datetime import date
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bridge.daemon.edits import Edits
from bridge.daemon.edits import told as words
from bridge.domain.money import Money
from bridge.errors import FileFaults, UsageFault
from bridge.phrases import Language
from bridge.rulebook.loader import LoadedRulebook, load_rulebook
from tests.daemon.clocks import StillClock
from tests.servers import ROOT


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "mappings", tmp_path / "mappings")
    return tmp_path / "mappings"


@pytest.fixture
def clock() -> StillClock:
    return StillClock()


class Loader:
    """Reads the folder as the service does, and counts how often."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.calls = 0
        self.refuses = ""

    def __call__(self) -> LoadedRulebook:
        self.calls += 1
        if self.refuses:
            raise UsageFault(self.refuses)
        return load_rulebook(
            self.folder,
            zone=ZoneInfo("America/Mexico_City"),
            enforce_from=date(2026, 11, 1),
            approval_above=Money(Decimal("1500.00")),
        )


@pytest.fixture
def loader(folder: Path) -> Loader:
    return Loader(folder)


@pytest.fixture
def edits(folder: Path, loader: Loader, clock: StillClock) -> Edits:
    return Edits(folder, loader, clock, weigh)


def weigh(before: LoadedRulebook, after: LoadedRulebook) -> dict[str, object]:
    return {"differ": before.rulebook.digest != after.rulebook.digest}


def faults(edits: Edits) -> list[str]:
    return words(edits.fault, Language.ENGLISH) if edits.fault is not None else []


@pytest.fixture(autouse=True)
def told(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.INFO, "bridge")
    return caplog


def events(told: pytest.LogCaptureFixture) -> list[str]:
    """The events since the last call."""
    found = [record.msg["event"] for record in told.records]
    told.clear()
    return found


def edit(folder: Path, old: str = "id: 22", new: str = "id: 18", name: str = "technicians.yaml") -> None:
    file = folder / name
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


def technicians(edits: Edits) -> set[int]:
    return {one.operator_id for one in edits.loaded.rulebook.roster.technicians}


def test_a_folder_that_nobody_touched_is_read_once(edits: Edits, loader: Loader, clock: StillClock) -> None:
    assert [edits.look() for _ in range(3)] == [False, False, False]

    assert (loader.calls, clock.slept) == (1, [])


def test_a_valid_edit_is_taken_and_told_with_its_version_and_files(
    edits: Edits, folder: Path, told: pytest.LogCaptureFixture
) -> None:
    before = edits.version
    edit(folder)

    assert edits.look()

    assert 18 in technicians(edits)
    [line] = [record.msg for record in told.records]
    assert line["event"] == "mappings.changed"
    assert (line["version"], line["before"], line["files"]) == (edits.version, before, ["technicians.yaml"])
    assert line["impact"] == {"differ": True}
    assert edits.version != before
    assert not edits.look()


def test_a_faulty_edit_is_refused_and_told_once_and_so_is_its_end(
    edits: Edits, folder: Path, loader: Loader, told: pytest.LogCaptureFixture
) -> None:
    good = edits.loaded
    text = (folder / "technicians.yaml").read_text()
    (folder / "technicians.yaml").write_text("technicians: 3\n")

    assert [edits.look() for _ in range(3)] == [False, False, False]
    assert edits.loaded is good
    assert faults(edits)[0].startswith("mappings/technicians.yaml:1:")
    assert (events(told), loader.calls) == (["mappings.refused"], 2)

    (folder / "technicians.yaml").write_text(text)
    assert not edits.look()
    assert (faults(edits), events(told)) == ([], ["mappings.mended"])


def test_another_fault_in_the_same_file_is_told_again(
    edits: Edits, folder: Path, told: pytest.LogCaptureFixture
) -> None:
    for text in ("technicians: 3\n", "technicians: 3\nfoo: 1\n"):
        (folder / "technicians.yaml").write_text(text)
        edits.look()

    assert events(told) == ["mappings.refused", "mappings.refused"]


def test_mappings_that_no_cycle_can_work_by_are_refused(edits: Edits, folder: Path, loader: Loader) -> None:
    loader.refuses = "customers.source is `database`, and panel.database is not configured"
    edit(folder)

    assert not edits.look()
    assert faults(edits) == [loader.refuses]


def test_a_file_that_is_emptied_before_it_is_written_is_no_fault(
    edits: Edits, folder: Path, clock: StillClock, told: pytest.LogCaptureFixture
) -> None:
    """The editor truncates, and writes in two halves while the bridge looks."""
    file = folder / "technicians.yaml"
    text = file.read_text().replace("id: 22", "id: 18")
    file.write_text("")
    half = text.index("technicians:")
    clock.during = [lambda: file.write_text(text[:half]), lambda: file.write_text(text)]

    assert edits.look()

    assert 18 in technicians(edits)
    assert events(told) == ["mappings.changed"]


def test_a_file_that_changes_while_it_is_read_is_read_again(
    edits: Edits, folder: Path, told: pytest.LogCaptureFixture
) -> None:
    """What was read in between, here a fault, is forgotten."""
    load = edits._load
    file = folder / "technicians.yaml"
    text = file.read_text().replace("id: 22", "id: 18")
    file.write_text("technicians: 3\n")

    def load_while_somebody_writes() -> LoadedRulebook:
        try:
            return load()
        finally:
            if file.read_text() != text:
                file.write_text(text)

    edits._load = load_while_somebody_writes

    assert edits.look()
    assert 18 in technicians(edits)
    assert events(told) == ["mappings.changed"]


def test_a_file_that_is_replaced_by_another_of_the_same_size_and_time_is_seen(
    edits: Edits, folder: Path
) -> None:
    file, new = folder / "technicians.yaml", folder / "new"
    new.write_text(file.read_text().replace("id: 22", "id: 18"))
    shutil.copystat(file, new)
    new.replace(file)

    assert edits.look()
    assert 18 in technicians(edits)


def test_a_file_that_never_comes_to_rest_leaves_the_last_good_ones(
    edits: Edits, folder: Path, clock: StillClock, told: pytest.LogCaptureFixture
) -> None:
    good, file = edits.loaded, folder / "technicians.yaml"
    file.write_text("technicians: 3\n")
    clock.during = [lambda n=n: file.write_text("#" * n) for n in range(1, 50)]

    assert not edits.look()

    assert (edits.loaded, faults(edits), events(told)) == (good, [], ["mappings.unsettled"])


@pytest.mark.parametrize("name", [".technicians.yaml.swp", ".#technicians.yaml", "technicians.yaml~", "4913"])
def test_what_an_editor_keeps_beside_a_file_is_no_mapping(
    edits: Edits, folder: Path, loader: Loader, name: str
) -> None:
    """`.#technicians.yaml` is the link to nowhere by which Emacs locks a file."""
    if name.startswith(".#"):
        (folder / name).symlink_to("somebody@192.0.2.7.4242")
    else:
        (folder / name).write_text("half a file")

    assert not edits.look()
    assert (faults(edits), loader.calls) == ([], 1)


def test_another_yaml_file_is_a_fault(edits: Edits, folder: Path) -> None:
    (folder / "bonos.yaml").write_text("")

    assert not edits.look()
    assert "no mapping has this name" in faults(edits)[0]


def test_asked_for_it_tells_what_is_there_even_if_nothing_is_new(
    edits: Edits, folder: Path, told: pytest.LogCaptureFixture
) -> None:
    assert not edits.look_again()
    assert events(told) == ["mappings.unchanged"]

    (folder / "technicians.yaml").write_text("technicians: 3\n")
    for _ in range(2):
        assert not edits.look_again()
    assert events(told) == ["mappings.refused", "mappings.refused"]


def test_faulty_mappings_at_the_start_are_raised(folder: Path, loader: Loader, clock: StillClock) -> None:
    (folder / "bonus.yaml").write_text("")

    with pytest.raises(FileFaults, match=r"mappings/bonus\.yaml"):
        Edits(folder, loader, clock, weigh)
