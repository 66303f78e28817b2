"""What all commands of one call share: the environment, the configuration's place, the exit code."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from bridge import logs
from bridge.bootstrap import Bridge
from bridge.cli.render import warn
from bridge.config import Settings
from bridge.config.running import LogFormat, LogLevel

DEFAULT_CONFIG = Path("config.yaml")


@dataclass(slots=True, kw_only=True)
class Session:
    """One call of `bridge`.

    `config` is what `-c` says, `settings` what was read there, `exit_code` what the call ends with.
    """

    environ: Mapping[str, str]
    config: Path | None = None
    settings: Settings | None = None
    exit_code: int = 0

    @property
    def config_path(self) -> Path:
        """The configuration: `-c`, else BRIDGE_CONFIG, else ./config.yaml."""
        return self.config or Path(self.environ.get("BRIDGE_CONFIG") or DEFAULT_CONFIG)

    @contextmanager
    def bridge(self, *, stays: bool = False) -> Iterator[Bridge]:
        """Open the configured bridge, and say on stderr what is unusual about it. Raises UserFault.

        A command that somebody watches at a terminal logs errors only, for it says the rest itself, unless
        it `stays`.
        """
        with Bridge.configured(self.config_path, self.environ) as bridge, _log(bridge, stays=stays):
            self.settings = bridge.settings
            for warning in bridge.settings.warnings:
                warn(f"warning: {warning}")
            if self.environ.get("BRIDGE_NOW"):
                now = bridge.clock.now().astimezone(bridge.settings.panel.timezone)
                warn(f"warning: BRIDGE_NOW is set: the rules are applied as of {now.isoformat()}")
            yield bridge


def _log(bridge: Bridge, *, stays: bool) -> AbstractContextManager[None]:
    log = bridge.settings.log
    return logs.written(
        as_json=log.format is LogFormat.JSON,
        level=log.level if stays or not sys.stderr.isatty() else LogLevel.ERROR,
        zone=bridge.settings.panel.timezone,
        clock=bridge.clock,
        secrets=bridge.settings.secrets,
    )
