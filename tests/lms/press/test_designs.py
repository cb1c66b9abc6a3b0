"""The three designs: what they say, where it stands, and that nothing is drawn by chance."""

import re
from functools import cache
from io import BytesIO
from itertools import combinations
from xml.etree import ElementTree

import pikepdf
import pytest
from PIL import ImageFilter

from lms.press import qr
from lms.press.backgrounds import BACKGROUNDS, MOTTO_WIDTH
from lms.press.backgrounds import DESIGNS as FOLDER
from lms.press.facts import Facts
from lms.press.fitting import PIXELS_PER_MM, Fitted
from lms.press.laying_out import ROW_HEIGHT, fitted_lines, lay_out, set_page
from lms.press.layout import FONTS, Box, LineStyle, design, designs
from lms.press.shaping import glyph_of, width_px
from lms.press.templates import Template
from lms.press.wording import DEFAULT_WORDING, LINES, unknown_blanks
from tests.lms.press import goldens
from tests.lms.press.specimens import (
    ADDRESS,
    COMMITTEE,
    DESIGNS,
    LETTERS,
    LONG,
    MINORITY_LETTERS,
    NOTE,
    OF_KIND,
    codes_on,
    drawn,
    facts,
    pictures,
    rows_of,
    standing,
    template,
)

# These lines say what the department typed, or what is ASCII by rule: never a person, a team or a place.
_WITHOUT_NAMES = {"title", "subtitle", "code"}

each_design = pytest.mark.parametrize("key", DESIGNS)


@cache
def page_of(key):
    return goldens.page(key)


def long_template(key):
    return template(key, letterhead=COMMITTEE, site="binhdanhocvuso.sokhoahocvacongnghe.gialai.gov.vn/v")


@cache
def long_page_of(key):
    return lay_out(long_template(key), facts(**LONG))


def test_there_are_three_designs_and_each_has_a_name_for_people():
    assert designs() == DESIGNS
    assert [design(key).title for key in DESIGNS] == ["Đơn giản", "Lễ hội", "Trang trọng"]


@each_design
def test_a_certificate_is_what_it_was_when_it_was_last_looked_at(key):
    assert goldens.seen(page_of(key)) == goldens.kept(key)


@each_design
def test_a_page_says_each_line_once_and_nothing_else(key):
    assert sorted(rows_of(page_of(key))) == _expected(template(key), facts())


@each_design
def test_a_background_is_as_its_rule_draws_it_and_small(key):
    kept = (FOLDER / key / "background.svg").read_text("utf-8")
    assert kept == BACKGROUNDS[key]()
    assert len(kept.encode()) <= 60_000


@each_design
def test_a_background_is_nothing_but_paths(key):
    drawing = ElementTree.fromstring(design(key).background)
    assert {element.tag for element in drawing} == {"{http://www.w3.org/2000/svg}path"}
    assert {name for element in drawing for name in element.attrib} <= {"d", "fill", "stroke", "stroke-width"}


@each_design
def test_no_line_has_its_box_over_another_line_or_the_code(key):
    look = design(key)
    boxes = {**look.lines, "qr": look.qr}
    assert [pair for pair in combinations(boxes, 2) if _overlap(boxes[pair[0]], boxes[pair[1]])] == []


@each_design
def test_rows_of_the_smallest_size_stay_within_their_box(key):
    high = {name: line.rows * line.sizes[-1] * ROW_HEIGHT for name, line in design(key).lines.items() if line.rows > 1}
    assert {name for name, height in high.items() if height > design(key).lines[name].height + 0.01} == set()


@each_design
def test_the_code_is_at_least_24_mm_wide_without_its_quiet_zone(key):
    side = qr.side_of(ADDRESS)
    assert design(key).qr.width * side / (side + 2 * qr.QUIET_ZONE) >= 24
    assert design(key).qr.width == design(key).qr.height


@each_design
def test_the_seal_covers_the_left_third_of_the_signature(key):
    seal, signature = design(key).pictures["seal"], design(key).pictures["signature"]
    covered = seal.left + seal.width - signature.left
    assert seal.left < signature.left
    assert 0.28 <= covered / signature.width <= 0.38
    assert seal.top < signature.top
    assert seal.top + seal.height > signature.top + signature.height


@each_design
def test_the_line_under_the_motto_is_as_long_as_the_motto(key):
    style = design(key).lines["motto"]
    width = width_px("Độc lập - Tự do - Hạnh phúc", style.font, style.sizes[0]) / PIXELS_PER_MM
    assert width == pytest.approx(MOTTO_WIDTH, abs=0.1)
    x, y = re.search(rf"M([\d.]+) ([\d.]+)l{MOTTO_WIDTH:g} 0\"", design(key).background.decode()).groups()
    assert float(x) + MOTTO_WIDTH / 2 == pytest.approx(style.left + style.width / 2, abs=0.01)
    assert 0 < float(y) - standing(page_of(key), "Độc lập").bottom < 2


