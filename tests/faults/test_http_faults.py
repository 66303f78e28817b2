"""Every fault of the sandbox at every kind of push over HTTP: in the end each stands once, or a person knows.

One play has them all; `make chaos` also plays them one by one.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.faults.http_faults import FAULTS, WRITES, play, strikes
from tests.faults.stage import OVER_HTTP, stage

PRODUCED = [kind for kind in WRITES if kind != "open"]


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
@pytest.mark.parametrize(
    "on", ["panel", pytest.param("mariadb_panel", marks=pytest.mark.mariadb)], ids=["sqlite", "mariadb"]
)
def test_whatever_happens_to_the_first_write_of_each_kind(
    tmp_path: Path, mappings: Path, request: pytest.FixtureRequest, on: str, fault: dict[str, Any]
) -> None:
    panel = request.getfixturevalue(on)
    with stage(tmp_path, panel, mappings, routes=OVER_HTTP, read="api", http_only=True) as scene:
        struck = play(scene, PRODUCED, fault)

        assert scene.finish() == []
        assert struck == strikes(PRODUCED, fault)


@pytest.mark.parametrize(
    "fault",
    [
        "drop after",
        "502, applied",
        "empty 200, not applied",
        "token lost",
    ],
)
def test_whatever_happens_to_a_ticket_that_is_opened(
    tmp_path: Path, mappings: Path, request: pytest.FixtureRequest, fault: str
) -> None:
    panel = request.getfixturevalue("panel")
    with stage(tmp_path, panel, mappings, routes=OVER_HTTP, read="api", http_only=True) as scene:
        struck = play(scene, ["open"], FAULTS[fault])

        assert scene.finish() == []
        assert struck == 1
