"""A set of broken packages proves each rule: the model course, broken in one place, is told of just there."""

from dataclasses import dataclass

import pytest

from courses import Fault, SourceFiles, check_files, drop_lesson, load_files
from tests.courses.conftest import TODAY, tells_how_to_mend

C = "course.yml"
F = "facts.yml"
L = "lessons/01-mat-khau.md"
Q = "questions/01-mat-khau.yml"
S = "skill-check.yml"
LOUD = "loudspeaker.md"
ZALO = "zalo.txt"
M = "media/man-hinh.svg"


@dataclass(frozen=True)
class Broken:
    """The model course with a text of one file become another, and what is said of it where.

    `at` is a line number, or a text that stands in no line but the one meant (after the change).
    """

    path: str
    old: str
    new: str
    at: int | str
    says: str
    grade: str = "shortfall"
    where: str = ""

    def files(self, model: SourceFiles) -> SourceFiles:
        text = model[self.path].decode()
        assert self.old in text, "the text to replace must be there"
        return {**model, self.path: text.replace(self.old, self.new, 1).encode()}

    def line(self, files: SourceFiles) -> int:
        if isinstance(self.at, int):
            return self.at
        lines = files[self.where or self.path].decode().split("\n")
        found = [number for number, line in enumerate(lines, start=1) if self.at in line]
        assert len(found) == 1, "the text must stand in one line only"
        return found[0]


def _fault(path: str, old: str, new: str, at: int | str, says: str) -> Broken:
    return Broken(path, old, new, at, says, "fault")


def _card(text: str) -> tuple[str, str, str]:
    """Add a sentence to the card on whom to ask."""
    return L, "## Hỏi đúng chỗ\n", f"## Hỏi đúng chỗ\n\n{text}\n"


_T2 = """\
      - text: Trên 2 triệu đồng
        help: Mức này thấp hơn quy định.
      - text: Trên {han-muc.muc}
        right: true
"""
_T2_RIGHT = f"    card: 2\n    options:\n{_T2}"
_T2_WRONG = _T2_RIGHT.replace("options:", "facts: [han-muc]\n    options:").replace("{han-muc.muc}", "20 triệu đồng")
_SECOND_FACT = "  - {key: bao-tin, text: Hai., source: Ba, checked: 2026-11-20, review: 2027-05-20}\n  - key: bao-tin"
_SPARE = "[{key: thua, text: Hai., source: Ba, checked: 2026-11-20, review: 2027-05-20}, tong-dai,"
_FLOW = "  - {key: t12, kind: short, text: Gửi 156 để làm gì, accept: [báo tin], help: Hỏi xã., card: 4}\n  - key: t8\n"

