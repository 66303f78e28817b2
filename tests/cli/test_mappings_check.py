"""`bridge mappings check` runs the worked examples inside the mappings."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.cli.main import main


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MIKROWISP_TOKEN", "invented")
    monkeypatch.chdir(tmp_path)
    main(["init", "."])
    return tmp_path / "mappings"


def test_an_edit_that_breaks_the_isps_own_example_is_refused_with_its_name(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = folder / "bonus.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("next_invoice_within: 62 días", "next_invoice_within: 61 días"), "utf-8")
    line = next(number for number, words in enumerate(text.splitlines(), 1) if "62 días sin factura" in words)

    assert main(["mappings", "check"]) == 1

    said = " ".join(capsys.readouterr().err.split())
    assert f"mappings/bonus.yaml:{line + 2}:26: the example `62 días sin factura, todavía se espera`" in said
    assert "expects status posted; the rules give status held" in said


def test_the_mappings_as_they_come_hold(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["mappings", "check"]) == 0

    assert "10 files ok" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({"BRIDGE_LANG": "es"}, "se espera más de 0, no `0`"),
        ({"BRIDGE_LANG": "", "LC_ALL": "es_MX.UTF-8"}, "se espera más de 0, no `0`"),
        ({"BRIDGE_LANG": "en", "LC_ALL": "es_MX.UTF-8"}, "expected more than 0, not `0`"),
    ],
)
def test_the_language_of_the_faults_is_chosen(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    environ: dict[str, str],
    said: str,
) -> None:
    path = folder / "bonus.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("monthly_cap: 1\n", "monthly_cap: 0\n"), "utf-8")
    for name, value in environ.items():
        monkeypatch.setenv(name, value)

    assert main(["mappings", "check"]) == 1

    line = 1 + text[: text.index("monthly_cap: 1\n")].count("\n")
    assert capsys.readouterr().err.splitlines() == [f"mappings/bonus.yaml:{line}:18: {said}"]


def test_schemas_are_written_beside_the_mappings_again(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "schema" / "bonus.json").write_text("old")

    assert main(["mappings", "schema"]) == 0

    assert "10 schemas written to" in capsys.readouterr().out
    shipped = Path(__file__).parents[2] / "mappings" / "schema" / "bonus.json"
    assert (folder / "schema" / "bonus.json").read_text("utf-8") == shipped.read_text("utf-8")
    assert main(["mappings", "check"]) == 0
