"""The drawing a department sees while it edits: the paper, without the layout engine, and harmless."""

import subprocess
import sys
from dataclasses import replace
from functools import cache
from html import escape
from xml.etree import ElementTree

import pytest

from lms.press.laying_out import fitted_lines, lay_out
from lms.press.preview import preview_svg
from tests.lms.press.specimens import COMMITTEE, DEPARTMENT, DESIGNS, LONG, OF_KIND, facts, pictures, standing, template

_SVG = "{http://www.w3.org/2000/svg}"
_HOSTILE = "<script>alert('1')</script>\"]]>&amp;<!-- </text></svg> {họ tên}"

each_design = pytest.mark.parametrize("key", DESIGNS)


@cache
def texts_of(key, **but):
    drawing = ElementTree.fromstring(preview_svg(template(key, letterhead=COMMITTEE), facts(**LONG)))
    return {element.text: element for element in drawing.iter(f"{_SVG}text")}


@each_design
@pytest.mark.parametrize("kind", OF_KIND)
def test_a_preview_holds_every_row_of_the_paper(key, kind):
    said = facts(**OF_KIND[kind])
    drawing = ElementTree.fromstring(preview_svg(template(key, kind), said))
    rows = [row for line in fitted_lines(template(key, kind), said).values() for row in line.rows]
    assert [element.text for element in drawing.iter(f"{_SVG}text")] == rows


@each_design
def test_a_row_stands_where_it_stands_on_paper(key):
    paper = lay_out(template(key, letterhead=COMMITTEE), facts(**LONG))
    for row, element in texts_of(key).items():
        letters, width = standing(paper, row), float(element.get("textLength"))
        left = float(element.get("x")) - {"start": 0.0, "middle": 0.5}[element.get("text-anchor")] * width
        assert float(element.get("y")) == pytest.approx(letters.baseline, abs=0.15), row
        assert left == pytest.approx(letters.left, abs=1), row
        assert left + width == pytest.approx(letters.right, abs=1.5), row


@each_design
def test_a_preview_is_drawing_and_words_only(key):
    drawing = ElementTree.fromstring(preview_svg(template(key, pictures=pictures()), facts()))
    tags = {element.tag.removeprefix(_SVG) for element in drawing.iter()}
    names = {name for element in drawing.iter() for name in element.attrib}
    assert tags == {"svg", "path", "text", "image"}
    assert not [name for name in names if name == "style" or name.startswith("on")]
    assert all(e.get("href").startswith("data:image/png;base64,") for e in drawing.iter(f"{_SVG}image"))


@each_design
def test_hostile_words_stay_words(key):
    said = facts(name=_HOSTILE, team=_HOSTILE, course=_HOSTILE, result=_HOSTILE, note=_HOSTILE)
    drawn = preview_svg(template(key, wording={"title": _HOSTILE, "subtitle": _HOSTILE}), said)
    assert "<script" not in drawn
    assert "<!--" not in drawn
    tags = {element.tag.removeprefix(_SVG) for element in ElementTree.fromstring(drawn).iter()}
    assert tags == {"svg", "path", "text"}
    assert escape(_HOSTILE.split(" ")[0]) in drawn


def test_letters_nobody_can_print_and_marks_nobody_sees_do_not_break_the_drawing():
    agency = "Siu \u202eBlik\u200b 村\U0001f600 \u0007\u000b\ud800 العربية"
    head = replace(DEPARTMENT, agency=agency)
    drawing = ElementTree.fromstring(preview_svg(template("don-gian", letterhead=head), facts()))
    assert "SIU BLIK □□ □ □ □□□□□□□" in [element.text for element in drawing.iter(f"{_SVG}text")]


def test_a_preview_loads_no_layout_engine():
    asked = "import sys, lms.press.preview; print([name for name in sys.modules if 'weasyprint' in name])"
    answer = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"
