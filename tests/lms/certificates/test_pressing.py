"""Making papers in the background: quick or slow, signed or not, killed at any moment, finished by running again."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from lms.access import SYSTEM
from lms.certificates import nightly
from lms.certificates.audit import audit
from lms.certificates.bundle_papers import Press, is_of_stem
from lms.certificates.models import Bundle, Certificate, CertificateTemplate
from lms.certificates.papers import paper_bytes, paper_parts
from lms.certificates.pressing import make_papers
from lms.certificates.proofs import frozen_of, prepare_template
from lms.certificates.signatures import own_trust
from lms.db import db_session, in_unit
from lms.files.models import StoredFile
from lms.files.rules import keep
from lms.files.store import drop
from lms.journal.models import Job, Notice
from lms.signing.checking import check_signature
from tests.factories import THANH_HOA, officer
from tests.lms.certificates.world import approve, certificates, finalised_class
from tests.lms.signing import authorities

ROOT = Path(__file__).parents[3]
MAKE = """
import sys
from lms.certificates.pressing import make_papers
from tests.conftest import make_app
with make_app(sys.argv[1], sys.argv[2]).app_context():
    make_papers(int(sys.argv[3]), lambda *_: None)
"""
NIGHT = datetime(2026, 11, 21, 18, 30, tzinfo=UTC)


@pytest.fixture
def own_key(app, tmp_path):
    """The department's own key in a file outside the database."""
    key, words = tmp_path / "khoa.p12", tmp_path / "mat-khau"
    key.write_bytes(authorities.signer().as_file(b"bi mat"))
    words.write_text("bi mat")
    app.config.update(LMS_SIGN="pkcs12", LMS_SIGN_KEY_FILE=str(key), LMS_SIGN_PASSPHRASE_FILE=str(words))


def quiet(*_):
    """Nobody looks at the progress."""


def test_the_worker_proves_the_template_then_presses_the_quick_way_and_publishes(session, run_jobs):
    approved = approve(finalised_class())

    assert run_jobs() == 2

    template = session.get_one(CertificateTemplate, session.get_one(type(approved), approved.id).template_id)
    assert template.proof["passed"], template.proof["differences"]
    assert {(row.state, row.way) for row in certificates()} == {("valid", "compiled")}
    assert {row.stem_file_id for row in certificates()} == {template.stem_file_id}
    assert session.get_one(Job, approved.job_id).result == {"list_id": approved.id, "made": 3, "faulty": []}
    assert audit(session) == []


def test_a_name_that_was_not_proved_goes_the_slow_way_by_itself(session, run_jobs):
    approve(finalised_class(("Nguyễn Thị Đẹp", "Nguyễn " * 12 + "Ưỡng")))
    run_jobs()

    assert [row.way for row in certificates()] == ["compiled", "laid_out"]
    assert all(paper_bytes(session, row).startswith(b"%PDF-1.7") for row in certificates())
    assert audit(session) == []


def test_a_template_that_did_not_prove_itself_goes_the_slow_way(session, run_jobs):
    approved = approve(finalised_class(("Vũ Ẵng",)))
    failed = {"passed": False, "differences": ["Vũ Ẵng: pixels"]}
    template = CertificateTemplate.id == session.get_one(type(approved), approved.id).template_id
    in_unit(lambda s: s.execute(update(CertificateTemplate).where(template).values(proof=failed, proved_at=NIGHT)))

    run_jobs()

    assert [(row.state, row.way) for row in certificates()] == [("valid", "laid_out")]


@pytest.fixture
def upgraded(session, run_jobs):
    """A template with one paper, made by a press whose engine was another version than it is now."""
    approve(finalised_class(("Vũ Ẵng",)))
    run_jobs()
    row = session.scalars(select(CertificateTemplate)).one()
    frozen = frozen_of(session, row)
    older = replace(frozen, made_with={**frozen.made_with, "weasyprint": "1.0"}).to_bytes()
    session.rollback()

    def work(s):
        kept = keep(s, older, name="cu.bin", media_type="application/octet-stream", by=SYSTEM, now=NIGHT).id
        s.execute(update(CertificateTemplate).values(frozen_file_id=kept))

    in_unit(work)
    return row.id


