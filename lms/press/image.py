"""The certificate as a picture, to be passed on by chat: small enough for a slow line, its QR still readable."""

from functools import partial
from io import BytesIO
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

MAX_BYTES = 150_000
WIDTH = 1600

# PDFium keeps its state in globals: two threads in it at once would crash the process.
_one_at_a_time = Lock()


def certificate_image(pdf: bytes) -> bytes:
    """Return the first page as a picture of at most 150 kB, 1600 pixels wide where that fits.

    A drawing is sharp and small as PNG of few colours; a scanned seal or a photograph may need JPEG.
    """
    page = _drawn(pdf)
    attempts = (
        *(partial(_png, page, *step) for step in ((WIDTH, 256), (WIDTH, 32), (1400, 32), (1280, 32))),
        *(partial(_jpeg, page, *step) for step in ((WIDTH, 60), (1280, 60), (1280, 40), (1024, 30), (800, 20))),
    )
    pictures = (attempt() for attempt in attempts)
    return next(picture for picture in pictures if len(picture) <= MAX_BYTES)


def media_type(picture: bytes) -> str:
    """Return the type of a picture made here."""
    return "image/png" if picture.startswith(b"\x89PNG") else "image/jpeg"


def _drawn(pdf: bytes) -> "Image":
    import pypdfium2

    with _one_at_a_time, pypdfium2.PdfDocument(pdf) as document:
        page = document[0]
        picture: Image = page.render(scale=WIDTH / page.get_width()).to_pil().convert("RGB")
    return picture


def _png(page: "Image", width: int, colours: int) -> bytes:
    from PIL.Image import Dither, Quantize

    few = _narrowed(page, width).quantize(colours, method=Quantize.FASTOCTREE, dither=Dither.NONE)
    out = BytesIO()
    few.save(out, "PNG", optimize=True)
    return out.getvalue()


def _jpeg(page: "Image", width: int, quality: int) -> bytes:
    out = BytesIO()
    _narrowed(page, width).save(out, "JPEG", quality=quality, optimize=True, progressive=True)
    return out.getvalue()


def _narrowed(page: "Image", width: int) -> "Image":
    from PIL.Image import Resampling

    if width == page.width:
        return page
    return page.resize((width, round(page.height * width / page.width)), Resampling.LANCZOS)
