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


def shipped_mappings() -> Mapping[str, str]:
    """Return the texts of the shipped mappings by file name."""
    folder = shipped() / "mappings"
    return {
        entry.name: entry.read_text(encoding="utf-8")
        for entry in sorted(folder.iterdir(), key=lambda entry: entry.name)
        if entry.name.endswith(".yaml")
    }
