"""Each fault of the sandbox at each kind of push alone: nothing hides behind another (`make chaos`)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.faults.http_faults import FAULTS, WRITES, play, strikes
from tests.faults.stage import OVER_HTTP, stage
from tests.servers import Sandbox


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
@pytest.mark.parametrize("kind", WRITES)
def test_whatever_happens_to_one_push_it_stands_once(
    tmp_path: Path, panel: Sandbox, mappings: Path, kind: str, fault: dict[str, Any]
) -> None:
    with stage(tmp_path, panel, mappings, routes=OVER_HTTP, read="api", http_only=True) as scene:
        struck = play(scene, [kind], fault)

        assert scene.finish() == []
        assert struck == strikes([kind], fault)
