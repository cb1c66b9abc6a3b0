"""What an author is told, with file and line."""

import unicodedata
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courses import PackageFaults, check_files, examine, load_files
from tests.courses.conftest import tells_how_to_mend, without_shortfalls

L = "lessons/01-mat-khau.md"
Q = "questions/01-mat-khau.yml"
C = "course.yml"
M = "media/o-khoa.svg"


def test_a_good_course_has_no_faults_and_no_warnings(files, today):
    assert without_shortfalls(check_files(files, today=today)) == ()


@pytest.mark.parametrize(
    ("path", "old", "new", "line", "says"),
    [
        (C, "title: An toàn số", "titel: An toàn số", 3, "Có phải “title”?"),
        (C, "title: An toàn số\n", "", 1, "Thiếu mục “title”"),
        (C, "title: An toàn số", "title: ''", 3, "để trống"),
        (C, "title: An toàn số", "title: [a]", 3, "phải là chữ"),
        (C, "title: An toàn số", "title: x\ntitle: y", 4, "viết hai lần"),
        (C, "slug: an-toan-so", "slug: An Toàn", 2, "chữ thường không dấu"),
        (C, "minutes: 10", "minutes: mười", 7, "số nguyên"),
        (C, "minutes: 10", "minutes: 0", 7, "từ 1 đến"),
        (C, "format: 1", "format: 2", 1, "từ 1 đến 1"),
        (C, "skills: [bao-ve-minh]", "skills: []", 6, "ít nhất một kỹ năng"),
        (C, "[mat-khau]", "[mat-ma]", 9, "“mat-ma” không có trong khóa học"),
        (C, "[mat-khau]", "[mat-khau, mat-khau]", 9, "hai lần"),
        (C, "[tin-nhan-la]", "[mat-khau]", 10, "vừa bắt buộc vừa tự chọn"),
        (C, "at_least: 0", "at_least: 2", 11, "nhiều hơn số bài"),
        (C, "required: [mat-khau]", "required: []", 9, "chưa đòi bài nào"),
        (C, "minutes: 10", "minutes: &a 10", 7, "dấu & và *"),
        (C, "minutes: 10", "minutes: [10", 8, "Viết sai cách"),
        (L, "title: Mật khẩu", "tieu-de: Mật khẩu", 2, "không có trong mẫu"),
        (L, "---\ntitle", "title", 1, "mở đầu bằng phần khai báo"),
        (L, "    source: Cẩm nang an toàn, trang 4\n", "", 7, "Thiếu mục “source”"),
        (L, "    checked: 2026-11-20\n", "", 7, "Thiếu mục “checked”"),
        (L, "    review: 2027-05-20\n", "", 7, "Thiếu mục “review”"),
        (L, "2027-05-20", "2026-11-19", 11, "phải sau ngày kiểm tra"),
        (L, "2027-05-20", "2027-02-30", 11, "phải là ngày"),
        (L, "2026-11-20", "2026-11-22", 10, "ở tương lai"),
        (L, "## Đặt mật khẩu dài", "##", 13, "chưa có tên"),
        (L, "## Đặt mật khẩu dài", "Lời dẫn.\n\n## Đặt", 13, "trước thẻ đầu tiên"),
        (L, "Mật khẩu **dài**", "Mật khẩu <b>dài</b>", 14, "mã HTML"),
        (L, "Mật khẩu **dài**", "<!-- ẩn -->", 14, "mã HTML"),
        (L, "(media/o-khoa.svg)", "(media/khong-co.svg)", 16, "Không có hình"),
        (L, "(media/o-khoa.svg)", "(https://xau.vn/a.svg)", 16, "phải nằm trong media/"),
        (L, "(media/o-khoa.svg)", "(media/../course.yml)", 16, "phải nằm trong media/"),
        (L, "[Ổ khoá đóng]", "[]", 16, "chưa có chữ thay thế"),
        (L, "Không ai có", "[a](javascript:alert(1))", 20, "phải bắt đầu bằng https:"),
        (L, "{: .teach}\n", "", 13, "Thiếu thẻ {: .teach}"),
        (L, "{: .sheet}\n", "", 13, "Thiếu thẻ {: .sheet}"),
        (L, "{: .trap}", "{: .tarp}", 19, "nhãn “{: .tarp}” sai"),
        (L, "1. Mở cài đặt.\n", "", 26, "chưa có nội dung"),
        (Q, "card: 1", "card: 9", 5, "từ 1 đến 4"),
        (Q, "kind: choice", "kind: chocie", 3, "Loại câu hỏi"),
        (Q, ", right: true}\n", "}\n", 8, "chưa có lời gợi ý"),
        (Q, ", right: true}\n", "}\n", 7, "Chưa có lựa chọn nào đúng"),
        (Q, "help: Kẻ xấu thử dãy này trước.", "right: true", 7, "chỉ có một lựa chọn đúng"),
        (Q, "right: false", "right: sai", 10, "true hoặc false"),
        (Q, "[khong-doc-otp]", "[khong-co]", 11, "Không có thông tin “khong-co”"),
        (Q, "key: t2", "key: p1", 12, "dùng hai lần"),
        (Q, "key: t2", "key: t3-1", 12, "dễ lẫn với mã “t3”"),
        (Q, "[Mở máy, Vào cài đặt, Đổi mật khẩu]", "[Mở máy]", 20, "từ 2 đến 8 bước"),
        (Q, "ai cũng biết", "chỉ mình biết", 25, "viết hai lần"),
        (Q, 'accept: ["1900 0368"]', "accept: ['.']", 28, "phải có chữ hoặc số"),
        (Q, "help: Xem thẻ 1., ", "", 28, "Thiếu lời gợi ý"),
        (M, "<rect", "<script/><rect", 1, "“script” không được phép"),
        (M, "<rect", "<foreignObject/><rect", 1, "“foreignObject” không được phép"),
        (M, "<rect", '<rect onload="x()"', 1, "lệnh chạy “onload”"),
        (M, "<rect", '<use href="https://xau.vn/a.svg"/><rect', 1, "gọi ra bên ngoài"),
        (M, "<rect", '<rect style="fill:url(//xau.vn)"', 1, "gọi ra bên ngoài"),
        (M, "<rect", "<style>@import 'x';</style><rect", 1, "gọi ra bên ngoài"),
        (M, "<rect", "<style>@im<g/>port 'x';</style><rect", 1, "không được phép"),
        (M, "<svg", "<!DOCTYPE svg><svg", 1, "DOCTYPE"),
        (M, "</svg>", "", 1, "viết sai cách"),
        (M, "<rect", f"<desc>{'a' * 15_000}</desc><rect", 1, "tối đa 15 kB"),
    ],
)
def test_a_fault_names_file_and_line(faults_after, path, old, new, line, says):
    faults = faults_after(path, old, new)

    found = [fault for fault in faults if says in fault.message]
    assert [(fault.path, fault.line, fault.severity) for fault in found] == [(path, line, "fault")]
    assert [fault.message for fault in faults if not tells_how_to_mend(fault.message)] == []


