"""Files signed elsewhere: taken back only with our exact bytes, exactly the signatures expected, and nothing else."""

import hashlib
from datetime import UTC, datetime, timedelta

import pytest
from pyhanko.pdf_utils.generic import DictionaryObject, NumberObject, pdf_name
from pyhanko.sign.fields import SigSeedSubFilter

from lms.signing.checking import is_page_clear
from lms.signing.refusals import (
    ChangedAfterSigning,
    ChangedBeforeSigning,
    FileChanged,
    NoSignature,
    NotPdf,
    NotTaken,
    SignatureBroken,
    SignerOutOfDate,
    SignerUnknown,
    StampElsewhere,
    TooLarge,
    Unreadable,
    WrongSignatures,
)
from lms.signing.returns import MOST_ADDED, judge_returned
from lms.signing.trust import Trust
from tests.lms.signing.authorities import ISSUED, LAST, NOW, root, signer, stranger
from tests.lms.signing.clerk import COVER, draw_over, drawing_over, rename, sign_elsewhere, with_field
from tests.lms.signing.papers import paper

CLERK = "Văn thư Sở"
CHIEF = "Giám đốc Sở"
SEAL = (480, 60, 640, 140)
ROOM = (468, 50, 780, 170)


def clerk():
    return signer("rsa", CLERK)


LISTED = Trust(allowed=frozenset({signer("rsa", CLERK).der, signer("ecdsa", CHIEF).der}))


def judge(data, *, base=None, trust=LISTED, now=NOW, expected=1, room=(ROOM,)):
    base = paper() if base is None else base
    return judge_returned(
        data, base_sha256=hashlib.sha256(base).hexdigest(), base_size=len(base), trust=trust, now=now,
        expected=expected, room=room,
    )  # fmt: skip


@pytest.mark.parametrize("listing", ["stream", "table"])
@pytest.mark.parametrize("subfilter", [SigSeedSubFilter.ADOBE_PKCS7_DETACHED, SigSeedSubFilter.PADES])
def test_a_file_signed_elsewhere_by_somebody_on_the_list_is_taken(listing, subfilter):
    base = paper(listing)
    data = sign_elsewhere(base, clerk(), subfilter=subfilter)
    judgement = judge(data, base=base)
    assert judgement.sha256 == hashlib.sha256(data).hexdigest()
    [one] = judgement.signatures
    assert (one.signer, one.at) == (CLERK, ISSUED)


def test_a_stamp_in_the_room_that_the_paper_leaves_for_it_is_part_of_signing():
    assert judge(sign_elsewhere(paper(), clerk(), box=SEAL)).signatures
    assert judge(sign_elsewhere(paper(), clerk(), box=ROOM)).signatures


@pytest.mark.parametrize(
    "box", [(20, 20, 820, 520), (40, 40, 200, 120), (467, 50, 780, 170), (468, 50, 780, 171), (780, 170, 467, 50)]
)
def test_a_stamp_outside_that_room_is_not_taken(box):
    with pytest.raises(StampElsewhere):
        judge(sign_elsewhere(paper(), clerk(), box=box))


def test_without_room_no_signature_may_show():
    with pytest.raises(StampElsewhere):
        judge(sign_elsewhere(paper(), clerk(), box=SEAL), room=())


def test_an_empty_field_that_covers_the_page_is_not_taken_with_a_true_signature():
    with pytest.raises(ChangedBeforeSigning):
        judge(sign_elsewhere(with_field(paper(), box=(20, 20, 820, 520)), clerk()))


def test_an_empty_field_is_not_taken_even_where_it_shows_nothing():
    with pytest.raises(ChangedBeforeSigning):
        judge(sign_elsewhere(with_field(paper(), box=SEAL), clerk()))


def test_a_signed_field_that_covers_the_page_is_not_taken():
    with pytest.raises(StampElsewhere):
        judge(sign_elsewhere(with_field(paper(), box=(20, 20, 820, 520)), clerk(), name=COVER))


