"""What the documents say about commands, targets, keys and files is so."""

from __future__ import annotations

import importlib.util
import re
import tomllib
from collections.abc import Iterable
from pathlib import Path

import pytest

from bridge.config import load_config
from bridge.yamlfile import parse
from tests.house.commands import fault, leaves
from tests.house.documents import (
    DOCUMENTS,
    FENCE,
    ROOT,
    SETTINGS,
    SHELL,
    Line,
    lines,
    make_targets,
    modules,
    named,
    read,
    said,
)

WALK = [line.words[0] for line in lines("README.md") if line.whole]
# What a walk makes before it uses it.
MADE_BY_HAND = {"deploy/config", "deploy/environment", "demo/config.yaml"}
LINK = re.compile(r"\]\((?!https?://|#)([^)#]+)[^)]*\)")
# The config keys that the README's table names stand in its first column.
CITED_KEY = re.compile(
    r"^\| `((?:panel|routes|state|schedule|limits|enforce_from)[a-z_.]*)` \|", re.MULTILINE
)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_command_line_is_one_that_the_program_takes(name):
    """Whole lines are parsed with the program's own parser; those inside a sentence by their names."""
    assert _wrong(lines(name)) == []


@pytest.mark.parametrize("name", SETTINGS)
def test_the_files_that_people_edit_name_commands_that_exist(name):
    assert _wrong(named(name, read(name))) == []


def test_what_the_program_says_names_commands_that_exist():
    """Next steps, hints and docstrings; what is filled in is taken for a placeholder."""
    paths = [path for path in sorted((ROOT / "bridge").rglob("*.py")) if path.name != "spanish.py"]
    calls = [line for path in paths for line in named(path.relative_to(ROOT).as_posix(), said(path))]

    assert _wrong(calls) == []
    assert len(calls) > 50


def test_command_lines_are_found_wherever_they_stand():
    """In a container, by a folder in a cron line, after a prompt, and not where a file is meant."""
    assert [line.words for line in lines("deploy/README.md") if "init" in line.words] == [
        ("init", "/etc/bridge", "--panel", "https://panel.example", "--database")
    ]
    assert any(line.words[-3:-1] == ("backup", "--force") for line in lines("deploy/README.md"))
    assert [line.words for line in named("text", "`bridge/domain`, `x/bridge fact\n 7`, `a bridge is`")] == [
        ("fact", "7")
    ]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_modules_that_are_called_exist_with_their_options(name):
    for module, options in modules(name):
        found = importlib.util.find_spec(module)
        assert found is not None, module
        if module.partition(".")[0] in {"bridge", "tests", "benchmarks"} and options:
            folder = Path(str(found.origin)).parent
            source = "".join(path.read_text(encoding="utf-8") for path in folder.glob("*.py"))
            assert [option for option in options if f'"{option}"' not in source] == []


@pytest.mark.parametrize("name", DOCUMENTS)
def test_files_of_the_repository_in_command_lines_are_there(name):
    """`cp deploy/*.service ...` finds something."""
    shell = "".join(block[2] for block in FENCE.finditer(read(name)) if block[1] in SHELL)
    patterns = re.findall(r"(?<![\w./-])(?:deploy|docs|mappings|tests)/[\w./@*-]*\w", shell)

    assert [one for one in patterns if not any(ROOT.glob(one)) and one not in MADE_BY_HAND] == []


def test_the_check_of_command_lines_finds_what_is_wrong():
    assert fault(["snyc"], whole=True) is not None
    assert fault(["sync", "--dry"], whole=True) is not None
    assert fault(["fact", "1201", "contact"], whole=True) is not None  # --by is needed
    assert fault(["fact", "1201", "contact", "--by", "Irma", "-c", "config.yaml"], whole=True) is None
    assert fault(["sandbox", "serve", "--prot", "1"], whole=True) is not None
    assert fault(["credits", "aprove"], whole=False) is not None
    assert fault(["credits"], whole=False) is None


@pytest.mark.parametrize("command", sorted(leaves()))
def test_every_command_is_in_the_readme(command):
    assert re.search(rf"`bridge {command}\b", read("README.md"))


