"""Make any picture of a document small, clean and of one kind.

It is drawn anew, so nothing of the original survives but what is seen: no place where it was
taken, no script, no hidden second file.
"""

import io
import warnings
from typing import Any

from lms.errors import Refused

MOST_PIXELS = 40_000_000
WIDEST = 1280
LIGHT = 40_000
HEAVIEST = 140_000
_TRIES = ((1280, 80), (1280, 65), (960, 60), (720, 55))
_LAST_TRIES = ((560, 45), (400, 35))
_READ = ("PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF")


class UnreadablePicture(Refused):
    """The picture is of an unknown kind, damaged, or larger than any camera makes."""

    def __init__(self) -> None:
        super().__init__("Hình này không đọc được nên đã bỏ.", remedy="Hãy lưu hình thành PNG hoặc JPG.")


def redraw(data: bytes) -> bytes:
    """Return the picture as WebP, at most 1280 points wide and light enough for a weak signal.

    Raises:
        UnreadablePicture: it cannot be drawn safely.
    """
    from PIL import Image, ImageOps

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            picture = Image.open(io.BytesIO(data), formats=_READ)
            if picture.width * picture.height > MOST_PIXELS:
                raise UnreadablePicture
            turned = ImageOps.exif_transpose(picture)
            see_through = turned.mode in ("RGBA", "LA", "PA") or "transparency" in turned.info
            clean = turned.convert("RGBA" if see_through else "RGB")
    except (
        OSError,
        ValueError,
        SyntaxError,
        EOFError,
        Image.DecompressionBombError,
        Image.DecompressionBombWarning,
    ) as error:
        raise UnreadablePicture from error
    return _lightened(clean)


def _lightened(picture: Any) -> bytes:
    """Return it as light as it stays readable; only what is still too heavy then loses more."""
    made = b""
    for width, quality in _TRIES:
        made = _as_webp(picture, width, quality)
        if len(made) <= LIGHT:
            return made
    for width, quality in _LAST_TRIES:
        if len(made) > HEAVIEST:
            made = _as_webp(picture, width, quality)
    return made


def _as_webp(picture: Any, width: int, quality: int) -> bytes:
    scaled = picture.copy()
    scaled.thumbnail((min(width, WIDEST), 4000))
    buffer = io.BytesIO()
    scaled.save(buffer, "WEBP", quality=quality, method=4)
    return buffer.getvalue()
