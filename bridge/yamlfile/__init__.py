"""YAML that people edit: read with the place of every key, checked against a model, faults all at once."""

from bridge.yamlfile.check import FileModel, checked, nearest, one_of, without_nothing
from bridge.yamlfile.parse import Document, Trail, parse, read_text

__all__ = [
    "Document",
    "FileModel",
    "Trail",
    "checked",
    "nearest",
    "one_of",
    "parse",
    "read_text",
    "without_nothing",
]