FACTS = [
    Broken(L, "[tong-dai,", _SPARE, 1, "Thông tin “thua” nêu ở đầu bài mà chưa thẻ hay câu hỏi nào dùng"),
    _fault(L, "[tong-dai,", "[khong-co, tong-dai,", 6, "Không có thông tin “khong-co”. Hãy sửa mã"),
    _fault(L, '{: facts="khong-hoi-ma"}', '{: facts="khong-co"}', 10, "“khong-co” trong mục facts của bài"),
    _fault(*_card("Gọi {khong-co.so}."), "khong-co", "“khong-co” ở đây"),
    _fault(L, "## Hỏi đúng chỗ", "## Hỏi {khong-co.so}", "khong-co", "“khong-co” ở đây"),
    _fault(L, "theo quy định từ {han-muc.ngay}", "từ {khong-co.ngay}", 4, "“khong-co” ở đây"),
    _fault(Q, "[khong-hoi-ma]", "[khong-co]", 6, "“khong-co” trong mục facts của bài"),
    _fault(Q, "text: Trên {han-muc.muc}", "text: Trên {khong-co.muc}", "khong-co", "“khong-co” ở đây"),
    _fault(S, "text: Trên {han-muc.muc}", "text: Trên {khong-co.muc}", "khong-co", "“khong-co” ở đây"),
    _fault(LOUD, "{tong-dai.so}", "{khong-co.so}", "khong-co", "“khong-co” ở đây"),
    _fault(ZALO, "{bao-tin.so}", "{khong-co.so}", 1, "“khong-co” ở đây"),
    _fault(*_card("Gọi {tong-dai.gio}."), "{tong-dai.gio}", "“tong-dai” không có giá trị “gio”"),
    _fault(Q, "text: Trên {han-muc.muc}", "text: Trên {han-muc.gio}", "{han-muc.gio}", "không có giá trị “gio”"),
    _fault(F, "trợ là {so}", "trợ là {so} {gio}", 3, "Không có “gio” trong mục values"),
    _fault(F, "{so: 1900.0368}", "{so: 1900.0368, gio: b}", 4, "Giá trị “gio” chưa dùng trong text"),
    _fault(F, "{so: 1900.0368}", "{so: '*1900*'}", 4, "Giá trị “so” có dấu làm hỏng câu"),
    _fault(F, "    source: Hướng dẫn của Bộ Công an\n", "", "key: do-dai", "Thiếu mục “source”"),
    _fault(F, "source: Hướng dẫn của Bộ Công an", "source: ''", "source: ''", "Mục “source” đang để trống"),
    _fault(F, "    review: 2027-11-20\n", "", "key: han-muc", "Thiếu mục “review”"),
    _fault(F, "mark: A", "mark: C", 5, "phải là A (văn bản gốc) hoặc B"),
    _fault(F, "Ngân hàng không hỏi mã OTP.", "mã " * 120, "mã mã", "tối đa 300"),
    _fault(F, "  - key: bao-tin", _SECOND_FACT, "  - key: bao-tin", "Mã thông tin “bao-tin” dùng hai lần"),
    Broken(
        F,
        "2026-11-20\n    review: 2027-11-20",
        "2025-11-20\n    review: 2026-11-20",
        15,
        "“han-muc” đã đến hạn xem lại",
    ),
    Broken(F, "lừa đảo bằng", "lừa đảo (1900 1234) bằng", "1234", "Số điện thoại “1900 1234” viết thẳng"),
    Broken(F, "có từ {it}", "kể từ 1/7/2025 có từ {it}", "kể từ", "Ngày tháng “1/7/2025” viết thẳng trong text"),
    Broken(F, "hỏi mã OTP.", "hỏi 5 triệu đồng.", "hỏi 5", "Số tiền “5 triệu đồng” viết thẳng trong text"),
    Broken(F, "hỏi mã OTP.", "hỏi 5 phần trăm.", "hỏi 5", "Tỷ lệ “5 phần trăm” viết thẳng trong text"),
]

