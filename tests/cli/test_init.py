"""`bridge init`: a folder that works once the token is set, private, and never overwritten."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.cli.main import main
from bridge.config import load_config
from tests.servers import ROOT

from .conftest import Isp


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "isp"


def test_it_writes_a_configuration_and_the_mappings_for_their_owner_alone(folder: Path) -> None:
    assert main(["init", str(folder)]) == 0

    shipped = ROOT / "mappings"
    names = {path.relative_to(shipped) for path in [*shipped.glob("*.yaml"), *shipped.glob("schema/*.json")]}
    written = folder / "mappings"
    assert {path.relative_to(written) for path in written.rglob("*") if path.is_file()} == names
    assert len(names) == 20
    assert {path.stat().st_mode & 0o777 for path in folder.rglob("*") if path.is_file()} == {0o600}
    assert {path.stat().st_mode & 0o777 for path in (folder, written, written / "schema")} == {0o700}


def test_its_configuration_needs_only_the_token(folder: Path) -> None:
    main(["init", str(folder), "--panel", "https://panel.isp.example"])

    settings = load_config(folder / "config.yaml", {"MIKROWISP_TOKEN": "invented"})

    assert settings.panel.base_url == "https://panel.isp.example"
    assert settings.panel.database is None
    assert settings.enforce_from is None
    assert settings.mappings == folder / "mappings"


def test_the_panels_database_comes_from_the_environment_on_request(folder: Path) -> None:
    main(["init", str(folder), "--database"])

    environ = {"MIKROWISP_TOKEN": "invented", "MIKROWISP_DATABASE_URL": "mysql+pymysql://u:p@db/Mikrowisp6"}
    settings = load_config(folder / "config.yaml", environ)

    assert settings.panel.database is not None


@pytest.mark.parametrize(
    ("options", "wanted"),
    [
        ([], "panel.base_url in {config}, and MIKROWISP_TOKEN in the environment"),
        (["--panel", "https://panel.isp.example"], "Next: set MIKROWISP_TOKEN in the environment"),
        (
            ["--panel", "https://panel.isp.example", "--database"],
            "Next: set MIKROWISP_TOKEN and MIKROWISP_DATABASE_URL in the environment",
        ),
    ],
)
def test_it_says_what_is_still_to_be_set(
    folder: Path, capsys: pytest.CaptureFixture[str], options: list[str], wanted: str
) -> None:
    main(["init", str(folder), *options])

    said = " ".join(capsys.readouterr().out.split())
    assert wanted.format(config=folder / "config.yaml") in said


def test_nothing_that_is_there_is_overwritten(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "mappings").mkdir(parents=True)
    (folder / "mappings" / "bonus.yaml").write_text("mine")

    assert main(["init", str(folder)]) == 1

    assert str(folder / "mappings" / "bonus.yaml") in capsys.readouterr().err
    assert [path.name for path in folder.rglob("*") if path.is_file()] == ["bonus.yaml"]
    assert (folder / "mappings" / "bonus.yaml").read_text() == "mine"


def test_a_folder_that_cannot_be_made_is_told(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder.write_text("a file")

    assert main(["init", str(folder / "below")]) == 1
    assert "cannot be made" in capsys.readouterr().err


def test_the_folder_works_against_a_panel(
    bare_isp: Isp, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["init", str(folder), "--panel", bare_isp.panel.url])
    monkeypatch.setenv("MIKROWISP_TOKEN", bare_isp.panel.token)
    monkeypatch.setenv("BRIDGE_CONFIG", str(folder / "config.yaml"))

    assert main(["mappings", "check"]) == 0
    assert main(["sync"]) == 0
    assert "Read 5 customers" in capsys.readouterr().out
