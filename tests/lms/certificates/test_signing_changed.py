"""The way of signing changes while papers wait: none says of itself what is not true, and none is left behind."""

import pytest
from sqlalchemy import update

from lms.certificates import rules
from lms.certificates.audit import audit
from lms.certificates.papers import paper_bytes
from lms.certificates.pressing import SigningChanged, make_papers
from lms.certificates.signatures import signature_check
from lms.db import in_unit
from lms.journal.models import Job
from tests.factories import officer
from tests.lms.certificates.world import (
    NOW,
    accept,
    approve,
    certificates,
    finalised_class,
    propose,
    second_officer,
    the_officer,
)
from tests.lms.signing import authorities

OFFICE = "/quan-ly/chung-nhan/"


@pytest.fixture
def sign_by(app, tmp_path):
    """Let papers be signed this way from now on."""
    key, folder = tmp_path / "khoa.p12", tmp_path / "nguoi-ky"
    key.write_bytes(authorities.signer().as_file())
    folder.mkdir()
    (folder / "so.pem").write_bytes(authorities.signer().pem)

    def choose(way):
        app.config.update(LMS_SIGN=way, LMS_SIGN_KEY_FILE=str(key), LMS_SIGN_CERTIFICATES=str(folder))

    return choose


def made(list_id):
    return make_papers(list_id, lambda *_: None)["made"]


@pytest.mark.parametrize("ways", [("none", "pkcs12"), ("pkcs12", "none"), ("elsewhere", "none")])
def test_a_list_is_not_approved_once_its_papers_would_say_something_untrue_of_their_signature(session, sign_by, ways):
    before, after = ways
    sign_by(before)
    proposed = propose(finalised_class())
    sign_by(after)

    with pytest.raises(SigningChanged):
        accept(proposed)

    assert certificates() == []
    sign_by(before)
    accept(proposed)
    assert len(certificates()) == 3


@pytest.mark.parametrize("ways", [("none", "pkcs12"), ("pkcs12", "none")])
def test_numbered_papers_are_not_made_so_that_they_say_something_untrue(session, sign_by, ways):
    before, after = ways
    sign_by(before)
    list_id = approve(finalised_class(("Vũ Ẵng",))).id
    sign_by(after)

    with pytest.raises(SigningChanged):
        make_papers(list_id, lambda *_: None)

    assert [row.state for row in certificates()] == ["unpublished"]
    sign_by(before)
    assert made(list_id) == 1


def test_whoever_approves_too_late_reads_why(session, client, sign_by):
    list_id = propose(finalised_class()).id
    sign_by("pkcs12")
    client.sign_in(officer(name="Đỗ Thị Hai"))

    page = client.post(f"{OFFICE}danh-sach/{list_id}/duyet", status=409)

    assert "Cách ký số của đơn vị đã đổi" in page.text


def test_papers_made_to_be_signed_elsewhere_are_signed_here_once_there_is_a_key(app, session, client, sign_by):
    sign_by("elsewhere")
    list_id = approve(finalised_class(("Vũ Ẵng", "Lê An"))).id
    assert made(list_id) == 2
    bases = [paper_bytes(session, row) for row in certificates()]
    assert made(list_id) == 0
    sign_by("pkcs12")

    assert made(list_id) == 2

    session.expire_all()
    assert [row.state for row in certificates()] == ["valid"] * 2
    assert all(paper_bytes(session, row).startswith(base) for row, base in zip(certificates(), bases, strict=True))
    assert all(row.signed_by == "Sở Khoa học và Công nghệ" for row in certificates())
    assert audit(session, pressed_again=None, check_signature=signature_check(app.config)) == []
    assert made(list_id) == 0


def test_papers_that_wait_for_a_signature_are_offered_to_the_worker_once_there_is_a_key(session, client, sign_by):
    sign_by("elsewhere")
    list_id = approve(finalised_class(("Vũ Ẵng",))).id
    made(list_id)
    in_unit(lambda s: s.execute(update(Job).values(finished_at=NOW)))
    client.sign_in(officer(name="Đỗ Thị Hai"))
    assert "Ký số các giấy đang chờ" in client.get(f"{OFFICE}danh-sach/{list_id}").text

    sign_by("pkcs12")

    page = client.get(f"{OFFICE}danh-sach/{list_id}").text
    assert "Làm tiếp các giấy còn thiếu" in page
    assert "Ký số các giấy đang chờ" not in page


def test_papers_that_wait_for_a_signature_are_not_published_without_one(session, sign_by):
    sign_by("elsewhere")
    list_id = approve(finalised_class(("Vũ Ẵng",))).id
    made(list_id)
    sign_by("none")

    with pytest.raises(SigningChanged):
        made(list_id)

    assert [row.state for row in certificates()] == ["unpublished"]


def test_a_number_crossed_out_meanwhile_is_not_signed(session, sign_by):
    sign_by("elsewhere")
    list_id = approve(finalised_class(("Vũ Ẵng",))).id
    made(list_id)
    certificate_id, asker, other = certificates()[0].id, the_officer(), second_officer()
    request = in_unit(lambda s: rules.ask_void(s, by=asker, certificate_id=certificate_id, reason="Trùng", now=NOW).id)
    in_unit(lambda s: rules.accept_ending(s, by=other, request_id=request, now=NOW))
    sign_by("pkcs12")

    assert made(list_id) == 0
    assert [row.state for row in certificates()] == ["void"]