NUMBERS = [
    Broken(*_card("Mở từ 2/9/2026."), "Mở từ", "Ngày tháng “2/9/2026” không có trong thông tin nào"),
    Broken(*_card("Mở ngày 2 tháng 9 năm 2026."), "Mở ngày", "Ngày tháng “2 tháng 9 năm 2026” không có"),
    Broken(L, "Cúp máy ngay.", "Gọi 0912 345 678.", "0912", "Số điện thoại “0912 345 678” không có"),
    Broken(L, "Mẹ bán", "Gọi 1800-1166. Mẹ bán", "1800", "Số điện thoại “1800-1166” không có"),
    Broken(Q, "text: Cúp máy\n", "text: Gọi 1800 1166\n", "1800", "Câu “t1”: Số điện thoại “1800 1166” không có"),
    Broken(LOUD, "lắng nghe.", "nghe số 0912345678.", "0912", "Số điện thoại “0912345678” không có"),
    Broken(ZALO, "Bà con ơi,", "Ngày 2/9/2026,", 1, "Ngày tháng “2/9/2026” không có"),
    Broken(*_card("Gọi 1900 0368."), "1900", "“1900 0368” là số của một thông tin. Hãy viết {tong-dai.so}"),
    Broken(*_card("Gửi 156 nhé."), "156", "“156” là số của một thông tin. Hãy viết {bao-tin.so}"),
    Broken(*_card("Trên 10.000.000 đồng."), "10.000.000", "Hãy viết {han-muc.muc}"),
    Broken(*_card("Trên 10 triệu."), "Trên 10", "“10 triệu” là số của một thông tin. Hãy viết {han-muc.muc}"),
    Broken(*_card("Phí 1 phần trăm."), "Phí 1", "Hãy viết {han-muc.phi}"),
    Broken(*_card("Từ 01/07/2025."), "Từ 01", "Hãy viết {han-muc.ngay}"),
    Broken(*_card("Gõ 8–20 chữ."), "8–20", "“8–20” là số của một thông tin. Hãy viết {do-dai.it} đến {do-dai.nhieu}"),
    Broken(*_card("Gõ 8 đến 20 chữ."), "8 đến 20", "Hãy viết {do-dai.it} đến {do-dai.nhieu}"),
    Broken(L, "Mẹ bán", "Gọi 1900.0368. Mẹ bán", "1900", "Hãy viết {tong-dai.so}"),
    Broken(L, "## Hỏi đúng chỗ", "## Hỏi số 1900.0368", "## Hỏi", "Hãy viết {tong-dai.so}"),
    Broken(L, "![Màn hình có mũi tên quay lại.]", "![Số 156.]", "Số 156", "Hãy viết {bao-tin.so}"),
    Broken(Q, 'accept: ["{bao-tin.so}"]', "accept: ['156']", "'156'", "Hãy viết {bao-tin.so}"),
    Broken(Q, "Bị giục thì dừng", "Nhắn 156 rồi dừng", "156", "Hãy viết {bao-tin.so}"),
    Broken(Q, "  - key: t8\n", _FLOW, "156", "Hãy viết {bao-tin.so}"),
    Broken(Q, "{text: Ô viết tin, at:", "{text: Ô viết 156, at:", "156", "Hãy viết {bao-tin.so}"),
    Broken(S, 'accept: ["{bao-tin.so}"]', "accept: ['156']", "'156'", "Hãy viết {bao-tin.so}"),
    Broken(LOUD, "{tong-dai.so}", "1900.0368", "1900", "Hãy viết {tong-dai.so}"),
    Broken(ZALO, "{bao-tin.so}", "156", 1, "Hãy viết {bao-tin.so}"),
    Broken(L, "{han-muc.phi}.", "{han-muc.phi}, không phải 2%.", "2%", "“2%” khác với thông tin “han-muc”"),
    Broken(L, "{han-muc.phi}.", "{han-muc.phi}, từ 3/2026.", "3/2026", "“3/2026” khác với thông tin “han-muc”"),
    Broken(Q, _T2_RIGHT, _T2_WRONG, "Trên 20", "Câu “t2”: “20 triệu đồng” khác với thông tin “han-muc”"),
    Broken(Q, "Từ ngày {han-muc.ngay}, ai", "Từ 5 triệu, ai", "Từ 5", "Câu “t7”: “5 triệu” khác với thông tin"),
    Broken(Q, "mua mật khẩu thì phải quét", "phí 2% thì phải quét", "phí 2%", "Câu “t7”: “2%” khác với thông tin"),
    Broken(S, "Chỉ trên một mức", "Chỉ trên 5 triệu", "Chỉ trên 5", "Câu “s1”: “5 triệu” khác với thông tin"),
]