def test_all_faults_are_told_at_once(files, today):
    files[C] = files[C].replace(b"minutes: 10", b"minutes: -1")
    files[L] = files[L].replace(b"{: .teach}\n", b"")
    files[Q] = files[Q].replace(b"card: 1", b"card: 7", 1)

    with pytest.raises(PackageFaults) as caught:
        load_files(files, today=today)

    assert {fault.path for fault in caught.value.faults} == {C, L, Q}
    assert f"{C}:7: Mục “minutes”" in str(caught.value)


def test_a_lesson_without_questions_and_questions_without_a_lesson_are_faults(files, today):
    files["questions/03-khac.yml"] = files.pop(Q)

    faults = without_shortfalls(check_files(files, today=today))

    assert {(fault.path, fault.line) for fault in faults} == {(L, 1), ("questions/03-khac.yml", 1)}


def test_a_bank_smaller_than_the_draw_is_a_fault(faults_after):
    faults = faults_after(L, "draw: 3", "draw: 6")

    assert [(fault.path, fault.line) for fault in faults] == [(Q, 10)]
    assert "ít hơn 6 câu" in faults[0].message


def test_an_eighth_card_is_a_fault_at_its_line(faults_after):
    more = "".join(f"## Thẻ thêm {number}\nMột ý.\n\n" for number in range(6))

    faults = faults_after(L, "## Hướng dẫn lại", f"{more}## Hướng dẫn lại")

    assert [(fault.line, fault.message[:14]) for fault in faults] == [(37, "Bài có 8 thẻ h")]


def test_what_falls_short_of_the_standard_may_still_be_published(files, today):
    severities = {fault.severity for fault in check_files(files, today=today)}

    assert severities == {"shortfall"}
    assert load_files(files, today=today).slug == "an-toan-so"


