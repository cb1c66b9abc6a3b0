"""The package for signing elsewhere: every file as it is, a list that names them, a page that says what to do."""

import hashlib
import io
import json
import zipfile

from lms.signing.packing import GUIDE_NAME, LIST_NAME, Unsigned, pack_for_signing
from tests.lms.signing.authorities import NOW

ITEMS = [
    Unsigned(f"{number:04d}/2026", f"MA{number}", f"MA{number}.pdf", b"%PDF-" + bytes([number]) * 999)
    for number in range(5)
]


def test_the_package_holds_the_files_a_list_and_a_guide():
    packed = zipfile.ZipFile(io.BytesIO(b"".join(pack_for_signing(ITEMS, now=NOW))))
    assert packed.testzip() is None
    assert packed.namelist() == [GUIDE_NAME, *(item.file_name for item in ITEMS), LIST_NAME]
    listed = json.loads(packed.read(LIST_NAME))
    for item, row in zip(ITEMS, listed, strict=True):
        data = packed.read(item.file_name)
        assert data == item.data
        assert row == {
            "so": item.number, "ma": item.code, "tep": item.file_name, "kich_thuoc": len(data),
            "sha256": hashlib.sha256(data).hexdigest(),
        }  # fmt: skip
    assert "Ký thẳng lên tệp này" in packed.read(GUIDE_NAME).decode("utf-8-sig")


def test_the_package_is_given_away_while_it_is_made():
    asked = []

    def items():
        for item in ITEMS:
            asked.append(item)
            yield item

    pieces = pack_for_signing(items(), now=NOW)
    first = next(pieces)
    assert len(asked) == 1
    assert ITEMS[0].data in first
    assert ITEMS[1].data in next(pieces)


def test_the_same_files_give_the_same_package():
    assert b"".join(pack_for_signing(ITEMS, now=NOW)) == b"".join(pack_for_signing(ITEMS, now=NOW))


def test_a_package_of_nothing_can_be_opened():
    packed = zipfile.ZipFile(io.BytesIO(b"".join(pack_for_signing([], now=NOW))))
    assert json.loads(packed.read(LIST_NAME)) == []