@pytest.mark.parametrize(
    ("is_clear", "look"),
    [
        (True, {"box": SEAL}),
        (True, {"box": SEAL, "matrix": (0, 1, -1, 0, 0, 0), "look": (0, 0, 80, 160)}),
        (True, {"box": (0, 0, 0, 0)}),
        (False, {"box": SEAL, "look": (0, 0, 800, 500)}),
        (False, {"box": SEAL, "matrix": (5, 0, 0, 5, 0, 0)}),
        (False, {"box": SEAL, "matrix": (0, 1, -1, 0, 0, 0)}),
        (False, {"box": SEAL, "look": (0, 0, 800, 500), "key": "/D"}),
        (False, {"box": SEAL, "key": "/X"}),
        (False, {"box": (0, 300, 800, 300)}),
        (False, {"box": (0, 0, 0, 0), "look": (0, 0, 800, 500)}),
    ],
)
def test_what_a_field_shows_may_not_be_larger_than_the_field(is_clear, look):
    assert is_page_clear(with_field(paper(), **look), (ROOM,)) == is_clear


@pytest.mark.parametrize(
    ("entry", "value", "refusal"),
    [
        ("/F", NumberObject(4 | 8), StampElsewhere),
        ("/A", DictionaryObject({pdf_name("/S"): pdf_name("/Print")}), ChangedBeforeSigning),
        ("/BS", DictionaryObject({pdf_name("/W"): NumberObject(900)}), ChangedBeforeSigning),
    ],
)
def test_a_field_that_does_more_than_show_a_stamp_is_not_taken(entry, value, refusal):
    with pytest.raises(refusal):
        judge(sign_elsewhere(with_field(paper(), box=SEAL, entry=(entry, value)), clerk(), name=COVER))


def test_a_signature_that_certifies_is_taken():
    assert judge(sign_elsewhere(paper(), clerk(), is_certifying=True)).signatures


def test_without_a_list_nobody_is_taken_though_the_roots_know_them():
    with pytest.raises(SignerUnknown):
        judge(sign_elsewhere(paper(), clerk()), trust=Trust(roots=frozenset({root().der})))


def test_a_list_is_the_whole_list_even_with_roots():
    trust = Trust(allowed=frozenset({signer("ecdsa", CHIEF).der}), roots=frozenset({root().der}))
    with pytest.raises(SignerUnknown):
        judge(sign_elsewhere(paper(), clerk()), trust=trust)


def test_two_signatures_are_taken_where_two_are_asked_for():
    once = sign_elsewhere(paper(), signer("ecdsa", CHIEF), box=SEAL)
    twice = sign_elsewhere(once, clerk(), name="Sig2", box=(640, 60, 770, 140), at=ISSUED + timedelta(minutes=5))
    assert [one.signer for one in judge(twice, expected=2).signatures] == [CHIEF, CLERK]
    with pytest.raises(WrongSignatures):
        judge(twice)
    with pytest.raises(WrongSignatures):
        judge(once, expected=2)


def test_a_file_without_signature_is_not_taken():
    with pytest.raises(NoSignature):
        judge(paper())
    with pytest.raises(NoSignature):
        judge(rename(paper()))


def test_a_file_that_does_not_begin_with_our_bytes_is_not_taken():
    with pytest.raises(FileChanged):
        judge(sign_elsewhere(paper("table"), clerk()))
    with pytest.raises(FileChanged):
        judge(paper()[:-1])


def test_what_is_no_pdf_is_not_taken():
    for data in (b"", b"PK\x03\x04", b"\xff\xd8\xff\xe0"):
        with pytest.raises(NotPdf):
            judge(data)


def test_a_file_that_grew_too_much_is_not_taken():
    with pytest.raises(TooLarge):
        judge(paper() + bytes(MOST_ADDED + 1))


def test_a_stranger_of_the_same_name_is_not_taken():
    with pytest.raises(SignerUnknown) as refused:
        judge(sign_elsewhere(paper(), stranger()))
    assert "Sở Khoa học và Công nghệ" in refused.value.sentence


def test_nobody_is_taken_when_nobody_is_trusted():
    with pytest.raises(SignerUnknown):
        judge(sign_elsewhere(paper(), clerk()), trust=Trust())