def test_a_fact_past_its_review_day_does_not_keep_a_course_from_being_published(files):
    day = date(2027, 5, 21)

    found = [fault for fault in check_files(files, today=day) if "đã đến hạn xem lại" in fault.message]

    assert {(fault.severity, fault.line) for fault in found} == {("shortfall", 11)}
    assert load_files(files, today=day).slug == "an-toan-so"


def test_a_picture_nobody_shows_is_only_a_warning(files, today):
    files["media/thua.svg"] = files[M]

    faults = without_shortfalls(check_files(files, today=today))

    assert [(fault.path, fault.severity) for fault in faults] == [("media/thua.svg", "warning")]


def test_a_renamed_file_is_not_taken_for_a_picture(files, today):
    files["media/anh.png"] = b"MZ\x90\x00"

    faults = without_shortfalls(check_files(files, today=today))

    assert "Nội dung tệp không phải hình png. Hãy lưu lại hình đúng kiểu." in [fault.message for fault in faults]


@pytest.mark.parametrize(
    ("name", "data", "severity", "says"),
    [
        ("a.png", b"\x89PNG\r\n\x1a\n" + b"x" * 150_000, "fault", "tối đa 150 kB"),
        ("a.jpg", b"\xff\xd8\xff" + b"x" * 40_000, "warning", "dưới 40 kB"),
        ("a.webp", b"RIFF0000WEBP", "warning", "chưa được dùng"),
    ],
)
def test_a_heavy_photo_is_noticed(files, today, name, data, severity, says):
    files[f"media/{name}"] = data

    faults = without_shortfalls(check_files(files, today=today))

    assert (severity, True) in {(fault.severity, says in fault.message) for fault in faults}


def test_a_text_file_without_end_is_a_fault(files, today):
    files[L] = files[L] + b"a" * 200_000

    assert (L, 1) in {(f.path, f.line) for f in check_files(files, today=today)}


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("a" * 6_001, 14, "Thẻ 1 quá dài. Hãy tách thành nhiều thẻ."),
        ("\t" * 1_600 + "a", 14, "Thẻ 1 quá dài. Hãy tách thành nhiều thẻ."),
        ("a\n" * 401, 414, "Thẻ 1 có quá 400 dòng. Hãy tách thành nhiều thẻ."),
        ("a\n" + "[" * 101, 15, "Thẻ 1 có quá 100 dấu [ nên không đọc được. Hãy bỏ bớt."),
        ("![\n" * 101, 114, "Thẻ 1 có quá 100 dấu [ nên không đọc được. Hãy bỏ bớt."),
        ("`" * 201, 14, "Thẻ 1 có quá 200 dấu ` nên không đọc được. Hãy bỏ bớt."),
        ("<" * 101, 14, "Thẻ 1 có quá 100 dấu < nên không đọc được. Hãy bỏ bớt."),
        ("!" * 401, 14, "Thẻ 1 có quá 400 dấu ! nên không đọc được. Hãy bỏ bớt."),
        ("*a" * 401, 14, "Thẻ 1 có quá 400 dấu * nên không đọc được. Hãy bỏ bớt."),
        ("_a" * 401, 14, "Thẻ 1 có quá 400 dấu _ nên không đọc được. Hãy bỏ bớt."),
        ("\\" * 401, 14, "Thẻ 1 có quá 400 dấu \\ nên không đọc được. Hãy bỏ bớt."),
        ("a\n\n" + "+ " * 900 + "a", 16, "Thẻ 1 có dòng mở đầu bằng 20 dấu lồng nhau. Hãy bỏ bớt."),
        ("a|" * 900 + "\n" + "-|" * 900 + "\na" * 300, 14, "Thẻ 1 có bảng quá lớn. Hãy chia thành nhiều bảng nhỏ."),
        ("[" * 20_000, 14, "Bài có quá 200 dấu [. Hãy bỏ bớt."),
        ("![" * 20_000, 14, "Bài có quá 200 dấu [. Hãy bỏ bớt."),
        ("[a](" * 20_000, 13, "Bài dài quá 60.000 ký tự. Hãy chia thành nhiều bài."),
        ("`" * 20_000, 14, "Thẻ 1 quá dài. Hãy tách thành nhiều thẻ."),
        ("{:" + " " * 50_000 + "x", 14, "Thẻ 1 quá dài. Hãy tách thành nhiều thẻ."),
        ("a\n## b\n" * 60, 13, "Bài có 64 thẻ, tối đa 60. Hãy chia thành nhiều bài."),
    ],
)  # fmt: skip
def test_a_text_that_would_take_too_long_to_read_is_a_fault_at_its_line(faults_after, text, line, says):
    faults = faults_after(L, "Mật khẩu **dài**", text)

    assert (L, line, says, "fault") in {(f.path, f.line, f.message, f.severity) for f in faults}


