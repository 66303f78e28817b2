"""Where the example configuration and the mappings that come with the program are."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources
from importlib.resources.abc import Traversable


def shipped() -> Traversable:
    """Return their folder: inside an installed package, else beside it in a checkout."""
    package = resources.files("bridge")
    inside = package / "shipped"
    return inside if inside.is_dir() else package / ".."


SCHEMAS = "schema"
"""The folder inside that of the mappings where their first lines look for their JSON Schemas."""


def shipped_mappings() -> Mapping[str, str]:
    """Return the texts of the shipped mappings by file name."""
    return _texts(shipped() / "mappings", ".yaml")


def shipped_schemas() -> Mapping[str, str]:
    """Return the JSON Schemas of the mappings, for editors, by file name."""
    return _texts(shipped() / "mappings" / SCHEMAS, ".json")


def _texts(folder: Traversable, ending: str) -> Mapping[str, str]:
    return {
        entry.name: entry.read_text(encoding="utf-8")
        for entry in sorted(folder.iterdir(), key=lambda entry: entry.name)
        if entry.name.endswith(ending)
    }
