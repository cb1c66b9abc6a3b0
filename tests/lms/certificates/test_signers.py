"""Renewed and retired keys: an old paper stays what it was, and nobody else's signature passes for the one it had."""

from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest
import time_machine
from cryptography.hazmat.primitives.hashes import SHA256
from sqlalchemy import select

from lms.access import SYSTEM
from lms.certificates import elsewhere
from lms.certificates.audit import audit
from lms.certificates.models import BookLine
from lms.certificates.papers import paper_bytes
from lms.certificates.pressing import make_papers
from lms.certificates.signatures import signature_check
from lms.clock import utc_now
from lms.db import db_session, in_unit
from lms.files.rules import keep
from lms.journal.jobs import run_all
from tests.lms.certificates.forging import forge_chain, tamper, tamper_line
from tests.lms.certificates.world import NOW, approve, certificates, finalised_class, second_officer
from tests.lms.signing import authorities, clerk

PAPER = "Giấy số 0001/2026/GCN-SKHCN"
NOT_THE_ONE = "không phải bằng chứng thư đã ghi trong sổ khi công bố."
LONG_AFTER = authorities.LAST + timedelta(days=400)


@pytest.fixture
def sign_with(app, tmp_path):
    """Let the settings name this key from now on."""

    def choose(holder):
        file = tmp_path / f"{fingerprint(holder)}.p12"
        file.write_bytes(holder.as_file())
        app.config.update(LMS_SIGN="pkcs12", LMS_SIGN_KEY_FILE=str(file))

    return choose


@pytest.fixture
def listed(app, tmp_path):
    """Let these and nobody else sign elsewhere from now on."""
    folder = tmp_path / "nguoi-ky"
    folder.mkdir()

    def choose(*holders):
        for file in folder.iterdir():
            file.unlink()
        for holder in holders:
            (folder / f"{fingerprint(holder)}.pem").write_bytes(holder.pem)
        app.config.update(LMS_SIGN="elsewhere", LMS_SIGN_CERTIFICATES=str(folder))

    return choose


def fingerprint(holder):
    return holder.certificate.fingerprint(SHA256()).hex()


def renewed():
    return authorities.signer("ecdsa", "Sở Khoa học và Công nghệ, khóa mới")


def issue(name="Vũ Ẵng"):
    """Certify one person with the key of the settings."""
    listed = approve(finalised_class((name,)))
    assert make_papers(listed.id, lambda *_: None)["made"] == 1


def issue_elsewhere(holder):
    """Certify one person with a key on a clerk's token."""
    issue()
    row, by = certificates()[-1], second_officer()
    data = clerk.sign_elsewhere(paper_bytes(db_session(), row), holder, at=utc_now())
    in_unit(lambda s: elsewhere.hand_in(s, by=by, list_id=row.list_id, name="1.pdf", data=data, now=NOW))
    run_all({elsewhere.TAKE_BACK: elsewhere.HANDLERS[elsewhere.TAKE_BACK]} | _IGNORED)
    assert certificates()[-1].published_at


_IGNORED = {"certificates.prepare": lambda *_: {}, "certificates.render": lambda *_: {}}


def faults(app):
    db_session().rollback()
    return audit(db_session(), check_signature=signature_check(app.config))


def published_by(session):
    """Return what the book says of who signed each paper."""
    lines = session.scalars(select(BookLine.detail).where(BookLine.kind == "publish").order_by(BookLine.line))
    return [line["signers"] for line in lines]


def sign_again(app, holder, at=None):
    """Let somebody else sign the paper, put it into its place, and make the book agree with the bytes."""
    row = certificates()[0]
    base = paper_bytes(db_session(), row)[: row.base_size]
    put_in_place(row, clerk.sign_elsewhere(base, holder, at=at or utc_now()))
    return faults(app)


def put_in_place(row, data, **columns):
    """Give a certificate other bytes, and make the book agree with them."""
    kept = in_unit(lambda s: keep(s, data, name="giay.pdf", media_type="application/pdf", by=SYSTEM, now=NOW).id)
    digest = sha256(data).hexdigest()
    tamper(row, stem_file_id=None, file_id=kept, file_sha256=digest, **columns)
    _say_in_the_book(sha256=digest)


