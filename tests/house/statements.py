"""SQL that is put together from strings, found in Python sources; values belong into bound parameters."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

# What runs or makes a statement from a text. Names of SQLAlchemy, the drivers and alembic.
_TAKES_SQL = {
    "text",
    "literal_column",
    "DDL",
    "execute",
    "executemany",
    "executescript",
    "exec_driver_sql",
    "scalar",
    "scalars",
}


@dataclass(frozen=True, slots=True, order=True)
class Built:
    """A statement that was put together: in which line, and in which words."""

    line: int
    words: str


def built_statements(source: str) -> list[Built]:
    """Return each text put together from parts that is taken as SQL, directly or by a name given to it."""
    tree = ast.parse(source)
    return sorted({Built(node.lineno, ast.unparse(node)) for node in _taken(tree)})


def _taken(tree: ast.Module) -> Iterator[ast.expr]:
    named: dict[str, list[ast.expr]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                named.setdefault(ast.unparse(target), []).append(node.value)
        elif isinstance(node, ast.AnnAssign | ast.AugAssign) and node.value is not None:
            # `query += ...` puts together whatever stands on its right.
            value = node.value if isinstance(node, ast.AnnAssign) else _sum(node)
            named.setdefault(ast.unparse(node.target), []).append(value)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.args and _name(node.func) in _TAKES_SQL:
            given = node.args[0]
            for expression in [given, *named.get(ast.unparse(given), [])]:
                if _is_put_together(expression):
                    yield expression


def _sum(node: ast.AugAssign) -> ast.expr:
    whole = ast.BinOp(left=ast.Constant(""), op=node.op, right=node.value)
    return ast.copy_location(whole, node)


def _name(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _is_put_together(node: ast.expr) -> bool:
    match node:
        case ast.JoinedStr():
            return any(isinstance(part, ast.FormattedValue) for part in node.values)
        case ast.BinOp(left=left, op=ast.Mod() | ast.Add(), right=right):
            return _is_text(left) or _is_text(right)
        case ast.Call(func=ast.Attribute(attr="format" | "join" | "replace")):
            return True
        case ast.Call(func=ast.Name(id="str")):
            return True
        case _:
            return False


def _is_text(node: ast.expr) -> bool:
    return (isinstance(node, ast.Constant) and isinstance(node.value, str)) or _is_put_together(node)
