"""Read a paper as a stranger would: its pages, its words, its QR code."""

import re
import subprocess
import tempfile
from pathlib import Path

import pypdfium2


def page_count(data: bytes) -> int:
    """Return how many pages a PDF has."""
    return len(pypdfium2.PdfDocument(data))


def words(data: bytes) -> str:
    """Return the text of a PDF, one space between words."""
    pages = pypdfium2.PdfDocument(data)
    return " ".join(" ".join(page.get_textpage().get_text_range() for page in pages).split())


def codes(data: bytes) -> list[str]:
    """Return what the QR codes on the first page say, as a phone's camera reads them.

    A camera that looks at nine codes at once misses one now and then, so it looks from three distances.
    """
    page = pypdfium2.PdfDocument(data)[0]
    return list(dict.fromkeys(code for scale in (3, 4, 2) for code in _seen(page, scale)))


def _seen(page: pypdfium2.PdfPage, scale: int) -> list[str]:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "trang.png"
        page.render(scale=scale).to_pil().save(file, "PNG")
        read = subprocess.run(["zbarimg", "--raw", "-q", str(file)], capture_output=True, text=True, check=False)
    return read.stdout.split()


def slips(data: bytes) -> dict[str, str]:
    """Return the one-time codes printed on slips of the team "Thôn 1", by name."""
    one = r"(?:PHIẾU|Phiếu) (?:ĐĂNG NHẬP|đăng nhập) (\D+?) Thôn 1 .*?Mã dùng một lần (\w{4}) (\w{4}) (\w{4})"
    return {name: f"{a}{b}{c}" for name, a, b, c in re.findall(one, words(data))}