WORDS = [
    Broken(L, "Cúp máy ngay.", "Đừng click gì.", "click", "Chữ “click” không phải tiếng Việt"),
    Broken(L, "## Hỏi đúng chỗ", "## Hỏi hotline", "hotline", "Chữ “hotline”"),
    Broken(L, "![Màn hình có mũi tên quay lại.]", "![Nút back.]", "back", "Chữ “back”"),
    Broken(L, "title: Giữ mật khẩu", "title: Giữ password", 2, "Chữ “password”"),
    Broken(L, "giữ được mật khẩu", "giữ được account", 4, "Chữ “account”"),
    Broken(C, "title: Giữ mình", "title: Giữ smartphone", 3, "Chữ “smartphone”"),
    Broken(C, "fallback: số tổng đài", "fallback: hotline", "fallback", "Chữ “hotline”"),
    Broken(F, "hỏi mã OTP.", "hỏi password.", "password", "Chữ “password”"),
    Broken(F, 'nhieu: "20"', "nhieu: unlimited", "unlimited", "Chữ “unlimited”"),
    Broken(Q, "Ai được giữ", "Website nào giữ", "Website", "Câu “p1”: chữ “Website”"),
    Broken(Q, "text: Đọc cho xong", "text: Click cho xong", "Click", "Câu “t1”: chữ “Click”"),
    Broken(Q, "{left: Bị lừa,", "{left: Bị scam,", "scam", "Câu “t9”: chữ “scam”"),
    Broken(Q, "alt: Màn hình", "alt: Screen", "Screen", "Câu “t11”: chữ “Screen”"),
    Broken(S, "bác chạm vào đâu", "bác click vào đâu", "click", "Câu “s5”: chữ “click”"),
    Broken(LOUD, "lắng nghe.", "xem video.", "video", "Chữ “video”"),
    Broken(ZALO, "Xem bài ngắn", "Xem clip ngắn", "clip", "Chữ “clip”"),
    Broken(L, "Cúp máy ngay.", "Cúp máy ngay " * 6 + ".", "Cúp máy ngay Cúp", "Câu dài 18 chữ, tối đa 17"),
    Broken(L, "1. Nhìn kỹ màn hình.", "1. " + "Nhìn kỹ " * 9, "1. ", "Câu dài 18 chữ, tối đa 17"),
    Broken(*_card("{tinh.duong-day-nong} " * 3), "nong} {", "Câu dài 21 chữ, tối đa 17"),
    Broken(LOUD, "Xin cảm ơn bà con", "Xin cảm ơn bà con " * 4, "Xin cảm ơn", "Câu dài 23 chữ, tối đa 17"),
    Broken(L, "Cúp máy ngay.", "Cúp máy ngay nhé. " * 17, "## Bẫy", "Thẻ 4 dài 73 chữ, tối đa 70"),
    Broken(L, "Mẹ bán", "Bác bấm. " * 30 + "Mẹ bán", "## Bài tập", "Thẻ 5 dài 74 chữ, tối đa 70"),
    Broken(*_card("Gọi {tinh.duong-day-nong}. " * 8), "## Hỏi", "Thẻ 3 dài 75 chữ, tối đa 70"),
    _fault(L, "Cúp máy ngay.", "Cúp máy nga\u0300y.", "nga\u0300y", "chưa ở dạng dựng sẵn (Unicode NFC)"),
    _fault(Q, "text: Cúp máy\n", "text: Cúp ma\u0301y\n", "text: Cúp", "chưa ở dạng dựng sẵn (Unicode NFC)"),
    _fault(F, "hỏi mã OTP.", "hỏi ma\u0303 OTP.", "OTP", "chưa ở dạng dựng sẵn (Unicode NFC)"),
    _fault(LOUD, "lắng nghe.", "nghe nha\u0301.", "nghe nha", "chưa ở dạng dựng sẵn (Unicode NFC)"),
]

PICTURES_AND_LINKS = [
    _fault(L, "![Màn hình có mũi tên quay lại.]", "![]", "![]", "chưa có chữ thay thế"),
    _fault(L, "quay lại.](media/man-hinh.svg)", "quay lại.](media/khac.svg)", "khac", "Không có hình media/khac.svg"),
    _fault(M, "Màn hình", "Màn hình" * 2000, 1, "tối đa 15 kB"),
    _fault(L, "(bai:tin-nhan-la)", "(bai:khong-co)", "bai:khong-co", "Không có bài “khong-co”"),
    _fault(L, "(bai:tin-nhan-la)", "(../tin-nhan-la/)", "../tin", "phải bắt đầu bằng https:"),
]

