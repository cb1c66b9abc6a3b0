"""Both ways of making a paper give the same paper, whoever it is for."""

import re
import unicodedata
from io import BytesIO

import pikepdf
import pypdfium2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lms.press import Facts, Frozen, Pressed, Template, compile_template, press
from lms.press.laying_out import lay_out
from lms.press.layout import designs
from lms.press.pressing import press_compiled, press_laid_out
from lms.press.proving import differing
from tests.lms.press.specimens import ADDRESS, LETTERS, MINORITY_LETTERS, codes_on, drawn, facts, pictures, template

HOSTILE = (
    ") Tj ET /JS (app.alert(1)) << /OpenAction >> \\",
    "\\) ] TJ (((",
    "<b>đậm</b> &amp; <script>1</script>",
    "\"'`“”‘’",
    "{họ tên} {{ 7*7 }} {% raw %}",
    "%PDF-1.7 endstream endobj 1 0 obj",
)
DRAWING = frozenset(re.findall(r"\S+", "q Q cm BMC BDC EMC re W n Do gs rg RG BT Tm Tf TJ Tj ET w d J j M m l h f S"))
TYPED_FIELDS = (
    "name", "role", "team", "commune", "province", "course", "class_name", "first_day", "last_day", "hours", "result",
    "book_entry", "decision", "issued_words", "note", "number", "code",
)  # fmt: skip
GIVEN_BY_THE_BOOK = ("number", "book_entry", "code")
SLOW_ONLY = (
    "Nguyễn \u202eVăn A",
    "Nguyễn 😀 Văn",
    "Дмитрий Иванов",
    "Ba\u200bna",
    "Nguyễn " * 20,
    "A" * 60,
)


@pytest.fixture(scope="module")
def plain() -> Template:
    return template("don-gian")


@pytest.fixture(scope="module")
def frozen(plain: Template) -> Frozen:
    return compile_template(plain, address=ADDRESS)


def text_of(paper: Pressed) -> str:
    with pypdfium2.PdfDocument(bytes(paper)) as file:
        text: str = file[0].get_textpage().get_text_range()
        return text


def same(template: Template, frozen: Frozen, about: Facts, *scales: float) -> Pressed:
    quick = press_compiled(frozen, about)
    assert list(differing(quick, press_laid_out(template, about), about, scales or (1.5,))) == []
    return quick


def test_facts_the_template_covers_go_the_quick_way(plain: Template, frozen: Frozen) -> None:
    assert press(plain, facts(), frozen).way == "compiled"
    assert press(plain, facts()).way == "laid_out"


def test_a_school_below_a_path_has_its_code_in_a_larger_square() -> None:
    about = facts(address="HTTPS://TINH.GIALAI.GOV.VN/hoc-tap/V/7K3M9QX2WD8RZ4TN6HPCX")
    festive = template("le-hoi")
    paper = same(festive, compile_template(festive, address=about.address), about)
    assert codes_on(drawn(bytes(paper), 150)) == [about.address]


syllables = st.text(alphabet=LETTERS + "bcdghklmnpqrstvxBCDGHKLMNPQRSTVX", min_size=1, max_size=7)
names = st.lists(syllables, min_size=1, max_size=6).map(" ".join)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=names, team=names, course=names)
def test_both_ways_give_the_same_paper(plain: Template, frozen: Frozen, name: str, team: str, course: str) -> None:
    same(plain, frozen, facts(name=name, team=team, course=course))


def test_both_ways_agree_on_a_fine_printer(plain: Template, frozen: Frozen) -> None:
    same(plain, frozen, facts(name="Đỗ Thị Tường Vy", course="AVATAR, To. Tờ Vũ Yến “Wa” L’T."), 300 / 72)


@pytest.mark.parametrize("syllable_count", range(5, 12, 2))
def test_a_long_name_shrinks_the_same_in_both_ways(plain: Template, frozen: Frozen, syllable_count: int) -> None:
    same(plain, frozen, facts(name=" ".join(["Nguyễn"] * syllable_count)))


def test_an_empty_line_draws_nothing_in_both_ways(plain: Template, frozen: Frozen) -> None:
    bare = facts(role="", team="", commune="", province="", class_name="", hours="", result="", decision="", note="")
    text = text_of(same(plain, frozen, bare))
    assert "Theo" not in text
    assert "Thời lượng" not in text


@pytest.mark.parametrize("key", designs())
def test_a_background_drawn_once_looks_as_if_drawn_for_each_paper(key: str) -> None:
    sealed = template(key, pictures=pictures())
    with (
        pypdfium2.PdfDocument(bytes(press_laid_out(sealed, facts()))) as kept,
        pypdfium2.PdfDocument(lay_out(sealed, facts())) as anew,
    ):
        assert bytes(kept[0].render(scale=2).buffer) == bytes(anew[0].render(scale=2).buffer)


