"""The pictures of a package: their names, kinds, sizes and insides."""

from __future__ import annotations

import hashlib

from courses.course import Media
from courses.faults import FaultList
from courses.rendering import MEDIA_NAME
from courses.svg import check_svg

SVG_LIMIT = 15_000
PHOTO_LIMIT = 150_000
PHOTO_HEAVY = 40_000
MEDIA_TYPES = {
    "svg": "image/svg+xml",
    "png": "image/png",
    "jpg": "image/jpeg",
    "webp": "image/webp",
}


def read_picture(path: str, data: bytes, faults: FaultList) -> Media:
    """Check one file of `media/` and describe it."""
    name = path.removeprefix("media/")
    ending = name.rpartition(".")[2]
    if not MEDIA_NAME.fullmatch(name):
        faults.add(
            path,
            1,
            "Tên hình chỉ gồm chữ thường không dấu, số, gạch nối; đuôi svg, png, jpg hoặc webp. Hãy đổi tên.",
        )
    elif ending == "svg":
        _check_drawing(path, data, faults)
    else:
        _check_photo(path, ending, data, faults)
    digest = hashlib.sha256(data).hexdigest()
    return Media(name, MEDIA_TYPES.get(ending, ""), len(data), digest)


def _check_drawing(path: str, data: bytes, faults: FaultList) -> None:
    if len(data) > SVG_LIMIT:
        faults.add(path, 1, f"Hình SVG nặng {len(data) / 1000:.1f} kB, tối đa 15 kB. Hãy vẽ đơn giản hơn.")
    check_svg(data, lambda line, message: faults.add(path, line, message))


def _check_photo(path: str, ending: str, data: bytes, faults: FaultList) -> None:
    if ending != _photo_kind(data):
        faults.add(path, 1, f"Nội dung tệp không phải hình {ending}. Hãy lưu lại hình đúng kiểu.")
    if len(data) > PHOTO_LIMIT:
        faults.add(path, 1, f"Hình nặng {len(data) // 1000} kB, tối đa 150 kB. Hãy thu nhỏ hình.")
    elif len(data) > PHOTO_HEAVY:
        faults.warn(path, 1, f"Hình nặng {len(data) // 1000} kB. Hãy thu xuống dưới 40 kB cho mạng yếu.")


def _photo_kind(data: bytes) -> str:
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if data.startswith(b"\xff\xd8\xff"):
        return "jpg"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "webp"
    return ""