QUESTIONS = [
    _fault(Q, "        help: Người gọi đến có thể là kẻ gian.\n", "", "Người gọi đến hỏi", "chưa có lời gợi ý"),
    _fault(Q, "    help: Nhìn trước rồi mới bấm.\n", "", "key: t8", "Câu “t8”: Thiếu lời gợi ý"),
    _fault(Q, "    help: Ngân hàng không hỏi mã OTP.\n", "", "key: t5", "Câu “t5”: Thiếu lời gợi ý"),
    Broken(Q, "    right: false\n", "    right: true\n", "key: t5", "luôn cùng một đáp án"),
    Broken(Q, "    card: 3\n", "    card: 6\n", "key: t3", "Câu “t3” dựa vào thẻ 6, người học chưa đọc"),
    Broken(Q, "    card: 3\n", "    card: 7\n", "key: t3", "Câu “t3” dựa vào thẻ 7, người học chưa đọc"),
    Broken(Q, "Ai được giữ mật khẩu của bác?", "Có người hỏi mật khẩu nên làm gì", 13, "Câu “t1” trùng với"),
    Broken(Q, "Có người hỏi mật khẩu,", "Có người hỏi ví tiền,", 13, "trùng với", where="questions/04-vi-tien.yml"),
    Broken(S, "Bác Sáu bị lừa, nhắn tin báo số nào?", "Báo tin lừa về ví tiền gửi số nào?", "key: s4", "trùng với"),
    _fault(S, "lesson: vi-tien", "lesson: vi-vang", "vi-vang", "Không có bài “vi-vang”"),
    _fault(S, "skill: an-toan", "skill: mua-sam", 1, "không dạy kỹ năng “mua-sam”"),
    _fault(S, "key: s4", "key: s3", 27, "Mã câu hỏi “s3” dùng hai lần"),
    _fault(Q, "[20, 320, 280, 60]", "[20, 360, 280, 60]", "360", "ra ngoài hình (320 x 400)"),
    _fault(Q, "[10, 10, 60, 60]", "[10, 10, 39, 60]", "39", "Rộng và cao ít nhất 40"),
    _fault(Q, "[20, 320, 280, 60]", "[69, 69, 200, 60]", "69, 69", "đè lên chỗ “Mũi tên ở góc trên”"),
    _fault(Q, "help: Ô này để viết lời nhắn.", "right: true", "Mũi tên ở góc trên, at", "đúng một chỗ đúng"),
    _fault(Q, "picture: man-hinh.svg", "picture: khac.svg", "khac.svg", "Không có hình vẽ media/khac.svg"),
    _fault(Q, "[10, 10, 60, 60]", "[10, 10, 60]", "[10, 10, 60]", "gồm bốn số"),
    _fault(Q, ", at: [10, 10, 60, 60]", "", "Mũi tên ở góc trên, right", "Thiếu mục “at”"),
    _fault(Q, "    alt: Màn hình có mũi tên ở góc trên và ô viết tin ở dưới.\n", "", "key: t11", "Thiếu mục “alt”"),
    _fault(S, "[20, 320, 280, 60]", "[20, 360, 280, 60]", "360", "ra ngoài hình (320 x 400)"),
]

VARIABLES = [
    _fault(L, "{tinh.duong-day-nong}", "{tinh.la}", "{tinh.la}", "Không có “la” trong mục variables"),
    _fault(LOUD, "{tinh.duong-day-nong}", "{tinh.la}", "{tinh.la}", "Không có “la” trong mục variables"),
    _fault(Q, "Ai được", "Gọi {tinh.duong-day-nong}, ai được", "tinh", "không dùng được {tinh.duong-day-nong}"),
    _fault(
        S,
        "text: Có người xưng cán bộ giục bác Tư thì",
        "text: Gọi {tinh.duong-day-nong} thì",
        "tinh",
        "không dùng được {tinh.duong-day-nong}",
    ),
    _fault(L, "## Hỏi đúng chỗ", "## Hỏi {tinh.duong-day-nong}", "## Hỏi", "không dùng được {tinh.duong-day-nong}"),
    _fault(C, "variables:\n", "variables:\n  - {key: duong-day-nong, label: Số, fallback: số}\n", 16, "viết hai lần"),
    _fault(C, "    fallback: số tổng đài tỉnh đã công bố\n", "", 15, "Thiếu mục “fallback”"),
]

