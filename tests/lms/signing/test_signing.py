"""Signing with a key of our own: the paper's bytes stay, a PAdES signature comes behind them."""

import hashlib
import io
from datetime import timedelta

import page
import pikepdf
import pytest
from asn1crypto import cms
from cryptography.hazmat.primitives.serialization import Encoding

from lms.signing.checking import check_signature
from lms.signing.keys import FileKey
from lms.signing.refusals import KeyOutOfDate
from lms.signing.signatures import sign, sign_with_digest
from lms.signing.signers import Signer
from lms.signing.trust import Trust
from lms.signing.updates import plan_update
from tests.lms.signing.authorities import ISSUED, LAST, NOW, signer
from tests.lms.signing.papers import paper, template_papers, untagged_paper

TRUST = Trust(allowed=frozenset(one.der for one in (signer(), signer("ecdsa"), signer("rsa"))))
KINDS, LISTINGS = ("ecdsa", "rsa"), ("stream", "table")
both_kinds = pytest.mark.parametrize("kind", KINDS)
both_listings = pytest.mark.parametrize("listing", LISTINGS)


def a_signer(kind="ecdsa"):
    return Signer(FileKey(signer(kind).as_file(), None))


def signed(base, kind="ecdsa", **words):
    return base + sign(base, b"", plan_update(base), a_signer(kind), at=ISSUED, **words)


@both_kinds
@both_listings
def test_a_signed_paper_begins_with_our_bytes_and_its_signature_is_good(kind, listing):
    base = paper(listing)
    data = signed(base, kind, reason="Cấp giấy chứng nhận", location="Thanh Hóa")
    report = check_signature(data, TRUST, now=NOW)
    assert data.startswith(base)
    assert len(data) > len(base)
    assert report.is_good
    [one] = report.signatures
    assert (one.signer, one.organisation) == ("Sở Khoa học và Công nghệ", "Tỉnh Thanh Hóa")
    assert one.at == ISSUED
    assert not one.is_stamped


@both_listings
def test_a_signed_paper_keeps_what_it_promises_to_archives_and_to_screen_readers(listing):
    data = signed(paper(listing), "rsa")
    for profile in (page.ValidationProfile.PDF_A_3A, page.ValidationProfile.PDF_UA_1):
        report = page.validate_pdf_bytes(data, profile=profile)
        assert report.is_compliant, [(one.rule_id, one.message) for one in report.failures]
    with pikepdf.open(io.BytesIO(data)) as pdf:
        assert pdf.check_pdf_syntax() == []


@both_kinds
@both_listings
def test_one_plan_signs_every_paper_of_a_template(kind, listing):
    stem, rests = template_papers(listing, "Nguyễn Văn An", "Trần Thị Bích Ngọc", "H'Hen Niê Kđăm " * 20)
    plan = plan_update(stem + rests[0], len(stem))
    seal = a_signer(kind)
    for rest in rests:
        assert plan.fits(stem, rest)
        data = stem + rest + sign(stem, rest, plan, seal, at=ISSUED)
        assert check_signature(data, TRUST, now=NOW).is_good
        assert page.validate_pdf_bytes(data, profile=page.ValidationProfile.PDF_A_3A).is_compliant
        with pikepdf.open(io.BytesIO(data)) as pdf:
            assert pdf.check_pdf_syntax() == []


@both_listings
def test_a_plan_does_not_depend_on_the_paper_it_was_made_from(listing):
    stem, rests = template_papers(listing, "An", "Trần Thị Bích Ngọc")
    assert plan_update(stem + rests[0], len(stem)) == plan_update(stem + rests[1], len(stem))


def test_a_plan_signs_no_paper_of_another_template():
    stem, [rest] = template_papers("table", "An")
    plan = plan_update(stem + rest, len(stem))
    other_end = template_papers("stream", "An")[1][0]
    for other in ((paper(), b""), (stem, other_end), (stem, rest[:-9]), (stem + rest, b"")):
        assert not plan.fits(*other)
        with pytest.raises(ValueError):
            sign(*other, plan, a_signer(), at=ISSUED)


@both_listings
def test_no_plan_is_made_when_what_a_signature_changes_could_differ_from_paper_to_paper(listing):
    base = paper(listing)
    with pytest.raises(ValueError):
        plan_update(base, 400)


def test_a_paper_that_shares_its_beginning_with_no_other_may_come_in_one_part():
    base = paper()
    plan = plan_update(base)
    assert plan.fits(b"", base)
    assert sign(b"", base, plan, a_signer(), at=ISSUED) == sign(base, b"", plan, a_signer(), at=ISSUED)


def test_a_paper_without_tags_is_signed_too():
    assert check_signature(signed(untagged_paper()), TRUST, now=NOW).is_good


def test_a_file_that_has_a_form_already_gets_no_plan():
    with pytest.raises(ValueError):
        plan_update(signed(paper()))


@pytest.mark.parametrize("junk", [b"", b"%PDF-1.7", b"%PDF-1.7\nstartxref\n9\n%%EOF", b"%PDF\nstartxref\n9999\n%%EOF"])
def test_what_does_not_end_as_a_pdf_gets_no_plan(junk):
    with pytest.raises(ValueError):
        plan_update(junk)


@both_listings
def test_the_digests_told_with_a_signature_are_those_of_the_paper_and_of_the_whole_file(listing):
    stem, [rest] = template_papers(listing, "Nguyễn Văn An")
    signed = sign_with_digest(stem, rest, plan_update(stem + rest, len(stem)), a_signer(), at=ISSUED)
    assert signed.base_sha256 == hashlib.sha256(stem + rest).hexdigest()
    assert signed.sha256 == hashlib.sha256(stem + rest + signed.update).hexdigest()


@both_kinds
def test_the_same_paper_signed_twice_gives_the_same_bytes(kind):
    assert signed(paper(), kind, reason="Cấp") == signed(paper(), kind, reason="Cấp")


def test_the_signature_says_why_where_and_when():
    data = signed(paper(), reason="Cấp giấy chứng nhận", location="Thanh Hóa")
    with pikepdf.open(io.BytesIO(data)) as pdf:
        words = pdf.Root.AcroForm.Fields[0].V
        assert str(words.Reason) == "Cấp giấy chứng nhận"
        assert str(words.Location) == "Thanh Hóa"
        assert str(words.M) == "D:20261120100000+07'00'"
        assert pdf.Root.Perms.DocMDP.objgen == words.objgen
        assert words.Reference[0].TransformParams.P == 1


@both_kinds
def test_the_message_is_what_pades_baseline_asks_for(kind):
    data = signed(paper(), kind)
    with pikepdf.open(io.BytesIO(data)) as pdf:
        message = cms.ContentInfo.load(bytes(pdf.Root.AcroForm.Fields[0].V.Contents))
    inside = message["content"]
    [info] = inside["signer_infos"]
    attributes = {one["type"].native for one in info["signed_attrs"]}
    assert {"content_type", "message_digest", "signing_certificate_v2"} <= attributes
    assert "signing_time" not in attributes
    carried = {one.chosen.dump() for one in inside["certificates"]}
    assert carried == {signer(kind).der, *(one.public_bytes(Encoding.DER) for one in signer(kind).issuers)}


@pytest.mark.parametrize("at", [LAST + timedelta(seconds=1), ISSUED - timedelta(days=365)])
def test_a_key_signs_nothing_outside_its_days(at):
    base = paper()
    with pytest.raises(KeyOutOfDate) as refused:
        sign(base, b"", plan_update(base), a_signer(), at=at)
    assert "01/01/2029" in refused.value.sentence
