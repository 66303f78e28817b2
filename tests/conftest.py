"""Fixtures that every test folder may use."""

from tests.servers import mariadb

__all__ = ["mariadb"]
