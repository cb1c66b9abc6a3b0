"""Packing what is to be signed elsewhere: the files, a list of them, and a page that says what to do."""

import json
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from lms.clock import VIETNAM

LIST_NAME, GUIDE_NAME = "danh-sach.json", "HUONG-DAN.txt"
_GUIDE = """\
KÝ SỐ GIẤY CHỨNG NHẬN

1. Giải nén gói này vào một thư mục trên máy có cắm thiết bị ký số.
2. Mở phần mềm ký số của đơn vị, chọn các tệp PDF trong thư mục rồi ký.
   Ký thẳng lên tệp này. Không in lại, không ghi chú, không lưu bằng phần mềm khác.
3. Không đổi tên tệp. Nếu phần mềm tự thêm chữ vào tên, vẫn dùng được.
4. Quay lại trang ký số, gửi các tệp đã ký lên. Gửi từng đợt cũng được.

Hệ thống kiểm tra từng tệp. Tệp nào chưa đúng sẽ được nói rõ lý do;
các tệp khác và giấy chứng nhận đang lưu không bị ảnh hưởng.
Tệp danh-sach.json ghi số, mã và dấu vân tay của từng tệp gốc.
"""


@dataclass(frozen=True)
class Unsigned:
    """A certificate to be signed elsewhere: its number, its code, the name of its file, the file."""

    number: str
    code: str
    file_name: str
    data: bytes


def pack_for_signing(items: Iterable[Unsigned], *, now: datetime) -> Iterator[bytes]:
    """Return a ZIP piece by piece, holding one file at a time; the list comes last, when all are known."""
    sink = _Sink()
    listed = []
    with zipfile.ZipFile(sink, "w") as packed:  # type: ignore[call-overload]
        _add(packed, GUIDE_NAME, _GUIDE.replace("\n", "\r\n").encode("utf-8-sig"), now)
        for item in items:
            _add(packed, item.file_name, item.data, now)
            listed.append({
                "so": item.number, "ma": item.code, "tep": item.file_name,
                "kich_thuoc": len(item.data), "sha256": sha256(item.data).hexdigest(),
            })  # fmt: skip
            yield from sink.taken()
        _add(packed, LIST_NAME, json.dumps(listed, ensure_ascii=False, indent=1).encode(), now)
    yield from sink.taken()


def _add(packed: zipfile.ZipFile, name: str, data: bytes, now: datetime) -> None:
    entry = zipfile.ZipInfo(name, now.astimezone(VIETNAM).timetuple()[:6])
    entry.external_attr = 0o644 << 16
    packed.writestr(entry, data)


class _Sink:
    """Takes what the ZIP writer writes and gives it away; it cannot go back, so nothing need be kept."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def write(self, piece: bytes) -> int:
        self._pieces.append(bytes(piece))
        return len(piece)

    def flush(self) -> None:
        """Nothing is held back."""

    def taken(self) -> Iterator[bytes]:
        """Give away what was written so far, in one piece."""
        if self._pieces:
            yield b"".join(self._pieces)
            self._pieces.clear()
