"""The marks by which a roster row is recognised: a total, a placeholder, an example, a signature.

Each rule is narrow on purpose: "Tống Văn Cộng" is a person, "TỔNG" is not.
"""

import re
from collections.abc import Sequence
from functools import lru_cache

from lms.teams.headers import plain
from lms.teams.reading import Row
from lms.words import nfc

_DOTS = re.compile(r"(?:\.{2,}|…|_{2,})[\s.…_]*")
_TOTAL = re.compile(r"(?:tổng|tổng cộng|tổng số|cộng)(?:\s*(?::|\(|\d).*)?|tổng (?:số|cộng)\s*:.*", re.IGNORECASE)
_SETTLEMENT = r"(?:tổ|thôn|xóm|bản|làng|ấp|khóm|buôn|plei|khu phố|khu|kp|tdp|tổ dân phố)"
_EMPTY_UNIT = re.compile(rf"{_SETTLEMENT}?(?:\s*\(?{_SETTLEMENT}\)?)*\s*[:.…_\s]*", re.IGNORECASE)
_TEAM = re.compile(rf"{_SETTLEMENT}\b.*", re.IGNORECASE)
_COMMUNE = re.compile(r"(?:[ivxlc\d]+[.)]\s*)?((?:xã|phường|đặc khu)\s+.+)", re.IGNORECASE)
_UNIT = re.compile(r"đơn vị\s*:?\s*(.*)", re.IGNORECASE)
_TITLE = re.compile(r"danh sách tổ (?:công nghệ|chuyển đổi) số cộng đồng\s*(.*)", re.IGNORECASE)
_OFFICE = re.compile(r"(?:ubnd|uỷ ban nhân dân|ủy ban nhân dân)\s+((?:xã|phường|đặc khu)\s+.+)", re.IGNORECASE)
_THON_XOM = re.compile(r"thôn\s*[(,/]\s*xóm\s*\)?\s*:?\s*", re.IGNORECASE)
_FOOT = re.compile(
    r"\(?ky,? (?:va )?(?:ghi )?ro ho ten|\bngay\b.{0,12}\bthang\b.{0,12}\bnam\b|^nguoi lap|^truong thon xom$|"
    r"^noi nhan|^tm uy ban|^tm ubnd|^kt chu tich"
)
_SAMPLE = re.compile(r"(?:\w+\s+)?(?:văn|thị)\s+[a-zđ]", re.IGNORECASE)
_MASKED = re.compile(r"\*|x{2,}|\.{3}|…", re.IGNORECASE)
_NAME = re.compile(r"[^\W\d_](?:[^\W\d_]|[\s.'’‘`ʼ\-–()]|[\u0300-\u036f])*")
_NUMBERING = re.compile(r"\(?\d{1,2}\)?|\(?[A-Ha-h]\)?")


def is_placeholder(text: str) -> bool:
    """Say whether a cell only waits to be filled: blank, dots, "Tổ ….", "Thôn…"."""
    if not text:
        return True
    only_unit = bool(_EMPTY_UNIT.fullmatch(text)) and not text[-1].isalnum()
    return only_unit or set(text) <= set(". …_-–—")


def is_total(cells: Sequence[str]) -> bool:
    """Say whether the row counts the others: "TỔNG", "Tổng cộng: 45 người"."""
    first = next((cell for cell in cells if cell), "")
    return bool(_TOTAL.fullmatch(first))


def is_footer(cells: Sequence[str]) -> bool:
    """Say whether the row belongs to the date and signature below the table."""
    return any(_is_foot(cell) for cell in cells if len(cell) > 7)


@lru_cache(maxsize=4096)
def _is_foot(cell: str) -> bool:
    lowered = cell.casefold()
    if not any(word in lowered for word in ("ký", "ngày", "người", "trưởng", "nơi", "tm", "kt")):
        return False
    return "qđ" not in lowered and bool(_FOOT.search(plain(cell)))