def test_after_an_upgrade_a_template_is_compiled_and_proved_anew_and_goes_the_quick_way(session, run_jobs, upgraded):
    proved_at = session.get_one(CertificateTemplate, upgraded).proved_at

    approve(finalised_class(("Lê Văn Tám",)))
    run_jobs()

    assert [row.way for row in certificates()] == ["compiled", "compiled"]
    session.expire_all()
    row = session.get_one(CertificateTemplate, upgraded)
    assert row.proved_at > proved_at
    assert row.proof["passed"]
    assert frozen_of(session, row) is not None


def test_after_an_upgrade_papers_of_before_are_not_told_as_faulty_at_night(session, run_jobs, upgraded):
    old = certificates()[0].id
    approve(finalised_class(("Lê Văn Tám",)))
    run_jobs()
    in_unit(lambda s: s.execute(update(Certificate).where(Certificate.id == old).values(base_sha256="0" * 64)))

    told = audit(session, pressed_again=3)

    assert not [fault for fault in told if "làm lại từ đúng các dữ liệu" in fault]
    deep = audit(session, pressed_again=None)
    assert "Giấy số 0001/2026/GCN-SKHCN: mẫu đã chế bản không còn dùng được trên máy này" in "".join(deep)


def test_after_an_upgrade_papers_of_before_are_printed_from_their_own_files(session, run_jobs, upgraded):
    bundle = Bundle(province_code=THANH_HOA, up_to_id=10**6, asked_at=datetime.now(UTC) + timedelta(hours=1))
    press = Press("compiled", upgraded)

    def is_one_stem():
        session.expire_all()
        return is_of_stem(session, bundle, press, session.get_one(CertificateTemplate, upgraded).stem_file_id)

    assert is_one_stem()
    approve(finalised_class(("Lê Văn Tám",)))
    run_jobs()
    assert not is_one_stem()


def test_the_page_of_templates_does_not_promise_the_quick_way_before_a_template_is_proved_again(client, upgraded):
    client.sign_in(officer(name="Đỗ Thị Hai"))

    page = client.get("/quan-ly/chung-nhan/mau/").text

    assert "Chờ thử lại" in page
    assert "In nhanh" not in page


def test_both_ways_give_papers_that_say_the_same(session):
    approved = approve(finalised_class(("Rơ Châm H'Bĭa",)))
    make_papers(approved.id, quiet)

    row = certificates()[0]

    assert row.way == "laid_out"
    assert paper_parts(session, row)[0] == b""


def test_with_a_key_each_paper_is_signed_behind_its_own_bytes(app, session, run_jobs, own_key):
    approve(finalised_class(("Nguyễn Thị Đẹp", "Nguyễn " * 12 + "Ưỡng")))
    run_jobs()

    for row in certificates():
        data = paper_bytes(session, row)
        report = check_signature(data, own_trust(app.config), now=datetime.now(UTC))
        assert report.is_good
        assert row.state == "valid"
        assert "Sở Khoa học và Công nghệ" in row.signed_by
        assert row.base_size < len(data)
    assert [row.way for row in certificates()] == ["compiled", "laid_out"]
    assert audit(session) == []


def test_running_again_makes_nothing_twice(session, run_jobs):
    approved = approve(finalised_class())
    run_jobs()
    files = [row.file_id for row in certificates()]

    again = make_papers(approved.id, quiet)

    assert again["made"] == 0
    assert [row.file_id for row in certificates()] == files


def test_one_faulty_paper_does_not_stop_the_others(session):
    approved = approve(finalised_class())
    second = certificates()[1]
    broken = {**second.snapshot, "course": "Dịch vụ\x01công"}
    in_unit(lambda s: s.execute(update(Certificate).where(Certificate.id == second.id).values(snapshot=broken)))

    result = make_papers(approved.id, quiet)

    assert result["faulty"] == ["0002/2026/GCN-SKHCN"]
    session.expire_all()
    assert [row.state for row in certificates()] == ["valid", "unpublished", "valid"]