@each_design
def test_every_font_has_the_letters_its_lines_may_need(key):
    for name, line in design(key).lines.items():
        needed = LETTERS if name in _WITHOUT_NAMES else LETTERS + MINORITY_LETTERS
        assert [letter for letter in needed if glyph_of(letter, line.font) is None] == [], name


@each_design
def test_all_letters_of_vietnamese_are_found_again_in_each_font(key):
    look = design(key)
    one_line_a_font = {line.font: name for name, line in look.lines.items()}
    rows = tuple(LETTERS[start : start + 34] for start in range(0, 134, 34))
    page = set_page(template(key), facts(), {name: Fitted(8, rows) for name in one_line_a_font.values()})
    found = "".join("".join(rows_of(page)).split())
    assert found == LETTERS * len(one_line_a_font)
    assert _fonts_in(page) == set(one_line_a_font)


@each_design
@pytest.mark.parametrize("kind", DEFAULT_WORDING)
def test_every_kind_says_all_its_lines_with_pictures_and_a_note(key, kind):
    issued = template(key, kind, pictures=pictures(), is_unsigned=False)
    said = facts(**OF_KIND[kind], note=NOTE)
    page = lay_out(issued, said)
    assert sorted(rows_of(page)) == _expected(issued, said)
    assert NOTE in rows_of(page)
    assert not [row for row in rows_of(page) if "chưa ký số" in row or re.search(r"[{}]|, ,|^[,·]|[,·]$", row)]
    assert codes_on(drawn(page, 100)) == [ADDRESS]


@pytest.mark.parametrize("kind", DEFAULT_WORDING)
def test_the_wording_we_begin_with_has_only_known_lines_and_blanks(kind):
    wording = DEFAULT_WORDING[kind]
    assert set(wording) <= set(LINES)
    assert [blank for text in wording.values() for blank in unknown_blanks(text)] == []


@each_design
def test_long_and_minority_names_stay_within_their_boxes(key):
    page = long_page_of(key)
    for name, line in fitted_lines(long_template(key), facts(**LONG)).items():
        for row in line.rows:
            assert _is_within(standing(page, row), design(key).lines[name]), f"{name}: {row}"


@each_design
def test_a_name_too_long_for_a_row_takes_two(key):
    name = fitted_lines(long_template(key), facts(**LONG))["name"]
    assert len(name.rows) == 2
    first, second = (standing(long_page_of(key), row) for row in name.rows)
    assert first.bottom < second.top + 0.5
    assert " ".join(name.rows) == LONG["name"]


@each_design
def test_a_page_of_minority_names_is_drawn_with_our_fonts_alone(key):
    assert _fonts_in(long_page_of(key)) <= set(design(key).fonts)


@each_design
@pytest.mark.parametrize("dpi", [100, 150, 200, 300])
def test_the_code_is_read_from_paper_scanned_at(key, dpi):
    assert codes_on(drawn(page_of(key), dpi)) == [ADDRESS]


@each_design
@pytest.mark.parametrize(("dpi", "radius"), [(100, 1), (150, 2), (200, 2.5)])
def test_the_code_is_read_from_a_blurred_picture(key, dpi, radius):
    blurred = drawn(page_of(key), dpi).filter(ImageFilter.GaussianBlur(radius))
    assert codes_on(blurred) == [ADDRESS]


def _overlap(one: Box, other: Box) -> bool:
    across = min(one.left + one.width, other.left + other.width) - max(one.left, other.left)
    down = min(one.top + one.height, other.top + other.height) - max(one.top, other.top)
    return across > 0.01 and down > 0.01


def _is_within(letters, box: LineStyle) -> bool:
    return (
        letters.left > box.left - 0.5
        and letters.right < box.left + box.width + 0.5
        and letters.top > box.top - 0.5
        and letters.bottom < box.top + box.height + 0.5
    )


def _expected(issued: Template, said: Facts) -> list[str]:
    return sorted(row for line in fitted_lines(issued, said).values() for row in line.rows)


def _fonts_in(pdf: bytes) -> set[str]:
    """Return the files of ours that a page is drawn with; of a stranger, its name."""
    with pikepdf.open(BytesIO(pdf)) as document:
        names = [str(font.BaseFont).partition("+")[2] for font in document.pages[0].Resources.Font.values()]
    ours = [path.name for path in FONTS.glob("*.ttf")]
    return {next((font for font in ours if name.startswith(font.removesuffix(".ttf"))), name) for name in names}
