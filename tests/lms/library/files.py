"""Documents as trainers bring them, and as nobody should."""

import functools
import io
import zipfile

from PIL import Image

MARKDOWN = """---
title: Tra cứu hồ sơ
minutes: 6
goal: Tự tra được hồ sơ.
test: {draw: 3, pass: 80}
---
## Mở trang tra cứu
Vào mục **Tra cứu**.

## Nhập mã hồ sơ
Mã có trên tin nhắn.
"""


def picture(kind="PNG", size=(1600, 900), exif=False):
    """Return a picture's bytes, with a place hidden in it if wanted."""
    image = Image.effect_noise(size, 40).convert("RGB")
    buffer = io.BytesIO()
    if exif:
        data = Image.Exif()
        data[0x010E] = "chup tai nha ong A"
        data[0x8825] = {1: "N", 2: (19.8, 0, 0)}
        image.save(buffer, kind, exif=data)
    else:
        image.save(buffer, kind)
    return buffer.getvalue()


def word(*, with_pictures=2, headings=True):
    """Return a Word file with headings, a list, a table, bold words and pictures."""
    import docx

    document = docx.Document()
    if headings:
        document.add_heading("Chuẩn bị giấy tờ", 1)
    else:
        document.add_paragraph().add_run("Chuẩn bị giấy tờ").bold = True
    paragraph = document.add_paragraph("Cần có ")
    paragraph.add_run("căn cước").bold = True
    paragraph.add_run(" và <script>alert(1)</script>.")
    for text in ("Chụp rõ", "Đủ bốn góc"):
        document.add_paragraph(text, style="List Bullet")
    table = document.add_table(2, 2)
    for row, texts in zip(table.rows, (("Giấy", "Bản"), ("Căn cước", "1")), strict=True):
        for cell, text in zip(row.cells, texts, strict=True):
            cell.text = text
    if headings:
        document.add_heading("Nộp hồ sơ", 1)
    else:
        document.add_paragraph().add_run("Nộp hồ sơ").bold = True
    document.add_paragraph("Bấm nút Nộp.")
    for _ in range(with_pictures):
        document.add_picture(io.BytesIO(picture("JPEG", (700, 400), exif=True)))
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def bomb():
    """Return a Word file whose text would grow to 300 MB."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b" " * 300_000_000)
    return buffer.getvalue()


def laughs():
    """Return a Word file whose XML declares entities."""
    xml = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><x>&b;</x>'
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("word/document.xml", xml)
    return buffer.getvalue()


def other_zip():
    """Return a zip that is no Word file."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("bai.txt", "Chào")
    return buffer.getvalue()


def reworked(member, change):
    """Return a Word file with one of its parts changed."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(_small_word())) as whole, zipfile.ZipFile(buffer, "w") as broken:
        for name in whole.namelist():
            data = change(whole.read(name)) if name == member else whole.read(name)
            broken.writestr(name, data)
    return buffer.getvalue()


@functools.cache
def _small_word():
    return word(with_pictures=0)
