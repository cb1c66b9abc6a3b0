"""Uploads of signed files: an archive's own word of its size counts for nothing, and one bad file stops no other."""

import io
import struct
import tracemalloc
import zipfile

import pytest

from lms.signing.checking import LARGEST_FILE
from lms.signing.refusals import NotTaken, NotUnpacked, TooLarge
from lms.signing.uploads import holds_paper, papers_in

PAPER = b"%PDF-1.7 giay" * 50
SIZE_IN_HEAD, SIZE_IN_LIST, METHOD_IN_HEAD, METHOD_IN_LIST = 22, 24, 8, 10


def packed(**files):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(f"{name}.pdf", data)
    return bytearray(out.getvalue())


def unpacked(data):
    """Return of each file in the upload its name with its bytes or the refusal."""
    found = []
    for name, unpack in papers_in("da-ky.pdf", bytes(data)):
        try:
            found.append((name, unpack()))
        except NotTaken as refusal:
            found.append((name, type(refusal)))
    return found


def places_of(archive, name):
    """Return where the head of a file stands, and its line in the list."""
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        head = opened.getinfo(name).header_offset
    return head, archive.rindex(name.encode()) - 46


def test_a_single_paper_is_an_upload_of_one():
    assert holds_paper(PAPER)
    assert unpacked(PAPER) == [("da-ky.pdf", PAPER)]


def test_little_that_unpacks_to_much_costs_little_whatever_it_claims():
    archive = packed(a=bytes(50_000_000))
    head, line = places_of(archive, "a.pdf")
    struct.pack_into("<I", archive, head + SIZE_IN_HEAD, 1000)
    struct.pack_into("<I", archive, line + SIZE_IN_LIST, 1000)
    tracemalloc.start()
    try:
        assert holds_paper(bytes(archive))
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
        assert unpacked(archive) == [("a.pdf", NotUnpacked)]
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()


def test_a_file_larger_than_any_paper_is_told_and_the_next_goes_on():
    archive = packed(a=bytes(LARGEST_FILE + 1), b=PAPER)
    assert unpacked(archive) == [("a.pdf", TooLarge), ("b.pdf", PAPER)]


@pytest.mark.parametrize("inside", [5, 11])
def test_a_damaged_file_between_two_good_ones_stops_neither(inside):
    archive = packed(a=PAPER, b=bytes(range(256)) * 20, c=PAPER)
    head, _line = places_of(archive, "b.pdf")
    archive[head + 30 + len("b.pdf") + inside] ^= 0xFF
    assert unpacked(archive) == [("a.pdf", PAPER), ("b.pdf", NotUnpacked), ("c.pdf", PAPER)]


def test_a_file_packed_in_an_unusual_way_is_not_unpacked():
    archive = packed(a=PAPER, b=PAPER)
    head, line = places_of(archive, "a.pdf")
    struct.pack_into("<H", archive, head + METHOD_IN_HEAD, zipfile.ZIP_LZMA)
    struct.pack_into("<H", archive, line + METHOD_IN_LIST, zipfile.ZIP_LZMA)
    assert unpacked(archive) == [("a.pdf", NotUnpacked), ("b.pdf", PAPER)]


@pytest.mark.parametrize("data", [b"", b"GIF89a", b"PK\x03\x04 hong", b"PK" + b"PK\x01\x02" * 5000])
def test_what_holds_no_paper_is_none(data):
    assert not holds_paper(data)


def test_an_archive_of_other_files_holds_no_paper():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("ghi-chu.txt", "không phải tệp PDF")
    assert not holds_paper(out.getvalue())
    assert unpacked(out.getvalue()) == []


def test_an_archive_with_a_list_without_end_is_not_opened():
    archive = packed(**{f"p{number}": b"" for number in range(2001)})
    assert not holds_paper(bytes(archive))
    assert unpacked(archive) == []
