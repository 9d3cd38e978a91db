"""The pictures in the docs are not older than what they show: the pages' words are still those of the pictures."""

import json
from pathlib import Path

import pytest

from deploy.pictures.__main__ import WORDS, likeness, serving, take
from deploy.pictures.scenes import ALIKE, SCENES
from graph.site.graphiql import npm

pytestmark = pytest.mark.slow


def test_the_words_on_each_page_are_those_of_its_picture(graphiql_data: Path, chromium_path: str) -> None:
    with serving(npm.folder_in(graphiql_data)) as port:
        shots = dict(take(port, chromium_path))
    then = json.loads(WORDS.read_text("utf-8"))
    alike = {scene.name: likeness(then[scene.name], shots[scene.name].words) for scene in SCENES}
    assert {name for name, part in alike.items() if part < ALIKE} == set(), "run `make pictures`"
    assert all(shot.picture[8:12] == b"WEBP" for shot in shots.values())