@pytest.mark.parametrize("broken", [{"course": None}, {}, {"issued": 20261120}])
def test_whatever_is_wrong_with_one_paper_the_others_are_made(session, broken):
    approved = approve(finalised_class())
    second = certificates()[1]
    facts = second.snapshot | broken if broken else {}
    in_unit(lambda s: s.execute(update(Certificate).where(Certificate.id == second.id).values(snapshot=facts)))

    result = make_papers(approved.id, quiet)

    assert (result["made"], len(result["faulty"])) == (2, 1)
    session.expire_all()
    assert [row.state for row in certificates()] == ["valid", "unpublished", "valid"]


def test_killed_in_mid_work_and_run_again_all_papers_stand_once(app, engine_url, session):
    approved = approve(finalised_class(tuple(f"Nguyễn Thị Đẹp {n}" for n in range(120))))
    list_id = approved.id
    prepare_template(session.get_one(type(approved), list_id).template_id)
    session.rollback()
    worker = subprocess.Popen(
        [sys.executable, "-c", MAKE, engine_url, app.config["LMS_DATA_DIR"], str(list_id)], cwd=ROOT
    )
    _wait_until_some_are_made(session)
    os.kill(worker.pid, signal.SIGKILL)
    assert worker.wait() == -signal.SIGKILL, "the work was over before it could be killed"
    made_before = _made(session)

    result = make_papers(list_id, quiet)

    assert 0 < made_before < 120
    assert result["made"] == 120 - made_before
    session.rollback()
    assert [row.number for row in certificates()] == list(range(1, 121))
    assert audit(session) == []


def test_every_night_the_books_prove_themselves_once(session, run_jobs):
    approve(finalised_class(("Vũ Ẵng",)))
    run_jobs()

    first = in_unit(lambda s: nightly.order_nightly_audit(s, NIGHT) is not None)
    second = in_unit(lambda s: nightly.order_nightly_audit(s, NIGHT) is not None)
    by_day = in_unit(lambda s: nightly.order_nightly_audit(s, NIGHT.replace(hour=16)) is not None)
    run_jobs()

    assert (first, second, by_day) == (True, False, False)
    job = session.scalars(select(Job).where(Job.kind == nightly.AUDIT)).one()
    assert job.result == {"faults": [], "count": 0}


def test_a_lost_paper_is_found_at_night_and_the_officers_are_told(session, run_jobs):
    officer(name="Người được báo")
    approve(finalised_class(("Vũ Ẵng",)))
    run_jobs()
    drop(session.get_one(StoredFile, certificates()[0].file_id).sha256)

    in_unit(lambda s: nightly.order_nightly_audit(s, NIGHT))
    run_jobs()

    job = session.scalars(select(Job).where(Job.kind == nightly.AUDIT)).one()
    assert job.result["count"] >= 1
    told = session.scalars(select(Notice.text).where(Notice.template == "certificates-audit")).all()
    assert told
    assert "không khớp" in told[0]


def test_a_web_process_never_loads_the_layout_engine():
    """A web worker stays small; only whoever makes papers pays for the engine."""
    code = (
        "import sys, lms.certificates.views, lms.certificates.jobs; "
        "print(sorted({'weasyprint', 'pyhanko', 'pypdfium2'} & set(sys.modules)))"
    )
    seen = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True, env={"PATH": "/usr/bin"}
    )

    assert seen.stdout.strip() == "[]"


def _made(session) -> int:
    session.rollback()
    return session.scalar(select(func.count()).select_from(Certificate).where(Certificate.rendered_at.is_not(None)))


def _wait_until_some_are_made(session):
    until = time.monotonic() + 120
    while _made(session) < 2:
        assert time.monotonic() < until, "the worker made nothing"
        time.sleep(0.005)
    session.rollback()
    db_session().rollback()
