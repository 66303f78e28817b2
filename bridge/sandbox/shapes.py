"""Checking control payloads: what is unknown or of the wrong kind is refused with words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class ControlError(ValueError):
    """A control payload that cannot be followed; answered with status 400 and these words."""


def only(payload: Mapping[str, Any], where: str, *allowed: str) -> None:
    """Refuse keys that nobody reads."""
    unknown = sorted(set(payload) - set(allowed))
    if unknown:
        raise ControlError(
            f"{where}: unknown {', '.join(unknown)}; it takes {', '.join(allowed) or 'nothing'}"
        )


def whole(payload: Mapping[str, Any], name: str, where: str, default: int | None = None) -> int:
    """Read a whole number."""
    value = payload.get(name, default)
    if isinstance(value, str) and value.strip().lstrip("-").isdigit():
        return int(value)
    if not isinstance(value, int) or isinstance(value, bool):
        raise ControlError(f"{where}: {name} is a whole number, not {value!r}")
    return value


def words(payload: Mapping[str, Any], name: str, where: str, default: str | None = None) -> str:
    """Read a text."""
    value = payload.get(name, default)
    if not isinstance(value, str):
        raise ControlError(f"{where}: {name} is a text, not {value!r}")
    return value


def flag(payload: Mapping[str, Any], name: str, where: str, *, default: bool) -> bool:
    """Read a true/false."""
    value = payload.get(name, default)
    if not isinstance(value, bool):
        raise ControlError(f"{where}: {name} is true or false, not {value!r}")
    return value


def objects(payload: Mapping[str, Any], name: str, where: str) -> list[dict[str, Any]]:
    """Read a list of JSON objects; absent is empty."""
    value = payload.get(name) or []
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise ControlError(f"{where}: {name} is a list of objects")
    return value


def mapping(value: object, where: str) -> dict[str, Any]:
    """Read a JSON object."""
    if not isinstance(value, dict):
        raise ControlError(f"{where} is a JSON object")
    return value
