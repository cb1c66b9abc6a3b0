"""Making papers in the background: killed at any moment, finished by running again."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from lms.certificates.audit import audit
from lms.certificates.jobs import make_papers
from lms.certificates.models import Certificate
from lms.certificates.snapshots import paper_of
from lms.db import in_unit
from lms.files import store
from lms.journal.models import Job
from lms.printing.documents import certificate_pdf
from tests.lms.certificates.workers import PROCESS, make_all_papers
from tests.lms.certificates.world import approve, certificates, finalised_class

ROOT = Path(__file__).parents[3]


def test_the_job_makes_publishes_and_finishes(session, run_jobs):
    approved = approve(finalised_class())

    assert run_jobs() == 1

    assert {row.state for row in certificates()} == {"valid"}
    assert session.get_one(Job, approved.job_id).result == {"list_id": approved.id, "made": 3, "faulty": []}
    assert audit(session) == []


def test_the_stored_paper_is_made_of_the_snapshot_and_nothing_else(app, run_jobs):
    approve(finalised_class(("Rơ Châm H'Bĭa",)))
    run_jobs()

    row = certificates()[0]
    assert store.read(row.file_sha256) == certificate_pdf(paper_of(row))


def test_running_again_makes_nothing_twice(app, run_jobs):
    approved = approve(finalised_class())
    run_jobs()
    files = [row.file_id for row in certificates()]

    again = make_papers(approved.id, lambda *_: None)

    assert again["made"] == 0
    assert [row.file_id for row in certificates()] == files


def test_one_faulty_paper_does_not_stop_the_others(app, session):
    approved = approve(finalised_class())
    second = certificates()[1]
    broken = {fact: value for fact, value in second.snapshot.items() if fact != "course"}
    in_unit(lambda s: s.execute(update(Certificate).where(Certificate.id == second.id).values(snapshot=broken)))

    result = make_papers(approved.id, lambda *_: None)

    assert result["faulty"] == ["0002/2026/GCN-SKHCN"]
    session.expire_all()
    assert [row.state for row in certificates()] == ["valid", "unpublished", "valid"]


@pytest.mark.parametrize("engine_url", ["sqlite", "postgresql"], indirect=True)
def test_killed_in_mid_work_and_run_again_all_papers_stand_once(app, engine_url, tmp_path, session):
    approved = approve(finalised_class(tuple(f"Nguyễn Thị Đẹp {n}" for n in range(12))))
    list_id = approved.id
    session.rollback()
    worker = PROCESS.Process(target=make_all_papers, args=(engine_url, app.config["LMS_DATA_DIR"], list_id))
    worker.start()
    _wait_until_some_are_made(session)
    os.kill(worker.pid, signal.SIGKILL)
    worker.join()
    made_before = _made(session)

    result = make_papers(list_id, lambda *_: None)

    assert 0 < made_before < 12
    assert result["made"] == 12 - made_before
    session.rollback()
    assert [row.number for row in certificates()] == list(range(1, 13))
    assert audit(session) == []


def test_commands_finish_check_and_prove(app, engine_url, tmp_path):
    approved = approve(finalised_class(("Vũ Ẵng",)))

    issued = _command(app, engine_url, "issue", "--list", str(approved.id))
    row = certificates()[0]
    paper = tmp_path / "giay.pdf"
    paper.write_bytes(store.read(row.file_sha256))

    assert issued.exit_code == 0
    assert "Đã làm 1 giấy" in issued.output
    assert _command(app, engine_url, "verify", row.public_id).output == "Hợp lệ: số 0001/2026/GCN-SKHCN\n"
    assert _command(app, engine_url, "verify", str(paper)).exit_code == 0
    paper.write_bytes(paper.read_bytes() + b"\n")
    assert _command(app, engine_url, "verify", str(paper)).exit_code == 1
    assert _command(app, engine_url, "audit").exit_code == 0
    in_unit(lambda s: s.execute(update(Certificate).values(prev_hash="0" * 64)))
    assert _command(app, engine_url, "audit", "--json").exit_code == 1
    assert _command(app, engine_url, "issue", "--list", "999").exit_code == 1


def test_a_web_process_never_loads_the_layout_engine():
    """A web worker stays small; only whoever makes papers pays for the engine."""
    code = "import sys, lms.certificates.views, lms.certificates.jobs; print('weasyprint' in sys.modules)"
    seen = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True, env={"PATH": "/usr/bin"}
    )

    assert seen.stdout.strip() == "False"


def _command(app, _engine_url, *arguments):
    from lms.certificates.commands import certificates as group

    return app.test_cli_runner().invoke(group, list(arguments))


def _made(session) -> int:
    session.rollback()
    return session.scalar(select(func.count()).select_from(Certificate).where(Certificate.file_id.is_not(None)))


def _wait_until_some_are_made(session):
    until = time.monotonic() + 60
    while _made(session) < 2:
        assert time.monotonic() < until, "the worker made nothing"
        time.sleep(0.01)
    session.rollback()
