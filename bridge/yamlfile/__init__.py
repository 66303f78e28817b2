"""YAML that people edit: read with the place of every key, checked against a model, faults all at once."""

from bridge.yamlfile.check import FileModel, checked, without_nothing
from bridge.yamlfile.hints import nearest, one_of
from bridge.yamlfile.parse import Document, Trail, parse, read_text
from bridge.yamlfile.wrong import WrongValue

__all__ = [
    "Document",
    "FileModel",
    "Trail",
    "WrongValue",
    "checked",
    "nearest",
    "one_of",
    "parse",
    "read_text",
    "without_nothing",
]
