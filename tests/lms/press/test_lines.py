"""What a line says, how large it stands, and which code is drawn."""

from typing import Any

import pytest

from lms.press import qr
from lms.press.fitting import fit, width_of
from lms.press.layout import ALL_LINES, LineStyle, design, designs
from lms.press.lines import lines_of
from lms.press.wording import fill
from tests.lms.press.specimens import ADDRESS, facts, template

NAME = LineStyle(30, 71, 237, 14, font="LiberationSerif-Bold.ttf", sizes=(34.0, 25.0, 18.0), rows=2)


@pytest.mark.parametrize(
    ("text", "but", "said"),
    [
        ("{vai trò}, {tên tổ}", {}, "Tổ trưởng, Tổ công nghệ số cộng đồng thôn Đồng Tâm"),
        ("{vai trò}, {tên tổ}", {"role": ""}, "Tổ công nghệ số cộng đồng thôn Đồng Tâm"),
        ("{vai trò}, {tên tổ}", {"team": ""}, "Tổ trưởng"),
        ("Thời lượng: {thời lượng} · Kết quả: {kết quả}", {"hours": ""}, "Kết quả: Đạt"),
        ("Thời lượng: {thời lượng} · Kết quả: {kết quả}", {"hours": "", "result": ""}, ""),
        ("Theo {quyết định}", {"decision": ""}, ""),
        ("đã học, đã đạt", {}, "đã học, đã đạt"),
        ("{ HỌ   Tên }!", {"name": "A  B"}, "A B!"),
        ("{họ tên}", {"name": "{kết quả}, {ghi chú}"}, "{kết quả}, {ghi chú}"),
    ],
)
def test_a_part_whose_facts_are_missing_is_left_out(text: str, but: dict[str, str], said: str) -> None:
    assert fill(text, facts(**but)) == said


def test_the_place_stands_before_the_day() -> None:
    assert lines_of(template("don-gian"), facts())["day"] == "Gia Lai, ngày 20 tháng 11 năm 2026"


def test_what_may_not_be_edited_says_the_same_whatever_the_wording() -> None:
    sly = template("don-gian", wording={"name": "Ông {họ tên}", "number": "Không số", "bogus": "x"})
    said = lines_of(sly, facts())
    assert (said["name"], said["number"]) == ("Nguyễn Thị Đẹp", "Số: 0123/2026/GCN-SKHCN")
    assert "bogus" not in said


def test_only_an_unsigned_paper_says_so() -> None:
    assert "unsigned" in lines_of(template("don-gian"), facts())
    assert "unsigned" not in lines_of(template("don-gian", is_unsigned=False), facts())


def test_a_line_takes_the_first_size_at_which_it_fits() -> None:
    assert fit("Lê An", NAME).points == 34
    assert fit("Nguyễn Thị " * 3 + "Hương Giang", NAME).points == 25


def test_a_line_too_long_for_every_size_breaks_into_rows_of_like_width() -> None:
    words = " ".join(["Nguyễn"] * 16)
    fitted = fit(words, NAME)
    assert " ".join(fitted.rows) == words
    assert fitted.points == 18
    first, second = (width_of(row, NAME, 18) for row in fitted.rows)
    assert max(first, second) <= NAME.width
    assert abs(first - second) < 1


def test_kerning_counts_in_the_width() -> None:
    apart = width_of("A", NAME, 34) + width_of("V", NAME, 34)
    assert width_of("AV", NAME, 34) < apart


@pytest.mark.parametrize(
    "address",
    [
        ADDRESS,
        "HTTPS://A.VN/V/0",
        "HTTPS://RAT.DAI.CO.QUAN.GOV.VN/V/7K3M9QX2WD8RZ4TN6HPCX",
        "HTTPS://BDHVS.GIALAI.GOV.VN/hoc-tap/V/7K3M9QX2WD8RZ4TN6HPCX",
        "HTTPS://MAY_CHU.VN/v/0",
        "HTTPS://SO." + "RAT-DAI." * 15 + "VN/V/7K3M9QX2WD8RZ4TN6HPCX",
        "HTTPS://SO." + "RAT-DAI." * 11 + "VN/hoc/V/7K3M9QX2WD8RZ4TN6HPCX",
    ],
)
def test_the_code_is_the_one_segno_draws(address: str) -> None:
    drawn = qr.reference(address).matrix
    side, stored = len(drawn), qr.symbol(address)
    wide = len(stored) // side
    rows = [stored[start : start + wide] for start in range(0, len(stored), wide)]
    assert [[int(bit) for byte in row for bit in f"{byte:08b}"][:side] for row in rows] == [list(row) for row in drawn]


def test_an_address_no_code_holds_is_refused() -> None:
    with pytest.raises(ValueError, match="too long"):
        qr.symbol("HTTPS://" + "A" * 220)


@pytest.mark.parametrize("key", designs())
def test_a_design_has_a_place_for_every_line(key: str) -> None:
    assert set(design(key).lines) == set(ALL_LINES)
    assert design(key).background.startswith(b"<")


def test_an_unknown_design_is_told() -> None:
    with pytest.raises(KeyError):
        design("../don-gian")


WRONG = (
    {"left": -1},
    {"width": 0},
    {"top": 209},
    {"font": "Arial.ttf"},
    {"sizes": (9.0, 12.0)},
    {"sizes": ()},
    {"align": "justify"},
    {"rows": 0},
)


@pytest.mark.parametrize("wrong", WRONG)
def test_a_line_that_cannot_stand_there_is_refused(wrong: dict[str, Any]) -> None:
    right: dict[str, Any] = {"left": 1, "top": 1, "width": 9, "height": 9, "font": NAME.font, "sizes": (9.0,)}
    LineStyle(**right)
    with pytest.raises(ValueError, match=r"box|font|sizes|aligned"):
        LineStyle(**right | wrong)
