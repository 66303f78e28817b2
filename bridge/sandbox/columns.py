"""Column types alike on MariaDB and SQLite: dates as text, latin1 text that is cut, padded ids."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from sqlalchemy import DATE, Column, Integer, Numeric, String, Text
from sqlalchemy.dialects import mysql
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine

ZERO_DATE = "0000-00-00"
ZERO_TIME = "0000-00-00 00:00:00"


class PanelDate(TypeDecorator[str]):
    """A DATE that is always text in Python, so that `0000-00-00` survives (contract, section 1)."""

    impl = String(10)
    cache_ok = True
    blank = ZERO_DATE

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """DATE on MariaDB, text on SQLite, whose date types refuse zero dates."""
        kind: TypeEngine[Any] = DATE() if dialect.name == "mysql" else String(10)
        return dialect.type_descriptor(kind)

    def process_result_value(self, value: Any, dialect: Dialect) -> str | None:  # noqa: ARG002  SQLAlchemy's signature
        """Text whatever the driver made of it."""
        return value.isoformat() if isinstance(value, dt.date) else value


class PanelDateTime(TypeDecorator[str]):
    """A DATETIME that is always text `YYYY-MM-DD HH:MM:SS` in Python, in the panel's local time."""

    impl = String(19)
    cache_ok = True
    blank = ZERO_TIME

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """DATETIME on MariaDB, text on SQLite."""
        kind: TypeEngine[Any] = mysql.DATETIME() if dialect.name == "mysql" else String(19)
        return dialect.type_descriptor(kind)

    def process_result_value(self, value: Any, dialect: Dialect) -> str | None:  # noqa: ARG002  SQLAlchemy's signature
        """Text whatever the driver made of it."""
        return value.strftime("%Y-%m-%d %H:%M:%S") if isinstance(value, dt.datetime) else value


class PanelMoney(TypeDecorator[Decimal]):
    """A `decimal(p,s)` that is a Decimal of whole cents in Python, on SQLite too, which has no such type."""

    impl = Numeric(12, 2)
    cache_ok = True

    def __init__(self, precision: int = 12, scale: int = 2) -> None:
        super().__init__(precision, scale)
        self.precision = precision
        self.scale = scale
        self.unit = Decimal(1).scaleb(-scale)

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """DECIMAL on MariaDB. NUMERIC on SQLite, so that other programs can sum and compare it."""
        if dialect.name == "mysql":
            return dialect.type_descriptor(Numeric(self.precision, self.scale, asdecimal=True))
        return dialect.type_descriptor(Numeric(self.precision, self.scale, asdecimal=False))

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        """Whole cents; SQLite has no decimal type and is handed the number that prints the same."""
        if value is None:
            return None
        exact = Decimal(str(value)).quantize(self.unit)
        return exact if dialect.name == "mysql" else float(exact)

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:  # noqa: ARG002  the same
        """A decimal of whole cents."""
        return None if value is None else Decimal(str(value)).quantize(self.unit)


class LatinText(TypeDecorator[str]):
    """Text of a latin1 column: what latin1 lacks becomes `?`, what is too long is cut (contract, 3.7)."""

    impl = Text
    cache_ok = True

    def __init__(self, length: int | None = None) -> None:
        super().__init__()
        self.length = length

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """VARCHAR where the panel has one, else TEXT."""
        return dialect.type_descriptor(String(self.length) if self.length else Text())

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:  # noqa: ARG002  the same
        """Apply here what MariaDB would do by itself, so that SQLite answers the same."""
        if value is None:
            return None
        kept = str(value).encode("cp1252", "replace").decode("cp1252")
        return kept[: self.length] if self.length else kept


def padded(name: str, width: int, **options: Any) -> Column[int]:
    """Make a `int(width) unsigned zerofill` column; drivers may hand back `0001201` for 1201."""
    kind = Integer().with_variant(mysql.INTEGER(display_width=width, unsigned=True, zerofill=True), "mysql")
    return Column(name, kind, nullable=False, **options)


def small(name: str, width: int = 11, **options: Any) -> Column[int]:
    """Make a plain `int(width)` column."""
    kind = Integer().with_variant(mysql.INTEGER(display_width=width), "mysql")
    return Column(name, kind, **{"nullable": False, **options})


def latin(name: str, length: int | None = None, **options: Any) -> Column[str]:
    """Make a text column of a latin1 table."""
    return Column(name, LatinText(length), **{"nullable": False, **options})


def money(name: str, **options: Any) -> Column[Decimal]:
    """Make a `decimal(12,2)` column."""
    return Column(name, PanelMoney(), **{"nullable": False, **options})


def percent(name: str) -> Column[Decimal]:
    """Make a `decimal(4,2)` column for a tax rate."""
    return Column(name, PanelMoney(4, 2), nullable=False)


def day(name: str) -> Column[str]:
    """Make a DATE column."""
    return Column(name, PanelDate(), nullable=False)


def moment(name: str, **options: Any) -> Column[str]:
    """Make a DATETIME column."""
    return Column(name, PanelDateTime(), **{"nullable": False, **options})
