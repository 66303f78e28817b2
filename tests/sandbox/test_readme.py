"""The sandbox's README names everything it has, with its defaults, and its examples work."""

import json
import re
import shlex

import pytest

from bridge.sandbox.__main__ import _parser
from bridge.sandbox.commands import COMMANDS
from bridge.sandbox.dump import SECTIONS
from bridge.sandbox.faults import KINDS
from bridge.sandbox.staff import ACTIONS
from bridge.sandbox.switches import CATALOGUE
from tests.servers import ROOT

README = (ROOT / "bridge" / "sandbox" / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("item", CATALOGUE, ids=lambda item: item.name)
def test_each_switch_is_listed_with_its_default(item):
    """A changed default has to be changed in the README too."""
    default = str(item.default).lower() if isinstance(item.default, bool) else item.default

    assert f"| `{item.name}` | `{default}` |" in README


def test_operations_actions_faults_sections_commands_and_options_are_all_named():
    """Nothing is left undocumented."""
    wanted = [*KINDS, *ACTIONS, *SECTIONS]
    options = [option for action in _parser()._actions for option in action.option_strings if option != "-h"]
    wanted += [option for option in options if option.startswith("--") and option != "--help"]

    missing = [name for name in wanted if f"`{name}`" not in README]
    missing += [item.name for item in COMMANDS.values() if item.name not in README]

    assert missing == []


def test_each_operation_is_in_the_table(panel):
    """The names that control knows are the names in the README."""
    words = panel.post("/_sandbox/none", {})[1]
    operations = json.loads(words)["error"].partition("there are ")[2].split(", ")

    assert [name for name in operations if f"| `{name}` |" not in README] == []


def test_the_seed_example_is_accepted(panel):
    """The document in the README seeds a panel."""
    block = re.search(r"```json\n(.*?)```", README, re.DOTALL)

    answer = panel.control("reset", {"seed": json.loads(block.group(1))})

    assert answer == {"customers": [7], "tickets": [1201]}


def test_the_control_examples_work(panel):
    """Every curl line for control is accepted, in the order given."""
    panel.control("reset", {"seed": {"customers": 7}})
    lines = [line for line in README.splitlines() if line.startswith("$ control http")]

    for line in lines:
        _, _, url, _, payload = shlex.split(line)
        panel.control(url.partition("/_sandbox/")[2], json.loads(payload))

    assert len(lines) == 6
    assert panel.control("dump")["tickets"][0]["id"] == 1201
