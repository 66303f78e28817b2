"""Fixtures of the panel client's tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import responses

from tests.mikrowisp.panels import Panel


@pytest.fixture
def panel() -> Iterator[Panel]:
    """A panel that `responses` plays; nothing else can be reached."""
    with responses.RequestsMock(assert_all_requests_are_fired=False) as rsps:
        yield Panel(rsps)
