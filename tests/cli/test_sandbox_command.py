"""`bridge sandbox serve`: a panel as a child process that stops with its parent."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import urllib.request

import pytest

from tests.servers import ROOT

SERVE = [sys.executable, "-m", "bridge", "sandbox", "serve"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_serves_until_a_signal_and_passes_options_on(number: signal.Signals) -> None:
    with subprocess.Popen(
        [*SERVE, "--port", "0", "--customers", "3", "--quiet"], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())
        with urllib.request.urlopen(f"{ready['url']}/_sandbox/health", timeout=10) as answer:  # noqa: S310
            assert answer.status == 200
        process.send_signal(number)

        assert process.wait(timeout=20) == 0


def test_a_wrong_option_ends_with_1() -> None:
    done = subprocess.run([*SERVE, "--nothing"], cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == 1
    assert "--nothing" in done.stderr


def test_its_help_is_the_panels_own() -> None:
    done = subprocess.run([*SERVE, "--help"], cwd=ROOT, capture_output=True, text=True, check=True)

    assert "--customers" in done.stdout