PARTS = [
    Broken(L, '{: .trap facts="khong-hoi-ma"}', '{: facts="khong-hoi-ma"}', 1, "chưa có thẻ bẫy thường gặp {: .trap}"),
    Broken(L, "{: .exercise}\n", "", 1, "chưa có thẻ bài tập an toàn {: .exercise}"),
    _fault(L, "{: .teach}\n", "", 8, "Thiếu thẻ {: .teach}"),
    _fault(L, "{: .sheet}\n", "", 8, "Thiếu thẻ {: .sheet}"),
    Broken(ZALO, "Bà con ơi,", "Bà con ơi, " * 30, 1, "tối đa 400. Hãy bớt chữ"),
    Broken(ZALO, "{link}", "dưới", 1, "phải có đúng một chỗ {link}"),
    Broken(ZALO, "ở đây: {link}", "{link} {link}", 1, "phải có đúng một chỗ {link}"),
]


def _found(files: SourceFiles) -> list[Fault]:
    return list(check_files(files, today=TODAY))


def test_a_course_that_meets_every_standard_has_no_findings(model_course):
    assert _found(model_course) == []
    assert {question.kind for question in load_files(model_course, today=TODAY).lessons[0].bank} == {
        "choice", "several", "truefalse", "order", "match", "short", "tap",
    }  # fmt: skip


ALL = [*FACTS, *NUMBERS, *WORDS, *PICTURES_AND_LINKS, *QUESTIONS, *VARIABLES, *PARTS]


@pytest.mark.parametrize("broken", ALL, ids=[f"{number}-{case.path}" for number, case in enumerate(ALL, start=1)])
def test_a_broken_package_is_told_where_it_is_broken_and_how_to_mend_it(model_course, broken):
    files = broken.files(model_course)

    found = _found(files)

    told = [(one.path, one.line, one.severity) for one in found]
    assert told == [(broken.where or broken.path, broken.line(files), broken.grade)], found
    assert broken.says in found[0].message
    assert tells_how_to_mend(found[0].message), found[0].message


@pytest.mark.parametrize("path", [S, LOUD, ZALO])
@pytest.mark.parametrize("data", [None, b" \n"])
def test_a_course_lacks_what_goes_beside_its_lessons(model_course, path, data):
    files = {**model_course, path: data} if data else {**model_course}
    if not data:
        del files[path]

    found = [one for one in _found(files) if one.severity == "shortfall"]

    assert [(one.path, one.line) for one in found] == [(C, 1)]
    assert found[0].message.startswith(f"Thiếu tệp {path}: ")
    assert tells_how_to_mend(found[0].message)


def test_a_course_has_five_lessons_or_more(model_course):
    files = drop_lesson(model_course, "so-tay")

    found = [one for one in _found(files) if one.severity == "shortfall"]

    assert [(one.path, one.line, one.message) for one in found] == [
        (C, 1, "Khóa học có 4 bài, cần ít nhất 5. Hãy viết thêm bài.")
    ]


def test_a_bank_has_eight_questions_or_more(model_course):
    text = model_course[Q].decode()

    found = _found({**model_course, Q: text[: text.index("  - key: t8")].encode()})

    assert [(one.path, one.line, one.message) for one in found] == [
        (Q, 1, "Ngân hàng có 7 câu, cần ít nhất 8. Hãy viết thêm câu.")
    ]


def test_the_right_answer_does_not_always_stand_in_the_same_place(model_course):
    text = model_course[Q].decode()
    for key in ("t2", "t3"):
        start = text.index("options:\n", text.index(f"key: {key}")) + len("options:\n")
        end = text.index("        right: true\n", start) + len("        right: true\n")
        options = text[start:end].split("      - ")[1:]
        text = text[:start] + "".join(f"      - {option}" for option in (options[-1], *options[:-1])) + text[end:]

    found = _found({**model_course, Q: text.encode()})

    assert [(one.path, one.line, one.message) for one in found] == [
        (Q, 13, "Trong ngân hàng, đáp án đúng luôn ở cùng một chỗ. Hãy đổi chỗ vài câu.")
    ]


