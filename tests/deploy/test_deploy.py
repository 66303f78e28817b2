"""What the files in deploy/ name exists: commands, options, files, variables, figures."""

from __future__ import annotations

import importlib.metadata
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from configparser import ConfigParser
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import CollectorRegistry
from ruamel.yaml import YAML
from sqlalchemy import make_url

from bridge.config import load_config
from bridge.daemon.figures import Figures
from tests.daemon.clocks import StillClock
from tests.daemon.snapshots import health
from tests.house.commands import fault
from tests.house.documents import ROOT, read

DEPLOY = ROOT / "deploy"
UNITS = sorted([*DEPLOY.glob("*.service"), *DEPLOY.glob("*.timer")])
SERVICES = [path for path in UNITS if path.suffix == ".service"]
PROGRAM = "/opt/bridge/bin/bridge"
VARIABLE = re.compile(r"\$\{([A-Z_]+)\}")


def unit(path: Path) -> ConfigParser:
    parser = ConfigParser(interpolation=None, strict=True)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string(path.read_text(encoding="utf-8"))
    return parser


def document(name: str) -> Any:
    return YAML(typ="safe", pure=True).load((DEPLOY / name).read_text(encoding="utf-8"))


def calls() -> Iterator[tuple[str, list[str]]]:
    """Every call of the program in a unit, the cron file and the Dockerfile, without the program's name."""
    for path in SERVICES:
        words = shlex.split(unit(path)["Service"]["ExecStart"])
        if words[0] == PROGRAM:
            yield path.name, words[1:]
    for line in read("deploy/bridge.cron").splitlines():
        if PROGRAM in line:
            said = line.partition(PROGRAM)[2].partition(">")[0]
            yield "bridge.cron", shlex.split(said)
    for line in read("deploy/Dockerfile").splitlines():
        if found := re.search(r"CMD (\[.*\])$", line):
            words = re.findall(r'"([^"]+)"', found[1])
            yield "Dockerfile", words[1:] if words[0] == "bridge" else words


@pytest.mark.parametrize(("name", "words"), list(calls()))
def test_every_call_is_one_that_the_program_takes(name: str, words: list[str]) -> None:
    assert fault(words, whole=True) is None


def test_all_kinds_of_calls_were_found() -> None:
    assert {name for name, _ in calls()} == {
        "bridge.service",
        "bridge-sync.service",
        "bridge-check.service",
        "bridge.cron",
        "Dockerfile",
    }


def test_programs_that_the_units_call_are_installed_with_the_bridge() -> None:
    scripts = {entry.name for entry in importlib.metadata.entry_points(group="console_scripts")}
    programs = {shlex.split(unit(path)["Service"]["ExecStart"])[0] for path in SERVICES}

    assert {Path(program).name for program in programs} <= scripts
    assert {str(Path(program).parent) for program in programs} == {"/opt/bridge/bin"}
    assert "/opt/bridge/bin/pip install" in read("README.md")


def test_paths_are_those_that_the_installation_makes() -> None:
    """Step 1 of the README, and the secrets of its second half."""
    told = read("README.md")

    for path in SERVICES:
        service = unit(path)["Service"]
        assert service["User"] == "bridge"
        assert service["EnvironmentFile"] in told
        assert service.get("ReadWritePaths", "/etc/bridge") == "/etc/bridge"
    assert "/opt/bridge/bin/bridge init /etc/bridge" in told
    assert "useradd --system --home-dir /etc/bridge" in told
    assert "-c /etc/bridge/config.yaml" in read("deploy/bridge.cron")


def test_a_unit_that_another_one_names_is_there() -> None:
    names = {path.name for path in UNITS}

    for path in UNITS:
        for named in unit(path)["Unit"].get("OnFailure", "").split():
            assert re.sub(r"@.*\.service$", "@.service", named) in names
        if path.suffix == ".timer":
            assert path.with_suffix(".service").name in names


def test_the_environment_has_every_variable_of_the_configuration() -> None:
    set_there = set(re.findall(r"^([A-Z_]+)=", read("deploy/environment.example"), re.MULTILINE))

    asked = set(VARIABLE.findall(re.sub(r"^\s*#.*$", "", read("config.example.yaml"), flags=re.MULTILINE)))
    assert asked <= set_there
    # What systemd's own alert sends by is what Apprise's command reads.
    assert set_there - asked == {"APPRISE_URLS"}
    assert "${APPRISE_URLS}" in read("deploy/environment.example")


