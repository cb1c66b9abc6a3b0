"""A key that fails while papers are made: the officer reads why, and once it is mended "Làm tiếp" signs the rest."""

from datetime import UTC, datetime

import pytest

from lms.certificates import rules
from lms.certificates.papers import paper_bytes
from lms.certificates.signatures import own_trust
from lms.cli import lms
from lms.clock import utc_now
from lms.db import db_session, in_unit
from lms.journal.models import Job
from lms.signing.checking import check_signature
from tests.lms.certificates.world import NOW, approve, certificates, finalised_class, second_officer
from tests.lms.signing import authorities, device


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Where the device keeps its keys; it is plugged in."""
    place = tmp_path_factory.mktemp("thiet-bi")
    with device.plugged_in(place):
        yield place


@pytest.fixture
def token(app, folder):
    """The settings name the key on the device."""
    app.config.update(
        LMS_SIGN="pkcs11", LMS_SIGN_MODULE=str(device.SOFTHSM), LMS_SIGN_TOKEN=device.TOKEN, LMS_SIGN_KEY_LABEL="ecdsa"
    )
    pin = folder / "pin"
    pin.write_text(device.PIN)
    app.config["LMS_SIGN_PIN_FILE"] = str(pin)
    return folder


def issue(run_jobs, name):
    list_id = approve(finalised_class((name,))).id
    run_jobs()
    return list_id


def go_on(list_id, run_jobs):
    """Press "Làm tiếp"; return what the officer reads if it failed again."""
    by = second_officer()
    job_id = in_unit(lambda s: rules.order_papers_again(s, by=by, list_id=list_id, now=NOW).job_id)
    run_jobs()
    return failure_of(job_id)


def failure_of(job_id):
    db_session().expire_all()
    return db_session().get_one(Job, job_id).failure


def states():
    db_session().expire_all()
    return [row.state for row in certificates()]


def test_a_device_pulled_out_and_put_back_signs_again_without_a_new_worker(app, session, run_jobs, token):
    issue(run_jobs, "Vũ Ẵng")
    assert states() == ["valid"]
    device.pull_out(token)

    listed = approve(finalised_class(("Lê An",)))
    list_id, job_id = listed.id, listed.job_id
    run_jobs()
    assert "Thiết bị giữ khóa ký không trả lời" in failure_of(job_id)
    assert "Không mở được khóa" in go_on(list_id, run_jobs)
    device.put_back(token)
    assert go_on(list_id, run_jobs) is None

    assert states() == ["valid"] * 2
    for row in certificates():
        assert check_signature(paper_bytes(session, row), own_trust(app.config), now=utc_now()).is_good


def test_a_key_that_ran_out_and_is_renewed_in_its_file_signs_again_without_a_new_worker(
    app, session, run_jobs, tmp_path
):
    file = tmp_path / "khoa.p12"
    old = authorities.signer("ecdsa", "Khóa cũ", last=datetime(2026, 2, 1, tzinfo=UTC))
    file.write_bytes(old.as_file())
    app.config.update(LMS_SIGN="pkcs12", LMS_SIGN_KEY_FILE=str(file))
    listed = approve(finalised_class(("Vũ Ẵng",)))
    list_id, job_id = listed.id, listed.job_id
    run_jobs()
    assert "chỉ có giá trị từ" in failure_of(job_id)

    file.write_bytes(authorities.signer().as_file())
    assert go_on(list_id, run_jobs) is None

    assert states() == ["valid"]
    assert certificates()[0].signed_by == "Sở Khoa học và Công nghệ"


def test_a_wrong_passphrase_is_told_in_its_own_words_and_no_number_is_lost(app, session, run_jobs, tmp_path):
    file, words = tmp_path / "khoa.p12", tmp_path / "mat-khau"
    file.write_bytes(authorities.signer().as_file(b"bi mat"))
    words.write_text("sai")
    app.config.update(LMS_SIGN="pkcs12", LMS_SIGN_KEY_FILE=str(file), LMS_SIGN_PASSPHRASE_FILE=str(words))
    listed = approve(finalised_class(("Vũ Ẵng",)))
    list_id, job_id = listed.id, listed.job_id
    run_jobs()

    assert failure_of(job_id).startswith("Không mở được tệp khóa ký: sai mật khẩu")
    assert "Có lỗi ngoài dự tính" not in failure_of(job_id)
    assert states() == ["unpublished"]
    words.write_text("bi mat")
    assert go_on(list_id, run_jobs) is None
    assert states() == ["valid"]


def test_the_worker_tells_of_a_key_it_cannot_open_when_it_starts_and_does_its_other_work(app, run_jobs):
    app.config.update(LMS_SIGN="pkcs12", LMS_SIGN_KEY_FILE="/khong/co.p12")

    answer = app.test_cli_runner().invoke(lms, ["jobs", "--once"])

    assert answer.exit_code == 0
    assert "Chưa ký số được giấy chứng nhận. Không đọc được tệp khóa ký /khong/co.p12" in answer.output
    assert "Đã làm 0 việc." in answer.output
