"""Every fault of the sandbox at every kind of push over HTTP: in the end each stands once, or a person knows.

One play has them all; `make chaos` also plays them one by one.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.faults.http_faults import FAULTS, WRITES, play, strikes
from tests.faults.stage import OVER_HTTP, stage
from tests.servers import Sandbox

# What the database under the panel might make a difference to: whether the write stands there or not.
OF_WRITES = {"drop before", "drop after", "500, not applied", "502, applied"}


@pytest.mark.parametrize("fault", FAULTS)
def test_whatever_happens_to_the_first_write_of_each_kind(
    tmp_path: Path, panel: Sandbox, mappings: Path, fault: str
) -> None:
    strike_all(tmp_path, panel, mappings, FAULTS[fault])


@pytest.mark.mariadb
@pytest.mark.parametrize("fault", sorted(OF_WRITES))
def test_whatever_happens_to_the_first_write_of_each_kind_on_mariadb(
    tmp_path: Path, mariadb_panel: Sandbox, mappings: Path, fault: str
) -> None:
    strike_all(tmp_path, mariadb_panel, mappings, FAULTS[fault])


def strike_all(folder: Path, panel: Sandbox, mappings: Path, fault: dict[str, Any]) -> None:
    with stage(folder, panel, mappings, routes=OVER_HTTP, read="api", http_only=True) as scene:
        struck = play(scene, WRITES, fault)

        assert scene.finish() == []
        assert struck == strikes(WRITES, fault)
