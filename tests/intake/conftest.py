"""A town with a mailbox: the panel, the bridge, Dovecot, and a server that keeps the answers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.intake.post import PostOffice, post_office
from tests.intake.servers import MailServer, Outbox, start_dovecot, start_smtp


@pytest.fixture(scope="session")
def dovecot() -> Iterator[MailServer]:
    with start_dovecot() as server:
        yield server


@pytest.fixture
def smtp() -> Iterator[Outbox]:
    with start_smtp() as outbox:
        yield outbox


@pytest.fixture
def post(tmp_path: Path, dovecot: MailServer, smtp: Outbox) -> Iterator[PostOffice]:
    """The panel is read over its database."""
    with post_office(tmp_path, dovecot, smtp) as office:
        yield office


@pytest.fixture
def post_by_api(tmp_path: Path, dovecot: MailServer, smtp: Outbox) -> Iterator[PostOffice]:
    """The panel is read over its API alone."""
    with post_office(tmp_path, dovecot, smtp, http_only=True) as office:
        yield office
