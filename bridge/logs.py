"""The log: one line an event, with its run and its incident, without secrets, on stderr (docs/logs.md)."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Iterable, Iterator, MutableMapping
from contextlib import contextmanager
from typing import Any, TextIO
from zoneinfo import ZoneInfo

import structlog
from structlog.stdlib import ProcessorFormatter
from structlog.typing import Processor

from bridge.clock import Clock
from bridge.errors import BridgeError
from bridge.redaction import blotted, redacted

_FIRST = ("timestamp", "level", "event")

Entry = MutableMapping[str, Any]

_bound: list[Processor] = [structlog.contextvars.merge_contextvars, structlog.stdlib.add_log_level]

# At import, so that a program outside of `written` writes warnings only, and never on stdout.
structlog.configure(
    processors=[structlog.stdlib.filter_by_level, *_bound, ProcessorFormatter.wrap_for_formatter],
    logger_factory=structlog.stdlib.LoggerFactory(),
    wrapper_class=structlog.stdlib.BoundLogger,
)


def logger(name: str) -> structlog.stdlib.BoundLogger:
    """Return the log of a part of the program, such as `bridge.panel`. Events are listed in docs/logs.md."""
    log: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(name)
    return log


def reaction_to(fault: BridgeError) -> str:
    """Return an error's class in `errors` as a word for logs and figures: `panel_unreachable`."""
    kind = next(one for one in type(fault).__mro__ if one.__module__ == BridgeError.__module__)
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", kind.__name__).lower()


@contextmanager
def written(
    *, as_json: bool, level: str, zone: ZoneInfo, clock: Clock, secrets: Iterable[str] = ()
) -> Iterator[None]:
    """Write the log on stderr during the block, from `level` (`debug` to `error`) on, with times in `zone`.

    `secrets` are texts that are blotted out wherever they stand, whatever the field is called. Libraries
    are heard from `warning` on.
    """
    handler = _OnStderr()
    handler.setFormatter(
        ProcessorFormatter(
            foreign_pre_chain=[*_bound, _of_library],
            processors=[
                ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                _Stamp(clock, zone),
                _Blot(secrets),
                _renderer(as_json=as_json),
            ],
        )
    )
    root, ours = logging.getLogger(), logging.getLogger("bridge")
    around = [one for one in root.handlers if isinstance(one, _OnStderr)]
    levels = root.level, ours.level
    _exchange(root, around, [handler])
    root.setLevel(logging.WARNING)
    ours.setLevel(level.upper())
    try:
        yield
    finally:
        _exchange(root, [handler], around)
        root.setLevel(levels[0])
        ours.setLevel(levels[1])


def _exchange(root: logging.Logger, old: list[_OnStderr], new: list[_OnStderr]) -> None:
    for handler in old:
        root.removeHandler(handler)
    for handler in new:
        root.addHandler(handler)


class _OnStderr(logging.StreamHandler[TextIO]):
    """Writes on whatever stderr is at that moment."""

    def __init__(self) -> None:
        logging.Handler.__init__(self)

    @property
    def stream(self) -> TextIO:  # type: ignore[override]
        return sys.stderr


class _Stamp:
    """Puts the true time first, the level and the event after it."""

    def __init__(self, clock: Clock, zone: ZoneInfo) -> None:
        self._clock = clock
        self._zone = zone

    def __call__(self, _logger: Any, _method: str, entry: Entry) -> Entry:
        now = self._clock.real().astimezone(self._zone)
        entry["timestamp"] = now.isoformat(timespec="seconds")
        return {name: entry.pop(name) for name in _FIRST if name in entry} | dict(entry)


class _Blot:
    """Takes secrets out of every value: by the field's name, by the words before it, by the secret itself."""

    def __init__(self, secrets: Iterable[str]) -> None:
        self._secrets = frozenset(secrets)

    def __call__(self, _logger: Any, _method: str, entry: Entry) -> Entry:
        return {name: self._clean(value) for name, value in redacted(entry).items()}

    def _clean(self, value: Any) -> Any:
        match value:
            case str():
                return blotted(value, self._secrets)
            case dict():
                return {self._clean(name): self._clean(inner) for name, inner in value.items()}
            case list():
                return [self._clean(inner) for inner in value]
            case int() | float() | None:
                return value
            case _:
                return self._clean(str(value))


def _of_library(_logger: Any, _method: str, entry: Entry) -> Entry:
    """A library's line has words where ours have an event's name."""
    entry["library"] = entry["_record"].name
    entry["text"] = entry["event"]
    entry["event"] = "library.message"
    return entry


def _renderer(*, as_json: bool) -> Processor:
    if as_json:
        return structlog.processors.JSONRenderer(ensure_ascii=False)
    return structlog.dev.ConsoleRenderer(
        colors=sys.stderr.isatty(),
        sort_keys=False,
        repr_native_str=True,  # nothing that a panel says may move a terminal's cursor
        exception_formatter=structlog.dev.plain_traceback,  # the other one prints local variables
    )
