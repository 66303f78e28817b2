"""Fixtures that every test folder may use."""

import pytest

from tests.servers import mariadb

__all__ = ["mariadb"]


@pytest.fixture(autouse=True)
def _english(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests read what the program says in English, wherever they run."""
    monkeypatch.setenv("BRIDGE_LANG", "en")
