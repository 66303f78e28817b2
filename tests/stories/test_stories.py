"""Stories over several days, through the whole program: YAML that ops can read, a panel, invoices."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path

import pytest

from tests.servers import Sandbox, start_sandbox
from tests.stories.actor import Story, play, unknown_words

STORIES = [Story.read(path) for path in sorted(Path(__file__).parent.glob("*.yaml"))]


@pytest.fixture(scope="module")
def panel_in(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Sandbox]]:
    """One panel for each zone, used by one story after the other."""
    with ExitStack() as running:

        @cache
        def started(zone: str) -> Sandbox:
            database = tmp_path_factory.mktemp("panel") / "panel.db"
            return running.enter_context(start_sandbox(database, options=("--timezone", zone)))

        yield started


@pytest.mark.parametrize("story", STORIES, ids=[story.path.stem for story in STORIES])
def test_story(story: Story, panel_in: Callable[[str], Sandbox], tmp_path: Path) -> None:
    play(story, panel_in(story.zone), tmp_path)


def test_there_is_a_story_of_each_family() -> None:
    assert len(STORIES) >= 12
    assert all(story["story"] for story in STORIES)


def test_every_word_of_the_stories_means_something() -> None:
    found = {story.path.name: sorted(unknown_words(story["steps"])) for story in STORIES}

    assert {name: words for name, words in found.items() if words} == {}


def test_a_story_that_does_not_come_true_says_where(
    panel_in: Callable[[str], Sandbox], tmp_path: Path
) -> None:
    path = tmp_path / "wrong.yaml"
    path.write_text(
        "story: wrong\n"
        "steps:\n"
        "  - {at: 1 8:00, opens: 1201, customer: 1}\n"
        "  - at: 1 11:00\n"
        "    then:\n"
        "      level: 2\n"
        "      breaches: []\n"
    )
    folder = tmp_path / "bridge"
    folder.mkdir()

    with pytest.raises(AssertionError) as caught:
        play(Story.read(path), panel_in("America/Mexico_City"), folder)

    assert str(caught.value) == (
        f"{tmp_path.name}/wrong.yaml:7:17: at 1 11:00:\n"
        "  breaches: expected []\n"
        "                 is ['level_1_contact']"
    )
