"""What a trainer's document becomes, and what is turned away at the gate."""

import contextlib
import io
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

import courses
from lms.library.documents import read_document
from lms.library.gate import UnreadableDocument, kind_of
from lms.library.pictures import HEAVIEST, UnreadablePicture, redraw
from lms.library.plain_markdown import to_markdown
from tests.lms.library import files


def read_word(**how):
    return read_document(files.word(**how), "docx", title="Nộp hồ sơ", slug="nop-ho-so-moi")


@pytest.mark.parametrize(
    ("data", "name", "what"),
    [
        (b"", "bai.docx", "trống"),
        (b"MZ\x90\x00" * 50, "bai.docx", "chương trình máy tính"),
        (b"\x7fELF\x02", "bai.md", "chương trình máy tính"),
        (b"%PDF-1.7 ...", "bai.docx", "PDF"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"/>', "hinh.svg", "SVG"),
        (b"  <?xml version='1.0'?><svg/>", "bai.md", "XML"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 99, "bai.doc", "đời Word cũ"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "bai.docx", "mật khẩu"),
        (b"chu thuong", "bai.docx", "bị hỏng"),
        (b"chu thuong", "bai.exe", "Không nhận ra"),
        (b"chu\x00thuong", "bai.md", "Không nhận ra"),
        (b"a" * 500_000, "bai.md", "dài quá"),
        (files.word(with_pictures=0)[:-200], "bai.docx", "bị hỏng"),
        (files.other_zip(), "bai.docx", "không phải tệp Word"),
        (files.laughs(), "bai.docx", "bị hỏng"),
    ],
)
def test_what_is_no_document_is_turned_away_with_the_reason(data, name, what):
    with pytest.raises(UnreadableDocument, match=what):
        kind_of(data, name)


def test_a_file_that_grows_without_end_is_not_unpacked():
    with pytest.raises(UnreadableDocument, match="phình to"):
        kind_of(files.bomb(), "bai.docx")


def test_a_document_says_itself_what_it_is():
    assert kind_of(files.word(with_pictures=0), "khong-duoi") == "docx"
    assert kind_of(files.MARKDOWN.encode(), "bai.md") == "md"


def test_headings_of_a_word_file_become_cards():
    document = read_word()

    headings = [line for line in document.body.split("\n") if line.startswith("## ")]
    assert headings[:2] == ["## Chuẩn bị giấy tờ", "## Nộp hồ sơ"]


def test_bold_lines_are_headings_where_there_are_none():
    document = read_word(headings=False)

    assert "## Chuẩn bị giấy tờ" in document.body
    assert "## Nộp hồ sơ" in document.body


def test_lists_tables_and_bold_words_survive():
    body = read_word(with_pictures=0).body

    assert "Cần có **căn cước**" in body
    assert "- Chụp rõ\n- Đủ bốn góc" in body
    assert "| Giấy | Bản |\n| --- | --- |\n| Căn cước | 1 |" in body


def test_nothing_in_a_word_file_becomes_a_tag():
    body = read_word(with_pictures=0).body

    assert "<script" not in courses.render(body).html
    assert "alert(1)" in courses.render(body).html


def test_pictures_are_taken_out_named_and_asked_about():
    document = read_word()

    assert sorted(document.media) == ["nop-ho-so-moi-1.webp", "nop-ho-so-moi-2.webp"]
    assert "![Hình minh họa 1](media/nop-ho-so-moi-1.webp)" in document.body
    assert document.notes[0].startswith("Hình 1 chưa có chữ mô tả.")


def test_a_picture_is_drawn_anew_small_light_and_without_its_place():
    drawn = redraw(files.picture("JPEG", (3000, 2000), exif=True))

    image = Image.open(io.BytesIO(drawn))
    assert image.format == "WEBP"
    assert image.width <= 1280
    assert len(drawn) <= HEAVIEST
    assert dict(image.getexif()) == {}
    assert b"nha ong A" not in drawn


TEXT, STYLES, LINKS = "word/document.xml", "word/styles.xml", "word/_rels/document.xml.rels"


@pytest.mark.parametrize(
    ("member", "change"),
    [
        (TEXT, lambda xml: xml[: len(xml) // 2]),
        (TEXT, lambda xml: b""),
        (TEXT, lambda xml: xml.replace(b"</w:body>", b"</w:tbody>")),
        (TEXT, lambda xml: xml.replace(b"encoding='UTF-8'", b"encoding='khong-co'")),
        (TEXT, lambda xml: xml.replace(b"<w:body>", b"<w:body>" + b"<w:ins>" * 3_000 + b"</w:ins>" * 3_000)),
        (TEXT, lambda xml: xml.replace(b"<w:body>", b"<w:body>" + b"<w:r>" * 300 + b"</w:r>" * 300)),
        (TEXT, lambda xml: xml.replace(b"w:body>", b"w:than>")),
        (STYLES, lambda xml: xml[:-20]),
        (STYLES, lambda xml: xml.replace(b"w:styleId=", b"w:khac=")),
        (LINKS, lambda xml: xml[:-20]),
        (LINKS, lambda xml: xml.replace(b"Target=", b"Khac=")),
        ("[Content_Types].xml", lambda xml: b"\x00"),
        ("[Content_Types].xml", lambda xml: xml.replace(b"PartName=", b"Khac=")),
    ],
)
def test_a_broken_word_file_is_refused_with_the_remedy(member, change):
    data = files.reworked(member, change)

    with pytest.raises(UnreadableDocument, match=r"Tệp Word bị hỏng nên không đọc được\."):
        read_document(data, "docx", title="T", slug="t")


@given(
    st.sampled_from([TEXT, STYLES, LINKS, "word/numbering.xml", "[Content_Types].xml", "_rels/.rels"]),
    st.sampled_from([rb"<[^>]*>", rb"</[^>]*>", rb'[\w:]+="', rb'="[^"]*"', rb"[a-z]", rb"[<>/]"]),
    st.integers(0, 10_000),
    st.sampled_from([b"", b"x", b'="-1', b'="99999999999', b"<w:p>", b"</w:p>", b"\xff", b"&", b'="../../x"']),
)
@settings(deadline=None, max_examples=50)
def test_whatever_is_wrong_in_a_word_file_it_is_read_or_refused(member, pattern, place, put):
    def change(xml):
        found = list(re.finditer(pattern, xml))
        start, end = found[place % len(found)].span() if found else (0, 0)
        return xml[:start] + put + xml[end:]

    data = files.reworked(member, change)

    with contextlib.suppress(UnreadableDocument):
        assert read_document(data, "docx", title="T", slug="t").body


@pytest.mark.parametrize("size", [60_001, 190_000])
def test_a_document_longer_than_a_lesson_is_refused_with_the_remedy(size):
    data = ("## Thẻ\n" + "a " * (size // 2)).encode()

    with pytest.raises(UnreadableDocument, match="dài quá một bài học"):
        read_document(data, "md", title="T", slug="t")


@pytest.mark.parametrize("data", [b"", b"<svg/>", b"\x89PNG\r\n\x1a\n" + b"\x00" * 50, b"GIF89a"])
def test_what_cannot_be_drawn_is_refused(data):
    with pytest.raises(UnreadablePicture):
        redraw(data)


def test_a_picture_larger_than_any_camera_makes_is_refused():
    buffer = io.BytesIO()
    Image.new("1", (20_000, 20_000)).save(buffer, "PNG")

    with pytest.raises(UnreadablePicture):
        redraw(buffer.getvalue())


def test_a_markdown_file_is_read_as_it_is():
    document = read_document(files.MARKDOWN.encode(), "md", title="Khác", slug="x")

    assert document.front["title"] == "Tra cứu hồ sơ"
    assert document.body.startswith("## Mở trang tra cứu\nVào mục **Tra cứu**.")
    assert "{: .teach}" in document.body
    assert "{: .sheet}" in document.body


def test_a_front_matter_that_would_grow_is_refused():
    text = "---\na: &a [x, x]\nb: &b [*a, *a]\n---\n## Thẻ\nChữ.\n"

    with pytest.raises(UnreadableDocument, match="Dòng 2"):
        read_document(text.encode(), "md", title="T", slug="t")


@pytest.mark.parametrize(
    "front",
    ["title: [1]", "minutes: nhiều", "minutes: -4", "test: 5", "test: {draw: x, pass: 80}", "facts: không",
     "goal: {a: 1}", "- một", "title: ''", "x: !!binary aGVsbG8="],
)  # fmt: skip
def test_a_strange_front_matter_is_left_to_the_form(front):
    document = read_document(f"---\n{front}\n---\n## Thẻ\nChữ.\n".encode(), "md", title="T", slug="t")

    assert document.front == {}


def test_a_file_in_another_encoding_is_refused_with_the_remedy():
    with pytest.raises(UnreadableDocument, match="UTF-8"):
        read_document("## Thẻ\nCà phê".encode("latin-1", "replace"), "md", title="T", slug="t")


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>1 * 2_3 [x]</p>", r"1 \* 2\_3 \[x\]"),
        ("<p># không phải đề mục</p>", r"\# không phải đề mục"),
        ("<p>{: .trap}</p>", r"\{: .trap}"),
        ("<p><strong>đậm </strong>thường</p>", "**đậm** thường"),
        ("<p><a href='https://dichvucong.gov.vn'>Cổng</a></p>", "[Cổng](https://dichvucong.gov.vn)"),
        ("<p><a href='javascript:x'>xấu</a></p>", "[xấu]"),
        ("<ol><li>một<ul><li>con</li></ul></li><li>hai</li></ol>", "1. một\n    - con\n2. hai"),
        ("<ul><li><p>một</p></li></ul>", "- một"),
        ("<h1>A</h1><table><tr><td>x|y</td></tr></table>", "# A\n\n| x\\|y |\n| --- |"),
        ("", ""),
    ],
)
def test_html_becomes_markdown_one_can_mend(html, text):
    assert to_markdown(html).strip() == text
