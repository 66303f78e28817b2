"""The demo writes only where nothing of others is."""

from __future__ import annotations

import pytest

from bridge.cli.main import main
from bridge.demo.folder import MARK, DemoFolder
from bridge.errors import UsageFault


def test_a_new_folder_is_made_and_marked(tmp_path):
    folder = DemoFolder.prepared(tmp_path / "a" / "b")

    assert [path.name for path in folder.path.iterdir()] == [MARK]


def test_an_empty_folder_is_taken(tmp_path):
    DemoFolder.prepared(tmp_path)

    assert (tmp_path / MARK).is_file()


def test_a_folder_of_others_is_refused_and_left_as_it_is(tmp_path, capsys):
    (tmp_path / "config.yaml").write_text("mine", encoding="utf-8")

    code = main(["demo", "--folder", str(tmp_path)])

    assert code == 1
    assert "was not made by `bridge demo`" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["config.yaml"]


def test_a_file_is_refused(tmp_path):
    (tmp_path / "file").touch()

    with pytest.raises(UsageFault, match="is no folder"):
        DemoFolder.prepared(tmp_path / "file")


def test_an_earlier_demo_is_replaced_and_what_others_put_there_stays(tmp_path):
    first = DemoFolder.prepared(tmp_path)
    first.config.write_text("old", encoding="utf-8")
    (tmp_path / "var").mkdir()
    (tmp_path / "var" / "bridge.db").touch()
    (tmp_path / "notes.txt").touch()

    DemoFolder.prepared(tmp_path)

    assert sorted(path.name for path in tmp_path.iterdir()) == [MARK, "notes.txt"]
