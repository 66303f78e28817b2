"""A panel that the tests of a file share, and a mail server for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.acceptance.town import T0
from tests.intake.servers import Outbox, start_smtp
from tests.servers import Sandbox, start_sandbox


@pytest.fixture(scope="module")
def panel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    folder = tmp_path_factory.mktemp("panel")
    options = ("--timezone", "America/Mexico_City")
    with start_sandbox(folder / "panel.db", now=T0.isoformat(), options=options) as running:
        yield running


@pytest.fixture
def smtp() -> Iterator[Outbox]:
    with start_smtp() as outbox:
        yield outbox
