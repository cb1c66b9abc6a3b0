"""Whatever has become of a paper or a key, the audit says it and goes on; a night that broke off is told as well."""

from pathlib import Path

import pytest
from sqlalchemy import select

from lms.certificates import nightly
from lms.certificates.audit import audit
from lms.certificates.commands import certificates as commands
from lms.certificates.papers import paper_bytes
from lms.certificates.pressing import make_papers
from lms.certificates.signatures import signature_check
from lms.clock import utc_now
from lms.db import db_session, in_unit
from lms.files.models import StoredFile
from lms.journal.jobs import Paused, run_timers
from lms.journal.models import Job, Notice
from tests.factories import officer
from tests.lms.certificates.forging import tamper
from tests.lms.certificates.world import approve, certificates, finalised_class, publish
from tests.lms.signing import authorities

UNREADABLE = "không đọc được tệp đã ký."


@pytest.fixture
def signed(app, tmp_path):
    """Two papers signed with the department's key."""
    key = tmp_path / "khoa.p12"
    key.write_bytes(authorities.signer().as_file())
    app.config.update(LMS_SIGN="pkcs12", LMS_SIGN_KEY_FILE=str(key))
    make_papers(approve(finalised_class(("Vũ Ẵng", "Lê An"))).id, lambda *_: None)
    return certificates()


def faults(app, **how):
    db_session().rollback()
    return audit(db_session(), check_signature=signature_check(app.config), **how)


def rewrite(app, row, data):
    """Put other bytes where those of a paper lie, as a failing disk does."""
    kept = db_session().get_one(StoredFile, row.file_id).sha256
    place = Path(app.config["LMS_DATA_DIR"], "tep", kept[:2], kept)
    db_session().rollback()
    place.chmod(0o600)
    place.write_bytes(data)


@pytest.mark.parametrize("damage", [lambda data: data[:-300], lambda data: data[:9], lambda data: b"", bytes.upper])
def test_a_damaged_signed_paper_is_a_fault_of_its_number_and_the_audit_goes_on(app, session, signed, damage):
    first, second = signed
    data, number = paper_bytes(session, first), second.snapshot["number"]
    rewrite(app, first, damage(data))
    tamper(second, snapshot=second.snapshot | {"name": "Kẻ Gian"})

    told = faults(app)

    assert f"Giấy số {first.snapshot['number']}: tệp đã cấp bị thay đổi." in told
    assert f"Giấy số {first.snapshot['number']}: {UNREADABLE}" in told
    assert any(f"số {int(number[:4])}: nội dung đã bị sửa" in fault for fault in told)


def test_a_bit_flipped_anywhere_in_a_signed_paper_never_stops_the_audit(app, session, signed):
    row = signed[0]
    data, place = paper_bytes(session, row), f"Giấy số {row.snapshot['number']}: "

    for at in range(row.base_size - 200, len(data), (len(data) - row.base_size) // 12):
        flipped = bytearray(data)
        flipped[at] ^= 1
        rewrite(app, row, bytes(flipped))
        assert f"{place}tệp đã cấp bị thay đổi." in faults(app)


def test_a_paper_whose_facts_are_gone_is_told_and_the_others_are_still_proved(app, session):
    make_papers(approve(finalised_class(("Vũ Ẵng",))).id, lambda *_: None)
    approve(finalised_class(("Lê An",)))
    publish()
    tamper(certificates()[0], snapshot={})

    told = audit(session, pressed_again=None)

    assert "Giấy số 1: không soát được vì dữ liệu của giấy này bị hỏng." in told
    assert "Giấy số 0002/2026/GCN-SKHCN: làm lại từ đúng các dữ liệu đó không ra tệp đã cấp." in told


def test_the_command_tells_a_damaged_paper_and_fails_without_a_traceback(app, session, signed):
    rewrite(app, signed[0], paper_bytes(session, signed[0])[:-300])

    answer = app.test_cli_runner().invoke(commands, ["audit"])

    assert answer.exit_code == 1
    assert UNREADABLE in answer.output
    assert isinstance(answer.exception, SystemExit)


def test_a_key_that_is_out_stops_no_audit(app, session, run_jobs, signed):
    app.config.update(LMS_SIGN="pkcs11", LMS_SIGN_MODULE="/khong/co.so", LMS_SIGN_TOKEN="so", LMS_SIGN_KEY_LABEL="ky")
    in_unit(lambda s: nightly.order_nightly_audit(s, utc_now().replace(hour=20)))

    run_jobs()

    job = session.scalars(select(Job).where(Job.kind == nightly.AUDIT)).one()
    assert (job.failure, job.result) == (None, {"faults": [], "count": 0})


def test_a_night_that_broke_off_is_told_to_the_officers_once(session, run_jobs):
    officer(name="Người được báo")
    approve(finalised_class(("Vũ Ẵng",)))
    publish()
    tamper(certificates()[0], snapshot=["no facts at all"])
    in_unit(lambda s: nightly.order_nightly_audit(s, utc_now().replace(hour=20)))
    run_jobs()

    run_timers([nightly.tell_of_broken_audit])
    run_timers([nightly.tell_of_broken_audit])

    [told] = set(session.scalars(select(Notice.text).where(Notice.template == "certificates-audit")))
    assert "dừng giữa chừng nên chưa biết sổ có đúng không" in told


def test_a_night_that_came_to_its_end_is_not_told_as_broken(session, run_jobs):
    officer(name="Người được báo")
    approve(finalised_class(("Vũ Ẵng",)))
    publish()
    in_unit(lambda s: nightly.order_nightly_audit(s, utc_now().replace(hour=20)))
    run_jobs()

    run_timers([nightly.tell_of_broken_audit])

    assert session.scalars(select(Notice.id).where(Notice.template == "certificates-audit")).all() == []


def test_an_audit_of_unsigned_papers_keeps_its_lease_and_can_be_held_up(session):
    approve(finalised_class())
    publish()
    seen = []

    assert audit(session, step=seen.append) == []
    assert seen == [0, 0, 200]

    def hold(_):
        raise Paused

    with pytest.raises(Paused):
        audit(session, step=hold)