def is_numbering(cells: Sequence[str]) -> bool:
    """Say whether the row only numbers the columns: (1) (2) (3) or A B C."""
    filled = [cell for cell in cells if cell]
    return len(filled) >= 3 and all(_NUMBERING.fullmatch(cell) for cell in filled)


def is_sample_person(name: str, phone: str) -> bool:
    """Say whether this is "Nguyễn Văn A" of the template: one-letter name and a masked phone."""
    return bool(_MASKED.search(phone)) and bool(_SAMPLE.fullmatch(name))


def is_name(text: str) -> bool:
    """Say whether a cell can be a person's name: letters, blanks, apostrophes, hyphens."""
    return bool(_NAME.fullmatch(text))


def is_unit_line(cells: Sequence[str]) -> bool:
    """Say whether the row opens the next block: "Đơn vị: Thôn Đồng Tâm"."""
    first = next((cell for cell in cells if cell), "")
    return first[:6].casefold() in ("đơn vị", "don vi") and bool(_UNIT.fullmatch(first))


def section_title(row: Row) -> str:
    """Return the text of a row that is one merged cell across the table, else nothing."""
    filled = {cell for cell in row.cells if cell}
    if len(filled) == 1 and len(row.merged) >= 2 and sum(1 for cell in row.cells if cell) >= 3:
        return re.sub(r"^(?:[IVXLC]+|\d+)[.)]\s*", "", filled.pop())
    return ""


def names_commune(text: str) -> bool:
    """Say whether a title names a commune: "Xã Văn Lang"."""
    return bool(_COMMUNE.fullmatch(text))


def names_team(text: str) -> bool:
    """Say whether a title names a team or settlement: "Tổ KP1", "Thôn 1"."""
    return bool(_TEAM.fullmatch(text)) and not is_placeholder(text)


def unit_above(lines: Sequence[str], sheet: str) -> tuple[str, str]:
    """Find commune and team in the lines above a table; a sheet's own name is the last resort."""
    commune = team = ""
    for line in lines:
        if found := _OFFICE.match(line):
            commune = re.split(r"\s+cộng h", found[1], flags=re.IGNORECASE)[0]
        elif found := _UNIT.match(line):
            team = clean_unit(found[1])
            before, _, after = team.rpartition(",")
            if names_commune(nfc(after)):
                team, commune = before, nfc(after)
        elif (found := _TITLE.search(line)) and not team:
            team = clean_unit(found[1])
    if names_commune(team):
        commune, team = team, ""
    if not team and names_team(sheet):
        team = sheet
    return commune, "" if is_placeholder(team) else nfc(team)


def clean_unit(text: str) -> str:
    """Read what was written over the dots of "Thôn (xóm)…………."."""
    typed = nfc(_DOTS.sub(" ", text)).rstrip(". ")
    rest = _THON_XOM.sub("", typed, count=1) if _THON_XOM.match(typed) else typed
    if rest == typed or not rest:
        return rest
    return rest if _TEAM.fullmatch(rest) else f"Thôn {rest}"


_ROLE_WORDS = (
    ("deputy", re.compile(r"\bto pho\b|\bpho to\b|\bpho (?:truong )?nhom\b|\bpho ban\b")),
    ("leader", re.compile(r"\bto truong\b|\btruong nhom\b|\bnhom truong\b|\btruong to\b")),
    ("member", re.compile(r"\bto vien\b|\bthanh vien\b|\buy vien\b")),
)
_SHORT_ROLES = {
    "tt": "leader",
    "truong": "leader",
    "tp": "deputy",
    "ptt": "deputy",
    "pt": "deputy",
    "pho": "deputy",
    "tv": "member",
    "uv": "member",
    "vien": "member",
}


@lru_cache(maxsize=512)
def role_of(text: str) -> str | None:
    """Map what is written to leader, deputy or member; None where it is blank or unclear.

    The deputy is looked for first, since "Phó tổ trưởng" holds the leader's title too.
    """
    typed = plain(text)
    if typed in _SHORT_ROLES:
        return _SHORT_ROLES[typed]
    return next((role for role, words in _ROLE_WORDS if words.search(typed)), None)