def test_a_lesson_too_long_to_read_still_shows_its_words(files, today):
    files[L] = files[L].replace("Mật khẩu **dài**".encode(), b"[a](<b>" * 10_000)

    package, _ = examine(files, today=today)

    assert package.lesson("mat-khau").cards[0].html.startswith("<p>[a](&lt;b&gt;[a](&lt;b&gt;")


@pytest.mark.parametrize(
    ("old", "line"),
    [
        ("Mật khẩu nào tốt hơn?", 4),
        ("hoa-sim-tim-tren-doi", 8),
        ("Kẻ xấu thử dãy này trước.", 7),
        ("Ngân hàng không hỏi mã.", 11),
        ("Đổi mật khẩu", 20),
        ("chỉ mình biết", 25),
    ],
)
def test_no_part_of_a_question_is_longer_than_a_thousand_letters(faults_after, old, line):
    faults = faults_after(Q, old, "a" * 1_001)

    assert [(f.line, "dài 1001 ký tự, tối đa 1000" in f.message) for f in faults] == [(line, True)]


def test_a_file_that_is_not_utf8_is_a_fault_at_its_line(files, today):
    files[L] = files[L].replace("Đặt mật khẩu dài".encode(), "Đặt".encode("utf-16"))

    faults = without_shortfalls(check_files(files, today=today))

    assert [fault.line for fault in faults if "UTF-8" in fault.message] == [13]


def test_decomposed_letters_are_a_fault_told_once(files, today):
    files[L] = unicodedata.normalize("NFD", files[L].decode()).encode()

    faults = without_shortfalls(check_files(files, today=today))

    assert [(fault.path, fault.line) for fault in faults] == [(L, 2)]


@pytest.mark.parametrize("sign", ["\\0", "\\ud800", "\\u202e", "a\\u0301"])
def test_a_hidden_sign_made_by_an_escape_is_a_fault(faults_after, sign):
    faults = faults_after(C, "title: An toàn số", f'title: "An{sign} toàn"')

    assert [(fault.line, fault.message) for fault in faults] == [(3, "Mục “title” có ký tự ẩn. Hãy gõ lại.")]


def test_windows_line_ends_and_byte_order_mark_are_fine(files, today):
    files[L] = b"\xef\xbb\xbf" + files[L].replace(b"\n", b"\r\n")

    assert without_shortfalls(check_files(files, today=today)) == ()


def test_a_skill_that_is_not_in_the_catalogue_is_a_fault(files, today):
    faults = without_shortfalls(check_files(files, today=today, skills={"dich-vu-cong"}))

    assert [(fault.path, fault.line) for fault in faults] == [(C, 6)]


@pytest.mark.parametrize("name", ["ghi-chu.txt", "lessons/a/b.md", "lessons/1-a.md", "media/Á.svg"])
def test_a_file_without_a_place_is_a_fault(files, today, name):
    files[name] = b"x"

    assert name in {fault.path for fault in check_files(files, today=today)}


@given(st.dictionaries(st.sampled_from([C, L, Q, M, "media/a.png"]), st.binary(max_size=300)))
def test_no_bytes_make_the_check_fall_over(some):
    _, faults = examine(some, today=date(2026, 11, 21))

    assert faults


@given(
    st.sampled_from([C, Q]),
    st.recursive(
        st.sampled_from(["a", "1", "''", "true", "~", "2026-13-45", "!!int x", "*b", "? a", '"\\0"']),
        lambda part: st.one_of(
            st.lists(part, max_size=3).map(lambda parts: f"[{', '.join(parts)}]"),
            st.dictionaries(
                st.sampled_from(["key", "kind", "bank", "rule", "skills", "card", "options", "[a]"]),
                part,
                max_size=4,
            ).map(lambda d: "{" + ", ".join(f"{k}: {v}" for k, v in d.items()) + "}"),
        ),
        max_leaves=12,
    ),
)
def test_no_yaml_makes_the_check_fall_over(path, text):
    _, faults = examine({path: text.encode(), L: b"## a"}, today=date(2026, 11, 21))

    assert faults


def test_a_lesson_is_not_named_like_a_page_of_the_course(files, today):
    text = files.pop("lessons/02-tin-nhan-la.md")

    found = check_files({**files, "lessons/02-can-cu.md": text}, today=today)

    assert any("đã dành cho một trang" in fault.message and fault.path == "lessons/02-can-cu.md" for fault in found)
