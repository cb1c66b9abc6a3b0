"""Files made to hold up or break whoever reads them: refused, and the one that asked goes on."""

import zlib

import pytest

from lms.signing import apart, reader
from lms.signing.apart import NotReadable
from lms.signing.checking import check_upload
from lms.signing.trust import Trust
from tests.lms.signing.authorities import NOW, signer
from tests.lms.signing.papers import paper
from tests.lms.signing.test_checking import TRUST, signed


def update(*objects: bytes) -> bytes:
    """Return our paper with these objects behind it, numbered from 90 on, and a table that lists them."""
    base = paper("table")
    before = int(base.rsplit(b"startxref", 1)[1].split()[0])
    data, rows = base, b""
    for number, thing in enumerate(objects, 90):
        rows += b"%010d 00000 n \n" % len(data)
        data += b"%d 0 obj\n%b\nendobj\n" % (number, thing)
    table = b"xref\n90 %d\n%btrailer\n<</Root 90 0 R/Size 999/Prev %d>>\n" % (len(objects), rows, before)
    return b"%b%bstartxref\n%d\n%%%%EOF\n" % (data, table, len(data))


CATALOG = b"<</Type/Catalog/Pages 6 0 R/AcroForm<</Fields[91 0 R]>>>>"
FAN = [b"<</T(a%d)/FT/Sig/Kids[%d 0 R %d 0 R]>>" % (level, 92 + level, 92 + level) for level in range(60)]


def test_a_form_that_takes_years_to_walk_is_given_up():
    assert check_upload(signed(), TRUST, now=NOW).is_good
    with pytest.raises(NotReadable):
        check_upload(update(CATALOG, *FAN, b"<</T(z)/FT/Sig>>"), TRUST, now=NOW)
    assert check_upload(signed(), TRUST, now=NOW).is_good


def unpacking_to_much() -> bytes:
    base, packed = paper("table"), zlib.compress(bytes(60_000_000), 9)
    head = b"90 0 obj\n<</Type/XRef/Size 9/W[1 4 2]/Root 1 0 R/Filter/FlateDecode/Length %d>>\nstream\n" % len(packed)
    return b"%b%b%b\nendstream\nendobj\nstartxref\n%d\n%%%%EOF" % (base, head, packed, len(base))


@pytest.mark.parametrize(
    "made",
    [
        lambda: update(CATALOG, b"<</T(a)/Kids[91 0 R]>>"),
        lambda: update(CATALOG, b"[" * 50_000),
        lambda: update(b"9" * 100_000),
        unpacking_to_much,
    ],
    ids=["a form in a circle", "brackets without end", "a number without end", "little that unpacks to much"],
)
def test_a_file_made_to_break_its_reader_is_refused(made):
    with pytest.raises(NotReadable):
        check_upload(made(), TRUST, now=NOW)


def hungry() -> int:
    return len(bytes(reader.MEGABYTES << 21))


def test_work_that_wants_too_much_memory_is_ended():
    with pytest.raises(NotReadable):
        apart.apart(hungry)


def test_a_reader_that_was_ended_is_started_again():
    assert check_upload(signed(), TRUST, now=NOW).is_good
    apart._reader._process.kill()
    apart._reader._process.wait()
    assert check_upload(signed(), TRUST, now=NOW).is_good


def test_what_is_no_pdf_costs_no_process(monkeypatch):
    monkeypatch.setattr(apart, "_reader", None)
    with pytest.raises(NotReadable):
        check_upload(b"PK\x03\x04", Trust(allowed=frozenset({signer().der})), now=NOW)
