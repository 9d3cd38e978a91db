"""The drawings of the pages: each is of the text that stands there now, and has nothing that a page refuses."""

import re
import xml.etree.ElementTree as ET

import pytest

from graph.site.drawings import drawings_of, find_drawing, is_of, sign
from graph.site.markdown import render
from graph.site.pages import places

TEXTS = [drawing for place in places().values() if place.is_page for drawing in drawings_of(place.text())]
SVG = "{http://www.w3.org/2000/svg}"


def test_names_are_given_once_and_no_drawing_is_left_over() -> None:
    names = [name for name, _ in TEXTS]
    assert sorted(set(names)) == sorted(names)
    assert {"rooms", "request", "change", "caches"} <= set(names)
    assert {name for name in places() if name.startswith("drawings/")} == {
        f"drawings/{name}.svg" for name in names
    }


@pytest.mark.parametrize(("name", "text"), TEXTS)
def test_a_drawing_is_of_the_text_that_stands_there(name: str, text: str) -> None:
    svg = find_drawing(name, text)
    assert svg is not None, "run `make drawings`"
    drawn = ET.fromstring(svg)  # noqa: S314 - a file of the project
    words = " ".join(each.text or "" for each in drawn.iter(f"{SVG}tspan")).split()
    for label in re.findall(r'"`?([^"`]+)`?"', text):
        assert set(re.sub(r"<br>|\*\*", " ", label).split()) <= set(words), label
    assert drawn.get("role") == "img"
    assert drawn.findtext(f"{SVG}title") == re.findall(r"accTitle: (.+)", text)[0]
    assert {each.tag.removeprefix(SVG) for each in drawn.iter()} <= {
        "svg", "title", "g", "marker", "path", "rect", "polygon", "circle", "text", "tspan",
    }  # fmt: skip
    attributes = {attribute for each in drawn.iter() for attribute in each.attrib}
    assert not {each for each in attributes if each == "style" or each.startswith(("on", "data-points"))}


def test_a_drawing_stands_in_its_page_and_its_text_where_there_is_none() -> None:
    page = render(places()["architecture"].text())
    assert page.count('<figure class="drawing" tabindex="0"><svg ') == 4
    unknown = render("```mermaid unknown\nflowchart TD\n  a --> b\n```\n")
    assert "<svg" not in unknown
    assert "a --&gt; b" in unknown


def test_a_drawing_of_another_text_is_told_from_it() -> None:
    svg = sign("<svg width='1'></svg>", "flowchart TD")
    assert is_of(svg, "flowchart TD")
    assert not is_of(svg, "flowchart LR")
