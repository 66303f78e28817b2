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
