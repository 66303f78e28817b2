"""The README's walks are run as they stand: to a sandbox panel, and from the mappings to the first sync."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bridge.cli.main import main
from tests.house.documents import FENCE, read
from tests.servers import ROOT, Sandbox, start_sandbox

ACTIVATE = ". .venv/bin/activate"
PANEL = "http://127.0.0.1:8765"


def blocks(title: str) -> list[str]:
    """The shell blocks below a heading of the README."""
    section = read("README.md").partition(f"\n## {title}\n")[2].partition("\n## ")[0]
    return [block[2] for block in FENCE.finditer(section) if block[1] == "sh"]


def run(walk: list[str], panel: Sandbox, home: Path) -> str:
    """Run the lines in one shell, as somebody who types them; return what they say.

    Every line must succeed. A plan must have found changes, and says so by its exit code.
    """
    here = f'export PATH="{Path(sys.executable).parent}:$PATH"'
    lines = "".join(walk).replace(ACTIVATE, here).replace(PANEL, panel.url).splitlines()
    script = "\n".join(
        f"{line} && exit 9 || test $? -eq 4" if "bridge plan" in line else line for line in lines
    )
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("BRIDGE_", "MIKROWISP_"))
    }
    ended = subprocess.run(
        ["bash", "-e", "-o", "pipefail", "-c", script],
        cwd=ROOT,
        env=kept | {"HOME": str(home), "COLUMNS": "160", "LC_ALL": "C.UTF-8"},
        capture_output=True,
        check=False,
        text=True,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


@pytest.mark.skipif(shutil.which("curl") is None, reason="the walk plays the panel's customers with curl")
def test_the_walk_through_a_sandbox_panel_ends_with_a_credit_on_an_invoice(tmp_path: Path) -> None:
    serve, *walk = blocks("Connect it to a sandbox panel")
    with start_sandbox(tmp_path / "bridge-trial.db", customers=40) as panel:
        said = run(walk, panel, tmp_path)

    assert serve == f"{ACTIVATE}\nbridge sandbox serve --database ~/bridge-trial.db\n"
    assert re.search(r"^RC-1201/C1 .* invoiced ", said, re.MULTILINE)
    assert re.search(r"^RC-1202/C1 .* posted ", said, re.MULTILINE)
    assert re.search(r" evidence +8 +1202 ", said)
    assert "Lo encuentra en su factura 1." in said


def test_the_steps_to_a_real_panel_and_the_daily_look_work_one_after_the_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """From the mappings on; what comes before is the machine's, and the probe asks a person."""
    folder = tmp_path / "isp"
    with start_sandbox(tmp_path / "panel.db", customers=40) as panel:
        panel.control("tickets", {"id": 1201, "customer": 7, "subject": "Sin internet", "body": "No navega"})
        monkeypatch.setenv("MIKROWISP_TOKEN", panel.token)
        monkeypatch.setenv("MIKROWISP_DATABASE_URL", panel.database_url)
        monkeypatch.setenv("BRIDGE_CONFIG", str(folder / "config.yaml"))
        assert main(["init", str(folder), "--panel", panel.url, "--database"]) == 0
        monkeypatch.chdir(folder)

        codes = [(words, main(words)) for words in typed("Connect it to a real panel")]
        codes += [(words, main(words)) for words in typed("Daily use")]

    # The rehearsal finds something to do; after the first sync nothing is left.
    assert [(words, code) for words, code in codes if code] == [(["plan", "--save", "first-plan.json"], 4)]
    assert ["apply", "first-plan.json"] in [words for words, _ in codes]
    assert "Pushed: sent 1, verified 1." in capsys.readouterr().out


def typed(title: str) -> list[list[str]]:
    """The commands of a section that begin with `bridge`, but for the probe."""
    lines = "".join(blocks(title)).splitlines()
    return [shlex.split(line)[1:] for line in lines if line.startswith("bridge ") and "--probe" not in line]