def test_the_readme_walks_through_a_sandbox_panel():
    """From an empty folder to a credit on an invoice, and the two commands of the quick start."""
    assert {"sandbox", "init", "doctor", "sync", "plan", "tickets", "credits"} <= set(WALK)
    assert {"demo", "test"} <= make_targets("README.md")


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_target_of_make_exists(name):
    targets = set(re.findall(r"^([a-z]+):", read("Makefile"), re.MULTILINE))

    assert make_targets(name) - targets == set()


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_link_leads_to_a_file(name):
    folder = (ROOT / name).parent

    text = FENCE.sub("", read(name))
    assert [link for link in LINK.findall(text) if not (folder / link).exists()] == []


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_link_into_a_document_leads_to_a_heading(name):
    """As the web sites that show them make anchors: small letters, hyphens for spaces, no signs."""
    text = FENCE.sub("", read(name))
    links = re.findall(r"\]\((?!https?://)([^)#]*)#([^)]+)\)", text)

    anchors = {file: _anchors((ROOT / name).parent / file if file else ROOT / name) for file, _ in links}
    assert [(file, anchor) for file, anchor in links if anchor not in anchors[file]] == []


def test_every_target_that_help_tells_is_in_contributing_or_the_readme():
    told = set(re.findall(r'@echo "make (\w+) ', read("Makefile"))) - {"clean"}

    assert told - make_targets("CONTRIBUTING.md") - make_targets("README.md") == set()


def test_the_example_configuration_loads():
    environ = {"MIKROWISP_TOKEN": "t", "MIKROWISP_DATABASE_URL": "mysql+pymysql://u:p@db.example/panel"}

    settings = load_config(ROOT / "config.example.yaml", environ)

    assert settings.warnings == ()
    assert settings.mappings == ROOT / "mappings"


def test_every_key_of_the_configuration_that_the_readme_names_exists():
    document = parse("config", read("config.example.yaml"))
    known = {".".join(str(step) for step in trail) for trail in document.keys}

    cited = set(CITED_KEY.findall(read("README.md")))
    assert len(cited) > 5
    assert cited - known == set()


@pytest.mark.parametrize("path", sorted((ROOT / "mappings").glob("*.yaml")), ids=lambda path: path.name)
def test_every_mapping_opens_with_a_comment_for_operations(path):
    """Operations read Spanish: below the line for editors, the first says what the file is for."""
    first = path.read_text(encoding="utf-8").splitlines()[1]

    assert re.match(r"# [A-ZÁÉÍÓÚ]\w+", first)
    assert re.search(r"\b(de|del|los|las|qué|que|cómo|cuándo|quién|en|ven)\b", first, re.IGNORECASE)
    assert not re.search(r"\b(the|of|and|when|which|who)\b", first, re.IGNORECASE)


def test_the_layers_of_the_architecture_are_those_that_are_enforced():
    """In the same order, from the commands down."""
    contracts = tomllib.loads(read("pyproject.toml"))["tool"]["importlinter"]["contracts"]
    enforced = [row.split(" | ") for one in contracts if one["type"] == "layers" for row in one["layers"]]
    table = read("docs/architecture.md").partition("| Layer |")[2].partition("\n\n")[0]
    cells = re.findall(r"^\| ([^|]*`) \|", table, re.MULTILINE)

    assert [re.findall(r"`([a-z]+)`", cell) for cell in cells] == enforced[1:]
    assert enforced[0] == ["__main__"]


def test_the_changelog_has_the_version_of_the_package():
    version = re.search(r'^version = "(.+)"', read("pyproject.toml"), re.MULTILINE)

    assert version is not None
    assert f"## [{version[1]}]" in read("CHANGELOG.md")


def test_the_exit_codes_of_the_readme_are_those_of_the_design():
    assert re.findall(r"^\| (\d) \|", read("README.md"), re.MULTILINE) == ["0", "1", "2", "3", "4"]


def test_the_excerpt_of_the_demo_is_from_its_recording():
    """Line by line; three dots stand for what was left out."""
    recorded = set(read("docs/demo.txt").splitlines())
    excerpt = next(block[2] for block in FENCE.finditer(read("README.md")) if block[1] == "text")

    assert [line for line in excerpt.splitlines() if line not in recorded | {"…"}] == []


def _anchors(path: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", FENCE.sub("", path.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def _wrong(calls: Iterable[Line]) -> list[tuple[str, str]]:
    return [(line.where, why) for line in calls if (why := fault(line.words, whole=line.whole))]