def test_pictures_stand_the_same_in_both_ways() -> None:
    seal = template("don-gian", pictures=pictures())
    same(seal, compile_template(seal, address=ADDRESS), facts())


def test_every_vietnamese_letter_can_be_read_back_from_both_ways(plain: Template, frozen: Frozen) -> None:
    assert len(LETTERS) == 134
    for start in range(0, len(LETTERS), 30):
        some = LETTERS[start : start + 30]
        text = text_of(same(plain, frozen, facts(name=some, team=some)))
        assert text.count(some) == 2


def test_highland_names_are_covered(plain: Template, frozen: Frozen) -> None:
    assert MINORITY_LETTERS in text_of(same(plain, frozen, facts(name=MINORITY_LETTERS)))
    assert "Y Ƀlŏ Niê" in text_of(same(plain, frozen, facts(name="Y Ƀlŏ Niê")))


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_words_are_only_letters_in_whatever_field(plain: Template, frozen: Frozen, name: str) -> None:
    about = facts(**dict.fromkeys(TYPED_FIELDS, name))
    for paper in (press(plain, about, frozen), press_laid_out(plain, about)):
        with pikepdf.open(BytesIO(bytes(paper))) as file:
            assert file.check_pdf_syntax() == []
            assert "/OpenAction" not in file.Root
            assert list(file.attachments) == ["thong-tin.json"]
            assert file.Root.AF[0].EF.F.read_bytes() == about.as_json()
            operators = {str(step.operator) for step in pikepdf.parse_content_stream(file.pages[0])}
        assert operators <= DRAWING
        assert " ".join(name.split()) in text_of(paper).replace("\r\n", " ")


@pytest.mark.parametrize("name", SLOW_ONLY)
def test_what_is_not_proved_goes_the_slow_way_by_itself(plain: Template, frozen: Frozen, name: str) -> None:
    about = facts(name=name)
    paper = press(plain, about, frozen)
    assert paper.way == "laid_out"
    assert bytes(paper) == bytes(press(plain, about))
    with pikepdf.open(BytesIO(bytes(paper))) as file:
        assert file.check_pdf_syntax() == []
        assert len(file.pages) == 1


@pytest.mark.parametrize("words", ["Xã 😀", "Xã \u202eBa", "Xã " * 20])
def test_odd_words_in_any_other_field_give_a_sound_paper_of_one_page(
    plain: Template, frozen: Frozen, words: str
) -> None:
    given = set(GIVEN_BY_THE_BOOK) if len(words) > 20 else set[str]()
    about = facts(**dict.fromkeys(set(TYPED_FIELDS) - given - {"name"}, words.strip()))
    paper = press(plain, about, frozen)
    assert paper.way == "laid_out"
    with pikepdf.open(BytesIO(bytes(paper))) as file:
        assert file.check_pdf_syntax() == []
        assert len(file.pages) == 1
        assert file.Root.AF[0].EF.F.read_bytes() == about.as_json()


def test_invisible_marks_never_reach_the_page(plain: Template) -> None:
    text = text_of(press(plain, facts(name="Nguyễn \u202eVăn\u200b A")))
    assert "Nguyễn Văn A" in text


def test_letters_in_pieces_are_refused_as_facts() -> None:
    with pytest.raises(ValueError, match="NFC"):
        facts(name=unicodedata.normalize("NFD", "Nguyễn"))


def test_an_address_that_gives_another_code_goes_the_slow_way(plain: Template, frozen: Frozen) -> None:
    for address in (ADDRESS + "00", ADDRESS.lower()):
        paper = press(plain, facts(address=address), frozen)
        assert paper.way == "laid_out"
        assert codes_on(drawn(bytes(paper), 150)) == [address]


def test_an_address_no_code_can_hold_is_refused(plain: Template, frozen: Frozen) -> None:
    with pytest.raises(ValueError, match="in ASCII"):
        press(plain, facts(address=ADDRESS.replace("BDHVS", "BẢNLÀNG")), frozen)


def test_a_frozen_template_of_another_template_is_refused(frozen: Frozen) -> None:
    with pytest.raises(ValueError, match="another template"):
        press(template("don-gian", kind="team"), facts(), frozen)


def test_a_wording_may_say_anything_but_never_becomes_code(plain: Template) -> None:
    odd = template(
        "don-gian", wording={**plain.wording, "deed": "<img src=x> & đã xong", "basis": "{số giấy}, {ghi chú}"}
    )
    text = text_of(press(odd, facts(note="")))
    assert "<img src=x> & đã xong" in text
    assert not re.search(r"0123/2026/GCN-SKHCN,", text)
