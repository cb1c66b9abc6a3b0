"""Checking a signed file: whatever was done to it is found, also what other readers call valid."""

import hashlib
import io
import re
from datetime import timedelta
from functools import cache

import pikepdf
import pytest
from asn1crypto import cms
from hypothesis import given, settings
from hypothesis import strategies as st

from lms.signing.checking import LARGEST_FILE, NotReadable, check_signature
from lms.signing.keys import FileKey
from lms.signing.signatures import sign
from lms.signing.signers import Signer
from lms.signing.trust import Trust
from lms.signing.updates import plan_update
from tests.lms.signing.authorities import ISSUED, LAST, NOW, Holder, root, signer, stranger
from tests.lms.signing.clerk import draw_over, rename, sign_elsewhere
from tests.lms.signing.papers import paper

TRUST = Trust(allowed=frozenset({signer().der}))


@cache
def signed(holder: Holder | None = None, at=ISSUED):
    base = paper()
    seal = Signer(FileKey((holder or signer()).as_file(), None))
    return base + sign(base, b"", plan_update(base), seal, at=at)


def check(data, trust=TRUST, now=NOW):
    return check_signature(data, trust, now=now)


def is_good(data, trust=TRUST, now=NOW):
    try:
        return check(data, trust, now).is_good
    except NotReadable:
        return False


def test_an_update_after_signing_is_found_though_the_signature_itself_still_fits():
    """Readers that ask only whether the signature fits its own range call such a file valid."""
    report = check(draw_over(signed()))
    [one] = report.signatures
    assert one.is_intact
    assert one.is_trusted
    assert not one.is_last_word
    assert not report.is_whole_file
    assert not report.is_good


@pytest.mark.parametrize("spoil", [rename, lambda data: data + b"\n", lambda data: data + b"%%EOF"])
def test_the_smallest_addition_after_signing_is_found(spoil):
    assert not is_good(spoil(signed()))


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_a_flipped_byte_is_found_wherever_it_is(data):
    whole = signed()
    gap = message_in(whole)
    place = data.draw(st.integers(0, len(whole) - 1).filter(lambda at: at not in gap))
    assert not is_good(flipped(whole, place, data.draw(st.integers(1, 255))))


def test_a_flipped_bit_in_the_message_is_found_where_it_counts():
    """In the attributes and in the signature; the issuers sent along are not needed, and the rest is filling."""
    whole = signed()
    gap = message_in(whole)
    message = cms.ContentInfo.load(bytes.fromhex(whole[gap.start : gap.stop].decode()))
    [info] = message["content"]["signer_infos"]
    for part in (info["signed_attrs"].dump()[3:], info["signature"].native):
        start = gap.start + 2 * bytes.fromhex(whole[gap.start : gap.stop].decode()).index(part)
        for place in range(start, start + 2 * len(part), 7):
            other = b"0" if whole[place : place + 1] != b"0" else b"1"
            assert not is_good(whole[:place] + other + whole[place + 1 :])


def message_in(whole):
    """Return where the digits of the signature stand in the file."""
    found = re.search(rb"/Contents<([0-9a-f]+)>", whole)
    return range(found.start(1), found.end(1))


def flipped(whole, place, change):
    return whole[:place] + bytes([whole[place] ^ change]) + whole[place + 1 :]


def test_a_key_of_a_stranger_with_the_same_name_is_found():
    report = check(signed(stranger()))
    assert report.signatures[0].is_intact
    assert not report.signatures[0].is_trusted
    assert not report.is_good


def test_a_certificate_that_had_run_out_is_found():
    data = sign_elsewhere(paper(), signer(), at=LAST + timedelta(days=1))
    report = check(data, now=LAST + timedelta(days=9))
    assert not report.signatures[0].is_current
    assert not report.is_good


def test_what_was_signed_in_time_stays_good_after_the_certificate_has_run_out():
    assert check(signed(), now=LAST + timedelta(days=900)).is_good


def test_a_root_that_vouches_for_time_stamps_makes_nobody_a_signer():
    [one] = check(signed(), Trust(roots=frozenset({root().der}))).signatures
    assert one.is_intact
    assert not one.is_trusted
    assert not one.is_good


def test_a_removed_signature_is_found():
    with pikepdf.open(io.BytesIO(signed())) as pdf:
        del pdf.pages[0].Annots
        del pdf.Root.AcroForm
        del pdf.Root.Perms
        written = io.BytesIO()
        pdf.save(written)
    report = check(written.getvalue())
    assert report.signatures == ()
    assert not report.is_good


def test_an_unsigned_paper_is_not_good():
    assert not check(paper()).is_good


def test_a_signature_moved_onto_another_paper_is_found():
    assert not is_good(paper("table") + signed()[len(paper()) :])


def test_words_hidden_beside_the_signature_are_found():
    """The range leaves out more than the signature: the digest fits, and the words in the gap are nobody's."""
    seal = Signer(FileKey(signer().as_file(), None))
    whole = signed()
    gap, words = message_in(whole), b"> /Hidden (khac) "
    told = re.search(rb"/ByteRange \[0 (\d+) (\d+) (\d+)\]", whole)
    start, behind = int(told[1]), int(told[2])
    digest = hashlib.sha256(whole[:start] + whole[behind:]).digest()
    digits = seal.message(digest).hex().encode()
    assert is_good(whole[: gap.start] + digits.ljust(len(gap), b"0") + whole[gap.stop :])
    room = len(gap) + 1
    short = Signer(FileKey(Holder(signer().key, signer().certificate).as_file(), None)).message(digest).hex().encode()
    assert not is_good(whole[: gap.start] + (short + words).ljust(room) + whole[behind:])


@pytest.mark.parametrize(
    "junk", [b"", b"GIF89a", b"%PDF-1.7", b"%PDF-1.7\n" + bytes(1000), b"%PDF-1.7" + bytes(LARGEST_FILE)]
)
def test_what_is_no_signed_pdf_cannot_be_read(junk):
    with pytest.raises(NotReadable):
        check(junk)


@settings(max_examples=40, deadline=None)
@given(st.binary(max_size=300), st.integers(0, 100))
def test_whatever_is_put_behind_a_signed_paper_is_found(junk, cut):
    whole = signed()
    data = whole[: len(whole) - cut] + junk
    assert is_good(data) == (data == whole)
