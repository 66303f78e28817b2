"""The sandbox that the demo starts: what it says when it cannot, and that it goes away."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import requests

from bridge.demo.panel import SandboxPanel
from bridge.errors import PanelUnreachable

NOW = datetime(2025, 11, 3, 6, tzinfo=UTC)


def test_a_panel_that_cannot_start_is_told(tmp_path):
    with pytest.raises(PanelUnreachable, match="did not start"), SandboxPanel(tmp_path, NOW):
        pass


def test_a_step_that_makes_no_sense_to_the_panel_is_told(tmp_path):
    with SandboxPanel(tmp_path / "panel.db", NOW) as panel, pytest.raises(PanelUnreachable, match="nonsense"):
        panel.play(NOW, [{"do": "nonsense"}])


def test_it_is_gone_afterwards(tmp_path):
    with SandboxPanel(tmp_path / "panel.db", NOW) as panel:
        assert panel.play(NOW) == []

    with pytest.raises(requests.ConnectionError):
        requests.get(f"{panel.url}/_sandbox/health", timeout=5)
