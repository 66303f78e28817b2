"""Records that are made by the hundred thousand, filled without a detour."""

from __future__ import annotations

from dataclasses import MISSING, fields
from typing import Any, TypeVar

T = TypeVar("T")


def filled_by_slot(record: type[T]) -> type[T]:
    """Give a frozen dataclass with slots an `__init__` that fills each slot by its descriptor.

    The one that `dataclass` writes asks `object.__setattr__` to find every slot by its name, which takes
    half as long again. Nothing else is changed: the same arguments and defaults, as frozen as before.
    """
    known: dict[str, Any] = {}
    arguments, body = [], []
    for one in fields(record):  # type: ignore[arg-type]  # a dataclass, as every caller's line above says
        name = one.name
        known[f"fill_{name}"] = getattr(record, name).__set__
        argument, value = name, name
        if one.default is not MISSING:
            known[f"default_{name}"] = one.default
            argument = f"{name}=default_{name}"
        elif one.default_factory is not MISSING:
            known["MISSING"], known[f"make_{name}"] = MISSING, one.default_factory
            argument, value = f"{name}=MISSING", f"make_{name}() if {name} is MISSING else {name}"
        arguments.append(argument)
        body.append(f"    fill_{name}(self, {value})")
    star = ["*"] if fields(record)[0].kw_only else []  # type: ignore[arg-type]
    source = f"def __init__({', '.join(['self', *star, *arguments])}):\n" + "\n".join(body)
    exec(source, known)  # noqa: S102 - made of field names only, as `dataclass` makes its own
    known["__init__"].__qualname__ = f"{record.__qualname__}.__init__"
    record.__init__ = known["__init__"]  # type: ignore[method-assign]
    return record