@pytest.mark.parametrize(
    "name", ["deploy/environment.example", "deploy/compose.socket.yaml", "deploy/README.md"]
)
def test_database_urls_are_taken_by_the_configuration(name: str, tmp_path: Path) -> None:
    urls = re.findall(r"mysql\+pymysql://[^\s'`]+", read(name))
    assert urls

    for url in urls:
        path = tmp_path / "config.yaml"
        path.write_text("panel: {base_url: 'https://panel.example', token: t, database: {url: '${URL}'}}\n")
        loaded = load_config(path, {"URL": url})
        assert loaded.panel.database is not None
        parsed = make_url(loaded.panel.database.url.get_secret_value())
        assert parsed.query.get("unix_socket", "/run/mysqld/mysqld.sock") == "/run/mysqld/mysqld.sock"


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not installed")
def test_systemd_finds_nothing_wrong(tmp_path: Path) -> None:
    """With the programs of this environment in the place of those in /opt/bridge."""
    here = str(Path(sys.executable).parent)
    for path in UNITS:
        text = path.read_text(encoding="utf-8").replace("/opt/bridge/bin", here)
        (tmp_path / path.name).write_text(text.replace("User=bridge", "User=root"))
    instance = tmp_path / "bridge-failed@bridge.service"
    shutil.copyfile(tmp_path / "bridge-failed@.service", instance)
    whole = [str(tmp_path / path.name) for path in UNITS if "@" not in path.name]

    found = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *whole, str(instance)],
        capture_output=True,
        text=True,
        check=False,
    )

    ours = [line for line in found.stderr.splitlines() if "bridge" in line]
    assert ours == []


def test_the_cron_file_is_a_table_of_cron() -> None:
    entries = [
        line
        for line in read("deploy/bridge.cron").splitlines()
        if line and not line.startswith("#") and not re.match(r"[A-Z]+=", line)
    ]

    assert len(entries) == 2
    for entry in entries:
        *times, user, command = entry.split(None, 6)
        assert all(re.fullmatch(r"\*|\*/\d+|\d+(,\d+)*", time) for time in times)
        assert user == "bridge"
        assert "%" not in command  # cron makes a line break of it
        assert subprocess.run(["sh", "-n", "-c", command], check=False).returncode == 0


def test_the_image_is_built_from_files_that_are_there_and_not_ignored() -> None:
    text = read("deploy/Dockerfile")
    let_in = {line[1:] for line in read("deploy/Dockerfile.dockerignore").splitlines() if line[:1] == "!"}
    copied = [
        source
        for line in re.findall(r"^COPY (?!--from)(.+)$", text, re.MULTILINE)
        for source in line.split()[:-1]
    ]

    assert copied
    assert [source for source in copied if not (ROOT / source).exists()] == []
    assert set(copied) == let_in
    # What the build itself reads: the example and the mappings go into the package.
    assert {"setup.py", "pyproject.toml", "config.example.yaml", "mappings", "README.md"} <= set(copied)
    assert {image.split("-")[0] for image in re.findall(r"^FROM (\S+)", text, re.MULTILINE)} == {
        "python:3.11"
    }


def test_the_container_is_the_one_that_the_compose_file_starts() -> None:
    service = document("compose.yaml")["services"]["bridge"]

    assert (DEPLOY / service["build"]["context"] / service["build"]["dockerfile"]).is_file()
    assert {volume.split(":")[1] for volume in service["volumes"]} == set(
        re.findall(r'"(/[^"]+)"', next(x for x in read("deploy/Dockerfile").splitlines() if "VOLUME" in x))
    )
    assert service["ports"] == ["127.0.0.1:9464:9464"]
    assert "EXPOSE 9464" in read("deploy/Dockerfile")
    assert "cp deploy/environment.example deploy/environment" in read("deploy/README.md")
    assert set(document("compose.socket.yaml")["services"]) == {"bridge"}


def test_the_containers_configuration_loads(tmp_path: Path) -> None:
    """As the guide and the comments say it."""
    asked = ("state: {url: sqlite:////var/lib/bridge/bridge.db}", "metrics: {listen: 0.0.0.0:9464}")
    assert [line for line in asked if line not in read("deploy/README.md")] == []
    path = tmp_path / "config.yaml"
    panel = "panel: {base_url: 'https://panel.example', token: t}"
    path.write_text("\n".join([panel, *asked]))

    loaded = load_config(path, {})

    assert loaded.state.url.get_secret_value() == "sqlite:////var/lib/bridge/bridge.db"
    assert loaded.metrics.place == ("0.0.0.0", 9464)  # noqa: S104 - inside of a container
    assert any("metrics.listen" in warning for warning in loaded.warnings)


def test_every_figure_that_a_rule_asks_for_is_shown() -> None:
    registry = CollectorRegistry()
    registry.register(Figures(health(StillClock())))
    shown = {sample.name for family in registry.collect() for sample in family.samples}

    rules = [rule for group in document("prometheus-rules.yaml")["groups"] for rule in group["rules"]]
    asked = {name for rule in rules for name in re.findall(r"\bbridge_[a-z_]+", rule["expr"])}

    assert len(rules) == 5
    assert asked <= shown
    for rule in rules:
        for call in re.findall(r"\b(bridge [a-z ]+)$", rule["annotations"]["summary"]):
            assert fault(call.split()[1:], whole=True) is None
