"""What each line of a certificate says: the department edits the words, people fill the blanks.

A blank is one of a closed list of names in braces, replaced once, by plain text. There is no
language here: no condition, no loop, no access to anything but the facts.
"""

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

from lms.press.facts import Facts

BLANKS = {
    "họ tên": "name",
    "vai trò": "role",
    "tên tổ": "team",
    "xã phường": "commune",
    "tỉnh thành": "province",
    "nội dung": "course",
    "tên lớp": "class_name",
    "ngày đầu": "first_day",
    "ngày cuối": "last_day",
    "thời lượng": "hours",
    "kết quả": "result",
    "số giấy": "number",
    "số vào sổ": "book_entry",
    "quyết định": "decision",
    "ngày cấp": "issued_words",
    "mã kiểm tra": "code",
    "ghi chú": "note",
}

LINES = {
    "title": "Tên giấy",
    "subtitle": "Dòng dưới tên giấy",
    "certifier": "Dòng mở đầu",
    "name": "Họ tên",
    "standing": "Vai trò và tổ",
    "home": "Nơi ở của tổ",
    "deed": "Việc đã hoàn thành",
    "course": "Tên nội dung",
    "period": "Lớp và thời gian",
    "outcome": "Thời lượng và kết quả",
    "basis": "Căn cứ",
    "note": "Ghi chú thay thế",
    "number": "Số giấy",
    "book_entry": "Số vào sổ",
    "code": "Mã kiểm tra",
    "day": "Địa danh và ngày",
}
FIXED_LINES = ("name", "number", "book_entry", "code", "note")

_COMMON = {
    "title": "GIẤY CHỨNG NHẬN",
    "certifier": "Chứng nhận Ông/Bà",
    "name": "{họ tên}",
    "standing": "{vai trò}, {tên tổ}",
    "home": "{xã phường}, {tỉnh thành}",
    "course": "“{nội dung}”",
    "outcome": "Thời lượng: {thời lượng} · Kết quả: {kết quả}",
    "basis": "Theo {quyết định}",
    "note": "{ghi chú}",
    "number": "Số: {số giấy}",
    "book_entry": "Vào sổ số: {số vào sổ}",
    "code": "{mã kiểm tra}",
}
DEFAULT_WORDING: Mapping[str, Mapping[str, str]] = {
    "class": _COMMON
    | {
        "subtitle": "HOÀN THÀNH KHÓA TẬP HUẤN",
        "deed": "đã tham gia và đạt yêu cầu khóa tập huấn",
        "period": "{tên lớp}, từ ngày {ngày đầu} đến ngày {ngày cuối}",
    },
    "course": _COMMON
    | {
        "subtitle": "HOÀN THÀNH KHÓA HỌC",
        "deed": "đã hoàn thành khóa học",
        "period": "Hoàn thành ngày {ngày cuối}",
        "outcome": "Thời lượng: {thời lượng} · Kết quả: {kết quả}",
    },
    "skills": _COMMON
    | {
        "subtitle": "HOÀN THÀNH BỘ KỸ NĂNG SỐ",
        "deed": "đã học và đạt đầy đủ các kỹ năng trong bộ",
        "period": "Hoàn thành ngày {ngày cuối}",
        "outcome": "Kết quả: {kết quả}",
    },
    "team": _COMMON
    | {
        "subtitle": "TỔ ĐẠT 100 %",
        "certifier": "Chứng nhận tập thể",
        "standing": "{xã phường}, {tỉnh thành}",
        "home": "",
        "deed": "có tất cả tổ viên hoàn thành",
        "period": "Tính đến ngày {ngày cuối}",
        "outcome": "{kết quả}",
    },
}

_BLANK = re.compile(r"\{([^{}]*)\}")
_BETWEEN_PARTS = re.compile(r"( · |, )")


def unknown_blanks(text: str) -> list[str]:
    """Return what stands in braces and is no blank of the list; a brace left open counts as one."""
    strangers = [name for name in _BLANK.findall(text) if _key(name) not in BLANKS]
    return strangers + [brace for brace in _BLANK.sub("", text) if brace in "{}"]


def has_blanks(text: str) -> bool:
    """Say whether the line differs from person to person."""
    return _BLANK.search(text) is not None


def blanks_of(text: str) -> tuple[str, ...]:
    """Return the facts that a line takes up, in its order.

    Raises:
        KeyError: a blank that is not in the list.
    """
    return tuple(fact for part in _parsed(text) for fact in part.facts)


def fill(text: str, facts: Facts) -> str:
    """Return the line with every blank replaced by its fact; what a fact holds is never read again.

    Between " · " or ", " stands a part. A part whose blanks all stay empty is left out with its sign,
    so that a missing role or a missing result leaves no stray comma. Spaces are folded.

    Raises:
        KeyError: a blank that is not in the list; publishing refuses such a wording.
    """
    said = ""
    for part in _parsed(text):
        values = [getattr(facts, fact) for fact in part.facts]
        if not values or any(values):
            words = part.words % tuple(values)
            said = f"{said}{part.sign}{words}" if said else words
    return " ".join(said.split())


class _Part(NamedTuple):
    """A part of a line: the sign before it, its words with a place for each fact, and the facts."""

    sign: str
    words: str
    facts: tuple[str, ...]


@lru_cache(maxsize=1024)
def _parsed(text: str) -> tuple[_Part, ...]:
    first, *others = _BETWEEN_PARTS.split(text)
    return tuple(_part(sign, part) for sign, part in [("", first), *zip(others[::2], others[1::2], strict=True)])


def _part(sign: str, text: str) -> _Part:
    pieces = _BLANK.split(text)
    words = "%s".join(piece.replace("%", "%%") for piece in pieces[::2])
    return _Part(sign, words, tuple(BLANKS[_key(name)] for name in pieces[1::2]))


def _key(name: str) -> str:
    return " ".join(unicodedata.normalize("NFC", name).casefold().split())
