"""The folder that the demo leaves: configuration, mappings, the bridge's store and the panel's database."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from bridge.errors import UsageFault
from bridge.rulebook.shipped import SCHEMAS, shipped_mappings, shipped_schemas

MARK = ".bridge-demo"
_MARK_TEXT = "`bridge demo` made this folder, and replaces what it made here when it is run on it again.\n"
_MADE = ("config.yaml", "panel.db", "panel.db-wal", "panel.db-shm", "var", "mappings")

_CONFIG = """\
# Written by `bridge demo`. Its panel is a sandbox; start that again in another terminal with
#   bridge sandbox serve --database {panel} --port {port}
panel:
  instance: demo
  base_url: http://127.0.0.1:{port}
  token: {token}
  timezone: America/Mexico_City
  requests_per_second: 1000            # the panel is on this machine
  database: {{url: "sqlite:///panel.db"}}
state: {{url: "sqlite:///var/bridge.db"}}
mappings: mappings
enforce_from: {start}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoFolder:
    """A folder that is the demo's to write in."""

    path: Path

    @classmethod
    def prepared(cls, path: Path) -> DemoFolder:
        """Make the folder, or empty it of an earlier demo.

        Raises UsageFault where something else stands there: nothing of others is touched.
        """
        if path.exists() and not path.is_dir():
            raise UsageFault(f"{path} is no folder; name another one with --folder")
        mark = path / MARK
        if path.is_dir() and any(path.iterdir()) and not mark.is_file():
            raise UsageFault(
                f"{path} is not empty and was not made by `bridge demo`, so it is left alone; name another "
                "folder with --folder"
            )
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        mark.write_text(_MARK_TEXT, encoding="utf-8")
        for name in _MADE:
            _remove(path / name)
        return cls(path=path)

    @property
    def config(self) -> Path:
        """Its config.yaml."""
        return self.path / "config.yaml"

    @property
    def panel_database(self) -> Path:
        """The sandbox's database."""
        return self.path / "panel.db"

    def furnish(self, *, port: int, token: str, start: date) -> None:
        """Write config.yaml and the mappings."""
        text = _CONFIG.format(panel=self.panel_database.resolve(), port=port, token=token, start=start)
        self.config.write_text(text, encoding="utf-8")
        mappings = self.path / "mappings"
        (mappings / SCHEMAS).mkdir(parents=True)
        for name, content in shipped_mappings().items():
            (mappings / name).write_text(content, encoding="utf-8")
        for name, content in shipped_schemas().items():
            (mappings / SCHEMAS / name).write_text(content, encoding="utf-8")


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