def test_a_lesson_shows_a_picture(model_course):
    lines = model_course[L].decode().split("\n")
    text = "\n".join(line for line in lines if not line.startswith("!["))

    found = _found({**model_course, L: text.encode()})

    assert [(one.path, one.line, one.message) for one in found] == [
        (L, 1, "Bài chưa có hình nào. Hãy vẽ màn hình hoặc thao tác chính.")
    ]


@pytest.mark.parametrize(("times", "mend"), [(0, "Hãy viết thêm."), (3, "Hãy bớt chữ.")])
def test_the_loudspeaker_takes_two_or_three_minutes(model_course, times, mend):
    title, _, rest = model_course[LOUD].decode().partition("\n")
    text = title + "\n" + (rest * times or "\nKính chào bà con.\n")

    found = _found({**model_course, LOUD: text.encode()})

    assert [(one.path, one.line) for one in found] == [(LOUD, 1)]
    assert "cần từ 300 đến 450 để đọc hai, ba phút" in found[0].message
    assert found[0].message.endswith(mend)


@pytest.mark.parametrize("count", [4, 6])
def test_a_skill_check_asks_five_questions(model_course, count):
    text = model_course[S].decode()
    last = text[text.index("  - key: s5") :]
    sixth = last.replace("s5", "s6").replace("Bác Bảy", "Bác Tám")

    found = _found({**model_course, S: (text.removesuffix(last) if count == 4 else text + sixth).encode()})

    assert [(one.path, one.line, one.message, one.severity) for one in found] == [
        (S, 3, f"Phải có đúng 5 câu, đang có {count}. Hãy thêm hoặc bớt.", "fault")
    ]


def test_questions_in_the_skill_check_differ_from_each_other_too(model_course):
    text = (
        model_course[S]
        .decode()
        .replace("Bác Bảy muốn quay lại, bác chạm vào đâu?", "bác sáu bị lừa nhắn tin báo số nào")
    )

    found = _found({**model_course, S: text.encode()})

    assert [(one.path, one.line, one.message) for one in found] == [
        (S, 34, "Câu “s5” trùng với skill-check.yml, câu “s4”. Hãy đổi một câu.")
    ]


def test_an_example_may_name_any_sum_where_no_fact_is_told(model_course):
    text = model_course[L].decode().replace("## Hỏi đúng chỗ\n", "## Hỏi đúng chỗ\n\nRau giá 20.000 đồng, bớt 5%.\n")

    assert _found({**model_course, L: text.encode()}) == []


def test_a_wrong_answer_may_name_any_number(model_course):
    text = model_course[Q].decode().replace("text: Số của hàng xóm", "text: Số 0912 345 678, gọi từ 2/9/2026")

    assert _found({**model_course, Q: text.encode()}) == []


def test_a_sheet_and_the_way_to_teach_may_be_longer_than_a_card(model_course):
    text = model_course[L].decode().replace("4. Ghi việc", "Số của tôi. " * 25 + "\n\n4. Ghi việc")

    assert _found({**model_course, L: text.encode()}) == []


def test_a_lesson_with_its_own_facts_is_held_to_the_same(model_course):
    own = "facts:\n  - {key: rieng, text: Gọi 1800 1166., source: Báo, checked: 2026-11-20, review: 2027-05-20}\n"
    label, named = '{: .trap facts="khong-hoi-ma"}', '{: .trap facts="khong-hoi-ma rieng"}'
    listed = "".join(f"  - {key}\n" for key in ("tong-dai", "han-muc", "do-dai", "bao-tin", "khong-hoi-ma"))
    text = model_course[L].decode().replace("facts: [tong-dai, han-muc, do-dai, bao-tin, khong-hoi-ma]\n", own + listed)
    text = text.replace(label, named)

    found = _found({**model_course, L: text.encode()})

    assert [(one.path, one.line, one.severity) for one in found] == [(L, 7, "shortfall")]
    assert found[0].message.startswith("Số điện thoại “1800 1166” viết thẳng trong text.")