def test_one_stranger_among_two_signers_is_not_taken():
    both = sign_elsewhere(sign_elsewhere(paper(), stranger()), clerk(), name="Sig2")
    with pytest.raises(SignerUnknown):
        judge(both, expected=2)


def test_a_certificate_that_had_run_out_is_not_taken():
    late = sign_elsewhere(paper(), clerk(), at=LAST + timedelta(days=2))
    with pytest.raises(SignerOutOfDate):
        judge(late, now=LAST + timedelta(days=3))


def test_a_clock_set_back_does_not_bring_a_certificate_back_to_life():
    with pytest.raises(SignerOutOfDate):
        judge(sign_elsewhere(paper(), clerk()), now=LAST + timedelta(days=3))


def test_a_clock_set_forward_is_not_taken():
    with pytest.raises(SignerOutOfDate):
        judge(sign_elsewhere(paper(), clerk(), at=datetime(2027, 6, 1, tzinfo=UTC)))


@pytest.mark.parametrize("spoil", [draw_over, rename, lambda data: data + b"\n% them"])
def test_what_was_added_after_signing_is_not_taken(spoil):
    with pytest.raises(ChangedAfterSigning):
        judge(spoil(sign_elsewhere(paper(), clerk())))


@pytest.mark.parametrize("box", [None, SEAL])
def test_a_page_drawn_over_before_signing_is_not_taken(box):
    with pytest.raises(ChangedBeforeSigning):
        judge(sign_elsewhere(draw_over(paper()), clerk(), box=box))


def test_a_page_drawn_over_in_the_same_update_as_the_signature_is_not_taken():
    with pytest.raises(ChangedBeforeSigning):
        judge(sign_elsewhere(b"", clerk(), writer=drawing_over(paper())))


def test_a_page_drawn_over_between_two_signatures_is_not_taken():
    once = sign_elsewhere(paper(), signer("ecdsa", CHIEF))
    with pytest.raises(NotTaken):
        judge(sign_elsewhere(draw_over(once), clerk(), name="Sig2"), expected=2)


def test_a_weak_digest_is_not_taken():
    with pytest.raises(SignatureBroken):
        judge(sign_elsewhere(paper(), clerk(), digest="sha1"))


def test_a_flipped_bit_in_what_was_added_is_never_taken():
    base = paper()
    data = sign_elsewhere(base, clerk())
    for place in range(len(base), len(data), max(1, (len(data) - len(base)) // 15)):
        spoilt = data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]
        try:
            judge(spoilt)
        except NotTaken:
            continue
        # No signature can cover itself: the filling behind the message, and the issuers sent along, may differ.
        assert data.rindex(b"<", 0, place) > data.index(b"/Contents", len(base))


@pytest.mark.parametrize(
    "tail",
    [
        b"\nxref\n0 0\ntrailer <</Root 1 0 R/Size 3/Prev 0>>\nstartxref\n%d\n%%%%EOF\n",
        b"\n9 0 obj\n<</Type/XRef/Size 4294967295/W[8 8 8]/Prev %d/Length 3>>stream\nabc\nendstream\nstartxref\n%d",
        b"\nstartxref\n99999999999999\n%%EOF\n",
        b"\n" + b"[" * 100_000,
        b"\n" + b"1 0 obj\n" * 10_000,
        b"\nstartxref\n0\n%%EOF" * 500,
    ],
)
def test_hostile_bytes_behind_ours_are_refused_and_nothing_else_happens(tail):
    base = paper()
    at = len(base) + 1
    tail = tail.replace(b"%%%%", b"%%").replace(b"%d", str(at).encode())
    with pytest.raises((Unreadable, NoSignature)):
        judge(base + tail)


def test_every_refusal_says_what_to_do():
    moment = ISSUED
    made = [
        NotPdf(), TooLarge(), FileChanged(), NoSignature(), WrongSignatures(2, 1), Unreadable(), SignatureBroken(),
        ChangedBeforeSigning(), ChangedAfterSigning(), SignerUnknown("A"), SignerOutOfDate(moment, moment),
        StampElsewhere(),
    ]  # fmt: skip
    for refusal in made:
        assert refusal.sentence.endswith(".")
        assert refusal.remedy.endswith(".")
