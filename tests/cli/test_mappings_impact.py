"""`bridge mappings impact`: what an edit would change, told before it goes live, without the panel."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from bridge.sync.impact import What
from bridge.sync.pull import MAPPINGS_SEEN
from tests.servers import ROOT

from .conftest import Isp, after


@pytest.fixture
def mappings(isp: Isp) -> Path:
    """The ISP's own copy of the mappings, without the examples that pin the shipped numbers."""
    folder = isp.folder / "mappings"
    shutil.copytree(ROOT / "mappings", folder)
    for name in ("escalation.yaml", "bonus.yaml"):
        text = (folder / name).read_text(encoding="utf-8").partition("\n    # Ejemplos:")[0]
        (folder / name).write_text(f"{text}\n", encoding="utf-8")
    isp.configure(database=True, mappings=str(folder))
    return folder


def edit(folder: Path, name: str, found: str, wanted: str) -> None:
    text = (folder / name).read_text(encoding="utf-8")
    assert text.count(found) == 1
    (folder / name).write_text(text.replace(found, wanted), encoding="utf-8")


def git(folder: Path, *arguments: str) -> None:
    who = ("-c", "user.name=Ana", "-c", "user.email=ana@example.com")
    subprocess.run(["git", "-C", folder, *who, *arguments], check=True, capture_output=True)


def without_panel(isp: Isp) -> None:
    """Let config.yaml name a panel where nobody listens."""
    text = isp.config.read_text(encoding="utf-8").replace(isp.panel.url, "http://127.0.0.1:9")
    isp.config.write_text(text.replace(isp.panel.database_url, "sqlite:///nowhere.db"), encoding="utf-8")


def test_each_incident_is_told_with_before_after_and_rule_and_the_pesos_in_all(
    isp: Isp, mappings: Path
) -> None:
    accruing, fresh = isp.ticket(1), isp.ticket(2, at=74)
    isp.sync(75)
    without_panel(isp)
    edit(mappings, "bonus.yaml", "day_counting: started_24h", "day_counting: completed_24h")
    edit(mappings, "escalation.yaml", "report_after: 2 h", "report_after: 90 min")

    result = isp("mappings", "impact")

    assert (result.code, result.words.count("would change")) == (0, 2)
    assert "bonus.yaml versions[2019-01-01].day_counting: started_24h -> completed_24h" in result.words
    assert "escalation.yaml versions[2019-01-01].report_after: 2 h -> 90 min" in result.words
    assert f"RC-{accruing} 1 credit now 40.00 accruing 30.00 accruing C-9" in result.words
    assert f"RC-{fresh} 2 level 2 from 2026-11-05 12:00 2026-11-05 11:30 L-3" in result.words
    assert "2 incidents would change, 0 open ones would not." in result.words
    assert "Credits not on the panel yet: 40.00 before, 30.00 after, -10.00 MXN." in result.words


def test_the_same_for_programs(isp: Isp, mappings: Path) -> None:
    ticket = isp.ticket()
    isp.sync(1)
    edit(mappings, "escalation.yaml", "report_after: 2 h", "report_after: 4 h")

    found = isp("mappings", "impact", "--format", "json").json

    assert found["keys"] == [
        {
            "file": "escalation.yaml",
            "key": "versions[2019-01-01].report_after",
            "before": "2 h",
            "after": "4 h",
        }
    ]
    assert found["incidents"] == [
        {
            "incident_id": f"RC-{ticket}",
            "report_number": None,
            "client_id": 1,
            "ticket_ids": [ticket],
            "changes": [
                {
                    "what": "deadline",
                    "step": "level_2",
                    "level": None,
                    "rule": "L-3",
                    "before": after(2).isoformat(),
                    "after": after(4).isoformat(),
                }
            ],
        }
    ]
    assert (found["at"], found["against"], found["unchanged"]) == (after(1).isoformat(), "in force", 0)
    nothing = {"before": "0.00", "after": "0.00", "difference": "0.00", "currency": "MXN"}
    assert found["credits"] == nothing
    assert found["credits_later"]["difference"] == "0.00"


def test_people_departments_and_what_is_taken_back_are_told_by_name(isp: Isp, mappings: Path) -> None:
    month, days, fresh = isp.ticket(1), isp.ticket(2, at=20), isp.ticket(3, at=99)
    isp.sync(99)
    isp.sync(100)
    level_3 = "    levels: [3]\n"
    text = (mappings / "technicians.yaml").read_text(encoding="utf-8")
    text = text.replace(level_3, f"{level_3}    leave: [{{first: 2026-11-05, last: 2026-11-09}}]\n")
    text = text.replace(
        "Luz Arriaga Pineda\n", "Luz Arriaga Pineda\n    leave: [{first: 2026-11-06, last: 2026-11-06}]\n"
    )
    (mappings / "technicians.yaml").write_text(text, encoding="utf-8")
    edit(mappings, "departments.yaml", "  3: 5\n", "  3: 3\n")
    edit(mappings, "bonus.yaml", "unknown_attribution: isp", "unknown_attribution: customer")

    words = isp("mappings", "impact").words

    assert f"RC-{month} 1 nobody available no yes L-5 credit taken back - 300.00 reversal" in words
    assert f"RC-{days} 2 nobody available no yes L-5 credit now 46.53 accruing voided (attribution" in words
    assert "credit now - refused (not C-1 attributable)" in words
    owner = "owner 11 Luz Arriaga Pineda 12 Saúl Monroy Tapia L-1"
    assert f"RC-{fresh} 3 department of level 3 5 Soporte nivel 3 3 Quejas y Sugerencias L-5 {owner}" in words


