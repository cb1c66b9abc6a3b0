"""Text as this project keeps it: UTF-8, NFC, no invisible control characters."""

from __future__ import annotations

import re
import unicodedata

from courses.faults import FaultList

SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
SLUG_LENGTH = 60
TEXT_FILE_LIMIT = 200_000

# Direction marks can make a line read as something else than it says.
_HIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff\ufffe\uffff]")


def is_slug(text: str) -> bool:
    """Tell whether a text can stand in an address: lower case, digits, single dashes."""
    return len(text) <= SLUG_LENGTH and SLUG.fullmatch(text) is not None


def is_plain(text: str) -> bool:
    """Tell whether a text is NFC and free of hidden signs, also those made by escapes."""
    return _HIDDEN.search(text) is None and unicodedata.is_normalized("NFC", text)


def fold(text: str) -> str:
    """Reduce a short answer to what counts: no accents, case, spaces, dots or dashes."""
    plain = unicodedata.normalize("NFKD", text.casefold().replace("đ", "d"))
    return "".join(sign for sign in plain if sign.isalnum())


def decode(path: str, data: bytes, faults: FaultList) -> str:
    """Read a text file of a package, noting what is wrong with its letters.

    What comes back is always usable (NFC, Unix line ends), so that the reading can go on
    and find the other faults too.
    """
    if len(data) > TEXT_FILE_LIMIT:
        faults.add(path, 1, f"Tệp quá dài: {len(data) // 1000} kB, tối đa 200 kB. Hãy chia ra.")
        return ""
    text = _from_utf8(path, data, faults).removeprefix("\ufeff")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    _check_hidden(path, text, faults)
    _check_composed(path, text, faults)
    return unicodedata.normalize("NFC", _HIDDEN.sub("", text))


def _from_utf8(path: str, data: bytes, faults: FaultList) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        faults.add(path, line, "Tệp không phải bảng mã UTF-8. Hãy lưu lại tệp ở dạng UTF-8.")
        return data.decode("utf-8", errors="replace")


def _check_hidden(path: str, text: str, faults: FaultList) -> None:
    for number, line in enumerate(text.split("\n"), start=1):
        found = _HIDDEN.search(line)
        if found:
            code = f"U+{ord(found.group()):04X}"
            faults.add(path, number, f"Dòng có ký tự ẩn {code}. Hãy xóa ký tự đó.")


def _check_composed(path: str, text: str, faults: FaultList) -> None:
    lines = [
        number for number, line in enumerate(text.split("\n"), start=1) if not unicodedata.is_normalized("NFC", line)
    ]
    if lines:
        count = f" (có {len(lines)} dòng như vậy)" if len(lines) > 1 else ""
        faults.add(
            path,
            lines[0],
            f"Chữ có dấu chưa ở dạng dựng sẵn (Unicode NFC){count}. Hãy gõ lại hoặc chuyển mã.",
        )
