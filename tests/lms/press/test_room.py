"""Nothing ever leaves its box: a line shrinks, breaks into rows, breaks inside a word, or is not printed at all."""

import unicodedata

import pypdfium2
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from lms.press import NoRoom, NotCovered, compile_template, crowded_lines, press
from lms.press.fitting import Fitted, fit, has_room, width_of
from lms.press.laying_out import set_page
from lms.press.layout import LineStyle, design
from lms.press.shaping import ink_px
from lms.printing.letters import printable
from tests.lms.press.specimens import ADDRESS, DESIGNS, LETTERS, MINORITY_LETTERS, facts, template

NAME = LineStyle(30, 71, 237, 14, font="LiberationSerif-Bold.ttf", sizes=(34.0, 25.0, 18.0), rows=2)
MARKS = "\u0300\u0301\u0302\u0303\u0306\u0309\u031b\u0323"
POOR = "ЖшΩאב"
each_design = pytest.mark.parametrize("key", DESIGNS)
hostile = st.text(alphabet=LETTERS + MINORITY_LETTERS + MARKS + POOR + "WWWMMil.’ ", min_size=1, max_size=300)
wide = st.builds("".join, st.lists(st.sampled_from(("W", "Ữ", "ê̆", "Nguyễn ", "M\u0302", "Ƀ", "Ж")), max_size=70))


def tidy(text: str) -> str:
    return printable(" ".join(unicodedata.normalize("NFC", text).split()))


def strays(pdf: bytes, boxes: list[LineStyle]) -> list[tuple[float, ...]]:
    """Return the letters of a page, by their edges in millimetres, that are not wholly in one of the boxes."""
    with pypdfium2.PdfDocument(pdf) as document:
        text, height = document[0].get_textpage(), document[0].get_height()
        found = [text.get_charbox(place) for place in range(text.count_chars())]
    drawn = [(left, height - top, right, height - bottom) for left, bottom, right, top in found if left < right]
    edges = [tuple(edge * 25.4 / 72 for edge in letter) for letter in drawn]
    return [letter for letter in edges if not any(_is_in(letter, box) for box in boxes)]


def _is_in(letter: tuple[float, ...], box: LineStyle) -> bool:
    """Italic letters lean out by a hair; accents of a title stand up to 2 mm above it, where no line has its box."""
    left, top, right, bottom = letter
    across = box.left - 0.4 <= left and right <= box.left + box.width + 0.4
    return across and box.top - 2 <= top and bottom <= box.top + box.height + 0.4


@each_design
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=hostile | wide)
@example("A" * 60)
@example("W" * 37)
@example("\u0301" + "ê̆" * 150)
@example("Ẳ")
@example("Rơ Châm H’Bích Ngọc Ƀăh Kpă Nguyễn Thị Thanh Huyền Trâm Krŏng Nay Kông Siu Rah Lan Ksor Hngân Rcom")
def test_whatever_is_printed_stands_in_its_box(key: str, text: str) -> None:
    look = {name: design(key).lines[name] for name in ("title", "certifier", "name", "standing", "course", "note")}
    lines = {name: fit(said, style) for name, style in look.items() if (said := tidy(text))}
    printed = {name: line for name, line in lines.items() if line.has_room}
    if printed:
        assert strays(set_page(template(key), facts(), printed), [look[name] for name in printed]) == []


@each_design
def test_letters_stand_in_their_row_at_every_size(key: str) -> None:
    for name, style in design(key).lines.items():
        _, top, _, bottom = ink_px("ẪẬgĨÇ(“" + MINORITY_LETTERS, style.font, style.sizes[0])
        assert 2 * max(top, -bottom) * 25.4 / 96 <= style.height + 2, name


@given(text=hostile | wide | st.text(alphabet="WǄỮẬƜᴟÆŒ", max_size=40))
@settings(deadline=None)
def test_a_line_that_nobody_measures_has_room(text: str) -> None:
    said = tidy(text)
    assert has_room(said, NAME) == fit(said, NAME).has_room


@given(text=hostile | wide)
@settings(deadline=None)
def test_no_letter_is_lost_where_a_line_breaks(text: str) -> None:
    said = tidy(text)
    fitted = fit(said, NAME)
    assert "".join("".join(fitted.rows).split()) == "".join(said.split())
    if fitted.has_room:
        assert len(fitted.rows) <= NAME.rows
        assert all(width_of(row, NAME, fitted.points) <= NAME.width for row in fitted.rows)


def test_a_word_too_long_for_a_row_goes_on_in_the_next() -> None:
    assert fit("A" * 60, NAME).rows == ("A" * 51, "A" * 9)


def test_a_word_is_broken_only_if_spaces_do_not_help() -> None:
    assert fit("Nguyễn Thị " + "A" * 50, NAME).rows == ("Nguyễn Thị", "A" * 50)


def test_a_mark_stays_with_its_letter() -> None:
    first, second = fit("Ŵ\u0323" * 40, NAME).rows
    assert (first.count("Ŵ\u0323") + second.count("Ŵ\u0323"), second[0]) == (40, "Ŵ")


def test_marks_piled_out_of_their_row_have_no_room() -> None:
    title = design("le-hoi").lines["title"]
    assert fit("GIẤY" + "\u0301", title).has_room
    assert not fit("GIẤY" + "\u0301" * 9, title).has_room


@pytest.mark.parametrize("name", ["A" * 300, "W" * 80, "Nguyễn " * 43])
def test_a_line_too_long_for_its_place_is_never_printed(name: str) -> None:
    plain, about = template("don-gian"), facts(name=name)
    assert crowded_lines(plain, about) == ("name",)
    with pytest.raises(NoRoom, match="name"):
        press(plain, about)


def test_a_template_whose_own_words_have_no_room_is_not_compiled() -> None:
    shouting = template("don-gian", wording={**template("don-gian").wording, "title": "CHỨNG NHẬN " * 15})
    assert crowded_lines(shouting, facts()) == ("title",)
    with pytest.raises(NotCovered, match="too long"):
        compile_template(shouting, address=ADDRESS)


def test_a_page_takes_no_line_without_room() -> None:
    with pytest.raises(NoRoom):
        set_page(template("don-gian"), facts(), {"name": Fitted(18, ("A" * 99,), has_room=False)})
