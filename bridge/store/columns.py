"""Column types whose values survive every database unchanged: instants, exact amounts, JSON and words."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Dialect, Numeric, String, Text
from sqlalchemy.types import TypeDecorator, TypeEngine

NO_CHARACTER = "\ufffd"


class Instant(TypeDecorator[datetime]):
    """An aware instant, kept as UTC ISO text of fixed width, so that text order is time order.

    A naive instant is refused with ValueError (SQLAlchemy wraps it in StatementError).
    """

    impl = String(32)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """Write it as `2026-11-22T10:00:00.000000+00:00`."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs its offset")
        return value.astimezone(UTC).isoformat(timespec="microseconds")

    def process_result_value(self, value: str | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Read it back, aware and in UTC."""
        return None if value is None else datetime.fromisoformat(value)


class Amount(TypeDecorator[Decimal]):
    """An exact decimal: text where the database would make a float of it, else an unbounded NUMERIC."""

    impl = String(40)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Choose NUMERIC without a scale on PostgreSQL: it keeps every digit, and SQL can sum it."""
        return dialect.type_descriptor(Numeric() if dialect.name == "postgresql" else String(40))

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> str | Decimal | None:
        """Refuse what is no number; write the digits without an exponent."""
        if value is None:
            return None
        if not value.is_finite():
            raise ValueError(f"{value} is no amount")
        return value if dialect.name == "postgresql" else f"{value:f}"

    def process_result_value(self, value: str | Decimal | None, dialect: Dialect) -> Decimal | None:  # noqa: ARG002
        """Read the same digits back."""
        return None if value is None else Decimal(value)


class Json(TypeDecorator[Any]):
    """JSON as text with sorted keys, so that equal values are equal texts.

    Only ASCII is written: a half of a surrogate pair or a NUL in a customer's words is legal in an escape
    and nowhere else.
    """

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:  # noqa: ARG002
        """Write the value; None is SQL's NULL."""
        return None if value is None else json.dumps(value, sort_keys=True, separators=(",", ":"))

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:  # noqa: ARG002
        """Read the value back; tuples come back as lists."""
        return None if value is None else json.loads(value)


class Words(TypeDecorator[str]):
    """Text that people wrote; characters no database takes are replaced instead of stopping a cycle."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """Replace NULs and halves of surrogate pairs; a member of an enum is written as its value."""
        if value is None:
            return None
        text = str(value).replace("\0", NO_CHARACTER)
        return text if text.isascii() else text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
