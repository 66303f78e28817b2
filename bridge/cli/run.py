"""`bridge run`: cycles on a schedule until SIGTERM or SIGINT."""

from __future__ import annotations

from bridge.cli.options import Context
from bridge.daemon.service import serve


def run(context: Context) -> None:
    """Run cycles every `schedule.every_minutes` until stopped.

    Edited mappings apply from the next cycle, SIGHUP reads them at once; faulty ones are told, and the last
    good ones stay. SIGTERM or SIGINT ends it after the call to the panel that is under way, with exit code 0.
    """
    with context.obj.bridge(stays=True) as bridge:
        serve(bridge, context.obj.environ)
