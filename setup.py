"""Ships the example configuration and the mappings, which stand beside the package, inside of it."""

from __future__ import annotations

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

ROOT = Path(__file__).parent


class BuildWithExamples(build_py):
    """Builds the package, then adds `bridge/shipped` for `bridge init`; a checkout needs no copy."""

    def run(self) -> None:
        """Build and add."""
        super().run()
        if self.editable_mode:
            return
        shipped = Path(self.build_lib, "bridge", "shipped")
        (shipped / "mappings" / "schema").mkdir(parents=True, exist_ok=True)
        mappings = sorted([*ROOT.glob("mappings/*.yaml"), *ROOT.glob("mappings/schema/*.json")])
        for file in (ROOT / "config.example.yaml", *mappings):
            shutil.copyfile(file, shipped / file.relative_to(ROOT))


setup(cmdclass={"build_py": BuildWithExamples})