def _say_in_the_book(*gone, **said):
    line = db_session().scalars(select(BookLine).where(BookLine.kind == "publish")).one()
    detail = {key: value for key, value in (line.detail | said).items() if key not in gone}
    tamper_line(line.line, detail=detail)
    forge_chain(db_session())


def test_the_book_names_the_certificate_a_paper_is_signed_with(app, session, sign_with, listed):
    issue()
    sign_with(authorities.signer())
    issue()
    listed(renewed())
    issue_elsewhere(renewed())

    assert published_by(session) == [[], [fingerprint(authorities.signer())], [fingerprint(renewed())]]
    assert faults(app) == []


def test_after_the_key_is_renewed_papers_of_the_old_one_are_as_good_as_before(app, session, sign_with):
    sign_with(authorities.signer())
    issue()
    sign_with(renewed())
    issue("Lê An")

    assert faults(app) == []
    app.config["LMS_SIGN"] = "none"
    assert faults(app) == []


def test_after_a_signer_is_taken_off_the_list_their_papers_are_as_good_as_before(app, listed):
    listed(authorities.signer())
    issue_elsewhere(authorities.signer())
    listed(renewed())

    assert faults(app) == []


def test_a_certificate_that_ran_out_after_signing_is_no_fault(app, sign_with):
    sign_with(authorities.signer())
    issue()

    with time_machine.travel(LONG_AFTER, tick=False):
        assert faults(app) == []


@pytest.mark.parametrize("who", [authorities.stranger, renewed])
def test_a_paper_signed_again_by_a_stranger_or_by_somebody_else_on_the_list_is_found(app, sign_with, listed, who):
    sign_with(authorities.signer())
    issue()
    listed(authorities.signer(), renewed())

    (fault,) = sign_again(app, who())

    assert fault.startswith(f"{PAPER}: chữ ký số của")
    assert fault.endswith(NOT_THE_ONE)


def test_a_signature_where_the_book_names_none_is_found(app, listed):
    listed(authorities.signer())
    issue_elsewhere(authorities.signer())
    _say_in_the_book(signers=[])

    assert [fault.endswith(NOT_THE_ONE) for fault in faults(app)] == [True]


def test_a_paper_without_the_signature_that_the_book_names_is_found(app, session, listed):
    listed(authorities.signer())
    issue_elsewhere(authorities.signer())
    row = certificates()[0]
    put_in_place(row, paper_bytes(session, row)[: row.base_size], signed_at=None)

    assert faults(app) == [f"{PAPER}: mất chữ ký số."]


@pytest.mark.parametrize("at", [LONG_AFTER, authorities.FIRST - timedelta(days=1), NOW + timedelta(days=30)])
def test_the_right_key_at_a_wrong_moment_is_found(app, sign_with, at):
    sign_with(authorities.signer())
    issue()

    assert sign_again(app, authorities.signer(), at=at) == [
        f"{PAPER}: chứng thư số không có hiệu lực lúc ký, hoặc lúc ký sau lúc công bố."
    ]


def test_another_certificate_named_in_the_book_breaks_the_chain(app, session, sign_with):
    sign_with(authorities.signer())
    issue()
    line = session.scalars(select(BookLine).where(BookLine.kind == "publish")).one()
    tamper_line(line.line, detail=line.detail | {"signers": [fingerprint(renewed())]})

    told = faults(app)

    assert told[0] == "Sổ 38.SKHCN/2026, dòng 2: dòng sổ đã bị sửa."
    assert told[1].endswith(NOT_THE_ONE)


def test_papers_of_before_the_book_named_signers_are_judged_by_the_list(app, sign_with, listed):
    sign_with(authorities.signer())
    issue()
    _say_in_the_book("signers")

    assert faults(app) == []
    sign_with(renewed())
    assert faults(app) == [f"{PAPER}: chữ ký số của Sở Khoa học và Công nghệ không được công nhận."]
    listed(authorities.signer())
    assert faults(app) == []
    with time_machine.travel(datetime(2035, 1, 1, tzinfo=UTC), tick=False):
        assert faults(app) == []