def test_a_comment_changes_no_incident(isp: Isp, mappings: Path) -> None:
    isp.ticket()
    isp.sync(1)
    edit(mappings, "bonus.yaml", "monthly_cap: 1\n", "monthly_cap: 1  # como siempre\n")

    result = isp("mappings", "impact")

    assert result.code == 0
    assert "bonus.yaml: only comments or layout No incident would change." in result.words
    assert "0 incidents would change, 1 open one would not." in result.words


def test_mappings_that_are_not_edited_do_not_differ(isp: Isp, mappings: Path) -> None:
    isp.ticket()
    isp.sync(1)

    assert "The mappings do not differ." in isp("mappings", "impact").words


def test_an_edit_that_is_not_valid_is_told_as_check_tells_it(isp: Isp, mappings: Path) -> None:
    isp.ticket()
    isp.sync(1)
    edit(mappings, "bonus.yaml", "days_from: 72 h", "days_from: setenta")

    checked, result = isp("mappings", "check"), isp("mappings", "impact")

    assert (checked.code, result.code) == (1, 1)
    assert result.err == checked.err


def test_before_the_first_cycle_no_incident_can_change(isp: Isp, mappings: Path) -> None:
    result, for_programs = isp("mappings", "impact"), isp("mappings", "impact", "--format", "json")

    assert (result.code, for_programs.code) == (0, 0)
    assert "No cycle has run yet" in result.words
    assert (for_programs.json["incidents"], for_programs.json["keys"]) == ([], [])
    assert not (isp.folder / "var").exists()


def test_another_folder_and_a_git_revision_can_be_compared_with(isp: Isp, mappings: Path) -> None:
    ticket = isp.ticket()
    isp.sync(1)
    git(isp.folder, "init", "--quiet")
    git(isp.folder, "add", "mappings")
    git(isp.folder, "commit", "--quiet", "--message", "as they were")
    shutil.copytree(mappings, isp.folder / "old")
    edit(mappings, "escalation.yaml", "report_after: 2 h", "report_after: 4 h")
    isp.sync(1.5)

    live = isp("mappings", "impact")
    by_git = isp("mappings", "impact", "--against", "git:HEAD")
    by_folder = isp("mappings", "impact", "--against", isp.folder / "old")

    assert "The mappings do not differ." in live.words
    assert f"RC-{ticket} 1 level 2 from 2026-11-02 10:00 2026-11-02 12:00 L-3" in by_git.words
    assert by_folder.out == by_git.out


def test_what_cannot_be_compared_with_is_refused_in_words(
    isp: Isp, mappings: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(against: str) -> str:
        result = isp("mappings", "impact", "--against", against)
        assert (result.code, result.out) == (1, "")
        return result.err

    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(isp.folder.parent))
    assert "nowhere is no folder" in refused("nowhere")
    assert "is in no git repository" in refused("git:HEAD")
    git(isp.folder, "init", "--quiet")
    assert "git knows no revision `HEAD`" in refused("git:HEAD")
    git(isp.folder, "commit", "--quiet", "--allow-empty", "--message", "empty")
    assert "git has no mappings" in refused("git:HEAD")
    assert "names no revision" in refused("git:--help")
    (mappings / "bonus.yaml").rename(isp.folder / "bonus.yaml")
    git(isp.folder, "add", "mappings")
    git(isp.folder, "commit", "--quiet", "--message", "one is missing")
    (isp.folder / "bonus.yaml").rename(mappings / "bonus.yaml")
    assert "git:HEAD:mappings/bonus.yaml:1:1: the file is missing" in refused("git:HEAD")
    monkeypatch.setenv("PATH", str(isp.folder))
    assert "git is not installed" in refused("git:HEAD")


def test_a_store_that_lost_the_texts_in_force_is_told_in_words(isp: Isp, mappings: Path) -> None:
    isp.ticket()
    isp.sync(1)
    store = isp.store()
    store.meta.set(MAPPINGS_SEEN, "unknown")
    store.close()

    result = isp("mappings", "impact")

    assert (result.code, result.out) == (1, "")
    assert "the mappings in force cannot be read again: the store has no policy texts" in result.err


def test_every_field_and_every_kind_of_change_is_documented(isp: Isp, mappings: Path) -> None:
    isp.ticket()
    isp.sync(1)
    edit(mappings, "escalation.yaml", "report_after: 2 h", "report_after: 4 h")
    told = (ROOT / "docs" / "impact.md").read_text(encoding="utf-8")

    found = isp("mappings", "impact", "--format", "json").json

    [incident] = found["incidents"]
    [change] = incident["changes"]
    fields = {*found, *found["keys"][0], *incident, *change, *found["credits"], *What}
    assert [name for name in sorted(fields) if f"`{name}" not in told] == []
