"""The demo's folder holds all that its decisions rest on."""

from __future__ import annotations

from bridge.sync.replay import Replay


def test_the_demo_is_decided_again_without_any_difference(store):
    replayed = Replay(store).run()

    assert replayed.differences == []
    assert replayed.decisions > 100
